// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads that wait for frames of a device. Each has some of the wire's sources; the first has the
 * stack's frames too.
 */
#define OS_HOME
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "netdev.h"

/* Entries of poll: the end, the stack, sources. */
#define FIRST_SOURCE	2u

static uint32_t fill(const struct receiver *r, struct pollfd *p, uint32_t *source)
{
	const struct os_netdev *nd = r->nd;
	uint32_t n = FIRST_SOURCE, i;

	p[0] = (struct pollfd){ .fd = nd->end, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = r->first ? -1 : nd->taken.tap, .events = POLLIN };
	for (i = r->first; i < nd->wire_ops->sources(nd->wire); i += r->step) {
		source[n] = i;
		p[n++] = (struct pollfd){ .fd = nd->wire_ops->source(nd->wire, i), .events = POLLIN };
	}
	return n;
}

static void *receive(void *arg)
{
	struct receiver *r = arg;
	struct os_netdev *nd = r->nd;
	struct pollfd p[FIRST_SOURCE + BROKER_RX_MAX];
	uint32_t source[FIRST_SOURCE + BROKER_RX_MAX], n = fill(r, p, source), i;

	pthread_setname_np(pthread_self(), nd->name);
	for (;;) {
		if (poll(p, n, -1) < 0)
			continue;
		if (p[0].revents)
			return NULL;
		if (p[1].revents && !host_receive(nd))
			p[1].fd = -1;
		for (i = FIRST_SOURCE; i < n; i++)
			if (p[i].revents)
				nd->wire_ops->receive(nd->wire, source[i]);
	}
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
	const uint32_t n = how_many(nd);
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

	pthread_mutex_lock(&nd->lock);
	err = start_locked(nd);
	pthread_mutex_unlock(&nd->lock);
	return err;
}

void receivers_stop(struct os_netdev *nd)
{
	pthread_mutex_lock(&nd->lock);
	stop_locked(nd);
	pthread_mutex_unlock(&nd->lock);
}
