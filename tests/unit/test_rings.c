/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of a ring: legal and illegal head, cur and slots. */
#include "subject.h"

#define SLOTS	8

/* Ports of each kind with rings of 8 slots; peer receives what name sends. */
static const struct kind {
	const char *what, *name, *peer;
	uint32_t mode;
} kinds[] = {
	{ "VALE", "valeR:a", "valeR:b", NR_REG_ALL_NIC },
	{ "pipe", "ring{p", "ring}p", NR_REG_ALL_NIC },
	{ "null", "none", NULL, NR_REG_NULL },
};

static struct client *small(const char *name, uint32_t mode)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = mode, .nr_tx_slots = SLOTS,
		.nr_rx_slots = SLOTS,
		.nr_tx_rings = 1, .nr_rx_rings = 1 };
	if (client_register_as_is(p, name, NULL) == 0)
		return p;
	diag("%s: %s", name, client_reason(p));
	client_end(p);
	return NULL;
}

static bool is_whole(struct netmap_ring *r)
{
	return r->head < r->num_slots && r->cur == r->head && r->tail < r->num_slots;
}

/* Every head and cur of a tx ring whose slots [3, 8 + 2) belong to the program. */
static void tx_pointers_of(const struct kind *k)
{
	uint32_t head, cur, bad = 0, good = 0, not_reset = 0, dead = 0;
	struct client *p, *peer;
	struct netmap_ring *r;

	for (head = 0; head < SLOTS + 2; head++) {
		for (cur = 0; cur < SLOTS + 2; cur++) {
			uint32_t to_head = (head + SLOTS - 3) % SLOTS,
				 to_cur = (cur + SLOTS - 3) % SLOTS;
			bool legal = head < SLOTS && cur < SLOTS && to_head <= to_cur &&
				     to_cur <= SLOTS - 1;
			int err;

			p = small(k->name, k->mode);
			peer = k->peer ? small(k->peer, k->mode) : NULL;
			if (!p || (k->peer && !peer))
				return (void)ok(false, "%s: ports", k->what);
			r = client_tx(p, 0);
			ring_release(r, 3);
			client_txsync(p);
			if (peer) {
				client_rxsync(peer);
				ring_release(client_rx(peer, 0), ring_space(client_rx(peer, 0)));
				client_rxsync(peer);
				client_txsync(p);
			}
			r->head = head;
			r->cur = cur;
			err = client_txsync(p);
			if (legal) {
				good += err != 0;
			} else {
				bad += err != -EIO;
				not_reset += !is_whole(r);
			}
			dead += client_txsync(p) != 0 || client_rxsync(p) != 0;
			client_end(peer);
			client_end(p);
		}
	}
	is_num(good, 0, "%s tx: every legal head and cur is taken", k->what);
	is_num(bad, 0, "%s tx: every illegal head and cur is EIO", k->what);
	is_num(not_reset, 0, "%s tx: head, cur and tail are whole after a reset", k->what);
	is_num(dead, 0, "%s tx: the next syncs succeed", k->what);
}

static void tx_pointers(void)
{
	size_t i;

	for (i = 0; i < 3; i++)
		tx_pointers_of(&kinds[i]);
}

/* Likewise of an rx ring with three frames. */
static void rx_pointers_of(const struct kind *k)
{
	uint32_t head, cur, bad = 0, good = 0, not_reset = 0, dead = 0;
	struct client *p, *peer;
	struct netmap_ring *r;
	uint8_t frame[60];
	int i;

	frame_make(frame, 60, STATION_ALL, 1, 0);
	for (head = 0; head < SLOTS + 2; head++) {
		for (cur = 0; cur < SLOTS + 2; cur++) {
			bool legal = head <= 3 && cur <= 3 && head <= cur;
			int err;

			p = small(k->name, k->mode);
			peer = small(k->peer, k->mode);
			if (!p || !peer)
				return (void)ok(false, "%s: ports", k->what);
			for (i = 0; i < 3; i++)
				client_send(peer, frame, 60);
			client_rxsync(p);
			r = client_rx(p, 0);
			r->head = head;
			r->cur = cur;
			err = client_rxsync(p);
			if (legal) {
				good += err != 0;
			} else {
				bad += err != -EIO;
				not_reset += !is_whole(r);
			}
			client_drain(p);
			client_send(peer, frame, 60);
			dead += client_drain(p) != 1;
			client_end(peer);
			client_end(p);
		}
	}
	is_num(good, 0, "%s rx: every legal head and cur is taken", k->what);
	is_num(bad, 0, "%s rx: every illegal head and cur is EIO", k->what);
	is_num(not_reset, 0, "%s rx: head, cur and tail are whole after a reset", k->what);
	is_num(dead, 0, "%s rx: the next frame arrives", k->what);
}

