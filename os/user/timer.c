/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers, and the thread that calls their functions, which starts with the first timer armed. lock
 * guards the list.
 */
#define OS_PLATFORM
#include <time.h>

#include "os_user.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;		/* a timer was armed, or a call has ended */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct os_timer *armed;		/* soonest first */
static struct os_timer *running;	/* its function is being called */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void timers_fire_first_locked(void)
{
	struct os_timer *t = armed;

	/* Before the call, because it may be armed again during the call. */
	armed = t->next;
	t->is_armed = false;
	running = t;
	pthread_mutex_unlock(&lock);
	os_timer_fire(t);
	pthread_mutex_lock(&lock);
	running = NULL;
	pthread_cond_broadcast(&changed);
}

static void timers_wait_locked(uint64_t due)
{
	const struct timespec until = {
		.tv_sec = (time_t)(due / 1000000000), .tv_nsec = (long)(due % 1000000000),
	};

	pthread_cond_timedwait(&changed, &lock, &until);
}

static void *timers_run(void *arg)
{
	pthread_setname_np(pthread_self(), "nm-timers");
	pthread_mutex_lock(&lock);
	for (;;) {
		if (!armed)
			pthread_cond_wait(&changed, &lock);
		else if (armed->due > now_ns())
			timers_wait_locked(armed->due);
		else
			timers_fire_first_locked();
	}
	return arg;
}

static void timers_start(void)
{
	pthread_condattr_t attr;
	pthread_t thread;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attr);
	pthread_condattr_destroy(&attr);
	os_assert(pthread_create(&thread, NULL, timers_run, NULL) == 0);
	pthread_detach(thread);
}

void os_timer_init(struct os_timer *t, void (*fn)(void *arg), void *arg)
{
	*t = (struct os_timer){ .fn = fn, .arg = arg };
}

void os_timer_arm(struct os_timer *t, uint64_t ns)
{
	struct os_timer **link;
	bool is_first;

	pthread_once(&once, timers_start);
	pthread_mutex_lock(&lock);
	os_assert(!t->is_armed);
	t->is_armed = true;
	t->due = now_ns() + ns;
	for (link = &armed; *link && (*link)->due <= t->due; link = &(*link)->next)
		;
	t->next = *link;
	*link = t;
	is_first = armed == t;
	pthread_mutex_unlock(&lock);
	if (is_first)
		pthread_cond_broadcast(&changed);
}

void os_timer_cancel(struct os_timer *t)
{
	struct os_timer **link;

	pthread_mutex_lock(&lock);
	while (running == t)	/* it may arm the timer again */
		pthread_cond_wait(&changed, &lock);
	if (t->is_armed) {
		for (link = &armed; *link != t; link = &(*link)->next)
			;
		*link = t->next;
		t->is_armed = false;
	}
	pthread_mutex_unlock(&lock);
}
