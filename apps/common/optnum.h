/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers on the command line, with a message that names the option. */
#ifndef APPS_OPTNUM_H
#define APPS_OPTNUM_H

#include <stdint.h>

#include "errmsg.h"

/* A whole number, k M G allowed, from min to max. 0, or -1 with err set. */
int optnum_parse(unsigned int *out, uint64_t min, uint64_t max, const char *text, const char *what,
		 struct errmsg *err);

/* Up to n numbers with commas between, the i-th no greater than max[i]. How many, or -1. */
int optnum_list(unsigned int *out, const uint64_t *max, unsigned int n, const char *text,
		const char *what, struct errmsg *err);

#endif