static void rx_pointers(void)
{
	rx_pointers_of(&kinds[0]);
	rx_pointers_of(&kinds[1]);
}

#define BEHIND_ALL	0x40000000u	/* stands for the number of buffers that have memory */

static void tx_slots_of(const struct kind *k)
{
	static const struct { const char *what; uint32_t idx; uint16_t len; } bad[] = {
		{ "buffer 0", 0, 60 }, { "buffer 1", 1, 60 }, { "buffer 2^32-1", 0xffffffff, 60 },
		{ "buffer 2^31", 0x80000000, 60 }, { "a length above the buffer", 2, 2049 },
		{ "length 65535", 2, 65535 }, { "the first buffer without memory", BEHIND_ALL, 60 },
	};
	struct client *p, *peer;
	struct netmap_ring *r;
	uint8_t frame[60];
	uint32_t old, idx;
	uint64_t before;
	size_t i;

	frame_make(frame, 60, STATION_ALL, 1, 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p = small(k->name, k->mode);
		peer = k->peer ? small(k->peer, k->mode) : NULL;
		before = k->peer ? ring_info(k->name, 0, 0).resets : 0;
		r = client_tx(p, 0);
		old = r->slot[0].buf_idx;
		idx = bad[i].idx == BEHIND_ALL ? region_info(p->reg.nr_mem_id).bufs.total :
		      bad[i].idx == 2 ? old : bad[i].idx;
		r->slot[0] = (struct netmap_slot){ idx, bad[i].len, NS_BUF_CHANGED, 0 };
		ring_release(r, 1);
		is_err(client_txsync(p), -EIO, "%s tx: %s", k->what, bad[i].what);
		ok(strlen(client_reason(p)) > 10, "%s tx: %s: a reason is given", k->what,
		   bad[i].what);
		ok(is_whole(r), "%s tx: %s: the ring is whole again", k->what, bad[i].what);
		ok(r->slot[0].buf_idx >= 2 && r->slot[0].buf_idx < 1u << 24,
		   "%s tx: %s: the slot has a buffer",
		   k->what, bad[i].what);
		ok(r->slot[0].len <= r->nr_buf_size, "%s tx: %s: and a length that fits", k->what,
		   bad[i].what);
		if (peer) {
			is_num((long long)(ring_info(k->name, 0, 0).resets - before), 1,
			       "%s tx: %s: one reset is counted",
			       k->what, bad[i].what);
			client_drain(peer);
			ok(client_send(p, frame, 60), "%s tx: %s: the next frame is sent", k->what,
			   bad[i].what);
			is_num(client_drain(peer), 1, "%s tx: %s: and received", k->what,
			       bad[i].what);
		}
		client_end(peer);
		client_end(p);
	}
}

static void tx_slots(void)
{
	size_t i;

	for (i = 0; i < 3; i++)
		tx_slots_of(&kinds[i]);
}

