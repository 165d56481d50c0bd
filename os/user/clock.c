/* SPDX-License-Identifier: BSD-2-Clause */
/* Time. */
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

uint32_t os_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)now.tv_sec;
}
