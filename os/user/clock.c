/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, and the call of a timer's function. */
#define OS_PLATFORM
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

uint32_t os_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)now.tv_sec;
}

/* In another file than its caller, so that the linker can wrap it. */
void os_timer_fire(struct os_timer *t)
{
	t->fn(t->arg);
}
