/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of rings and slots: legal and illegal writes of a program. */
#include <poll.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "port.h"

static struct port a, b;
static char buf[65536];

static void open_pair(void)
{
	port_must(&a, "vale73:a");
	port_must(&b, "vale73:b");
}

static void close_pair(void)
{
	port_close(&b);
	port_close(&a);
}

/* A frame from a to b arrives whole: both rings are in order. */
static bool pair_works(void)
{
	static uint64_t seq;
	int n;

	port_drain(&b);
	frame_make(buf, 60, 2, 1, 7, ++seq);
	if (port_send(&a, buf, 60))
		return false;
	n = port_recv(&b, buf, sizeof(buf));
	return n == 60 && frame_is(buf, 60, 2, 1, 7, seq);
}

static void test_tail(void)
{
	struct netmap_ring *r = port_tx(&a, 0);
	uint32_t i, n = r->num_slots;

	is_num(ring_space(r), n - 1, "at most num_slots - 1 slots in our hands");
	frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 1);
	for (i = 0; i < n - 1; i++)
		ring_put(r, buf, 60, 0);
	is_num(ring_space(r), 0, "head == tail: nothing available");
	is_err(txsync(&a), 0, "sync of a full ring");
	is_num(ring_space(r), n - 1, "after the sync all slots are ours again");
	port_drain(&b);
}

static void test_cur_ahead(void)
{
	struct netmap_ring *r = port_rx(&b, 0);
	uint32_t i, head;

	port_drain(&b);
	for (i = 0; i < 4; i++) {
		frame_make(buf, 60, FRAME_BROADCAST, 1, 1, i);
		ring_put(port_tx(&a, 0), buf, 60, 0);
	}
	txsync(&a);
	rxsync(&b);
	is_num(ring_space(r), 4, "rx: four frames");
	head = r->head;
	r->cur = ring_add(r, head, 4);
	is_err(rxsync(&b), 0, "cur ahead of head: sync succeeds");
	is_num(r->head, head, "cur ahead of head: head is left alone");
	is_num(r->cur, ring_add(r, head, 4), "cur ahead of head: cur is left alone");
	is_num(ring_space(r), 4, "cur ahead of head: frames are still held");
	ok(frame_is(ring_buf(r, r->slot[head].buf_idx), 60, FRAME_BROADCAST, 1, 1, 0),
	   "cur ahead of head: held data stays");
	is_num(port_poll(&b, POLLIN, 0), 0, "cur == tail: not readable though head is behind");
	ring_put(port_tx(&a, 0), buf, 60, 0);
	txsync(&a);
	ok(port_poll(&b, POLLIN, 10000) & POLLIN, "a frame past cur: readable");
	is_num(ring_space(r), 5, "five frames held");
	port_drain(&b);
}

/* Set head and cur of one ring to an illegal pair: the sync must fail and repair them. */
static void bad_pointers(struct port *p, struct netmap_ring *r, bool tx, uint32_t head,
			 uint32_t cur, const char *what)
{
	struct nm_info_ring before = { 0 }, after = { 0 };
	const char *name = p == &a ? "vale73:a" : "vale73:b";
	uint32_t good_head = r->head;
	int err;

	inspect_ring(name, !tx, 0, &before);
	r->head = head;
	r->cur = cur;
	err = tx ? txsync(p) : rxsync(p);
	is_err(err, -EIO, "%s: the sync fails", what);
	is_num(r->head, good_head, "%s: head is the engine's again", what);
	is_num(r->cur, r->head, "%s: cur too", what);
	ok(has_reason(p->fd, NULL), "%s: has a reason", what);
	is_err(tx ? txsync(p) : rxsync(p), 0, "%s: the next sync succeeds", what);
	inspect_ring(name, !tx, 0, &after);
	is_num(after.resets - before.resets, 1, "%s: counted as a reset", what);
	ok(pair_works(), "%s: the ring works again", what);
}

