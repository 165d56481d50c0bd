/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Standard output: a table of rows or one record, built once, then printed as aligned text or as
 * JSON. The program ends if memory runs out. The keys are listed in docs/decisions/0018-options.md.
 */
#ifndef NMCTL_REPORT_H
#define NMCTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct nmctl;

struct column {
	const char *key;	/* in JSON */
	const char *title;	/* in the table */
	bool right;		/* right-aligned: numbers */
};

struct report {
	const char *name;	/* key of the whole in JSON */
	const struct column *cols;
	size_t ncols;
	size_t ncells;		/* filled so far, row by row */
	size_t room;
	char **cells;
	struct json_object *rows, *row;
};

void report_init(struct report *r, const char *name, const struct column *cols, size_t ncols);

/* Fill the next cell, left to right; after the last column a new row begins. */
void report_text(struct report *r, const char *s);
void report_num(struct report *r, uint64_t v);
void report_bytes(struct report *r, uint64_t v);	/* 1.5 MiB */
void report_rate(struct report *r, double v);		/* 14.881 M */
void report_time(struct report *r, uint64_t us);	/* 2026-01-31 12:00:00.123456 */
void report_share(struct report *r, uint32_t used, uint32_t total); /* 3/200; JSON: used */
void report_words(struct report *r, const char *const *words, size_t count); /* JSON: array */

/* Print a table with a heading, or {"name": [ {...}, ... ]}. Free everything. */
void report_end(struct report *r, bool json);
/* Print the only row: a line per column, or {"name": {...}}. Free everything. */
void report_end_record(struct report *r, bool json);

/* Free everything, print nothing. */
void report_discard(struct report *r);

/* Print the failure of @what to standard error; with json also {"error": {...}} to stdout. */
void report_error(const char *what, int err, const char *text, bool json);

/* Replace bytes that could steer a terminal by '?': names of ports and programs are not trusted. */
void report_clean(char *s);

/* A listing of the engine's, printed as a table with a row per record. */
struct listing {
	uint32_t what;			/* enum nm_inspect_what */
	size_t size;			/* of a record */
	const char *name;		/* key of the whole in JSON */
	const struct column *cols;
	size_t ncols;
	void (*add)(struct report *r, void *record);	/* adds the record's row */
};

#define COLUMNS(table)		(table), sizeof(table) / sizeof((table)[0])
#define LISTING_COLUMNS(table)	.cols = (table), .ncols = sizeof(table) / sizeof((table)[0])

/* Read and print a listing, of one port unless @port is NULL. Return an exit status. */
int listing_show(struct nmctl *n, const struct listing *l, const char *port);

#endif
