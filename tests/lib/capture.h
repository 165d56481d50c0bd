/* SPDX-License-Identifier: BSD-2-Clause */
/* A context that keeps error texts, counts memory, and makes the N-th allocation fail. */
#ifndef TESTS_LIB_CAPTURE_H
#define TESTS_LIB_CAPTURE_H

#include <stdbool.h>

#include <libnetmap.h>

struct capture {
	struct nmctx ctx;
	char text[4096];	/* all errors, a line each */
	unsigned int errors;
	long alive;		/* blocks not freed */
	long fail_after;	/* allocations before the one that fails; negative: none fails */
	int locked;		/* must be 0 between calls */
	bool lock_misused;
};

/* Make it the default context, with no errors kept. */
void capture_start(struct capture *c);
void capture_clear(struct capture *c);	/* forget the errors */
void capture_stop(struct capture *c);	/* the built-in context is the default again */
bool capture_has(const struct capture *c, const char *word);

#endif
