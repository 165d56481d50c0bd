/* SPDX-License-Identifier: BSD-2-Clause */
/* Run subjects and check that each frees what it made. See subject.h. */
#include <stdio.h>

#include "subject.h"

void leak_check_begin(struct leak_check *l)
{
	os_test_counts(&l->counts);
	nm_engine_totals(&l->created, &l->destroyed);
}

bool leak_check_quiet(const struct leak_check *l)
{
	struct os_test_counts now;
	uint64_t created, destroyed;
	int64_t want, got;
	const char *which;

	os_test_counts(&now);
	nm_engine_totals(&created, &destroyed);
	which = os_test_counts_differ(&l->counts, &now, &want, &got);
	if (which)
		diag("%s: %lld before, %lld now", which, (long long)want, (long long)got);
	if (created - destroyed != l->created - l->destroyed)
		diag("objects: %llu before, %llu now",
		     (unsigned long long)(l->created - l->destroyed),
		     (unsigned long long)(created - destroyed));
	return !which && created - destroyed == l->created - l->destroyed;
}

bool leak_check_end(const struct leak_check *l, const char *what)
{
	return ok(leak_check_quiet(l), "%s: everything was freed", what);
}

static void subject_run(const struct subject *s)
{
	struct os_test_counts before, after;
	uint64_t created, destroyed;
	int64_t want, got;
	const char *which;
	uint32_t errors = os_test_log_count(OS_ERR);
	char line[256];

	printf("# %s\n", s->name);
	os_test_counts(&before);
	if (!is_err(nm_engine_init(), 0, "%s: the engine starts", s->name))
		return;
	s->run();
	os_test_bad_clear();
	nm_engine_exit();
	nm_engine_totals(&created, &destroyed);
	is_num((long long)destroyed, (long long)created, "%s: every object made was destroyed",
	       s->name);
	os_test_counts(&after);
	which = os_test_counts_differ(&before, &after, &want, &got);
	ok(!which, "%s: the engine freed everything", s->name);
	if (which)
		diag("%s: %lld before, %lld now", which, (long long)want, (long long)got);
	if (!ok(os_test_log_count(OS_ERR) == errors, "%s: no error was logged", s->name)) {
		os_test_log_last(line, sizeof(line));
		diag("last line: %s", line);
	}
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc < 2;
}

int subjects_run(const struct subject *table, size_t n, int argc, char **argv)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_wanted(table[i].name, argc, argv))
			subject_run(&table[i]);
	return tap_finish();
}
