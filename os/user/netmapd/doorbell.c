/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells. Their pages are in the memory of the client's domain, and are reused; lock guards
 * which are free. A client may write anything to its page: each word is read once, and the worst
 * that it can do is to request syncs that find nothing.
 *
 * Where the thread runs: if there is a spare CPU for each active client, it uses another CPU than
 * its client and polls the page for a while before it sleeps: a sync then costs a few cache misses.
 * Else it uses its client's CPU and sleeps immediately: the two take turns, by one context switch
 * each way.
 */
#define OS_PLATFORM
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "domains.h"
#include "doorbell.h"
#include "latency.h"
#include "placement.h"
#include "settings.h"

#define MAX_DOORBELLS	1024u
#define HANGS_NS	5000000u	/* a close waits this long for its client's memory */

/* States of a thread. A close that does not wait for a thread leaves the doorbell to it. */
enum { RUNNING, ENDED, LEFT };

struct doorbell {
	struct nm_doorbell *page;	/* client-writable, untrusted */
	struct domain *domain;		/* const; the client has a reference */
	uint32_t number;		/* const; of the page */
	struct nm_client *c;		/* const */
	struct os_caller caller;	/* the process that opened it; the thread's */
	struct os_poller watcher;	/* the thread's, except fire */
	struct placement place;		/* the thread's */
	uint32_t last;			/* the request served last; the thread's */
	uint32_t stop;			/* atomic */
	uint32_t state;			/* atomic */
	void (*ended)(void *arg);	/* called by the thread if it is LEFT; released by state */
	void *arg;
	pthread_t thread;
};

