/* SPDX-License-Identifier: BSD-2-Clause */
/* A listing of the engine's as a table: a row a record. */
#ifndef NMCTL_LISTING_H
#define NMCTL_LISTING_H

#include "nmctl.h"
#include "report.h"

struct listing {
	uint32_t what;			/* enum nm_inspect_what */
	size_t size;			/* of a record */
	const char *name;		/* key of the whole in JSON */
	const struct column *cols;
	size_t ncols;
	void (*add)(struct report *r, void *record);	/* its row */
};

#define LISTING_COLUMNS(table)	.cols = (table), .ncols = sizeof(table) / sizeof((table)[0])

/* Of one port alone, unless that is NULL. An exit status. */
int listing_show(struct nmctl *n, const struct listing *l, const char *port);

#endif
