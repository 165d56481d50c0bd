/* SPDX-License-Identifier: BSD-2-Clause */
/* Device buffers, with a simulated card: in flight to the wire, and exchanged on receipt. */
#include "subject.h"

static uint8_t frame[2048], got[2048];

static void put_frames(struct client *p, uint32_t n)
{
	frame_make(frame, 60, 2, 1, 7);
	while (n--)
		client_put(p, 0, frame, 60, 0);
	ok(!client_txsync(p), "sent");
}

static uint32_t space_of(struct client *p)
{
	client_txsync(p);
	return ring_space(client_tx(p, 0));
}

static void in_flight(void)
{
	struct client *p;
	uint32_t all;

	os_test_card_device_bufs(0, true);
	p = client_bound_with("card0", NR_REG_ONE_NIC, 0, 0);
	all = ring_space(client_tx(p, 0));
	put_frames(p, 10);
	is_num(space_of(p), all - 10, "slots are not free while the device reads their buffers");
	os_test_card_reads(0, 4);
	is_num(space_of(p), all - 6, "they are free once it has read them");
	client_put(p, 0, frame, 13, 0);
	put_frames(p, 1);
	is_num(space_of(p), all - 8,
	       "a slot between them whose frame was dropped is not free either");
	os_test_card_reads(0, 6);
	ok(space_of(p) < all, "nor is the one after it");
	os_test_card_reads(0, 1);
	is_num(space_of(p), all, "when all are read all are free");
	put_frames(p, 10);
	os_test_card_reads(0, 10);
	client_poll(p, POLLIN);
	is_num(ring_space(client_tx(p, 0)), all,
	       "a poll frees them too, though nothing is to be sent");
	put_frames(p, all);
	is_num(client_poll(p, POLLOUT), 0, "a ring whose slots are all in flight has no room");
	os_test_card_reads(0, 1);
	is_num(client_poll(p, POLLOUT), POLLOUT, "until the device has read a slot");
	os_test_card_reads(0, all - 1);
	is_num(space_of(p), all, "and the rest");
	client_end(p);
	os_test_card_device_bufs(0, false);
}

/* Slots in flight go neither to a new client nor to one that breaks the ring. */
static void never_read(void)
{
	struct client *other, *p;
	uint32_t all;

	os_test_card_device_bufs(0, true);
	other = client_bound_with("card0", NR_REG_ONE_NIC, 1, 0);
	p = client_bound_with("card0", NR_REG_ONE_NIC, 0, 0);
	all = ring_space(client_tx(p, 0));
	put_frames(p, 5);
	client_end(p);
	p = client_bound_with("card0", NR_REG_ONE_NIC, 0, 0);
	is_num(ring_space(client_tx(p, 0)), all - 5, "a new client has the other slots");
	client_tx(p, 0)->head = 1u << 20;
	is_err(client_txsync(p), -EIO, "a reset");
	is_num(ring_space(client_tx(p, 0)), all - 5, "a reset of the ring keeps it so");
	client_end(p);
	client_end(other);
	os_test_card_device_bufs(0, false);
}

/* A zero-copy monitor of a ring gets no buffers that are in flight. */
static void monitored(void)
{
	struct client *p, *mon;
	uint32_t all;

	os_test_card_device_bufs(0, true);
	p = client_bound("card0");
	all = ring_space(client_tx(p, 0));
	put_frames(p, 5);
	mon = client_bound_with("card0", NR_REG_ONE_NIC, 0, NR_MONITOR_TX | NR_ZCOPY_MON);
	is_num(space_of(p), all - 5, "with a monitor slots in flight are not free");
	put_frames(p, 3);
	is_num(ring_space(client_tx(p, 0)), all - 8, "nor are those after them, which were copied");
	client_rxsync(mon);
	is_num(ring_space(client_rx(mon, 0)), 3, "the monitor gets only those");
	client_end(mon);
	is_num(space_of(p), all - 8, "detaching the monitor keeps them so");
	client_end(p);
	os_test_card_device_bufs(0, false);
}

/* A client that has one buffer beside those of its rings: *extra. */
static struct client *with_extra(uint32_t *extra)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_extra_bufs = 1 };
	is_err(client_register_as_is(p, "card0", NULL), 0, "a card with device buffers");
	*extra = p->nifp->ni_bufs_head;
	return p;
}

static void exchanged(void)
{
	uint32_t buf, own, theirs, i;
	struct netmap_ring *r;
	struct client *p;

	os_test_card_device_bufs(0, true);
	p = with_extra(&own);
	r = client_rx(p, 0);
	for (i = 0; i < r->num_slots && r->slot[i].buf_idx % 2; i++)
		;
	is_num(i, r->num_slots, "its slots have the second buffers of pages");
	buf = own;
	theirs = r->slot[0].buf_idx;
	frame_make(client_buf(p, r, own), 1514, 2, 1, 3);
	ok(os_test_card_receive_device_buf(0, 0, client_buf(p, r, own), 1514, &buf),
	   "a frame comes in a buffer");
	is_num(buf, theirs, "the device has the slot's now");
	ok(!client_rxsync(p) && r->slot[0].buf_idx == own, "the slot has the frame's");
	ok(r->slot[0].flags & NS_BUF_CHANGED, "and says so");
	ok(client_take(p, 0, got, sizeof(got)) == 1514 && frame_is(got, 1514, 2, 1, 3),
	   "and the frame is whole");
	own = buf;
	theirs = r->slot[1].buf_idx;
	r->slot[1].buf_idx = 0xfffffff;
	os_test_card_receive_device_buf(0, 0, frame, 60, &buf);
	is_num(buf, own, "an illegal buffer index never gets to the device");
	is_err(client_rxsync(p), -EIO, "and the ring is reset");
	memset(client_buf(p, r, buf), 0, 4);
	p->nifp->ni_bufs_head = buf;
	client_end(p);
	os_test_card_device_bufs(0, false);
}