/* The pages of a domain, in a space of their own. They exist while it has doorbells. */
struct doorbell_pages {
	struct os_space *space;
	uint32_t used;
	struct nm_doorbell *page[MAX_DOORBELLS];	/* NULL: not made yet */
	bool is_used[MAX_DOORBELLS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of the pages of all domains */

static long futex_call(uint32_t *word, int op, uint32_t value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

static void futex_wake(uint32_t *word)
{
	futex_call(word, FUTEX_WAKE, INT32_MAX, NULL);
}

static struct doorbell_pages *pages_make(struct domain *domain)
{
	struct doorbell_pages *p = calloc(1, sizeof(*p));

	if (p)
		p->space = os_space_open(&domain->os, (uint64_t)MAX_DOORBELLS * OS_PAGE_SIZE,
					 false);
	if (p && p->space)
		return p;
	free(p);
	return NULL;
}

static void pages_free(struct doorbell_pages *p)
{
	uint32_t i;

	for (i = 0; i < MAX_DOORBELLS; i++)
		os_pages_free(p->space, p->page[i], OS_PAGE_SIZE);
	os_space_close(p->space);
	free(p);
}

static struct nm_doorbell *page_get_locked(struct doorbell_pages *p, uint32_t *number)
{
	uint32_t i;

	for (i = 0; i < MAX_DOORBELLS && p->is_used[i]; i++)
		;
	*number = i;
	if (i == MAX_DOORBELLS)
		return NULL;
	if (!p->page[i])
		p->page[i] = os_pages_alloc(p->space, (uint64_t)i * OS_PAGE_SIZE, OS_PAGE_SIZE);
	if (!p->page[i])
		return NULL;
	p->is_used[i] = true;
	p->used++;
	return p->page[i];
}

static void pages_free_unused_locked(struct domain *domain)
{
	if (domain->doorbells && !domain->doorbells->used) {
		pages_free(domain->doorbells);
		domain->doorbells = NULL;
	}
}

static struct nm_doorbell *page_get(struct domain *domain, uint32_t *number)
{
	struct nm_doorbell *page = NULL;

	*number = 0;
	pthread_mutex_lock(&lock);
	if (!domain->doorbells)
		domain->doorbells = pages_make(domain);
	if (domain->doorbells)
		page = page_get_locked(domain->doorbells, number);
	pages_free_unused_locked(domain);
	pthread_mutex_unlock(&lock);
	if (page)
		memset(page, 0, sizeof(*page));
	return page;
}

static void page_put(struct domain *domain, uint32_t number)
{
	pthread_mutex_lock(&lock);
	domain->doorbells->is_used[number] = false;
	domain->doorbells->used--;
	pages_free_unused_locked(domain);
	pthread_mutex_unlock(&lock);
}

/* Called when frames are delivered to a ring that is polled, or taken from it. */
static void watcher_fire(struct os_poller *p)
{
	struct doorbell *d =
		(struct doorbell *)(void *)((char *)p - offsetof(struct doorbell, watcher));

	/* Full barrier between the count and the check for sleepers; pairs with the client's. */
	__atomic_fetch_add(&d->page->events, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&d->page->is_polling, __ATOMIC_SEQ_CST))
		futex_wake(&d->page->events);
}

static void doorbell_set_result(struct doorbell *d, int err)
{
	if (err)
		__atomic_store_n(&d->page->result, err, __ATOMIC_RELAXED);
}

/* If something is ready, no wait queue is joined: the client will not sleep. */
static void doorbell_poll(struct doorbell *d, uint32_t what)
{
	uint32_t events = 0, ready;

	if (what & NM_DOORBELL_POLLOUT)
		events |= POLLOUT;
	if (what & NM_DOORBELL_POLLIN)
		events |= POLLIN;
	ready = nm_client_poll(d->c, &d->caller, events, NULL);
	if (!ready && events)
		ready = nm_client_poll(d->c, &d->caller, events, &d->watcher);
	__atomic_store_n(&d->page->ready, ready, __ATOMIC_RELAXED);
}

static void doorbell_serve(struct doorbell *d, uint32_t what)
{
	if (what & NM_DOORBELL_TX)
		doorbell_set_result(d, nm_client_sync(d->c, &d->caller, true));
	if (what & NM_DOORBELL_RX)
		doorbell_set_result(d, nm_client_sync(d->c, &d->caller, false));
	if (what & NM_DOORBELL_POLL)
		doorbell_poll(d, what);
}

/* Serve a request. Returns false if there was none. */
static bool doorbell_answer(struct doorbell *d)
{
	uint32_t request = __atomic_load_n(&d->page->request, __ATOMIC_ACQUIRE);

	if (request == d->last)
		return false;
	d->last = request;
	doorbell_serve(d, request);
	/* Full barrier between done and the check for sleepers; pairs with the client's. */
	__atomic_store_n(&d->page->done, request, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&d->page->is_waiting, __ATOMIC_SEQ_CST))
		futex_wake(&d->page->done);
	return true;
}

static bool doorbell_must_stop(const struct doorbell *d)
{
	return __atomic_load_n(&d->stop, __ATOMIC_ACQUIRE);
}

static void doorbell_sleep(struct doorbell *d)
{
	const struct timespec timeout = { 0, PLACEMENT_IDLE_MS * 1000000 };

	/* Full barrier between the flag and the check of request; pairs with the client's. */
	__atomic_store_n(&d->page->is_awake, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&d->page->request, __ATOMIC_SEQ_CST) == d->last &&
	    !doorbell_must_stop(d) &&
	    futex_call(&d->page->request, FUTEX_WAIT, d->last,
		       d->place.is_active ? &timeout : NULL) &&
	    errno == ETIMEDOUT)
		placement_idle(&d->place);
	__atomic_store_n(&d->page->is_awake, 1, __ATOMIC_SEQ_CST);
}

static void doorbell_free(struct doorbell *d)
{
	os_poller_end(&d->watcher);
	page_put(d->domain, d->number);
	nm_client_uncharge(d->c, NM_QUOTA_DOORBELLS);
	free(d);
}

/* The thread's last step. Acquire: ended and arg are set, if it is left alone. */
static void doorbell_end(struct doorbell *d)
{
	void (*ended)(void *arg);
	void *arg;

	if (__atomic_exchange_n(&d->state, ENDED, __ATOMIC_ACQ_REL) != LEFT)
		return;
	ended = d->ended;
	arg = d->arg;
	pthread_detach(pthread_self());
	doorbell_free(d);
	ended(arg);
}

static void *doorbell_run(void *arg)
{
	struct doorbell *d = arg;

	pthread_setname_np(pthread_self(), "nm-doorbell");
	placement_begin(&d->place);
	while (!doorbell_must_stop(d)) {
		placement_choose(&d->place, __atomic_load_n(&d->page->cpu, __ATOMIC_RELAXED));
		__atomic_store_n(&d->page->cpu_server, (uint32_t)sched_getcpu(), __ATOMIC_RELAXED);
		if (doorbell_answer(d)) {
			placement_worked(&d->place);
			latency_note();
		} else if (!placement_may_poll(&d->place)) {
			doorbell_sleep(d);
		}
	}
	doorbell_answer(d);
	placement_end(&d->place);
	doorbell_end(d);
	return NULL;
}

