// SPDX-License-Identifier: BSD-2-Clause
/* A listing as a table. */
#include <stdlib.h>

#include "listing.h"

int listing_show(struct nmctl *n, const struct listing *l, const char *port)
{
	struct report r;
	void *array;
	size_t count;

	if (nmctl_list(n, l->what, port, l->size, &array, &count))
		return EXIT_FAILED;
	report_init(&r, l->name, l->cols, l->ncols);
	for (size_t i = 0; i < count; i++)
		l->add(&r, (char *)array + i * l->size);
	report_end(&r, n->args.json);
	free(array);
	return EXIT_OK;
}
