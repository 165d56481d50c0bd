/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as people write and read them: 10k, 0x10, 1.5M, 14.881 Mpps, 1.5 MiB. */
#ifndef APPS_NUMBER_H
#define APPS_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "errmsg.h"

#define NUMBER_LEN	32	/* room for any quantity formatted here */

/*
 * Parse a whole number: decimal, or hexadecimal after 0x, with an optional k, M, G or T (powers of
 * 1000). Return 0, or -1 with a message that begins with @what, the name of the option or operand.
 */
int number_parse(uint64_t *out, uint64_t min, uint64_t max, const char *text, const char *what,
		 struct errmsg *err);
int number_parse_uint(unsigned int *out, uint64_t min, uint64_t max, const char *text,
		      const char *what, struct errmsg *err);

/* Parse up to n numbers separated by commas, number i at most max[i]. Return how many, or -1. */
int number_parse_list(unsigned int *out, const uint64_t *max, unsigned int n, const char *text,
		      const char *what, struct errmsg *err);

/* Letters that may follow a real number, the factor of each, and the factor without a letter. */
struct number_units {
	const char *letters;
	double factors[8];
	double plain;
};

extern const struct number_units number_no_units;
extern const struct number_units number_si_units;	/* k, M, G and T */

/* Parse a real number that is not negative. Return 0, or -1 if the text is anything else. */
int number_parse_real(double *out, const char *text, const struct number_units *units);

/* Format "14.881 Mpps", the number right-aligned in seven columns. Return buf. */
char *number_format(char buf[NUMBER_LEN], double value, const char *unit);

/* Format "512 B" or "1.5 MiB". Return buf. */
char *number_format_bytes(char buf[NUMBER_LEN], uint64_t bytes);

#endif