static bool client_is_bound(struct nm_client *c)
{
	struct nm_region *r = nm_client_region(c);

	if (r)
		nm_region_put(r);
	return r;
}

static struct doorbell *doorbell_make(struct domain *domain, struct nm_client *c, pid_t pid,
				      struct nm_reason *reason)
{
	struct doorbell *d = calloc(1, sizeof(*d));

	if (!d) {
		nm_refuse_nomem(reason, "a doorbell");
		return NULL;
	}
	if (nm_client_charge(c, NM_QUOTA_DOORBELLS, reason)) {
		free(d);
		return NULL;
	}
	d->page = page_get(domain, &d->number);
	if (!d->page) {
		if (d->number == MAX_DOORBELLS)
			nm_refuse(reason, -ENOSPC, "this user and network have %u doorbells, "
				  "the limit: close a file that has one", MAX_DOORBELLS);
		else
			nm_refuse_nomem(reason, "the page of a doorbell");
		nm_client_uncharge(c, NM_QUOTA_DOORBELLS);
		free(d);
		return NULL;
	}
	d->domain = domain;
	d->c = c;
	d->caller = (struct os_caller){ .pid = pid };
	os_poller_begin(&d->watcher);
	d->watcher.fire = watcher_fire;
	return d;
}

static struct doorbell *doorbell_start(struct domain *domain, struct nm_client *c, pid_t pid,
				       struct nm_reason *reason)
{
	struct doorbell *d = doorbell_make(domain, c, pid, reason);

	if (!d)
		return NULL;
	if (pthread_create(&d->thread, NULL, doorbell_run, d)) {
		nm_refuse(reason, -EAGAIN, "cannot start a thread for the doorbell");
		doorbell_free(d);
		return NULL;
	}
	return d;
}

struct doorbell *doorbell_open(struct domain *domain, struct nm_client *c, pid_t pid,
			       struct nm_reason *reason)
{
	if (!settings.has_doorbells) {
		nm_refuse(reason, -EOPNOTSUPP, "doorbells are disabled (setting doorbells=no)");
		return NULL;
	}
	if (!client_is_bound(c)) {
		nm_refuse(reason, -ENXIO,
			  "a doorbell needs a file that is bound to a port: register first");
		return NULL;
	}
	return doorbell_start(domain, c, pid, reason);
}

void doorbell_describe(const struct doorbell *d, struct nmreq_doorbell *out)
{
	*out = (struct nmreq_doorbell){
		.offset = os_space_offset(d->domain->doorbells->space) +
			  (uint64_t)d->number * OS_PAGE_SIZE,
		.size = OS_PAGE_SIZE,
	};
}

/* True if it has waited for its client's memory for longer than a close waits. */
static bool doorbell_hangs(struct doorbell *d)
{
	const uint64_t since = __atomic_load_n(&d->caller.waits_since, __ATOMIC_RELAXED);

	return since && os_nanoseconds() - since > HANGS_NS;
}

/* Leave the doorbell to its thread. Returns false if the thread has ended meanwhile. */
static bool doorbell_leave(struct doorbell *d, void (*ended)(void *arg), void *arg)
{
	uint32_t state = RUNNING;

	d->ended = ended;
	d->arg = arg;
	return __atomic_compare_exchange_n(&d->state, &state, LEFT, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

bool doorbell_close(struct doorbell *d, void (*ended)(void *arg), void *arg)
{
	const struct timespec retry = { 0, 100000 };

	if (!d)
		return true;
	__atomic_store_n(&d->stop, 1, __ATOMIC_RELEASE);
	/*
	 * It may be about to sleep on a word that only the client changes, so wake it until it has
	 * ended.
	 */
	while (__atomic_load_n(&d->state, __ATOMIC_ACQUIRE) == RUNNING) {
		if (doorbell_hangs(d) && doorbell_leave(d, ended, arg))
			return false;
		futex_wake(&d->page->request);
		nanosleep(&retry, NULL);
	}
	pthread_join(d->thread, NULL);
	doorbell_free(d);
	return true;
}
