/* SPDX-License-Identifier: BSD-2-Clause */
/* The main function of a test program: a table of subjects, each run on a clean engine. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "client.h"
#include "tap.h"

struct subject {
	const char *name;
	void (*run)(void);
};

/*
 * Run all subjects, or those named on the command line, each between nm_engine_init() and
 * nm_engine_exit(), and check after each that it freed everything.
 */
int subjects_run(const struct subject *table, size_t n, int argc, char **argv);

#define SUBJECTS(...)								\
	int main(int argc, char **argv)						\
	{									\
		static const struct subject table[] = { __VA_ARGS__ };		\
		return subjects_run(table, sizeof(table) / sizeof(table[0]), argc, argv); \
	}

/* A count of what exists now, and a point that fails unless the count is the same later. */
struct leak_check {
	struct os_test_counts counts;
	uint64_t created, destroyed;
};
void leak_check_begin(struct leak_check *l);
bool leak_check_end(const struct leak_check *l, const char *what);
bool leak_check_quiet(const struct leak_check *l);	/* prints no point, only what differs */

#endif
