/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleepers. A sleeper waits for descriptors: its own eventfd, which wakers of wait queues write to,
 * and the eventfds of clients, which are watched edge-triggered and never read here. state says
 * whether its thread sleeps: wakers write only then.
 */
#define OS_PLATFORM
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "event.h"

/* Longest sleep if it could not join a queue: wakeups of that queue are missed. */
#define BLIND_SLEEP_NS	1000000u

enum { RUNNING, SLEEPING, WOKEN };

struct os_sleeper {
	struct os_poller poller;
	uint32_t state;			/* atomic */
	int ep, wake_fd;		/* const */
	struct os_interrupt *interrupt;	/* const; NULL: none */
};

/* Any thread may call this. Caller may hold locks of wait queues. */
static void sleeper_wake(struct os_sleeper *s)
{
	const uint64_t one = 1;

	if (__atomic_exchange_n(&s->state, WOKEN, __ATOMIC_SEQ_CST) == SLEEPING &&
	    write(s->wake_fd, &one, sizeof(one)) < 0)
		os_bug("a sleeper's eventfd is full", __FILE__, __LINE__);
}

static void poller_fire(struct os_poller *p)
{
	sleeper_wake(
		(struct os_sleeper *)(void *)((char *)p - offsetof(struct os_sleeper, poller)));
}

static int sleeper_add_fd(struct os_sleeper *s, int fd, uint32_t how)
{
	struct epoll_event e = { .events = EPOLLIN | how, .data.fd = fd };

	if (epoll_ctl(s->ep, EPOLL_CTL_ADD, fd, &e) == 0 || errno == EEXIST)
		return 0;
	return -errno;
}

struct os_sleeper *os_sleeper_make(struct os_caller *caller)
{
	struct os_sleeper *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ep = epoll_create1(EPOLL_CLOEXEC);
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	os_poller_begin(&s->poller);
	s->poller.fire = poller_fire;
	s->poller.stays = true;
	s->interrupt = caller ? caller->interrupt : NULL;
	if (s->ep >= 0 && s->wake_fd >= 0 && sleeper_add_fd(s, s->wake_fd, 0) == 0) {
		if (s->interrupt)
			os_interrupt_join(s->interrupt, s);
		return s;
	}
	s->interrupt = NULL;
	os_sleeper_free(s);
	return NULL;
}

void os_sleeper_free(struct os_sleeper *s)
{
	if (s->interrupt)
		os_interrupt_join(s->interrupt, NULL);
	os_poller_end(&s->poller);
	if (s->ep >= 0)
		close(s->ep);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	free(s);
}

struct os_poller *os_sleeper_poller(struct os_sleeper *s)
{
	return &s->poller;
}

int os_sleeper_watch(struct os_sleeper *s, struct os_event *e)
{
	return sleeper_add_fd(s, os_event_fd(e), EPOLLET);
}

/*
 * Consume all edges. The own eventfd is read once it is readable, which may be after the next
 * sleep.
 */
static void sleeper_take_edges(const struct os_sleeper *s)
{
	struct epoll_event edge[16];
	uint64_t count;
	int n, i;

	do {
		n = epoll_wait(s->ep, edge, 16, 0);
		for (i = 0; i < n; i++)
			if (edge[i].data.fd == s->wake_fd &&
			    read(s->wake_fd, &count, sizeof(count)) < 0)
				os_bug("a sleeper's eventfd cannot be read", __FILE__, __LINE__);
	} while (n == 16);
}

static void sleeper_wait(struct os_sleeper *s, uint64_t ns)
{
	struct pollfd ready = { .fd = s->ep, .events = POLLIN };
	struct timespec ts;

	if (s->poller.is_blind && ns > BLIND_SLEEP_NS)
		ns = BLIND_SLEEP_NS;
	ts = (struct timespec){ (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
	ppoll(&ready, 1, ns == OS_FOREVER ? NULL : &ts, NULL);
	sleeper_take_edges(s);
	__atomic_store_n(&s->state, RUNNING, __ATOMIC_SEQ_CST);
}

static bool sleeper_is_interrupted(const struct os_sleeper *s)
{
	return s->interrupt && __atomic_load_n(&s->interrupt->is_raised, __ATOMIC_ACQUIRE);
}

int os_sleeper_sleep(struct os_sleeper *s, uint64_t ns)
{
	uint32_t running = RUNNING;

	/* It may have been raised before it had a sleeper to wake. */
	if (sleeper_is_interrupted(s))
		return -EINTR;
	if (!ns)
		sched_yield();
	else if (__atomic_compare_exchange_n(&s->state, &running, SLEEPING, false, __ATOMIC_SEQ_CST,
					     __ATOMIC_SEQ_CST))
		sleeper_wait(s, ns);
	else
		__atomic_store_n(&s->state, RUNNING, __ATOMIC_SEQ_CST);
	return sleeper_is_interrupted(s) ? -EINTR : 0;
}

/* ---- interrupts ---------------------------------------------------------------------- */

void os_interrupt_begin(struct os_interrupt *i)
{
	pthread_mutex_init(&i->writing, NULL);
	pthread_mutex_init(&i->lock, NULL);
	i->sleeper = NULL;
	i->is_raised = i->is_abandoned = 0;
	i->request = 0;
}

void os_interrupt_end(struct os_interrupt *i)
{
	pthread_mutex_destroy(&i->lock);
	pthread_mutex_destroy(&i->writing);
}

bool os_interrupt_set(struct os_interrupt *i, uint64_t request)
{
	bool was_abandoned;

	pthread_mutex_lock(&i->lock);
	i->request = request;
	__atomic_store_n(&i->is_raised, 0, __ATOMIC_RELAXED);
	was_abandoned = __atomic_exchange_n(&i->is_abandoned, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&i->lock);
	return was_abandoned;
}

void os_interrupt_join(struct os_interrupt *i, struct os_sleeper *s)
{
	pthread_mutex_lock(&i->lock);
	i->sleeper = s;
	pthread_mutex_unlock(&i->lock);
}

bool os_interrupt_raise(struct os_interrupt *i, uint64_t request)
{
	bool is_match;

	pthread_mutex_lock(&i->lock);
	is_match = !request || i->request == request;
	if (is_match) {
		__atomic_store_n(&i->is_raised, 1, __ATOMIC_RELEASE);
		if (i->sleeper)
			sleeper_wake(i->sleeper);
	}
	pthread_mutex_unlock(&i->lock);
	return is_match;
}

uint64_t os_interrupt_abandon(struct os_interrupt *i, bool (*fn)(void *arg), void *arg)
{
	uint64_t request = 0;

	if (pthread_mutex_trylock(&i->writing))
		return 0;
	pthread_mutex_lock(&i->lock);
	if (i->request && __atomic_load_n(&i->is_raised, __ATOMIC_RELAXED) &&
	    !__atomic_load_n(&i->is_abandoned, __ATOMIC_RELAXED) && fn(arg)) {
		__atomic_store_n(&i->is_abandoned, 1, __ATOMIC_RELEASE);
		request = i->request;
	}
	pthread_mutex_unlock(&i->lock);
	pthread_mutex_unlock(&i->writing);
	return request;
}
