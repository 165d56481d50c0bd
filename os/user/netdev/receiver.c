// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads that wait for frames of a device. Each has some of the wire's sources; the first has the
 * stack's frames too. A source whose frames have no room in their ring for a moment is not asked for more: the
 * kernel keeps them, as far as its own queue goes.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device.h"

/* Entries of poll: the end, that there is room again, the stack, sources. */
enum { END, GO_ON, STACK, FIRST_SOURCE };

static uint32_t fill(const struct receiver *r, struct pollfd *p, uint32_t *source)
{
	const struct os_netdev *nd = r->nd;
	uint32_t n = FIRST_SOURCE, i;

	p[END] = (struct pollfd){ .fd = nd->end, .events = POLLIN };
	p[GO_ON] = (struct pollfd){ .fd = nd->go_on[r->first], .events = POLLIN };
	/* poll() passes over negative descriptors. */
	p[STACK] = (struct pollfd){ .fd = r->first ? -1 : nd->taken.tap, .events = POLLIN };
	for (i = r->first; i < nd->wire_ops->sources(nd->wire); i += r->step) {
		source[n] = i;
		p[n++] = (struct pollfd){ .fd = nd->wire_ops->source(nd->wire, i), .events = POLLIN };
	}
	return n;
}

/* One that is kept back is asked for nothing; its descriptor is kept in the form that poll() passes over. */
static bool is_held(const struct pollfd *p)
{
	return !p->events;
}

static void hold(struct pollfd *p, bool on)
{
	if (on == is_held(p))
		return;
	p->fd = ~p->fd;
	p->events = on ? 0 : POLLIN;
}

static void stack_receive(struct os_netdev *nd, struct pollfd *p)
{
	const enum host_left left = host_receive(nd);

	hold(p, left == HOST_KEPT_BACK);
	if (left == HOST_ENDED)
		p->fd = -1;
}

/* Those where something has come, or that are kept back and may go on. Returns whether some are. */
static bool serve(const struct receiver *r, struct pollfd *p, const uint32_t *source, uint32_t n, bool go_on)
{
	struct os_netdev *nd = r->nd;
	bool any_held = false;
	uint32_t i;

	for (i = STACK; i < n; i++) {
		if (is_held(&p[i]) ? go_on : p[i].revents) {
			if (i == STACK)
				stack_receive(nd, &p[i]);
			else
				hold(&p[i], !nd->wire_ops->receive(nd->wire, source[i]));
		}
		any_held |= is_held(&p[i]);
	}
	return any_held;
}

/* For poll(): until then, not less. */
static int timeout_until(uint64_t then)
{
	const uint64_t now = os_nanoseconds();

	return now < then ? (int)((then - now + 999999) / 1000000) : 0;
}

/* What is kept back is asked for again in time, however busy other sources are. */
static void *receive(void *arg)
{
	struct receiver *r = arg;
	struct pollfd p[FIRST_SOURCE + BROKER_RX_MAX];
	uint32_t source[FIRST_SOURCE + BROKER_RX_MAX], n = fill(r, p, source);
	bool any_held = false, go_on;
	uint64_t again_at = 0;
	eventfd_t times;

	pthread_setname_np(pthread_self(), r->nd->name);
	for (;;) {
		if (poll(p, n, any_held ? timeout_until(again_at) : -1) < 0)
			continue;
		if (p[END].revents)
			return NULL;
		if (p[GO_ON].revents)
			eventfd_read(p[GO_ON].fd, &times);
		go_on = p[GO_ON].revents || (any_held && os_nanoseconds() >= again_at);
		if (go_on || !any_held)
			again_at = 0;
		any_held = serve(r, p, source, n, go_on);
		if (any_held && !again_at)
			again_at = os_nanoseconds() + OS_NETDEV_BACKLOG_NS;
	}
}

/* Rare: only when something is kept back. Whose that is, is not known here. */
void os_netdev_resume(struct os_netdev *nd, enum os_netdev_side from)
{
	const uint32_t n = from == OS_NETDEV_STACK ? 1 : nd->go_ons;
	uint32_t i;

	for (i = 0; i < n; i++)
		eventfd_write(nd->go_on[i], 1);
}

static void go_ons_close(struct os_netdev *nd)
{
	while (nd->go_ons)
		close(nd->go_on[--nd->go_ons]);
}

static int go_ons_open(struct os_netdev *nd, uint32_t n)
{
	int err;

	for (; nd->go_ons < n; nd->go_ons++) {
		nd->go_on[nd->go_ons] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (nd->go_on[nd->go_ons] >= 0)
			continue;
		err = -errno;
		go_ons_close(nd);
		return err;
	}
	return 0;
}

static void stop_locked(struct os_netdev *nd)
{
	if (nd->end < 0)
		return;
	os_assert(eventfd_write(nd->end, 1) == 0);
	while (nd->receivers)
		pthread_join(nd->receiver[--nd->receivers].thread, NULL);
	close(nd->end);
	nd->end = -1;
}

/* The descriptors are closed now, the broker's list of them says so. */
void receivers_let_go_locked(struct os_netdev *nd)
{
	struct broker_xdp *x = &nd->taken.xdp;
	uint32_t i;

	if (!nd->wire_ops->let_go || nd->end < 0)
		return;
	stop_locked(nd);
	nd->wire_ops->let_go(nd->wire);
	for (i = 0; i < x->told.queues; i++)
		close(x->xsk[i]);
	x->told.queues = 0;
}

static uint32_t how_many(const struct os_netdev *nd)
{
	uint32_t n = nd->wire_ops->sources(nd->wire);

	if (n > os_cpus())
		n = os_cpus();
	return n > RECEIVERS_MAX ? RECEIVERS_MAX : n;
}

static int start_locked(struct os_netdev *nd)
{
	const uint32_t n = nd->go_ons;
	int err = 0;

	nd->end = eventfd(0, EFD_CLOEXEC);
	if (nd->end < 0)
		return -errno;
	for (nd->receivers = 0; nd->receivers < n; nd->receivers++) {
		struct receiver *r = &nd->receiver[nd->receivers];

		*r = (struct receiver){ .nd = nd, .first = nd->receivers, .step = n };
		err = pthread_create(&r->thread, NULL, receive, r);
		if (err) {
			stop_locked(nd);
			break;
		}
	}
	return -err;
}

/* Receivers never take the lock, so they can be waited for under it. */
int receivers_start(struct os_netdev *nd)
{
	int err;

	err = go_ons_open(nd, how_many(nd));
	if (err)
		return err;
	pthread_mutex_lock(&nd->lock);
	err = start_locked(nd);
	pthread_mutex_unlock(&nd->lock);
	if (err)
		go_ons_close(nd);
	return err;
}

void receivers_stop(struct os_netdev *nd)
{
	pthread_mutex_lock(&nd->lock);
	stop_locked(nd);
	pthread_mutex_unlock(&nd->lock);
	go_ons_close(nd);
}