static void test_bad_pointers(void)
{
	struct netmap_ring *t = port_tx(&a, 0), *r = port_rx(&b, 0);
	uint32_t n = t->num_slots;

	bad_pointers(&a, t, true, n, n, "tx head == num_slots");
	bad_pointers(&a, t, true, 0xffffffff, t->cur, "tx head all ones");
	bad_pointers(&a, t, true, t->head, 0x80000000, "tx cur out of range");
	bad_pointers(&a, t, true, ring_tail(t), ring_add(t, ring_tail(t), 1), "tx cur past tail");
	bad_pointers(&a, t, true, ring_add(t, t->head, 2), ring_add(t, t->head, 1),
		     "tx cur before head");
	port_drain(&b);
	bad_pointers(&b, r, false, ring_add(r, r->head, 1), ring_add(r, r->head, 1),
		     "rx head past tail");
	port_drain(&b);
	bad_pointers(&b, r, false, n, 0, "rx head == num_slots");
	port_drain(&b);
	bad_pointers(&b, r, false, r->head, 0xffffffff, "rx cur all ones");
}

static void test_tail_written(void)
{
	struct netmap_ring *t = port_tx(&a, 0);
	uint32_t tail = t->tail;

	t->tail = 0xdeadbeef;
	txsync(&a);
	is_num(t->tail, tail, "tail written by us: put right by the next sync");
	ok(pair_works(), "tail written by us: the ring works");
}

static void bad_tx_slot(uint32_t idx, bool set_idx, uint32_t len, const char *what)
{
	struct netmap_ring *t = port_tx(&a, 0);
	struct netmap_slot *s = &t->slot[t->head];
	uint32_t old = s->buf_idx, i;
	int err;

	port_drain(&b);
	ring_put(t, buf, 60, 0);
	if (set_idx) {
		s->buf_idx = idx;
		s->flags = NS_BUF_CHANGED;
	}
	s->len = len;
	err = txsync(&a);
	is_err(err, -EIO, "%s: the sync fails", what);
	if (set_idx) {
		ok(s->buf_idx != idx, "%s: the slot has a valid buffer", what);
		for (i = 0; i < t->num_slots; i++)
			if (&t->slot[i] != s && t->slot[i].buf_idx == s->buf_idx)
				break;
		ok(i == t->num_slots, "%s: a buffer that no other slot has", what);
		if (s->buf_idx != old)
			diag("%s: buffer %u became %u", what, old, s->buf_idx);
	} else {
		is_num(s->len, 0, "%s: length 0", what);
	}
	ok(pair_works(), "%s: the ring works again", what);
}

static void test_bad_slots(void)
{
	bad_tx_slot(0, true, 60, "tx buf_idx 0");
	bad_tx_slot(1, true, 60, "tx buf_idx 1");
	bad_tx_slot(0xffffffff, true, 60, "tx buf_idx all ones");
	bad_tx_slot(1u << 24, true, 60, "tx buf_idx past the pool");
	bad_tx_slot(0, false, 2049, "tx len over the buffer");
	bad_tx_slot(0, false, 65535, "tx len 65535");
}

/* A slot released with an illegal buffer is found when a frame needs it, if not before. */
static void test_bad_rx_slot(void)
{
	struct netmap_ring *r = port_rx(&b, 0);
	uint32_t i, n, failed = 0, lost = 0;

	port_drain(&b);
	port_send(&a, (frame_make(buf, 60, 2, 1, 1, 1), buf), 60);
	rxsync(&b);
	i = r->head;
	r->slot[i].buf_idx = 0xfffffff0;
	r->slot[i].flags |= NS_BUF_CHANGED;
	ring_release(r, ring_space(r));
	failed += rxsync(&b) == -EIO;
	for (n = 0; n < r->num_slots + 5; n++) {
		int err;

		frame_make(buf, 60, 2, 1, 7, n);
		port_send(&a, buf, 60);
		err = rxsync(&b);
		failed += err == -EIO;
		if (err || ring_take(r, buf, sizeof(buf)) != 60 || !frame_is(buf, 60, 2, 1, 7, n))
			lost++;
		if (err)
			port_drain(&b);
	}
	is_num(failed, 1, "rx slot released with a bad buffer: one sync fails, once around");
	ok(r->slot[i].buf_idx != 0xfffffff0, "rx slot: has a valid buffer again");
	ok(lost <= 1, "rx slot: one frame is lost at most");
	for (n = 0; n < r->num_slots + 5; n++)
		if (!pair_works())
			break;
	is_num(n, r->num_slots + 5, "rx slot: the ring works all around");
}

