// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Time. No state, no lock.
 */
#include <linux/ktime.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

#include "platform.h"

/*
 * The coarse clock is cheaper but moves once a tick, 4 ms on Debian: useless as a packet's
 * time. This one reads the counter, and keeps seconds and nanoseconds apart, so that the
 * division is by a constant of 32 bits.
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
