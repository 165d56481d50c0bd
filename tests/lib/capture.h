/* SPDX-License-Identifier: BSD-2-Clause */
/* A context that keeps the texts of errors, counts memory, and fails the N-th allocation. */
#ifndef TESTS_LIB_CAPTURE_H
#define TESTS_LIB_CAPTURE_H

#include <stdbool.h>

#include <libnetmap.h>

struct capture {
	struct nmctx ctx;
	char text[4096];	/* all errors, a line each */
	unsigned int errors;
	long alive;		/* pieces of memory */
	long fail_after;	/* allocations that still succeed; negative: all do */
	int locked;		/* must be 0 between calls */
	bool lock_misused;
};

/* Becomes the default context, with nothing kept yet. */
void capture_start(struct capture *c);
void capture_clear(struct capture *c);	/* forget the errors */
void capture_stop(struct capture *c);	/* the built-in context is the default again */
bool capture_has(const struct capture *c, const char *word);

#endif
