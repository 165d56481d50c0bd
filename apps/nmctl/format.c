// SPDX-License-Identifier: BSD-2-Clause
/*
 * Numbers and texts for people.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "format.h"

void format_bytes(char out[FORMAT_LEN], uint64_t v)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double d = (double)v / 1024;
	size_t u = 0;

	if (v < 1024) {
		snprintf(out, FORMAT_LEN, "%u B", (unsigned int)v);
		return;
	}
	while (d >= 1024 && u + 1 < sizeof(units) / sizeof(units[0])) {
		d /= 1024;
		u++;
	}
	snprintf(out, FORMAT_LEN, "%.1f %s", d, units[u]);
}

void format_rate(char out[FORMAT_LEN], double v)
{
	static const char units[] = " kMGTP";
	size_t u = 0;

	/* The bound is where rounding to the digits printed would give a fourth one. */
	while (v >= 999.5 && u + 2 < sizeof(units)) {
		v /= 1000;
		u++;
	}
	if (u)
		snprintf(out, FORMAT_LEN, "%.2f %c", v, units[u]);
	else
		snprintf(out, FORMAT_LEN, "%.0f", v);
}

void format_time(char out[FORMAT_LEN], uint64_t us)
{
	time_t s = (time_t)(us / 1000000);
	struct tm tm;

	if (!localtime_r(&s, &tm) || !strftime(out, FORMAT_LEN - 8, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(out, FORMAT_LEN, "?");
	else
		snprintf(out + strlen(out), 8, ".%06u", (unsigned int)(us % 1000000));
}

void format_clean(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
			*s = '?';
}
