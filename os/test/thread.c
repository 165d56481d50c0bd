/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads, which can be made to fail to start, and virtual time. */
#define OS_PLATFORM
#include "os_test.h"

OS_WRAP(struct os_thread *, os_thread_start, void (*fn)(void *arg), void *arg, int cpu,
	const char *name);
OS_WRAP(void, os_thread_stop, struct os_thread *t);
OS_WRAP(void, os_wallclock, struct timeval *tv);
OS_WRAP(uint32_t, os_seconds, void);
OS_WRAP(uint64_t, os_nanoseconds, void);

static uint64_t micros = UINT64_C(1700000000) * 1000000;	/* atomic */

struct os_thread *__wrap_os_thread_start(void (*fn)(void *arg), void *arg, int cpu,
					 const char *name)
{
	struct os_thread *t;

	os_test_may_sleep("os_thread_start");
	if (os_test_fails_now("os_thread_start"))
		return NULL;
	t = __real_os_thread_start(fn, arg, cpu, name);
	if (t)
		OS_TEST_COUNT(threads, 1);
	return t;
}

void __wrap_os_thread_stop(struct os_thread *t)
{
	os_test_may_sleep("os_thread_stop");
	__real_os_thread_stop(t);
	OS_TEST_COUNT(threads, -1);
}

void os_test_time_add(uint32_t seconds)
{
	__atomic_add_fetch(&micros, UINT64_C(1000000) * seconds, __ATOMIC_RELAXED);
}

void __wrap_os_wallclock(struct timeval *tv)
{
	uint64_t now = __atomic_add_fetch(&micros, 1, __ATOMIC_RELAXED);

	tv->tv_sec = (time_t)(now / 1000000);
	tv->tv_usec = (suseconds_t)(now % 1000000);
}

static void (*meanwhile)(void);

void os_test_meanwhile(void (*fn)(void))
{
	meanwhile = fn;
}

uint64_t __wrap_os_nanoseconds(void)
{
	uint64_t now = __atomic_add_fetch(&micros, 1, __ATOMIC_RELAXED) * 1000;
	void (*fn)(void) = meanwhile;

	meanwhile = NULL;
	if (fn)
		fn();
	return now;
}

uint32_t __wrap_os_seconds(void)
{
	return (uint32_t)(__atomic_load_n(&micros, __ATOMIC_RELAXED) / 1000000);
}
