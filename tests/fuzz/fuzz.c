/* SPDX-License-Identifier: BSD-2-Clause */
/* An engine for one input of a fuzzer. A fault found at the end is a crash. */
#include "input.h"

static struct os_test_counts before;

void fuzz_begin(void)
{
	os_test_counts(&before);
	os_assert(nm_engine_init() == 0);
	nm_setting_set("buf_num", 2000);
	nm_setting_set("region_mb", 32);
	nm_setting_set("priv_region_mb", 32);
	nm_setting_set("priv_buf_num", 64);
}

void fuzz_end(void)
{
	struct os_test_counts after;
	uint64_t created, destroyed;
	int64_t want, got;

	os_assert(os_test_locks_held() == 0);
	nm_engine_exit();
	nm_engine_totals(&created, &destroyed);
	os_assert(created == destroyed);
	os_test_counts(&after);
	os_assert(os_test_counts_differ(&before, &after, &want, &got) == NULL);
}