/* The first buffer of each pair belongs to no client: one in a list of extra buffers is refused. */
static void firsts_are_nobodys(void)
{
	struct client *p, *keep;
	uint32_t own, first;

	os_test_card_device_bufs(0, true);
	keep = client_bound_with("card0", NR_REG_SW, 0, 0);
	p = with_extra(&own);
	first = client_tx(p, 0)->slot[0].buf_idx - 1;
	memcpy(client_buf(p, client_tx(p, 0), first), &own, sizeof(own));
	p->nifp->ni_bufs_head = first;
	client_end(p);
	p = client_new();
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_extra_bufs = 8 };
	is_err(client_register_as_is(p, "card0", NULL), 0, "others get buffers");
	for (own = p->nifp->ni_bufs_head; own && own != first;
	     memcpy(&own, client_buf(p, client_tx(p, 0), own), sizeof(own)))
		;
	is_num(own, 0, "but not that one");
	client_end(p);
	client_end(keep);
	os_test_card_device_bufs(0, false);
}

static struct nm_region *region_of(struct client *p)
{
	return nm_client_region(p->c);
}

static void kept(void)
{
	uint32_t idx[4], again[4], i, j, same = 0;
	struct nm_device_bufs l;
	struct nm_region *r;
	struct client *p;

	os_test_card_device_bufs(0, true);
	p = client_bound("card0");
	r = region_of(p);
	ok(nm_region_device_bufs_enable(r) && nm_region_device_bufs_alloc(r, idx, 4, true),
	   "four buffers for a device");
	nm_region_device_bufs(r, &l);
	for (i = 0; i < 4; i++)
		same += l.pairs[idx[i] / 64] >> (idx[i] % 64) & 1;
	is_num(same, 4, "each with headroom before it");
	nm_region_device_bufs_keep(r, idx, 4, true);
	nm_region_device_bufs_free(r, idx, 4);
	ok(nm_region_device_bufs_alloc(r, again, 4, true), "freed, but kept: others are given out");
	for (same = i = 0; i < 4; i++)
		for (j = 0; j < 4; j++)
			same += idx[i] == again[j];
	is_num(same, 0, "others");
	nm_region_device_bufs_keep(r, idx, 4, false);
	nm_region_device_bufs_free(r, again, 4);
	ok(nm_region_device_bufs_alloc(r, again, 4, true) && !memcmp(idx, again, sizeof(idx)),
	   "no longer kept: these are given out");
	nm_region_device_bufs_free(r, again, 4);
	nm_region_put(r);
	client_end(p);
	os_test_card_device_bufs(0, false);
}

static uint32_t bufs_used(uint16_t id, uint64_t *bad_frees)
{
	const struct nm_info_region r = region_info(id);

	*bad_frees = r.bad_frees;
	return r.bufs.used;
}

/* What a device may write is not a client's, whatever index the client writes. */
static void posted(void)
{
	struct nm_device_bufs l;
	uint64_t bad, bad_before;
	uint32_t idx[4], used, own;
	struct nm_region *r;
	struct client *p, *keep;

	os_test_card_device_bufs(0, true);
	keep = client_bound_with("card0", NR_REG_SW, 0, 0);
	r = region_of(keep);
	ok(nm_region_device_bufs_alloc(r, idx, 4, true), "four buffers for a device");
	nm_region_device_bufs(r, &l);
	ok(l.posted[idx[0]] && l.posted[idx[3]] && !l.posted[idx[0] - 1], "they are marked");
	used = bufs_used(1, &bad_before);
	p = with_extra(&own);
	memcpy(client_buf(p, client_tx(p, 0), own), &idx[1], sizeof(own));
	memset(client_buf(p, client_tx(p, 0), idx[1]), 0, sizeof(own));
	client_end(p);
	is_num(bufs_used(1, &bad), used, "a client cannot free one, only its own");
	is_num(bad - bad_before, 1, "the attempt counts");
	ok(l.pairs[idx[1] / 64] >> (idx[1] % 64) & 1, "and it stays of a pair");
	nm_region_device_bufs_free(r, idx, 4);
	is_num(bufs_used(1, &bad), used - 8, "the device can free them");
	ok(!l.posted[idx[0]] && !l.posted[idx[1]], "and they are marked no longer");
	nm_region_put(r);
	client_end(keep);
	os_test_card_device_bufs(0, false);
}

SUBJECTS(
	{ "under_way", in_flight },
	{ "never_read", never_read },
	{ "monitored", monitored },
	{ "exchanged", exchanged },
	{ "firsts_are_nobodys", firsts_are_nobodys },
	{ "kept", kept },
	{ "posted", posted },
)
