// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads that wait for frames of a device. Each has some of the wire's sources; the first has the
 * stack's TAP too. While a source's frames have no room in their ring, nothing is read from it: the
 * kernel queues them, up to the limit of its own queue.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device.h"

/* Entries for poll(): the end, there may be room again, the TAP, sources of the wire. */
enum { END, RESUME, STACK, FIRST_SOURCE };

static uint32_t receiver_fill(const struct receiver *r, struct pollfd *p, uint32_t *source)
{
	const struct os_netdev *nd = r->nd;
	uint32_t n = FIRST_SOURCE, i;

	p[END] = (struct pollfd){ .fd = nd->end, .events = POLLIN };
	p[RESUME] = (struct pollfd){ .fd = nd->resume[r->first], .events = POLLIN };
	/* poll() ignores negative descriptors. */
	p[STACK] = (struct pollfd){ .fd = r->first ? -1 : nd->opened.tap, .events = POLLIN };
	for (i = r->first; i < nd->wire_ops->sources(nd->wire); i += r->step) {
		source[n] = i;
		p[n++] = (struct pollfd){ .fd = nd->wire_ops->source(nd->wire, i),
					  .events = POLLIN };
	}
	return n;
}

/* A source with a backlog has its descriptor inverted, so that poll() ignores it, and no events. */
static bool source_has_backlog(const struct pollfd *p)
{
	return !p->events;
}

static void source_set_backlog(struct pollfd *p, bool on)
{
	if (on == source_has_backlog(p))
		return;
	p->fd = ~p->fd;
	p->events = on ? 0 : POLLIN;
}

static void stack_receive(struct os_netdev *nd, struct pollfd *p)
{
	const enum host_status status = host_receive(nd);

	source_set_backlog(p, status == HOST_BACKLOG);
	if (status == HOST_ENDED)
		p->fd = -1;
}

/*
 * Serve sources that are readable or, with `resume`, that have a backlog. Returns whether any has a
 * backlog then.
 */
static bool receiver_serve(const struct receiver *r, struct pollfd *p, const uint32_t *source,
			   uint32_t n, bool resume)
{
	struct os_netdev *nd = r->nd;
	bool any_backlog = false;
	uint32_t i;

	for (i = STACK; i < n; i++) {
		if (source_has_backlog(&p[i]) ? resume : p[i].revents) {
			if (i == STACK)
				stack_receive(nd, &p[i]);
			else
				source_set_backlog(&p[i],
						   !nd->wire_ops->receive(nd->wire, source[i]));
		}
		any_backlog |= source_has_backlog(&p[i]);
	}
	return any_backlog;
}

/* Return the timeout of poll() that ends at a time, rounded up. */
static int poll_timeout(uint64_t then)
{
	const uint64_t now = os_nanoseconds();

	return now < then ? (int)((then - now + 999999) / 1000000) : 0;
}

/* Backlogs are retried every OS_NETDEV_BACKLOG_NS, however busy other sources are. */
static void *receiver_run(void *arg)
{
	struct receiver *r = arg;
	struct pollfd p[FIRST_SOURCE + BROKER_RX_MAX];
	uint32_t source[FIRST_SOURCE + BROKER_RX_MAX], n = receiver_fill(r, p, source);
	bool any_backlog = false, resume;
	uint64_t retry_at = 0;
	eventfd_t times;

	pthread_setname_np(pthread_self(), r->nd->name);
	for (;;) {
		if (poll(p, n, any_backlog ? poll_timeout(retry_at) : -1) < 0)
			continue;
		if (p[END].revents)
			return NULL;
		if (p[RESUME].revents)
			eventfd_read(p[RESUME].fd, &times);
		resume = p[RESUME].revents || (any_backlog && os_nanoseconds() >= retry_at);
		if (resume || !any_backlog)
			retry_at = 0;
		any_backlog = receiver_serve(r, p, source, n, resume);
		if (any_backlog && !retry_at)
			retry_at = os_nanoseconds() + OS_NETDEV_BACKLOG_NS;
	}
}

/*
 * Rare: called only if there is a backlog. Wakes all receivers, as it does not know which has it.
 */
void os_netdev_resume(struct os_netdev *nd, enum os_netdev_side from)
{
	const uint32_t n = from == OS_NETDEV_STACK ? 1 : nd->resumes;
	uint32_t i;

	for (i = 0; i < n; i++)
		eventfd_write(nd->resume[i], 1);
}

static void resumes_close(struct os_netdev *nd)
{
	while (nd->resumes)
		close(nd->resume[--nd->resumes]);
}

static int resumes_open(struct os_netdev *nd, uint32_t n)
{
	int err;

	for (; nd->resumes < n; nd->resumes++) {
		nd->resume[nd->resumes] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (nd->resume[nd->resumes] >= 0)
			continue;
		err = -errno;
		resumes_close(nd);
		return err;
	}
	return 0;
}

static void receivers_stop_locked(struct os_netdev *nd)
{
	if (nd->end < 0)
		return;
	os_assert(eventfd_write(nd->end, 1) == 0);
	while (nd->receivers)
		pthread_join(nd->receiver[--nd->receivers].thread, NULL);
	close(nd->end);
	nd->end = -1;
}

/* Closes the sockets early, and so removes them from the list that broker_detach() closes. */
void receivers_release_locked(struct os_netdev *nd)
{
	struct broker_xdp *x = &nd->opened.xdp;
	uint32_t i;

	if (!nd->wire_ops->release || nd->end < 0)
		return;
	receivers_stop_locked(nd);
	nd->wire_ops->release(nd->wire);
	for (i = 0; i < x->info.queues; i++)
		close(x->xsk[i]);
	x->info.queues = 0;
}

static uint32_t receiver_count(const struct os_netdev *nd)
{
	uint32_t n = nd->wire_ops->sources(nd->wire);

	if (n > os_cpus())
		n = os_cpus();
	return n > RECEIVERS_MAX ? RECEIVERS_MAX : n;
}

static int receivers_start_locked(struct os_netdev *nd)
{
	const uint32_t n = nd->resumes;
	int err = 0;

	nd->end = eventfd(0, EFD_CLOEXEC);
	if (nd->end < 0)
		return -errno;
	for (nd->receivers = 0; nd->receivers < n; nd->receivers++) {
		struct receiver *r = &nd->receiver[nd->receivers];

		*r = (struct receiver){ .nd = nd, .first = nd->receivers, .step = n };
		err = pthread_create(&r->thread, NULL, receiver_run, r);
		if (err) {
			receivers_stop_locked(nd);
			break;
		}
	}
	return -err;
}

/* Receivers never take the lock, so joining them under it cannot deadlock. */
int receivers_start(struct os_netdev *nd)
{
	int err;

	err = resumes_open(nd, receiver_count(nd));
	if (err)
		return err;
	pthread_mutex_lock(&nd->lock);
	err = receivers_start_locked(nd);
	pthread_mutex_unlock(&nd->lock);
	if (err)
		resumes_close(nd);
	return err;
}

void receivers_stop(struct os_netdev *nd)
{
	pthread_mutex_lock(&nd->lock);
	receivers_stop_locked(nd);
	pthread_mutex_unlock(&nd->lock);
	resumes_close(nd);
}
