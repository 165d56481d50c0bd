/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers: threads that each read a message, answer it, and read the next. If all are busy,
 * which means that some wait for a client's memory or for a lock, the last to become so
 * starts another; those that are too many end when they are idle.
 *
 * Order. close() returns before the kernel's release message is answered, and yet a program
 * that closes a port expects it free. The kernel hands out messages in the order they were
 * made, so a request that came after a release was also read after it. A worker says in its
 * state that it is about to read, before it reads; hence whoever has read a request finds every
 * worker that may have read an earlier release in the state TAKING or RELEASING, and waits until
 * it has left that.
 */
#define OS_PLATFORM
#include <sched.h>
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

#define MAX_WORKERS	512u	/* so many may be held up by hostile clients before others wait */
#define SHARE		(MAX_WORKERS / 4)	/* of them for one user at the most */
#define PATIENCE_NS	1000000000ull	/* with a release that does not end */
#define YIELDS		64u	/* to one that ends soon; then it gets the processor */
#define NAP_NS		100000
#define LINGER_MS	5000	/* an additional worker ends when it was idle for so long */

#define STOP		1u	/* what epoll says of stop_fd */

/* A worker's state is one of these, and above it a count of the messages it has begun. */
enum { IDLE, TAKING, SERVING, RELEASING, STATES };

struct worker {
	pthread_t thread;
	uint32_t state;		/* atomic */
	uint32_t uid;		/* whose message it has; atomic */
	struct os_interrupt interrupt;	/* of the message it has; valid while highest is above */
	bool in_use;		/* guarded by lock */
	bool is_leaving;	/* the thread's own: it is not counted in idle any more */
	char *buf;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static struct worker workers[MAX_WORKERS];	/* threads guarded by lock, slots never move */
static uint32_t highest;	/* slots in use are below this; atomic */
static uint32_t running;	/* threads; guarded by lock */
static uint32_t idle;		/* threads not serving; atomic */
static uint32_t is_ending;	/* atomic: nothing waits for its caller's sake any more */
static uint32_t base;		/* const after start */
static int stop_fd = -1;	/* const after start; readable at the end */

static void *worker_main(void *arg);

static void set_state(struct worker *w, uint32_t state)
{
	uint32_t count = __atomic_load_n(&w->state, __ATOMIC_RELAXED) / STATES;

	__atomic_store_n(&w->state, (count + (state == TAKING)) * STATES + state, __ATOMIC_SEQ_CST);
}

static struct worker *slot_find_locked(void)
{
	uint32_t i;

