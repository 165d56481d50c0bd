/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers: threads that each read a message, answer it, and read the next. If all are busy, which
 * means that some wait for a client's memory or for a lock, the last one to become busy starts
 * another; surplus workers end when they are idle.
 *
 * Order: close() returns before the kernel's release message is answered, yet a program that closes
 * a port expects it to be free. The kernel hands out messages in order, so a request made after a
 * release is also read after it. A worker sets its state to READING before it reads. Hence a worker
 * that has read a request finds every other worker that may have read an earlier release in the
 * state READING or RELEASING, and waits until that state ends.
 */
#define OS_PLATFORM
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../../../core/engine.h"
#include "../os_user.h"
#include "latency.h"
#include "pager.h"
#include "serve.h"
#include "workers.h"

#define MAX_WORKERS	512u	/* hostile clients can block this many before others wait */
#define ORDINARY	(MAX_WORKERS / 8)	/* while no more are busy, any user may have them */
#define RELEASE_NS	1000000000ull	/* timeout for a release */
#define YIELDS		64u	/* polls of a release before sleeping between them */
#define NAP_NS		100000	/* such a sleep */
#define WATCH_NS	20000000	/* between two looks at interrupted requests */
#define IDLE_MS		5000	/* a surplus worker ends after this idle time */

#define STOP		1u	/* epoll's data for stop_fd */

/* A worker's state is one of these plus STATES times the number of messages it has begun. */
enum { IDLE, READING, SERVING, RELEASING, FREEING, STATES };

struct worker {
	pthread_t thread;
	uint32_t state;		/* atomic */
	uint32_t uid;		/* user of its message; atomic */
	uint32_t pid;		/* calling thread of its message; atomic */
	struct os_interrupt interrupt;	/* of its message; valid for workers below highest */
	bool in_use;		/* guarded by lock */
	bool is_surplus;	/* the thread's own: it ends, and idle does not count it any more */
	char *buf;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static struct worker workers[MAX_WORKERS];	/* threads guarded by lock; entries never move */
static uint32_t highest;	/* entries in use are below this; atomic */
static uint32_t running;	/* threads; guarded by lock */
static uint32_t idle;		/* threads not serving; atomic */
static uint32_t is_watching;	/* a watcher is there, or begins; atomic */
static uint32_t is_ending;	/* requests must not wait for their callers any more; atomic */
static uint32_t base;		/* const after start */
static int stop_fd = -1;	/* const after start; readable at the end */

static __thread struct worker *this_worker;	/* NULL in other threads */

static void *worker_run(void *arg);

static void worker_set_state(struct worker *w, uint32_t state)
{
	uint32_t count = __atomic_load_n(&w->state, __ATOMIC_RELAXED) / STATES;

	__atomic_store_n(&w->state, (count + (state == READING)) * STATES + state,
			 __ATOMIC_SEQ_CST);
}

static struct worker *worker_find_locked(void)
{
	uint32_t i;

