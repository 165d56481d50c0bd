/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints one test point for each group of rows, with a line for each row that differs.
 * The argument says how the table was built.
 */
#include <stdio.h>
#include <string.h>

#include "row.h"

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	unsigned int i, first, bad, failed = 0;

	for (i = 0; i < nrows; ) {
		first = i;
		bad = 0;
		for (; i < nrows && strcmp(rows[i].group, rows[first].group) == 0; i++) {
			if (rows[i].got == rows[i].want)
				continue;
			bad++;
			printf("# %s is %#llx, must be %#llx\n", rows[i].what, rows[i].got,
			       rows[i].want);
		}
		printf("%s - %s: %s, %u facts\n", bad ? "not ok" : "ok", how, rows[first].group,
		       i - first);
		failed += bad;
	}
	return nrows == 0 || failed != 0;
}
