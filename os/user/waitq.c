/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wait queues and pollers. Lock order: queue, then poller.
 *
 * os_waitq_wake() misses no sleeper: both sides do an atomic read-modify-write of q->sleepers.
 * If the waker's comes first, the sleeper's reads what it wrote, so it sees the condition that
 * became true before. If the sleeper's comes first, the waker sees a sleeper and takes the lock.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <time.h>

#include "os_user.h"

void os_waitq_init(struct os_waitq *q, const char *name)
{
	pthread_mutex_init(&q->lock, NULL);
	__atomic_store_n(&q->sleepers, 0, __ATOMIC_RELAXED);
	q->first = NULL;
	q->name = name;
}

void os_waitq_destroy(struct os_waitq *q)
{
	os_assert(__atomic_load_n(&q->sleepers, __ATOMIC_RELAXED) == 0);
	pthread_mutex_destroy(&q->lock);
}

static void poller_wake(struct os_poller *p)
{
	pthread_mutex_lock(&p->lock);
	p->woken = true;
	p->wakeups++;
	pthread_cond_signal(&p->cond);
	pthread_mutex_unlock(&p->lock);
}

bool os_waitq_has_sleeper(struct os_waitq *q)
{
	return __atomic_fetch_add(&q->sleepers, 0, __ATOMIC_SEQ_CST) != 0;
}

static void entry_add_locked(struct os_wait_entry *e)
{
	struct os_waitq *q = e->queue;

	e->next = q->first;
	e->link = &q->first;
	if (e->next)
		e->next->link = &e->next;
	q->first = e;
	__atomic_fetch_add(&q->sleepers, 1, __ATOMIC_SEQ_CST);
}

static void entry_remove_locked(struct os_wait_entry *e)
{
	*e->link = e->next;
	if (e->next)
		e->next->link = e->link;
	e->link = NULL;
	__atomic_fetch_sub(&e->queue->sleepers, 1, __ATOMIC_SEQ_CST);
}

bool os_waitq_wake(struct os_waitq *q)
{
	struct os_wait_entry *e, *next;
	bool any;

	if (__atomic_fetch_add(&q->sleepers, 0, __ATOMIC_SEQ_CST) == 0)
		return false;
	pthread_mutex_lock(&q->lock);
	any = q->first != NULL;
	for (e = q->first; e; e = next) {
		next = e->next;
		if (e->poller->fire) {
			if (!e->poller->stays)
				entry_remove_locked(e);
			e->poller->fire(e->poller);
		} else {
			poller_wake(e->poller);
		}
	}
	pthread_mutex_unlock(&q->lock);
	return any;
}

static struct os_wait_entry *entry_make(struct os_poller *p, struct os_waitq *q)
{
	struct os_wait_entry *e = calloc(1, sizeof(*e));

	if (e) {
		e->queue = q;
		e->poller = p;
		e->more = p->entries;
		p->entries = e;
	}
	return e;
}

void os_poll_register(struct os_poller *p, struct os_waitq *q)
{
	struct os_wait_entry *e;

	for (e = p->entries; e && e->queue != q; e = e->more)
		;
	if (!e)
		e = entry_make(p, q);
	if (!e) {
		/*
		 * Without memory: a sleep that ends immediately is better than one that never ends.
		 */
		p->is_blind = true;
		if (p->fire)
			p->fire(p);
		else
			poller_wake(p);
		return;
	}
	pthread_mutex_lock(&q->lock);
	if (!e->link)
		entry_add_locked(e);
	pthread_mutex_unlock(&q->lock);
}

/* A message of FUSE does not say what polls. */
bool os_poller_may_skip(const struct os_poller *p)
{
	(void)p;
	return true;
}

void os_poller_begin(struct os_poller *p)
{
	pthread_condattr_t attr;

	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->cond, &attr);
	pthread_condattr_destroy(&attr);
}

bool os_poller_wait(struct os_poller *p, int timeout_ms)
{
	struct timespec until;
	bool woken;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&p->lock);
	while (!p->woken && !err)
		err = timeout_ms < 0 ? pthread_cond_wait(&p->cond, &p->lock) :
				       pthread_cond_timedwait(&p->cond, &p->lock, &until);
	woken = p->woken;
	p->woken = false;
	pthread_mutex_unlock(&p->lock);
	return woken;
}

void os_poller_end(struct os_poller *p)
{
	struct os_wait_entry *e;

	while ((e = p->entries)) {
		p->entries = e->more;
		pthread_mutex_lock(&e->queue->lock);
		if (e->link)
			entry_remove_locked(e);
		pthread_mutex_unlock(&e->queue->lock);
		free(e);
	}
	pthread_cond_destroy(&p->cond);
	pthread_mutex_destroy(&p->lock);
}
