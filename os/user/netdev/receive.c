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
	for (i = r->first; i < nd->wire_ops->sources(nd->wire); i += nd->receivers) {
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

static void stop(struct os_netdev *nd, uint32_t started)
{
	os_assert(eventfd_write(nd->end, 1) == 0);
	while (started)
		pthread_join(nd->receiver[--started].thread, NULL);
	close(nd->end);
}

static uint32_t how_many(const struct os_netdev *nd)
{
	uint32_t n = nd->wire_ops->sources(nd->wire);

	if (n > os_cpus())
		n = os_cpus();
	return n > RECEIVERS_MAX ? RECEIVERS_MAX : n;
}

int receivers_start(struct os_netdev *nd)
{
	uint32_t i;
	int err;

	nd->end = eventfd(0, EFD_CLOEXEC);
	if (nd->end < 0)
		return -errno;
	nd->receivers = how_many(nd);
	for (i = 0; i < nd->receivers; i++) {
		nd->receiver[i].nd = nd;
		nd->receiver[i].first = i;
		err = pthread_create(&nd->receiver[i].thread, NULL, receive, &nd->receiver[i]);
		if (err) {
			stop(nd, i);
			return -err;
		}
	}
	return 0;
}

void receivers_stop(struct os_netdev *nd)
{
	stop(nd, nd->receivers);
}