	for (i = 0; i < MAX_WORKERS; i++)
		if (!workers[i].in_use)
			return &workers[i];
	return NULL;
}

static int worker_add_locked(void)
{
	struct worker *w = slot_find_locked();
	uint32_t i;

	if (!w)
		return -EAGAIN;
	if (!w->buf)
		w->buf = malloc(CONN_BUFFER);
	if (!w->buf)
		return -ENOMEM;
	if (w == &workers[highest])
		os_interrupt_begin(&w->interrupt);
	/* All there from now on: a message may have to be read while a fault waits for its answer. */
	memset(w->buf, 1, CONN_BUFFER);
	w->in_use = true;
	i = (uint32_t)(w - workers) + 1;
	if (i > highest)
		__atomic_store_n(&highest, i, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&idle, 1, __ATOMIC_SEQ_CST);
	running++;
	if (pthread_create(&w->thread, NULL, worker_main, w) == 0) {
		pthread_detach(w->thread);
		return 0;
	}
	running--;
	__atomic_fetch_sub(&idle, 1, __ATOMIC_SEQ_CST);
	w->in_use = false;
	return -EAGAIN;
}

static void give_way(uint32_t times)
{
	const struct timespec nap = { 0, NAP_NS };

	if (times < YIELDS)
		sched_yield();
	else
		nanosleep(&nap, NULL);
}

/*
 * Every release read before our message has been carried out when this returns, but for one that
 * its own client holds up: a doorbell's thread may be waiting for that client's memory. The port
 * may be busy still then, which harms who shares it, and nobody else.
 */
static void wait_for_releases(const struct worker *self)
{
	uint32_t n = __atomic_load_n(&highest, __ATOMIC_SEQ_CST), i;
	const uint64_t end = os_nanoseconds() + PATIENCE_NS;

	for (i = 0; i < n; i++) {
		const struct worker *w = &workers[i];
		uint32_t was = __atomic_load_n(&w->state, __ATOMIC_SEQ_CST), now = was, times = 0;

		if (w == self)
			continue;
		/* TAKING of the same count may become RELEASING of it; another count is later. */
		while ((now % STATES == TAKING || now % STATES == RELEASING) &&
		       now / STATES == was / STATES && os_nanoseconds() < end) {
			give_way(times++);
			now = __atomic_load_n(&w->state, __ATOMIC_SEQ_CST);
		}
	}
}

/*
 * One user's requests, held up by memory that he does not let us read, shall not take all
 * workers. Nobody is counted before there are more threads than any traffic needs.
 */
static bool is_over_share(const struct worker *self)
{
	uint32_t n = __atomic_load_n(&highest, __ATOMIC_RELAXED), busy = 0, i;

	if (n <= SHARE)
		return false;
	for (i = 0; i < n; i++)
		busy += __atomic_load_n(&workers[i].state, __ATOMIC_RELAXED) % STATES == SERVING &&
			__atomic_load_n(&workers[i].uid, __ATOMIC_RELAXED) == self->uid;
	return busy > SHARE;
}

static void handle(struct worker *w, struct request *rq)
{
	os_interrupt_set(&w->interrupt, rq->in->unique);
	if (__atomic_load_n(&is_ending, __ATOMIC_SEQ_CST))
		os_interrupt_raise(&w->interrupt, 0);
	rq->interrupt = &w->interrupt;
	set_state(w, serve_is_release(rq) ? RELEASING : SERVING);
	__atomic_store_n(&w->uid, rq->in->uid, __ATOMIC_RELAXED);
	if (__atomic_sub_fetch(&idle, 1, __ATOMIC_SEQ_CST) == 0) {
		pthread_mutex_lock(&lock);
		worker_add_locked();
		pthread_mutex_unlock(&lock);
	}
	if (serve_needs_order(rq))
		wait_for_releases(w);
	if (is_over_share(w) && serve_may_refuse(rq))
		serve_refuse(rq);
	else
		serve(rq);
	os_interrupt_set(&w->interrupt, 0);
	latency_note();
	__atomic_fetch_add(&idle, 1, __ATOMIC_SEQ_CST);
}

/* If others are idle enough, take ourselves off their number. */
static bool leave(void)
{
	uint32_t n = __atomic_load_n(&idle, __ATOMIC_SEQ_CST);

	while (n > base)
		if (__atomic_compare_exchange_n(&idle, &n, n - 1, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return true;
	return false;
}

static int epoll_make(void)
{
	struct epoll_event message = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct epoll_event stop = { .events = EPOLLIN, .data.u32 = STOP };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep >= 0 && (epoll_ctl(ep, EPOLL_CTL_ADD, pager_runs() ? pager_fd() : conn_fd(), &message) ||
			epoll_ctl(ep, EPOLL_CTL_ADD, stop_fd, &stop))) {
		close(ep);
		ep = -1;
	}
	return ep;
}

/* Requests that wait for their callers' sake have no more time. */
static void interrupt_all(void)
{
	uint32_t n, i;

	__atomic_store_n(&is_ending, 1, __ATOMIC_SEQ_CST);
	n = __atomic_load_n(&highest, __ATOMIC_SEQ_CST);
	for (i = 0; i < n; i++)
		os_interrupt_raise(&workers[i].interrupt, 0);
}

bool workers_interrupt(uint64_t unique)
{
	uint32_t n = __atomic_load_n(&highest, __ATOMIC_SEQ_CST), i;

	for (i = 0; i < n; i++)
		if (os_interrupt_raise(&workers[i].interrupt, unique))
			return true;
	return false;
}

/* Until there is a message, or for a while. False: this worker shall end. */
static bool wait_for_message(struct worker *w, int ep)
{
	struct epoll_event event[2];
	int n = epoll_wait(ep, event, 2, w - workers < base ? -1 : LINGER_MS);

	/* What is there is served before the end. */
	if (n == 1 && event[0].data.u32 == STOP) {
		interrupt_all();
		return false;
	}
	/* Who is too many goes only after a while: another rush may come. */
	w->is_leaving = n == 0 && leave();
	return !w->is_leaving;
}

/* Whether to go on. */
static bool work(struct worker *w, int ep)
{
	struct request rq;
	int err;

	set_state(w, TAKING);
	err = pager_runs() ? pager_take(w->buf, &rq) : conn_read(w->buf, &rq);
	if (!err) {
		handle(w, &rq);
		return true;
	}
	set_state(w, IDLE);
	if (err == -EAGAIN)
		return wait_for_message(w, ep);
	interrupt_all();
	return false;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	int ep = epoll_make();

	pthread_setname_np(pthread_self(), "nm-worker");
	/* Touched here: the pager's lock is held when a message is copied there. */
	memset(w->buf, 0, CONN_BUFFER);
	while (ep >= 0 && work(w, ep))
		;
	if (ep >= 0)
		close(ep);
	if (!w->is_leaving)
		__atomic_fetch_sub(&idle, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&lock);
	w->in_use = w->is_leaving = false;
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
