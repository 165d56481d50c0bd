/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers: their functions run as in an interrupt, so they must not sleep or take a spinlock. */
#define OS_PLATFORM
#include "os_test.h"

OS_WRAP(void, os_timer_fire, struct os_timer *t);
OS_WRAP(void, os_timer_cancel, struct os_timer *t);

void __wrap_os_timer_fire(struct os_timer *t)
{
	os_test_interrupt(true);
	__real_os_timer_fire(t);
	os_test_interrupt(false);
}

void __wrap_os_timer_cancel(struct os_timer *t)
{
	os_test_may_sleep("os_timer_cancel");
	__real_os_timer_cancel(t);
	os_assert(!t->is_armed);
}
