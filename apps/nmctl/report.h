/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes to standard output: a table of rows or one record, built once and printed
 * either for people (aligned) or as JSON. Memory that runs out ends the program.
 */
#ifndef NMCTL_REPORT_H
#define NMCTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

struct column {
	const char *key;	/* in JSON */
	const char *title;	/* in the table */
	bool right;		/* aligned to the right: numbers */
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

/* The next cell, left to right; after the last column a new row begins. */
void report_text(struct report *r, const char *s);
void report_num(struct report *r, uint64_t v);
void report_bytes(struct report *r, uint64_t v);	/* 1.5 MiB */
void report_rate(struct report *r, double v);		/* 14.88 M */
void report_share(struct report *r, uint32_t used, uint32_t total); /* 3/200; JSON: first number */
void report_words(struct report *r, const char *const *words, size_t count); /* JSON: array */

/* Table with a heading, or {"name": [ {...}, ... ]}. Frees everything. */
void report_end(struct report *r, bool json);
/* The single row that was filled: a line for each column, or {"name": {...}}. */
void report_end_record(struct report *r, bool json);

/* Forgets all of it. */
void report_drop(struct report *r);

/* The failure of what, on standard error; with json also {"error": {...}} on standard output. */
void report_error(const char *what, int err, const char *text, bool json);

#endif