static void test_flags_kept(void)
{
	struct netmap_ring *t = port_tx(&a, 0);
	uint32_t i = t->head;

	frame_make(buf, 60, 2, 1, 1, 1);
	ring_put(t, buf, 60, 0x80);
	is_err(txsync(&a), 0, "unknown slot flag: sent");
	ok(t->slot[i].flags & 0x80, "unknown slot flag 0x80 survives a tx sync");
	ok(pair_works(), "unknown slot flag: the ring works");
	i = ring_add(t, t->head, t->num_slots - 2);
	t->slot[i].ptr = 0x1122334455667788;
	ok(pair_works() && t->slot[i].ptr == 0x1122334455667788,
	   "ptr without NS_INDIRECT is left alone");
}

static void test_buf_changed(void)
{
	struct port c;
	struct netmap_ring *t;
	struct netmap_slot *s;
	uint32_t extra, old;

	port_must(&c, "vale73:c", .extra = 1);
	is_num(c.reg.nr_extra_bufs, 1, "one extra buffer granted");
	t = port_tx(&c, 0);
	extra = c.nif->ni_bufs_head;
	port_drain(&b);
	s = &t->slot[t->head];
	old = s->buf_idx;
	frame_make(ring_buf(t, extra), 100, FRAME_BROADCAST, 3, 9, 1);
	s->buf_idx = extra;
	s->len = 100;
	s->flags = NS_BUF_CHANGED;
	ring_release(t, 1);
	is_err(txsync(&c), 0, "NS_BUF_CHANGED: sync succeeds");
	is_num(port_recv(&b, buf, sizeof(buf)), 100,
	   "NS_BUF_CHANGED: frame from the new buffer arrives");
	ok(frame_is(buf, 100, FRAME_BROADCAST, 3, 9, 1), "NS_BUF_CHANGED: with its bytes");
	is_num(s->buf_idx, extra, "NS_BUF_CHANGED: the slot keeps its new buffer");
	*(uint32_t *)ring_buf(t, old) = 0;
	c.nif->ni_bufs_head = old;
	port_close(&c);
}

static void test_timestamps(void)
{
	struct netmap_ring *t = port_tx(&a, 0), *r = port_rx(&b, 0);
	struct timeval now;

	memset(&t->ts, 0, sizeof(t->ts));
	t->flags &= ~NR_TIMESTAMP;
	txsync(&a);
	is_num(t->ts.tv_sec, 0, "tx ts stays without NR_TIMESTAMP");
	t->flags |= NR_TIMESTAMP;
	txsync(&a);
	gettimeofday(&now, NULL);
	ok(t->ts.tv_sec >= now.tv_sec - 5 && t->ts.tv_sec <= now.tv_sec,
	   "tx ts is set with NR_TIMESTAMP");
	t->flags &= ~NR_TIMESTAMP;
	memset(&r->ts, 0, sizeof(r->ts));
	rxsync(&b);
	ok(r->ts.tv_sec >= now.tv_sec - 5, "rx ts is set by every rx sync");
	ok(r->ts.tv_usec >= 0 && r->ts.tv_usec < 1000000, "rx ts: microseconds in range");
}

static void test_junk_argument(void)
{
	is_err(do_ioctl(a.fd, NIOCTXSYNC, (void *)0xdeadbeefdeadull), 0,
	       "NIOCTXSYNC ignores its argument");
	is_err(do_ioctl(a.fd, NIOCRXSYNC, (void *)1), 0, "NIOCRXSYNC ignores its argument");
}

static void test_read_only_words(void)
{
	struct netmap_ring *t = port_tx(&a, 0);
	char *raw = (char *)(uintptr_t)t;
	char saved[20];

	memcpy(saved, raw, sizeof(saved));
	memset(raw, 0xa5, sizeof(saved));
	txsync(&a);
	memcpy(raw, saved, sizeof(saved));
	ok(pair_works(), "words that only netmap writes: ours are not used");
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	open_pair();
	ok(pair_works(), "a frame goes from port to port");
	test_tail();
	test_cur_ahead();
	test_bad_pointers();
	test_tail_written();
	test_bad_slots();
	test_bad_rx_slot();
	test_flags_kept();
	test_buf_changed();
	test_timestamps();
	test_junk_argument();
	test_read_only_words();
	close_pair();
	return test_done();
}
