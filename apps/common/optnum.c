// SPDX-License-Identifier: BSD-2-Clause
/* Numbers on the command line. */
#include "optnum.h"

#include <string.h>

#include "units.h"

int optnum_parse(unsigned int *out, uint64_t min, uint64_t max, const char *text, const char *what,
		 struct errmsg *err)
{
	uint64_t v;

	if (units_parse(text, max, &v) || v < min)
		return errmsg_set(err, "%s: a number from %llu to %llu is wanted, not `%s'", what,
				  (unsigned long long)min, (unsigned long long)max, text);
	*out = (unsigned int)v;
	return 0;
}

int optnum_list(unsigned int *out, const uint64_t *max, unsigned int n, const char *text,
		const char *what, struct errmsg *err)
{
	char copy[64], *part, *rest = copy;
	unsigned int i = 0;

	if (strlen(text) >= sizeof(copy))
		return errmsg_set(err, "%s: too long", what);
	strcpy(copy, text);
	while ((part = strsep(&rest, ",")) != NULL) {
		if (i == n)
			return errmsg_set(err, "%s: at most %u numbers, not `%s'", what, n, text);
		if (optnum_parse(&out[i], 0, max[i], part, what, err))
			return -1;
		i++;
	}
	return (int)i;
}
