// SPDX-License-Identifier: BSD-2-Clause
/*
 * The wire by AF_XDP, a socket for each queue: without copies by the kernel where the driver can do
 * so, else with them. The last source is a timer, for frames that the kernel did not take from a tx
 * ring, and for drivers that refused to read a ring: no event reports that they would now. Only the
 * watcher's: that the device is up again.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "xsk.h"

/* Delay of the first retry. It doubles while retries have no success. */
#define RETRY_NS	1000000u
#define RETRY_MAX_NS	64000000u

struct wire {
	struct xsk xsk[BROKER_QUEUES_MAX];
	uint32_t n;
	int timer;
	uint32_t delay;		/* of the next retry, in ns; atomic */
};

static void timer_set(const struct wire *w, uint32_t ns)
{
	const struct itimerspec soon = { .it_value.tv_nsec = ns };

	timerfd_settime(w->timer, 0, &soon, NULL);
}

/* A device that is down is not retried: wire_xdp_wake() follows when it is up. */
static void timer_start(const struct wire *w)
{
	const struct os_netdev *nd = w->xsk[0].nd;

	if (netdev_is_up(nd) && __atomic_load_n(&nd->has_carrier, __ATOMIC_RELAXED))
		timer_set(w, __atomic_load_n(&w->delay, __ATOMIC_RELAXED));
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
	w->delay = RETRY_NS;
	while (!*err && w->n < o->xdp.info.queues) {
		*err = xsk_open(&w->xsk[w->n], nd, &o->xdp, w->n);
		w->n += !*err;
	}
	if (!*err) {
		/* A driver may refuse to read its first fill rings while it is being set up. */
		timer_set(w, RETRY_NS);
		return w;
	}
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

static void wire_xdp_retry(struct wire *w)
{
	uint32_t delay = RETRY_NS, i;
	bool all = true;
	uint64_t times;

	if (read(w->timer, &times, sizeof(times)) < 0)
		return;
	for (i = 0; i < w->n; i++) {
		all &= xsk_push(&w->xsk[i]);
		all &= xsk_wake_rx(&w->xsk[i]);
	}
	if (!all)
		delay = 2 * __atomic_load_n(&w->delay, __ATOMIC_RELAXED);
	__atomic_store_n(&w->delay, delay < RETRY_MAX_NS ? delay : RETRY_MAX_NS, __ATOMIC_RELAXED);
	if (!all)
		timer_start(w);
}

static bool wire_xdp_receive(void *wire, uint32_t i)
{
	struct wire *w = wire;

	if (i == w->n)
		wire_xdp_retry(w);
	else if (!xsk_receive(&w->xsk[i]))
		timer_start(w);
	return true;
}

/* Leaves it to the timer's receiver, since the caller holds the device's lock. */
static void wire_xdp_wake(const void *wire)
{
	timer_set(wire, 1);
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
	.wake = wire_xdp_wake,
};
