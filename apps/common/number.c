// SPDX-License-Identifier: BSD-2-Clause
/* Parsing and formatting of quantities. Every tool reads its numbers here. */
#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct number_units number_no_units = { .plain = 1, .letters = "" };
const struct number_units number_si_units = {
	.letters = "kKmMgGtT",
	.factors = { 1e3, 1e3, 1e6, 1e6, 1e9, 1e9, 1e12, 1e12 },
	.plain = 1,
};

/* Return the factor of a unit's letter, 0 if there is no such unit. */
static uint64_t number_multiplier(char letter)
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
	case 't':
	case 'T':
		return 1000ull * 1000 * 1000 * 1000;
	default:
		return 0;
	}
}

/* Parse the digits and the unit; -1 if the text is anything else or does not fit in 64 bits. */
static int number_scan(const char *text, uint64_t *value)
{
	bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t v, m = 1;
	char *end;

	/* strtoull() would accept a sign and blanks. */
	if (is_hex ? !isxdigit((unsigned char)text[2]) : !isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	v = strtoull(text, &end, is_hex ? 16 : 10);
	if (errno != 0)
		return -1;
	if (*end != '\0') {
		m = number_multiplier(*end);
		if (m == 0 || end[1] != '\0')
			return -1;
	}
	if (v > UINT64_MAX / m)
		return -1;
	*value = v * m;
	return 0;
}

int number_parse(uint64_t *out, uint64_t min, uint64_t max, const char *text, const char *what,
		 struct errmsg *err)
{
	uint64_t v;

	if (number_scan(text, &v) || v < min || v > max)
		return errmsg_set(err, "%s: '%.64s' is not a number from %llu to %llu", what, text,
				  (unsigned long long)min, (unsigned long long)max);
	*out = v;
	return 0;
}

int number_parse_uint(unsigned int *out, uint64_t min, uint64_t max, const char *text,
		      const char *what, struct errmsg *err)
{
	uint64_t v;

	if (number_parse(&v, min, max, text, what, err))
		return -1;
	*out = (unsigned int)v;
	return 0;
}

int number_parse_list(unsigned int *out, const uint64_t *max, unsigned int n, const char *text,
		      const char *what, struct errmsg *err)
{
	char copy[64], *part, *rest = copy;
	unsigned int i = 0;

	if (strlen(text) >= sizeof(copy))
		return errmsg_set(err, "%s: the list has %zu characters, at most %zu are allowed",
				  what, strlen(text), sizeof(copy) - 1);
	strcpy(copy, text);
	while ((part = strsep(&rest, ",")) != NULL) {
		if (i == n)
			return errmsg_set(err, "%s: '%s' has more than %u numbers", what, text, n);
		if (number_parse_uint(&out[i], 0, max[i], part, what, err))
			return -1;
		i++;
	}
	return (int)i;
}

int number_parse_real(double *out, const char *text, const struct number_units *units)
{
	double v, factor = units->plain;
	const char *letter;
	char *end;

	v = strtod(text, &end);
	if (end == text || !(v >= 0) || isinf(v))
		return -1;
	if (*end != '\0') {
		letter = strchr(units->letters, *end);
		if (!letter || end[1] != '\0')
			return -1;
		factor = units->factors[letter - units->letters];
	}
	*out = v * factor;
	return 0;
}

char *number_format(char buf[NUMBER_LEN], double value, const char *unit)
{
	static const char *const prefix[] = { "", "K", "M", "G", "T" };
	unsigned int i = 0;

	/* 999.9995 would be printed as 1000.000 */
	while (value >= 999.9995 && i + 1 < sizeof(prefix) / sizeof(prefix[0])) {
		value /= 1000;
		i++;
	}
	snprintf(buf, NUMBER_LEN, "%7.3f%s%s%s", value, *prefix[i] || *unit ? " " : "", prefix[i],
		 unit);
	return buf;
}

char *number_format_bytes(char buf[NUMBER_LEN], uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double v = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(buf, NUMBER_LEN, "%u B", (unsigned int)bytes);
		return buf;
	}
	while (v >= 1024 && i + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1024;
		i++;
	}
	snprintf(buf, NUMBER_LEN, "%.1f %s", v, units[i]);
	return buf;
}
