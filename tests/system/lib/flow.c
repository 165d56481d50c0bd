/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams of checked frames: see flow.h. */
#include "flow.h"

#include <linux/futex.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

#define MAX_FRAME	(NETMAP_MAX_FRAGS * 2048u)
#define IDLE_MS		20000	/* without progress: a failure */

static bool stopped(const struct flow_credit *c)
{
	return c && __atomic_load_n(&c->stop, __ATOMIC_ACQUIRE);
}

/* Whether need more slots would be too many in flight; credit may also run ahead. */
static bool over_window(const struct flow *f, uint64_t sent, uint32_t need)
{
	uint64_t released = __atomic_load_n(&f->credit->released, __ATOMIC_ACQUIRE);

	return sent + need > released + f->window;
}

void flow_release(struct flow_credit *c, uint64_t slots)
{
	__atomic_fetch_add(&c->released, slots, __ATOMIC_RELEASE);
	__atomic_fetch_add(&c->wake, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &c->wake, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Waits until the window has room for need slots; false after a long time or on stop. */
static bool wait_credit(const struct flow *f, uint64_t sent, uint32_t need)
{
	const struct timespec a_while = { .tv_nsec = 100000000 };
	uint64_t end = now_ns() + IDLE_MS * 1000000ull;

	for (;;) {
		uint32_t seen = __atomic_load_n(&f->credit->wake, __ATOMIC_SEQ_CST);

		if (!over_window(f, sent, need))
			return true;
		if (stopped(f->credit) || now_ns() > end)
			return false;
		syscall(SYS_futex, &f->credit->wake, FUTEX_WAIT, seen, &a_while, NULL, 0);
	}
}

static uint32_t slots_of(const struct flow *f, uint32_t len)
{
	return (len + f->chunk - 1) / f->chunk;
}

static void put_one(const struct flow *f, struct netmap_ring *r, char *scratch, uint32_t len,
		    uint64_t n)
{
	uint32_t flow = f->flow0 + n % FLOWS, i = r->head, left = slots_of(f, len);
	struct netmap_slot *s = &r->slot[i];

	if (left == 1) {
		frame_make(ring_buf(r, s->buf_idx), len, f->dst, f->src, flow, n / FLOWS);
		s->len = len;
		s->flags = f->slot_flags;
		ring_release(r, 1);
		return;
	}
	frame_make(scratch, len, f->dst, f->src, flow, n / FLOWS);
	for (; left; left--, i = ring_next(r, i)) {
		s = &r->slot[i];
		s->len = left > 1 ? f->chunk : len;
		s->flags = f->slot_flags | (left > 1 ? NS_MOREFRAG : 0);
		memcpy(ring_buf(r, s->buf_idx), scratch, s->len);
		scratch += s->len;
		len -= s->len;
	}
	r->head = r->cur = i;
}

/* Room in the ring for need slots, waiting in poll(). */
static int wait_room(const struct flow *f, struct netmap_ring *r, uint32_t need)
{
	while (ring_space(r) < need) {
		int ev;

		/* Be woken when there is room for all of it, not for one slot. */
		if (ring_space(r))
			r->cur = ring_add(r, r->head, ring_space(r));
		ev = port_poll(f->port, POLLOUT, IDLE_MS);
		if (ev < 0)
			return ev;
		if (!(ev & POLLOUT))
			return ev & POLLERR ? -EIO : -ETIMEDOUT;
		if (stopped(f->credit))
			return -EINTR;
	}
	r->cur = r->head;
	return 0;
}

int flow_send(const struct flow *f)
{
	struct netmap_ring *r = port_tx(f->port, f->ring);
	struct rng rnd = { f->seed };
	char *scratch = malloc(MAX_FRAME);
	uint64_t sent = 0, slots = 0;
	uint32_t queued = 0;
	int err = scratch ? 0 : -ENOMEM;

	while (!err && (!f->count || sent < f->count) && !stopped(f->credit)) {
		uint32_t len = f->min == f->max ? f->min :
			f->min + rng_below(&rnd, f->max - f->min + 1);
		uint32_t need = slots_of(f, len);
		bool full = ring_space(r) < need ||
			(f->credit && over_window(f, slots, need));

		if (queued && (full || (f->batch && queued >= f->batch))) {
			err = txsync(f->port);
			queued = 0;
		}
		if (!err && f->credit && full && !wait_credit(f, slots, need))
			err = stopped(f->credit) ? -EINTR : -ETIMEDOUT;
		if (!err && ring_space(r) < need)
			err = wait_room(f, r, need);
		if (err)
			break;
		put_one(f, r, scratch, len, sent++);
		slots += need;
		queued++;
	}
	if (!err && queued)
		err = txsync(f->port);
	/* All of it must have left the ring before the port may be closed. */
	if (!err)
		err = wait_room(f, r, r->num_slots - 1);
	free(scratch);
	return stopped(f->credit) && err == -EINTR ? 0 : err;
}

static void check_order(struct flow_result *res, uint64_t *next, uint32_t flow0, uint32_t flow,
			uint64_t seq)
{
	if (flow - flow0 >= FLOWS) {
		res->bad++;
		return;
	}
	next += flow - flow0;
	if (seq < *next) {
		res->back++;
		return;
	}
	res->lost += seq - *next;
	*next = seq + 1;
}

/* Checks the whole frames in the ring; slots released. */
static uint32_t take_all(const struct flow *f, struct netmap_ring *r, char *scratch,
			 uint64_t *next, struct flow_result *res)
{
	uint32_t start = r->head, flow;
	uint64_t seq;

	while (ring_space(r)) {
		struct netmap_slot *s = &r->slot[r->head];
		const char *data = ring_buf(r, s->buf_idx);
		int len = s->len;

		if (s->flags & NS_MOREFRAG) {
			len = ring_take(r, scratch, MAX_FRAME);
			if (len < 0)
				break;
			data = scratch;
		}
		if (frame_check(data, len, &flow, &seq))
			check_order(res, next, f->flow0, flow, seq);
		else
			res->bad++;
		res->frames++;
		res->bytes += len;
		if (data != scratch)
			ring_release(r, 1);
		if (f->count && res->frames == f->count)
			break;
	}
	/* A frame without its end is left: wait for more. */
	r->cur = ring_add(r, r->head, ring_space(r));
	return (r->head + r->num_slots - start) % r->num_slots;
}

int flow_receive(const struct flow *f, struct flow_result *res)
{
	struct netmap_ring *r = port_rx(f->port, f->ring);
	char *scratch = malloc(MAX_FRAME);
	uint64_t next[FLOWS] = { 0 }, idle_since = now_ns();

	memset(res, 0, sizeof(*res));
	while (scratch && !res->err && (!f->count || res->frames < f->count)) {
		int ev = port_poll(f->port, POLLIN, 500);
		uint32_t n;

		if (ev < 0 || ev & POLLERR) {
			res->err = ev < 0 ? ev : -EIO;
			break;
		}
		n = ev ? take_all(f, r, scratch, next, res) : 0;
		if (n) {
			idle_since = 0;
		} else if (!idle_since) {
			idle_since = now_ns();
		} else if (now_ns() - idle_since > IDLE_MS * 1000000ull) {
			res->err = -ETIMEDOUT;
		}
		if (!n && stopped(f->credit))
			break;
		/* The slots are free for netmap only after a sync. */
		if (n && f->credit) {
			res->err = rxsync(f->port);
			__atomic_store_n(&f->credit->frames, res->frames, __ATOMIC_RELEASE);
			flow_release(f->credit, n);
		}
	}
	if (!res->err && !f->credit)
		res->err = rxsync(f->port);
	free(scratch);
	return res->err || res->bad || res->lost || res->back ? -1 : 0;
}

static void swap_slots(struct netmap_slot *rs, struct netmap_slot *ts)
{
	uint32_t idx = ts->buf_idx;

	ts->buf_idx = rs->buf_idx;
	rs->buf_idx = idx;
	ts->len = rs->len;
	ts->flags = NS_BUF_CHANGED | (rs->flags & NS_MOREFRAG);
	rs->flags = NS_BUF_CHANGED;
}

int flow_forward(struct port *in, struct port *out, uint64_t count, struct flow_credit *credit,
		 uint32_t window)
{
	struct netmap_ring *r = port_rx(in, 0), *t = port_tx(out, 0);
	struct flow f = { .port = out, .credit = credit, .window = window };
	uint64_t frames = 0, slots = 0;
	int err = 0;

	while (!err && (!count || frames < count) && !stopped(credit)) {
		int ev = port_poll(in, POLLIN, 500);

		if (ev < 0 || ev & POLLERR)
			return ev < 0 ? ev : -EIO;
		while (!err && ring_space(r)) {
			if (!ring_space(t) || (credit && over_window(&f, slots, 1))) {
				err = txsync(out);
				if (!err && credit && !wait_credit(&f, slots, 1))
					err = stopped(credit) ? 0 : -ETIMEDOUT;
				if (!err && stopped(credit))
					return 0;
				if (!err)
					err = wait_room(&f, t, 1);
				continue;
			}
			frames += !(r->slot[r->head].flags & NS_MOREFRAG);
			swap_slots(&r->slot[r->head], &t->slot[t->head]);
			ring_release(r, 1);
			ring_release(t, 1);
			slots++;
		}
		if (!err)
			err = txsync(out);
	}
	if (!err)
		err = rxsync(in);
	return err;
}
