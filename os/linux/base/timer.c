// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The engine's timers: high-resolution timers that expire in softirq context, where wait queues may
 * be woken on every kernel, PREEMPT_RT included.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "platform.h"

uint64_t os_nanoseconds(void)
{
	return ktime_get_ns();
}

static enum hrtimer_restart timer_fire(struct hrtimer *t)
{
	struct os_timer *timer = container_of(t, struct os_timer, t);

	timer->fn(timer->arg);
	return HRTIMER_NORESTART;
}

void os_timer_init(struct os_timer *t, void (*fn)(void *arg), void *arg)
{
	t->fn = fn;
	t->arg = arg;
	hrtimer_setup(&t->t, timer_fire, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
}

void os_timer_arm(struct os_timer *t, uint64_t ns)
{
	hrtimer_start(&t->t, ns_to_ktime(ns), HRTIMER_MODE_REL_SOFT);
}

void os_timer_cancel(struct os_timer *t)
{
	hrtimer_cancel(&t->t);
}