	for (i = 0; i < MAX_WORKERS; i++)
		if (!workers[i].in_use)
			return &workers[i];
	return NULL;
}

static int worker_add_locked(void)
{
	struct worker *w = worker_find_locked();
	uint32_t i;

	if (!w)
		return -EAGAIN;
	if (!w->buf)
		w->buf = malloc(CONN_BUFFER);
	if (!w->buf)
		return -ENOMEM;
	if (w == &workers[highest])
		os_interrupt_begin(&w->interrupt);
	/* Touch all of it: a message may have to be read while a page fault waits for its reply. */
	memset(w->buf, 1, CONN_BUFFER);
	w->in_use = true;
	i = (uint32_t)(w - workers) + 1;
	if (i > highest)
		__atomic_store_n(&highest, i, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&idle, 1, __ATOMIC_SEQ_CST);
	running++;
	if (pthread_create(&w->thread, NULL, worker_run, w) == 0) {
		pthread_detach(w->thread);
		return 0;
	}
	running--;
	__atomic_fetch_sub(&idle, 1, __ATOMIC_SEQ_CST);
	w->in_use = false;
	return -EAGAIN;
}

static void pause_between_polls(uint32_t times)
{
	const struct timespec nap = { 0, NAP_NS };

	if (times < YIELDS)
		sched_yield();
	else
		nanosleep(&nap, NULL);
}

void workers_detached(uint32_t uid)
{
	struct worker *w = this_worker;

	if (!w || __atomic_load_n(&w->state, __ATOMIC_RELAXED) % STATES != RELEASING)
		return;
	__atomic_store_n(&w->uid, uid, __ATOMIC_RELAXED);
	worker_set_state(w, FREEING);
}

/*
 * Return whether a worker in that state may have a release of which self's request must see the
 * effect.
 */
static bool worker_may_release(const struct worker *w, uint32_t state, const struct worker *self)
{
	return state % STATES == READING || state % STATES == RELEASING ||
	       (state % STATES == FREEING &&
		__atomic_load_n(&w->uid, __ATOMIC_RELAXED) == self->uid);
}

/*
 * Wait until every release that was read before this worker's message is done. No client can make a
 * release take long, as file_close() does not wait for a client's memory; the timeout is a
 * safeguard.
 */
static void worker_wait_releases(const struct worker *self)
{
	uint32_t n = __atomic_load_n(&highest, __ATOMIC_SEQ_CST), i;
	const uint64_t end = os_nanoseconds() + RELEASE_NS;

	for (i = 0; i < n; i++) {
		const struct worker *w = &workers[i];
		uint32_t was = __atomic_load_n(&w->state, __ATOMIC_SEQ_CST), now = was, times = 0;

		if (w == self)
			continue;
		/* READING of the same count may become RELEASING of it; another count is later. */
		while (worker_may_release(w, now, self) && now / STATES == was / STATES &&
		       os_nanoseconds() < end) {
			pause_between_polls(times++);
			now = __atomic_load_n(&w->state, __ATOMIC_SEQ_CST);
		}
	}
}

/*
 * True if the user of this worker's message occupies too many workers, as with requests whose
 * memory cannot be read: more than all other users leave free, now that they are few. So one user
 * gets at most half of the workers, a second half of the rest, and some are left for the others.
 */
static bool worker_is_over_share(const struct worker *self)
{
	uint32_t n = __atomic_load_n(&highest, __ATOMIC_RELAXED), own = 0, busy = 0, i;

	if (n <= ORDINARY)
		return false;
	for (i = 0; i < n; i++) {
		if (__atomic_load_n(&workers[i].state, __ATOMIC_RELAXED) % STATES != SERVING)
			continue;
		busy++;
		own += __atomic_load_n(&workers[i].uid, __ATOMIC_RELAXED) == self->uid;
	}
	return busy > ORDINARY && own > MAX_WORKERS - busy;
}

static void worker_serve(struct worker *w, struct request *rq)
{
	os_interrupt_set(&w->interrupt, rq->in->unique);
	if (__atomic_load_n(&is_ending, __ATOMIC_SEQ_CST))
		os_interrupt_raise(&w->interrupt, 0);
	rq->interrupt = &w->interrupt;
	worker_set_state(w, serve_is_release(rq) ? RELEASING : SERVING);
	__atomic_store_n(&w->uid, rq->in->uid, __ATOMIC_RELAXED);
	__atomic_store_n(&w->pid, rq->in->pid, __ATOMIC_RELAXED);
	if (__atomic_sub_fetch(&idle, 1, __ATOMIC_SEQ_CST) == 0) {
		pthread_mutex_lock(&lock);
		worker_add_locked();
		pthread_mutex_unlock(&lock);
	}
	if (serve_needs_order(rq))
		worker_wait_releases(w);
	if (worker_is_over_share(w) && serve_may_refuse(rq))
		serve_refuse(rq);
	else
		serve(rq);
	/* serve_done() has done so, mostly. */
	if (w->interrupt.request)
		os_interrupt_set(&w->interrupt, 0);
	latency_note();
	__atomic_fetch_add(&idle, 1, __ATOMIC_SEQ_CST);
}

/* Returns true, with idle decremented, if there are more idle workers than are always needed. */
static bool idle_take_surplus(void)
{
	uint32_t n = __atomic_load_n(&idle, __ATOMIC_SEQ_CST);

	while (n > base)
		if (__atomic_compare_exchange_n(&idle, &n, n - 1, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return true;
	return false;
}

static int worker_epoll_make(void)
{
	struct epoll_event message = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct epoll_event stop = { .events = EPOLLIN, .data.u32 = STOP };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep >= 0 &&
	    (epoll_ctl(ep, EPOLL_CTL_ADD, pager_is_running() ? pager_fd() : conn_fd(), &message) ||
	     epoll_ctl(ep, EPOLL_CTL_ADD, stop_fd, &stop))) {
		close(ep);
		ep = -1;
	}
	return ep;
}

/* Interrupt requests that wait for their callers. */
static void workers_interrupt_all(void)
{
	uint32_t n, i;

	__atomic_store_n(&is_ending, 1, __ATOMIC_SEQ_CST);
	n = __atomic_load_n(&highest, __ATOMIC_SEQ_CST);
	for (i = 0; i < n; i++)
		os_interrupt_raise(&workers[i].interrupt, 0);
}

/* ---- callers that die ------------------------------------------------------------------ */

/* Returns whether SIGKILL is pending for that thread. */
static bool thread_is_dying(uint32_t pid)
{
	unsigned long long pending = 0;
	char path[32], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "SigPnd: %llx", &pending) != 1)
		;
	if (f)
		fclose(f);
	return pending >> (SIGKILL - 1) & 1;
}

/*
 * Reply in place of a worker whose caller is dying. The kernel keeps the caller's process until
 * there is a reply, and with it, say, a userfaultfd without which the memory that the worker reads
 * would answer.
 */
static void worker_abandon_dying(struct worker *w)
{
	uint64_t unique;

	if (!thread_is_dying(__atomic_load_n(&w->pid, __ATOMIC_RELAXED)))
		return;
	unique = os_interrupt_abandon(&w->interrupt, serve_abandon, w->buf);
	if (unique)
		conn_reply_interrupted(unique);
}

