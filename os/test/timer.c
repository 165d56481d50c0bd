/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers that really fire later, by a thread of their own in whose calls nothing may sleep or
 * take a short lock, as in an interrupt. So what a timer touches must live until it is
 * cancelled, and what it does must be little. The list is guarded by lock.
 */
#define OS_HOME
#include <stdlib.h>
#include <time.h>

#include "os_test.h"

OS_WRAP(void, os_timer_arm, struct os_timer *t, uint64_t ns);
OS_WRAP(void, os_timer_cancel, struct os_timer *t);

struct armed {
	struct os_timer *timer;
	struct timespec due;
	struct armed *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;		/* something was armed, or a call has ended */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct armed *list;		/* soonest first */
static struct os_timer *running;	/* whose function is being called */

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static void fire_first_locked(void)
{
	struct armed *a = list;
	struct os_timer t = *a->timer;

	list = a->next;
	running = a->timer;
	free(a);
	pthread_mutex_unlock(&lock);
	/* Before the call: it may be armed again as soon as that has cleared its mark. */
	OS_TEST_COUNT(timers, -1);
	os_test_interrupt(true);
	t.fn(t.arg);
	os_test_interrupt(false);
	pthread_mutex_lock(&lock);
	running = NULL;
	pthread_cond_broadcast(&changed);
}

static void *timers_run(void *arg)
{
	struct timespec now;

	pthread_mutex_lock(&lock);
	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (!list)
			pthread_cond_wait(&changed, &lock);
		else if (is_later(&list->due, &now))
			pthread_cond_timedwait(&changed, &lock, &list->due);
		else
			fire_first_locked();
	}
	return arg;
}

static void start(void)
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

static struct armed **find_locked(const struct os_timer *t)
{
	struct armed **link = &list;

	while (*link && (*link)->timer != t)
		link = &(*link)->next;
	return link;
}

void __wrap_os_timer_arm(struct os_timer *t, uint64_t ns)
{
	struct armed *a = calloc(1, sizeof(*a)), **link;

	os_assert(a != NULL);
	pthread_once(&once, start);
	a->timer = t;
	clock_gettime(CLOCK_MONOTONIC, &a->due);
	a->due.tv_sec += (time_t)((a->due.tv_nsec + (int64_t)ns) / 1000000000);
	a->due.tv_nsec = (a->due.tv_nsec + (int64_t)ns) % 1000000000;
	OS_TEST_COUNT(timers, 1);
	pthread_mutex_lock(&lock);
	os_assert(!*find_locked(t));
	for (link = &list; *link && !is_later(&(*link)->due, &a->due); link = &(*link)->next)
		;
	a->next = *link;
	*link = a;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void __wrap_os_timer_cancel(struct os_timer *t)
{
	struct armed **link, *a;

	os_test_may_sleep("os_timer_cancel");
	pthread_once(&once, start);
	pthread_mutex_lock(&lock);
	link = find_locked(t);
	a = *link;
	if (a) {
		*link = a->next;
		free(a);
		OS_TEST_COUNT(timers, -1);
	}
	while (running == t)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}
