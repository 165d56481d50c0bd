/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as people write and read them: 14.881 Mpps, 10k, 2M. */
#ifndef APPS_UNITS_H
#define APPS_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* "14.881 Mpps" with width 7 for the number, so that columns line up. Returns buf. */
char *units_format(char *buf, size_t size, double value, const char *unit);

/* A whole number with an optional k, M or G (powers of 1000). 0, or -1 if it is anything else. */
int units_parse(const char *text, uint64_t max, uint64_t *value);

#endif
