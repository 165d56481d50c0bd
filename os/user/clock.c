/* SPDX-License-Identifier: BSD-2-Clause */
/* Time, and timers, which fire at once. */
#define OS_HOME
#include <time.h>

#include "os_user.h"

void os_wallclock(struct timeval *tv)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	tv->tv_sec = now.tv_sec;
	tv->tv_usec = now.tv_nsec / 1000;
}

uint64_t os_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void os_timer_init(struct os_timer *t, void (*fn)(void *arg), void *arg)
{
	t->fn = fn;
	t->arg = arg;
}

void os_timer_arm(struct os_timer *t, uint64_t ns)
{
	(void)ns;
	t->fn(t->arg);
}

void os_timer_cancel(struct os_timer *t)
{
	(void)t;
}

uint32_t os_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)now.tv_sec;
}