/* Returns how many workers have a request that was interrupted. */
static uint32_t workers_watch(void)
{
	uint32_t n = __atomic_load_n(&highest, __ATOMIC_SEQ_CST), i, found = 0;

	for (i = 0; i < n; i++) {
		if (__atomic_load_n(&workers[i].state, __ATOMIC_SEQ_CST) % STATES != SERVING ||
		    !__atomic_load_n(&workers[i].interrupt.is_raised, __ATOMIC_SEQ_CST))
			continue;
		found++;
		worker_abandon_dying(&workers[i]);
	}
	return found;
}

static void *watcher_run(void *arg)
{
	const struct timespec nap = { 0, WATCH_NS };

	(void)arg;
	pthread_setname_np(pthread_self(), "nm-watcher");
	do {
		nanosleep(&nap, NULL);
		__atomic_store_n(&is_watching, 0, __ATOMIC_SEQ_CST);
	} while (workers_watch() && !__atomic_exchange_n(&is_watching, 1, __ATOMIC_SEQ_CST));
	return NULL;
}

/* A thread that runs while there are interrupted requests; mostly there are none. */
static void watcher_need(void)
{
	pthread_t thread;

	if (__atomic_exchange_n(&is_watching, 1, __ATOMIC_SEQ_CST))
		return;
	if (pthread_create(&thread, NULL, watcher_run, NULL) == 0)
		pthread_detach(thread);
	else
		__atomic_store_n(&is_watching, 0, __ATOMIC_SEQ_CST);
}

bool workers_interrupt(uint64_t unique)
{
	uint32_t n = __atomic_load_n(&highest, __ATOMIC_SEQ_CST), i;

	for (i = 0; i < n; i++)
		if (os_interrupt_raise(&workers[i].interrupt, unique)) {
			watcher_need();
			return true;
		}
	return false;
}

/*
 * Wait for a message or stop_fd. Returns the number of both that are ready; *stop is set if it is
 * stop_fd alone. Without an epoll set, for want of descriptors, a message wakes more workers than
 * one.
 */
static int worker_wait(int ep, int timeout_ms, bool *stop)
{
	struct epoll_event event[2];
	struct pollfd p[2] = {
		{ .fd = pager_is_running() ? pager_fd() : conn_fd(), .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int n;

	if (ep >= 0) {
		n = epoll_wait(ep, event, 2, timeout_ms);
		*stop = n == 1 && event[0].data.u32 == STOP;
	} else {
		n = poll(p, 2, timeout_ms);
		*stop = n == 1 && p[1].revents;
	}
	return n;
}

/* Wait for a message, or the idle time. Returns false if this worker is to end. */
static bool worker_wait_message(struct worker *w, int ep)
{
	bool stop;
	int n = worker_wait(ep, w - workers < base ? -1 : IDLE_MS, &stop);

	/* STOP alone: messages that are there are served before the end. */
	if (stop) {
		workers_interrupt_all();
		return false;
	}
	/* Surplus workers end only after the idle time: another burst may come. */
	w->is_surplus = n == 0 && idle_take_surplus();
	return !w->is_surplus;
}

/* Read and serve a message, or wait for one. Returns false if this worker is to end. */
static bool worker_step(struct worker *w, int ep)
{
	struct request rq;
	int err;

	worker_set_state(w, READING);
	err = pager_is_running() ? pager_take(w->buf, &rq) : conn_read(w->buf, &rq);
	if (!err) {
		worker_serve(w, &rq);
		return true;
	}
	worker_set_state(w, IDLE);
	if (err == -EAGAIN)
		return worker_wait_message(w, ep);
	workers_interrupt_all();
	return false;
}

static void *worker_run(void *arg)
{
	struct worker *w = arg;
	int ep = worker_epoll_make();

	this_worker = w;
	pthread_setname_np(pthread_self(), "nm-worker");
	/* Touch it: messages are copied there with the pager's lock held. */
	memset(w->buf, 0, CONN_BUFFER);
	while (worker_step(w, ep))
		;
	if (ep >= 0)
		close(ep);
	if (!w->is_surplus)
		__atomic_fetch_sub(&idle, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&lock);
	w->in_use = w->is_surplus = false;
	running--;
	pthread_cond_signal(&ended);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int workers_start(unsigned int n)
{
	int err = 0;

	base = n;
	stop_fd = eventfd(0, EFD_CLOEXEC);
	if (stop_fd < 0)
		return -errno;
	pthread_mutex_lock(&lock);
	for (; n && !err; n--)
		err = worker_add_locked();
	pthread_mutex_unlock(&lock);
	return err;
}

void workers_wait(void)
{
	pthread_mutex_lock(&lock);
	while (running)
		pthread_cond_wait(&ended, &lock);
	pthread_mutex_unlock(&lock);
}

void workers_end(void)
{
	const uint64_t one = 1;

	if (write(stop_fd, &one, sizeof(one)) < 0)
		return;
}