/* Illegal slots in an rx ring: the program releases them, then the sender needs them. */
static void rx_slots_of(const struct kind *k)
{
	struct client *p = small(k->name, k->mode), *peer = small(k->peer, k->mode);
	struct netmap_ring *r = client_rx(p, 0);
	uint32_t i, got = 0;
	uint8_t frame[60];

	frame_make(frame, 60, STATION_ALL, 1, 0);
	for (i = 0; i < SLOTS; i++)
		r->slot[i].buf_idx = i % 2 ? 0 : 0xfffffff0u + i;
	for (i = 0; i < 3 * SLOTS; i++) {
		client_send(peer, frame, 60);
		got += client_drain(p);
	}
	ok(got > SLOTS, "%s rx: frames arrive again after every slot was illegal", k->what);
	diag("%s: %u of %u arrived", k->what, got, 3 * SLOTS);
	ok(ring_info(k->name, 1, 0).resets >= 1, "%s rx: a reset is counted with the receiver",
	   k->what);
	is_num((long long)ring_info(k->peer, 0, 0).resets, 0, "%s rx: none with the sender",
	       k->what);
	for (i = 0; i < SLOTS; i++)
		if (r->slot[i].buf_idx < 2 || r->slot[i].buf_idx > 1u << 24)
			break;
	is_num(i, SLOTS, "%s rx: every slot has a buffer again", k->what);
	client_end(peer);
	client_end(p);
}

/* A ring gets as many new buffers as it has slots, not one for each that its program loses. */
static void lost_buffers(void)
{
	struct client *p = small("ring{p", NR_REG_ALL_NIC);
	struct netmap_ring *t = client_tx(p, 0);
	const uint32_t before = region_info(1).bufs.used;
	uint32_t round, i, empty = 0;

	for (round = 0; round < 4; round++) {
		for (i = 0; i < SLOTS; i++)
			t->slot[i].buf_idx = 0xfffffff0u;
		ring_release(t, 1);
		is_err(client_txsync(p), -EIO, "every buffer of a ring is lost, time %u",
		       round + 1);
	}
	is_num(region_info(1).bufs.used - before, SLOTS,
	       "it got one new buffer for each slot, once");
	for (i = 0; i < SLOTS; i++)
		empty += t->slot[i].buf_idx == 0;
	is_num(empty, SLOTS, "then its slots have none");
	ok(!is_whole(t) || client_txsync(p) == 0, "a sync that sends nothing works");
	client_end(p);
}

/* Memory of a ring that was used before is zero for the next one, but for what the engine sets. */
static void old_words(void)
{
	struct client *keep = small("ring{keep", NR_REG_ALL_NIC),
		      *p = small("ring{p", NR_REG_ALL_NIC);
	struct netmap_ring *t = client_tx(p, 0);
	const uint64_t at = p->reg.nr_offset;
	uint32_t i, old = 0;

	t->flags = 0xffffffffu;
	memset(t->sem, 0xff, sizeof(t->sem));
	for (i = 0; i < SLOTS; i++)
		t->slot[i].ptr = t->slot[i].flags = 0x7f;
	p->nifp->ni_spare1[0] = 0x7f;
	client_end(p);
	p = small("ring{p", NR_REG_ALL_NIC);
	t = client_tx(p, 0);
	is_num((long long)p->reg.nr_offset, (long long)at, "a port is where another one was");
	for (i = 0; i < SLOTS; i++)
		old += t->slot[i].ptr != 0 || t->slot[i].flags != 0;
	ok(!old && !t->flags && !t->sem[0] && !p->nifp->ni_spare1[0], "its words are zero");
	client_end(p);
	client_end(keep);
}

static void rx_slots(void)
{
	rx_slots_of(&kinds[0]);
	rx_slots_of(&kinds[1]);
}

/* Words that programs may only read: the engine must not use what they write there. */
static void read_only_words(void)
{
	struct client *p = small("valeR:a", NR_REG_ALL_NIC), *peer = small("valeR:b",
									   NR_REG_ALL_NIC);
	struct netmap_ring *tx = client_tx(p, 0), *rx = client_rx(peer, 0);
	struct netmap_ring tx_was = *tx, rx_was = *rx;
	uint8_t frame[60];
	uint32_t i, got = 0;
	int64_t ofs;

	frame_make(frame, 60, STATION_ALL, 1, 0);
	for (i = 0; i < 4 * SLOTS; i++) {
		client_put(p, 0, frame, 60, 0);
		ofs = tx->buf_ofs;
		tx->buf_ofs = rx->buf_ofs = -1;
		tx->num_slots = rx->num_slots = 0xffffffff;
		tx->nr_buf_size = rx->nr_buf_size = 0xffffffff;
		tx->ringid = rx->ringid = 0xffff;
		tx->dir = rx->dir = 7;
		tx->tail = rx->tail = 0xfffffff0u;
		tx->offset_mask = rx->offset_mask = ~UINT64_C(0);
		p->nifp->ni_tx_rings = p->nifp->ni_rx_rings = 0xffffffff;
		client_txsync(p);
		client_rxsync(peer);
		tx->buf_ofs = ofs;
		rx->buf_ofs = rx_was.buf_ofs;
		tx->num_slots = rx->num_slots = SLOTS;
		tx->nr_buf_size = rx->nr_buf_size = tx_was.nr_buf_size;
		p->nifp->ni_tx_rings = p->nifp->ni_rx_rings = 1;
		ok(tx->tail < SLOTS && rx->tail < SLOTS, "tail is written again");
		while (client_take(peer, 0, frame, 60) >= 0)
			got++;
	}
	is_num(got, 4 * SLOTS, "every frame passed while the read-only words held rubbish");
	client_end(p);
	client_end(peer);
}

