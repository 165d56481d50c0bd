// SPDX-License-Identifier: BSD-2-Clause
/* Formatting and parsing of quantities. */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

char *units_format(char *buf, size_t size, double value, const char *unit)
{
	static const char *const prefix[] = { "", "K", "M", "G", "T" };
	unsigned int i = 0;

	/* 999.9995 would be printed as 1000.000 */
	while (value >= 999.9995 && i + 1 < sizeof(prefix) / sizeof(prefix[0])) {
		value /= 1000;
		i++;
	}
	snprintf(buf, size, "%7.3f %s%s", value, prefix[i], unit);
	return buf;
}

static uint64_t multiplier(char letter)
{
	switch (letter) {
	case 'k':
	case 'K':
		return 1000;
	case 'm':
	case 'M':
		return 1000 * 1000;
	case 'g':
	case 'G':
		return 1000 * 1000 * 1000;
	default:
		return 0;
	}
}

int units_parse(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t v, m = 1;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno != 0)
		return -1;
	if (*end != '\0') {
		m = multiplier(*end);
		if (m == 0 || end[1] != '\0')
			return -1;
	}
	if (v > max / m)
		return -1;
	*value = v * m;
	return 0;
}
