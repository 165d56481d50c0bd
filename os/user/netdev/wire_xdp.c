// SPDX-License-Identifier: BSD-2-Clause
/*
 * The wire by AF_XDP, a socket for each queue: without copies by the kernel where the driver can do
 * so, else with them. The last source is a timer, for frames that the kernel did not take from a tx
 * ring: no event reports that it would take them now.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "xsk.h"

#define RETRY_NS	1000000

struct wire {
	struct xsk xsk[BROKER_QUEUES_MAX];
	uint32_t n;
	int timer;
};

static void timer_start(const struct wire *w)
{
	const struct itimerspec soon = { .it_value.tv_nsec = RETRY_NS };

	timerfd_settime(w->timer, 0, &soon, NULL);
}

static void wire_xdp_close(void *wire)
{
	struct wire *w = wire;

	while (w->n)
		xsk_close(&w->xsk[--w->n]);
	close(w->timer);
	free(w);
}

static void *wire_xdp_open(struct os_netdev *nd, const struct broker_opened *o, int *err)
{
	struct wire *w = calloc(1, sizeof(*w));

	*err = -ENOMEM;
	if (!w)
		return NULL;
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	*err = w->timer < 0 ? -errno : 0;
	while (!*err && w->n < o->xdp.info.queues) {
		*err = xsk_open(&w->xsk[w->n], nd, &o->xdp, w->n);
		w->n += !*err;
	}
	if (!*err)
		return w;
	wire_xdp_close(w);
	return NULL;
}

static uint32_t wire_xdp_send(void *wire, uint32_t queue, const struct os_frag *frag, uint32_t n,
			      uint32_t *in_flight)
{
	struct wire *w = wire;
	bool is_stuck;
	uint32_t done = xsk_send(&w->xsk[queue % w->n], frag, n, in_flight, &is_stuck);

	if (is_stuck)
		timer_start(w);
	return done;
}

static uint32_t wire_xdp_sources(const void *wire)
{
	const struct wire *w = wire;

	return w->n + 1;
}

static int wire_xdp_source(const void *wire, uint32_t i)
{
	const struct wire *w = wire;

	return i < w->n ? w->xsk[i].fd : w->timer;
}

static void wire_xdp_push(struct wire *w)
{
	bool all = true;
	uint64_t times;
	uint32_t i;

	if (read(w->timer, &times, sizeof(times)) < 0)
		return;
	for (i = 0; i < w->n; i++)
		all &= xsk_push(&w->xsk[i]);
	if (!all)
		timer_start(w);
}

static bool wire_xdp_receive(void *wire, uint32_t i)
{
	struct wire *w = wire;

	if (i < w->n)
		xsk_receive(&w->xsk[i]);
	else
		wire_xdp_push(w);
	return true;
}

static void wire_xdp_release(void *wire)
{
	struct wire *w = wire;
	uint32_t i;

	for (i = 0; i < w->n; i++)
		xsk_release(&w->xsk[i]);
}

const struct wire_ops wire_xdp = {
	.name = "AF_XDP",
	.open = wire_xdp_open,
	.close = wire_xdp_close,
	.send = wire_xdp_send,
	.sources = wire_xdp_sources,
	.source = wire_xdp_source,
	.receive = wire_xdp_receive,
	.release = wire_xdp_release,
};
