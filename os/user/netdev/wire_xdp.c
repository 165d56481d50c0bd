// SPDX-License-Identifier: BSD-2-Clause
/*
 * The wire by AF_XDP, a socket for each queue: without the kernel's copies where the driver can, else
 * with them. The last source is a timer, for what the kernel would not take at once: it tells nobody
 * when it would.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "xsk.h"

#define AGAIN_NS	1000000

struct wire {
	struct xsk xsk[BROKER_QUEUES_MAX];
	uint32_t n;
	int timer;
};

static void again(const struct wire *w)
{
	const struct itimerspec soon = { .it_value.tv_nsec = AGAIN_NS };

	timerfd_settime(w->timer, 0, &soon, NULL);
}

static void wire_close(void *wire)
{
	struct wire *w = wire;

	while (w->n)
		xsk_close(&w->xsk[--w->n]);
	close(w->timer);
	free(w);
}

static void *wire_open(struct os_netdev *nd, const struct broker_taken *t, int *err)
{
	struct wire *w = calloc(1, sizeof(*w));

	*err = -ENOMEM;
	if (!w)
		return NULL;
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	*err = w->timer < 0 ? -errno : 0;
	while (!*err && w->n < t->xdp.told.queues) {
		*err = xsk_open(&w->xsk[w->n], nd, &t->xdp, w->n);
		w->n += !*err;
	}
	if (!*err)
		return w;
	wire_close(w);
	return NULL;
}

static uint32_t wire_send(void *wire, uint32_t queue, const struct os_frag *frag, uint32_t n, uint32_t *in_flight)
{
	struct wire *w = wire;
	bool is_stuck;
	uint32_t done = xsk_send(&w->xsk[queue % w->n], frag, n, in_flight, &is_stuck);

	if (is_stuck)
		again(w);
	return done;
}

static uint32_t wire_sources(const void *wire)
{
	const struct wire *w = wire;

	return w->n + 1;
}

static int wire_source(const void *wire, uint32_t i)
{
	const struct wire *w = wire;

	return i < w->n ? w->xsk[i].fd : w->timer;
}

static void push_all(struct wire *w)
{
	bool all = true;
	uint64_t times;
	uint32_t i;

	if (read(w->timer, &times, sizeof(times)) < 0)
		return;
	for (i = 0; i < w->n; i++)
		all &= xsk_push(&w->xsk[i]);
	if (!all)
		again(w);
}

static bool wire_receive(void *wire, uint32_t i)
{
	struct wire *w = wire;

	if (i < w->n)
		xsk_receive(&w->xsk[i]);
	else
		push_all(w);
	return true;
}

static void wire_let_go(void *wire)
{
	struct wire *w = wire;
	uint32_t i;

	for (i = 0; i < w->n; i++)
		xsk_let_go(&w->xsk[i]);
}

const struct wire_ops wire_xdp = {
	.name = "AF_XDP",
	.open = wire_open,
	.close = wire_close,
	.send = wire_send,
	.sources = wire_sources,
	.source = wire_source,
	.receive = wire_receive,
	.let_go = wire_let_go,
};
