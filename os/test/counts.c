/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of the platform's objects that the engine has. They are atomic. */
#define OS_PLATFORM
#include "os_test.h"

static struct os_test_counts now;

#define FIELD(name) { #name, offsetof(struct os_test_counts, name) }
static const struct { const char *name; size_t at; } fields[] = {
	FIELD(allocs), FIELD(spaces), FIELD(page_blocks), FIELD(page_bytes), FIELD(threads),
	FIELD(mutexes), FIELD(spins), FIELD(waitqs), FIELD(ns_refs), FIELD(usermems),
	FIELD(mems),
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static int64_t *field_of(struct os_test_counts *c, size_t at)
{
	return (int64_t *)(void *)((char *)c + at);
}

void os_test_count(size_t field, int64_t delta)
{
	if (__atomic_add_fetch(field_of(&now, field), delta, __ATOMIC_RELAXED) < 0)
		os_bug("more released than was allocated", __FILE__, __LINE__);
}

void os_test_counts(struct os_test_counts *out)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		*field_of(out, fields[i].at) =
			__atomic_load_n(field_of(&now, fields[i].at), __ATOMIC_RELAXED);
}

const char *os_test_counts_differ(const struct os_test_counts *before,
				  const struct os_test_counts *after, int64_t *want, int64_t *got)
{
	struct os_test_counts b = *before, a = *after;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		*want = *field_of(&b, fields[i].at);
		*got = *field_of(&a, fields[i].at);
		if (*want != *got)
			return fields[i].name;
	}
	return NULL;
}
