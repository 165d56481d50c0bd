// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Wall-clock time, and seconds for ageing. No state, no lock.
 */
#include <linux/ktime.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

#include "platform.h"

/*
 * The coarse clock would be cheaper but advances once per tick, 4 ms on Debian: too coarse for a
 * packet's timestamp. ktime_get_real_ts64() reads the hardware counter and returns seconds and
 * nanoseconds separately, so the division is a 32-bit one by a constant.
 */
void os_wallclock(struct timeval *tv)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	tv->tv_sec = now.tv_sec;
	tv->tv_usec = (uint32_t)now.tv_nsec / NSEC_PER_USEC;
}

uint32_t os_seconds(void)
{
	return ktime_get_seconds();
}
