/* SPDX-License-Identifier: BSD-2-Clause */
/* Making the N-th call fail. left and failed are atomic. */
#define OS_PLATFORM
#include "os_test.h"

static int64_t left;
static const char *failed;

void os_test_fail_at(uint64_t n)
{
	__atomic_store_n(&failed, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&left, (int64_t)n, __ATOMIC_RELAXED);
}

const char *os_test_failed(void)
{
	return __atomic_load_n(&failed, __ATOMIC_RELAXED);
}

bool os_test_fails_now(const char *call)
{
	if (__atomic_load_n(&left, __ATOMIC_RELAXED) <= 0)
		return false;
	if (__atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED) != 0)
		return false;
	__atomic_store_n(&failed, call, __ATOMIC_RELAXED);
	return true;
}