static void flags_and_time(void)
{
	struct client *p = small("ring{f", NR_REG_ALL_NIC), *peer = small("ring}f", NR_REG_ALL_NIC);
	struct netmap_ring *tx = client_tx(p, 0), *rx = client_rx(peer, 0);
	struct timeval first;
	uint8_t frame[60];

	frame_make(frame, 60, STATION_ALL, 1, 0);
	client_txsync(p);
	first = tx->ts;
	client_txsync(p);
	ok(tx->ts.tv_sec == first.tv_sec && tx->ts.tv_usec == first.tv_usec,
	   "a tx sync without NR_TIMESTAMP does not write ts");
	tx->flags |= NR_TIMESTAMP;
	client_txsync(p);
	ok(tx->ts.tv_sec != 0 && (tx->ts.tv_sec != first.tv_sec || tx->ts.tv_usec != first.tv_usec),
	   "NR_TIMESTAMP sets ts at a tx sync");
	first = rx->ts;
	os_test_time_add(5);
	client_rxsync(peer);
	ok(rx->ts.tv_sec >= first.tv_sec + 5, "an rx sync sets ts in any case");
	client_put(p, 0, frame, 60, 0x80);
	client_txsync(p);
	ok(tx->slot[0].flags & 0x80, "flag 0x80 survives in the sender's slot");
	client_end(p);
	client_end(peer);

	p = small("valeR:a", NR_REG_ALL_NIC);
	client_put(p, 0, frame, 60, 0x80);
	client_txsync(p);
	ok(client_tx(p, 0)->slot[0].flags & 0x80, "flag 0x80 survives in a VALE tx slot");
	client_end(p);
}

/* cur ahead of head: nothing is released yet, and wakeups wait for more. */
static void cur_ahead(void)
{
	struct client *p = small("ring{c", NR_REG_ALL_NIC), *peer = small("ring}c", NR_REG_ALL_NIC);
	struct netmap_ring *rx = client_rx(peer, 0);
	uint8_t frame[60], got[64];

	frame_make(frame, 60, STATION_ALL, 1, 7);
	client_send(p, frame, 60);
	ok(client_poll(peer, POLLIN) & POLLIN, "a frame is there: readable");
	rx->cur = rx->tail;
	is_err(client_rxsync(peer), 0, "cur ahead of head is legal");
	is_num(ring_space(rx), 1, "the frame still belongs to the program");
	ok(!(client_poll(peer, POLLIN) & POLLIN), "but it is not new: not readable");
	client_send(p, frame, 60);
	ok(client_poll(peer, POLLIN) & POLLIN, "a second frame: readable");
	is_num(client_take(peer, 0, got, 64), 60, "the first frame is whole");
	ok(frame_is(got, 60, STATION_ALL, 1, 7), "byte by byte");
	client_end(p);
	client_end(peer);
}

SUBJECTS({ "tx pointers", tx_pointers }, { "rx pointers", rx_pointers }, { "tx slots", tx_slots },
	 { "rx slots", rx_slots }, { "lost buffers", lost_buffers }, { "old words", old_words },
	 { "read-only words", read_only_words }, { "flags and time", flags_and_time },
	 { "cur ahead", cur_ahead })
