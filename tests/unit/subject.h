/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of a test program: a table of subjects, each run on a clean engine. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "client.h"
#include "tap.h"

struct subject {
	const char *name;
	void (*run)(void);
};

/*
 * Runs all subjects, or those named on the command line, each between nm_engine_init() and
 * nm_engine_exit(), and checks after each that nothing is left of it.
 */
int subjects_run(const struct subject *table, size_t n, int argc, char **argv);

#define SUBJECTS(...)								\
	int main(int argc, char **argv)						\
	{									\
		static const struct subject table[] = { __VA_ARGS__ };		\
		return subjects_run(table, sizeof(table) / sizeof(table[0]), argc, argv); \
	}

/* What exists now, and a point that fails unless all of it and nothing else exists later. */
struct leak_check {
	struct os_test_counts counts;
	uint64_t created, destroyed;
};
void leak_check_begin(struct leak_check *l);
bool leak_check_end(const struct leak_check *l, const char *what);
bool leak_check_quiet(const struct leak_check *l);	/* no point; says what is left */

#endif
