/* SPDX-License-Identifier: BSD-2-Clause */
#include "good.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"

#define GOOD_FLOW	100u
#define GOOD_WINDOW	256u

/* A frame of ours: its bytes and its place in the stream. */
static void judge(struct good *g, uint64_t *next, const char *data, uint32_t len)
{
	uint64_t seq = 0, *n;
	uint32_t flow = 0;

	g->result.frames++;
	if (!frame_check(data, len, &flow, &seq) || flow - GOOD_FLOW >= FLOWS) {
		if (!g->result.bad++)
			fprintf(stderr, "# bad frame: %u bytes, says flow %u, number %llu\n", len,
				flow, (unsigned long long)seq);
		return;
	}
	n = &next[flow - GOOD_FLOW];
	if (seq < *n)
		g->result.back++;
	else
		g->result.lost += seq - *n;
	*n = seq + 1;
}

static bool is_ours(const char *data, uint32_t len)
{
	struct mac src = mac_make(GOOD_SRC), dst = mac_make(GOOD_DST);

	return len >= FRAME_MIN && !memcmp(data, &dst, 6) && !memcmp(data + 6, &src, 6);
}

/*
 * Hostile clients may send to any port of the switch: the receiver checks the good frames among
 * all. Some are lost when the ring is full of others: credit for those is given after a while
 * without frames.
 */
static int good_receiver(void *arg)
{
	struct good *g = arg;
	struct port p;
	struct netmap_ring *r;
	uint64_t next[FLOWS] = { 0 }, last = now_ns();

	port_must(&p, g->rx);
	r = port_rx(&p, 0);
	__atomic_store_n(&g->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&g->credit.stop, __ATOMIC_ACQUIRE)) {
		uint64_t good = 0;

		if (port_poll(&p, POLLIN, 200) & POLLERR)
			return 2;
		for (; ring_space(r); ring_release(r, 1)) {
			const struct netmap_slot *s = &r->slot[r->head];
			const char *data = ring_buf(r, s->buf_idx);

			if (!is_ours(data, s->len))
				continue;
			judge(g, next, data, s->len);
			good++;
		}
		rxsync(&p);
		if (!good && now_ns() - last > 50000000ull && !g->is_lossless)
			good = GOOD_WINDOW;
		if (good)
			last = now_ns();
		if (good)
			flow_release(&g->credit, good);
	}
	return 0;
}

/*
 * The upper byte of the slots' flags for a frame to this port alone: if good frames were flooded,
 * hostile clients could send them on, altered.
 */
static uint16_t to_port(const char *name)
{
	struct nmreq_vale_list l = { 0 };

	if (ctrl_once(NETMAP_REQ_VALE_LIST, name, &l))
		give_up("number of %s", name);
	return l.nr_port_idx << NS_PORT_SHIFT;
}

static int good_sender(void *arg)
{
	struct good *g = arg;
	struct port p;
	struct flow f = { .port = &p,
			  .dst = GOOD_DST,
			  .src = GOOD_SRC,
			  .flow0 = GOOD_FLOW,
			  .min = 60,
			  .max = 1500,
			  .chunk = 2048,
			  .batch = 32,
			  .seed = opt.seed,
			  .credit = &g->credit,
			  .window = GOOD_WINDOW };
	int err;

	port_must(&p, g->tx);
	if (!g->is_lossless)
		f.slot_flags = to_port(g->rx);
	err = flow_send(&f);
	if (err)
		fprintf(stderr, "# good sender: %s\n", strerror(-err));
	return err ? 1 : 0;
}

struct begun {
	struct good *g;
	int (*fn)(void *arg);
};

static int begin(void *arg)
{
	struct begun *b = arg;

	return b->g->run(b->fn, b->g);
}

static pid_t start(struct good *g, int (*fn)(void *arg))
{
	struct begun b = { g, fn };

	return g->run ? child_start(begin, &b) : child_start(fn, g);
}

void good_start(struct good *g, pid_t pid[2])
{
	pid[0] = start(g, good_receiver);
	while (!__atomic_load_n(&g->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	pid[1] = start(g, good_sender);
}

void good_end(struct good *g, pid_t pid[2], const char *what)
{
	g->credit.stop = 1;
	is_num(child_wait(pid[1]), 0, "%s: the good sender went on to the end", what);
	is_num(child_wait(pid[0]), 0, "%s: the good receiver too", what);
	ok(g->result.frames > 0, "%s: good frames passed (%llu)", what,
	   (unsigned long long)g->result.frames);
	is_num(g->result.bad, 0, "%s: not one wrong byte", what);
	is_num(g->result.back, 0, "%s: none twice or out of order", what);
	if (g->is_lossless)
		is_num(g->result.lost, 0, "%s: none lost", what);
	else
		diag("%s: %llu lost to a ring full of others' frames", what,
		     (unsigned long long)g->result.lost);
}
