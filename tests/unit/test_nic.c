/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports of network devices, on the simulated cards of os/test. */
#include <pthread.h>

#include "subject.h"
#include "frame.h"

static uint8_t frame[9100], got[9100];

static struct os_test_sent *wire(void)
{
	return os_test_card_sent(0, OS_NETDEV_WIRE);
}

static struct os_test_sent *stack(void)
{
	return os_test_card_sent(0, OS_NETDEV_STACK);
}

static bool receive(enum os_netdev_side from, uint32_t queue, uint32_t len, uint32_t number)
{
	frame_make(frame, len, 2, 1, number);
	return os_test_card_receive(0, from, queue, frame, len);
}

static bool takes(struct client *p, uint32_t ring, uint32_t len, uint32_t number)
{
	return !client_rxsync(p) && client_take(p, ring, got, sizeof(got)) == (long)len &&
	       frame_is(got, len, 2, 1, number);
}

static void shape(void)
{
	struct client *p = client_bound("card0");

	is_num(p->reg.nr_tx_rings, 2, "a tx ring for each queue");
	is_num(p->reg.nr_rx_rings, 2, "an rx ring for each queue");
	is_num(p->reg.nr_host_tx_rings, 1, "one host ring to the stack");
	is_num(p->reg.nr_host_rx_rings, 1, "and one from it");
	is_num(p->reg.nr_mem_id, 1, "in the global region");
	client_end(p);
	is_num(client_bound("nosuch0") != NULL, 0, "other names are no cards");
	p = client_new();
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_SW,
					  .nr_host_tx_rings = 3,
					  .nr_host_rx_rings = 2 };
	is_err(client_register_as_is(p, "card0", NULL), 0,
	       "the number of host rings that was asked for");
	is_num(p->reg.nr_host_tx_rings, 3, "to the stack");
	is_num(p->reg.nr_host_rx_rings, 2, "and from it");
	client_end(p);
}

static void sending(void)
{
	struct client *p = client_bound("card0");
	uint32_t before = wire()->frames;

	frame_make(frame, 1000, 2, 1, 5);
	ok(client_put(p, 1, frame, 1000, 0) && !client_txsync(p), "a frame in ring 1");
	is_num(wire()->frames - before, 1, "is sent");
	is_num(wire()->queue, 1, "by queue 1");
	ok(wire()->last_len == 1000 && frame_is(wire()->last, 1000, 2, 1, 5), "as it was");
	frame_make(frame, 9018, 2, 1, 6);
	ok(client_put_frags(p, 0, frame, 9018, 300, 0) && !client_txsync(p), "a frame of 31 slots");
	ok(wire()->last_len == 9018 && frame_is(wire()->last, 9018, 2, 1, 6), "goes as one");
	before = wire()->frames;
	client_put_frags(p, 0, frame, 9019, 300, 0);
	client_put(p, 0, frame, 13, 0);
	client_put_frags(p, 0, frame, 6500, 100, 0);
	frame_make(frame, 60, 2, 1, 7);
	client_put(p, 0, frame, 60, 0);
	ok(!client_txsync(p), "too long, too short, in too many slots, and one that is right");
	ok(wire()->frames - before == 1 && frame_is(wire()->last, 60, 2, 1, 7),
	   "only that is sent");
	client_end(p);
}

static void no_room(void)
{
	struct client *p = client_bound("card0");
	uint32_t before = wire()->frames, space = ring_space(client_tx(p, 0)), i;

	wire()->room = 70;
	frame_make(frame, 60, 2, 1, 7);
	for (i = 0; i < 200; i++)
		client_put(p, 0, frame, 60, 0);
	ok(!client_txsync(p), "more frames than the device takes");
	is_num(wire()->frames - before, 70, "it takes what it can");
	is_num(ring_space(client_tx(p, 0)), space - 130, "the others stay in the ring");
	wire()->room = UINT32_MAX;
	ok(!client_txsync(p), "when it has room");
	is_num(wire()->frames - before, 200, "they go too");
	is_num(ring_space(client_tx(p, 0)), space, "and the ring is empty");
	client_end(p);
}

/* A frame wakes its reader, and a timer a sender that waits for room in the device. */
static void wakeups(void)
{
	struct client *p;
	struct os_poller poller;
	uint64_t sent;

	nm_setting_set("generic_mit", 0);
	p = client_bound("card0");
	is_num(client_sleep(p, POLLIN, &poller), 0, "nothing to read");
	receive(OS_NETDEV_WIRE, 0, 60, 1);
	ok(client_woken(&poller, 0), "a frame wakes the reader");
	wire()->room = 0;
	frame_make(frame, 60, 2, 1, 7);
	while (client_put(p, 0, frame, 60, 0) || client_put(p, 1, frame, 60, 0))
		client_txsync(p);
	is_num(client_sleep(p, POLLOUT, &poller), 0, "no room to send");
	ok(client_woken(&poller, 1000), "a timer wakes the sender to try again");
	sent = ring_info("card0", 0, 0).packets;
	wire()->room = 70;
	client_txsync(p);
	is_num((long long)(ring_info("card0", 0, 0).packets - sent), 70,
	       "packets sent are counted");
	os_test_card_lost(0, OS_NETDEV_WIRE, 1, 9);
	is_num((long long)ring_info("card0", 1, 1).drops[NM_DROP_NOROOM], 9,
	       "so are frames that the backlog lost");
	wire()->room = UINT32_MAX;
	client_end(p);
	nm_setting_set("generic_mit", 100000);
}

static void receiving(void)
{
	struct client *p = client_bound("card0");
	uint32_t i, n;

	ok(receive(OS_NETDEV_WIRE, 1, 1514, 3), "a frame by queue 1 is wanted");
	ok(takes(p, 1, 1514, 3), "and comes in ring 1");
	ok(receive(OS_NETDEV_WIRE, 7, 60, 4) && takes(p, 1, 60, 4), "queue 7 has ring 1 too");
	ok(receive(OS_NETDEV_WIRE, 0, 9000, 5) && takes(p, 0, 9000, 5), "a frame of several slots");
	client_rxsync(p);
	for (i = 0; i < 2000; i++)
		receive(OS_NETDEV_WIRE, 0, 60, i);
	client_rxsync(p);
	n = ring_space(client_rx(p, 0));
	is_num(n, client_rx(p, 0)->num_slots - 1, "a full ring takes no further frames");
	for (i = 0;
	     i < n && client_take(p, 0, got, sizeof(got)) == 60 && frame_is(got, 60, 2, 1, i); i++)
		;
	is_num(i, n, "it took the first ones");
	client_end(p);
	ok(!receive(OS_NETDEV_WIRE, 0, 60, 1), "without a client it is not wanted");
}

static bool has_backpressure(uint32_t frames, uint32_t bytes)
{
	return os_test_card_has_backpressure(0, OS_NETDEV_WIRE, 0, frames, bytes);
}

static void holding_back(void)
{
	struct client *p = client_bound("card0");
	uint32_t before = os_test_card_resumed(0, OS_NETDEV_WIRE), n = client_rx(p, 0)->num_slots,
		 i;

	client_rxsync(p);
	ok(!has_backpressure(1, 60), "with room in the ring there is no backpressure");
	for (i = 0; i < n - 3; i++)
		receive(OS_NETDEV_WIRE, 0, 60, i);
	ok(!has_backpressure(1, 4096), "nor for a frame of two slots when there are two");
	ok(has_backpressure(1, 4097) && has_backpressure(3, 180),
	   "there is for one of three, and for three");
	client_rxsync(p);
	ok(has_backpressure(3, 180), "a sync that releases nothing makes no room");
	is_num(os_test_card_resumed(0, OS_NETDEV_WIRE) - before, 0,
	       "so the platform does not resume");
	for (i = 0; i < 300; i++)
		client_take(p, 0, got, sizeof(got));
	client_rxsync(p);
	is_num(os_test_card_resumed(0, OS_NETDEV_WIRE) - before, 1,
	       "it does when the ring is read");
	ok(!has_backpressure(3, 180), "then the frames come");
	ok(has_backpressure(n, 60 * n) && has_backpressure(10, 5000000),
	   "frames for more than the ring wait until it is empty");
	client_drain(p);
	client_rxsync(p);
	ok(!has_backpressure(n, 60 * n) && !has_backpressure(10, 5000000), "and not without end");
	client_end(p);
}

static struct client *reader;

static void *read_one(void *arg)
{
	client_take(reader, 0, got, sizeof(got));
	client_rxsync(reader);
	return arg;
}

/* In another thread: this one has the ring's spinlock. */
static void one_is_read(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, read_one, NULL) || pthread_join(thread, NULL))
		ok(false, "a reading thread");
}

static void holding_back_ends(void)
{
	struct client *p = client_bound("card0");
	uint32_t before, n = client_rx(p, 0)->num_slots, i;

	client_rxsync(p);
	for (i = 0; i < n; i++)
		receive(OS_NETDEV_WIRE, 0, 60, i);
	ok(has_backpressure(1, 60), "a full ring");
	os_test_time_add(1);
	ok(!has_backpressure(1, 60) && !has_backpressure(1, 60),
	   "a ring not read for the timeout: backpressure ends");
	before = os_test_card_resumed(0, OS_NETDEV_WIRE);
	client_rxsync(p);
	client_take(p, 0, got, sizeof(got));
	client_rxsync(p);
	is_num(os_test_card_resumed(0, OS_NETDEV_WIRE) - before, 0,
	       "there was no backlog, so no resume");
	ok(!has_backpressure(1, 60) && has_backpressure(2, 120),
	   "after the next read there is backpressure again");
	for (i = 0; i < 5; i++) {
		os_test_time_add(1);
		client_take(p, 0, got, sizeof(got));
		client_rxsync(p);
	}
	ok(has_backpressure(100, 6000), "however slowly it is read");
	reader = p;
	os_test_meanwhile(one_is_read);
	ok(has_backpressure(100, 6000), "or while the time is taken");
	client_rx(p, 0)->slot[client_rx(p, 0)->tail].buf_idx = 0xfffffff;
	receive(OS_NETDEV_WIRE, 0, 60, 1);
	ok(!has_backpressure(100, 6000), "no backpressure for a corrupt ring");
	client_rxsync(p);
	client_end(p);
}

static void holding_back_the_stack(void)
{
	struct client *p = client_new();
	uint32_t i;

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_SW,
					  .nr_host_rx_rings = 2,
					  .nr_rx_slots = 16 };
	is_err(client_register_as_is(p, "card0", NULL), 0, "two rings of the stack");
	for (i = 0; i < 16; i++)
		receive(OS_NETDEV_STACK, 0, 60, i);
	ok(!os_test_card_has_backpressure(0, OS_NETDEV_STACK, 0, 1, 60),
	   "a full one causes no backpressure: frames may be for the other");
	client_end(p);
	p = client_new();
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_SW, .nr_rx_slots = 16 };
	is_err(client_register_as_is(p, "card0", NULL), 0, "one ring");
	for (i = 0; i < 16; i++)
		receive(OS_NETDEV_STACK, 0, 60, i);
	ok(os_test_card_has_backpressure(0, OS_NETDEV_STACK, 0, 1, 60), "does");
	client_end(p);
}

/* A frame has at most 64 slots, from the wire as from a program. */
static void small_buffers(void)
{
	const struct nm_frag open = { .data = frame, .len = 10 + NETMAP_MAX_FRAGS * 64 + 1 };
	struct client *p;

	is_err(nm_setting_set("buf_size", 64), 0, "buffers of 64 bytes");
	p = client_bound_with("card0", NR_REG_NIC_SW, 0, 0);
	ok(receive(OS_NETDEV_WIRE, 0, NETMAP_MAX_FRAGS * 64, 1) &&
		   takes(p, 0, NETMAP_MAX_FRAGS * 64, 1),
	   "a frame of 64 slots arrives");
	receive(OS_NETDEV_WIRE, 0, NETMAP_MAX_FRAGS * 64 + 1, 2);
	receive(OS_NETDEV_WIRE, 0, 60, 3);
	ok(takes(p, 0, 60, 3), "one of 65 slots does not, the next one does");
	is_num((long long)ring_info("card0", 1, 0).drops[NM_DROP_TOOLONG], 1,
	       "it is counted as too long");
	memset(frame, 0, 10);
	frame_make(frame + 10, open.len - 10, 2, 1, 4);
	ok(os_test_card_receive_open(0, &open, 1), "an unfinished frame of 65 slots is taken");
	receive(OS_NETDEV_STACK, 0, 60, 5);
	ok(takes(p, 2, 60, 5), "but not delivered, the next one is");
	is_num((long long)ring_info("card0", 1, 2).drops[NM_DROP_TOOLONG], 1,
	       "it is counted as too long too");
	client_end(p);
	is_err(nm_setting_set("buf_size", 2048), 0, "and of 2048 again");
}

/* A slot's length has 16 bits: a buffer of 65536 bytes is not filled whole. */
static void large_buffers(void)
{
	static uint8_t sent[65536], came[sizeof(sent)];
	struct client *p = client_new();
	uint32_t len;

	ok(!nm_setting_set("buf_size", 65536) && !nm_setting_set("buf_num", 1024),
	   "the largest buffers");
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC,
					  .nr_tx_slots = 16,
					  .nr_rx_slots = 16 };
	is_err(client_register_as_is(p, "card0", NULL), 0, "a card with them");
	for (len = 65534; len <= sizeof(sent); len++) {
		frame_make(sent, len, 2, 1, len);
		os_test_card_receive(0, OS_NETDEV_WIRE, 0, sent, len);
		ok(!client_rxsync(p) && client_take(p, 0, came, sizeof(came)) == (long)len &&
		   frame_is(came, len, 2, 1, len), "a frame of %u bytes comes whole", len);
	}
	client_end(p);
	ok(!nm_setting_set("buf_size", 2048) && !nm_setting_set("buf_num", 163840), "set back");
}

static void corrupt(void)
{
	struct client *p = client_bound("card0");
	struct netmap_ring *r = client_rx(p, 0);

	r->slot[r->tail].buf_idx = 0xfffffff;
	receive(OS_NETDEV_WIRE, 0, 60, 1);
	is_err(client_rxsync(p), -EIO, "a slot with an illegal buffer: reset");
	ok(receive(OS_NETDEV_WIRE, 0, 60, 2) && takes(p, 0, 60, 2), "then it works");
	client_tx(p, 0)->slot[client_tx(p, 0)->head].len = 60000;
	ring_release(client_tx(p, 0), 1);
	is_err(client_txsync(p), -EIO, "an illegal length to send: reset");
	client_end(p);
}

static void host_side(void)
{
	struct client *sw = client_bound_with("card0", NR_REG_SW, 0, 0), *p;
	uint32_t before = stack()->frames;

	ok(receive(OS_NETDEV_STACK, 5, 60, 1) && takes(sw, 2, 60, 1),
	   "from the stack to the host ring");
	ok(!receive(OS_NETDEV_WIRE, 0, 60, 1), "a frame from the wire is not for it");
	frame_make(frame, 60, 2, 1, 9);
	ok(client_put(sw, 2, frame, 60, 0) && !client_txsync(sw), "a frame in the tx host ring");
	ok(stack()->frames - before == 1 && frame_is(stack()->last, 60, 2, 1, 9),
	   "goes to the stack");
	client_end(sw);
	p = client_bound_with("card0", NR_REG_ALL_NIC, 0, NR_RX_RINGS_ONLY);
	ok(!receive(OS_NETDEV_STACK, 0, 60, 1),
	   "the stack may send while no client has the tx rings");
	client_end(p);
	p = client_bound("card0");
	ok(receive(OS_NETDEV_STACK, 0, 60, 1), "but not when a client has");
	client_end(p);
}

static void mark_all(struct netmap_ring *r)
{
	r->flags |= NR_FORWARD;
	while (ring_space(r)) {
		r->slot[r->head].flags |= NS_FORWARD;
		ring_release(r, 1);
	}
}

static void forwarding(void)
{
	struct client *p = client_bound_with("card0", NR_REG_NIC_SW, 0, 0);
	uint32_t to_stack = stack()->frames, to_wire = wire()->frames, i;

	for (i = 0; i < 100; i++) {
		receive(OS_NETDEV_WIRE, 0, 60 + i, i);
		receive(OS_NETDEV_STACK, 0, 4500, i);
	}
	client_rxsync(p);
	mark_all(client_rx(p, 0));
	mark_all(client_rx(p, 2));
	client_rxsync(p);
	is_num(stack()->frames - to_stack, 100, "marked frames of the card go to the stack");
	is_num(wire()->frames - to_wire, 100, "and those of the stack to the wire");
	ok(wire()->last_len == 4500 && frame_is(wire()->last, 4500, 2, 1, 99), "whole");
	receive(OS_NETDEV_WIRE, 0, 60, 1);
	client_drain(p);
	client_rxsync(p);
	is_num(stack()->frames - to_stack, 100, "a frame that is not marked does not");
	client_end(p);
}

/* Mark n slots from head on, change length and flags of the first, and release them. */
static void give_marked(struct client *p, uint32_t n, uint16_t len, uint16_t toggle)
{
	struct netmap_ring *r = client_rx(p, 0);
	uint32_t i, at = r->head;

	r->slot[at].len = len;
	for (i = 0; i < n; i++, at = ring_next(r, at))
		r->slot[at].flags |= NS_FORWARD;
	r->slot[r->head].flags ^= toggle;
	ring_release(r, n);
	client_rxsync(p);
}

/* A frame that the reader has corrupted must reach neither driver nor stack. */
static void forwarding_what_may_be(void)
{
	struct client *p = client_bound("card0");
	uint32_t before = stack()->frames, i;

	client_rx(p, 0)->flags |= NR_FORWARD;
	for (i = 0; i < 6; i++)
		receive(OS_NETDEV_WIRE, 0, 5000, i);
	client_rxsync(p);
	give_marked(p, 3, 2048, NS_FORWARD);
	is_num(stack()->frames - before, 0,
	       "a frame whose first slot is not marked does not pass, nor its rest");
	give_marked(p, 1, 2048, 0);
	give_marked(p, 2, 2048, 0);
	is_num(stack()->frames - before, 0, "nor do the parts of one that is released in parts");
	give_marked(p, 3, 2048, 0);
	is_num(stack()->frames - before, 1, "a whole one does");
	client_rx(p, 0)->slot[client_rx(p, 0)->head + 2].flags |= NS_MOREFRAG;
	client_rx(p, 0)->slot[client_rx(p, 0)->head + 5].flags |= NS_MOREFRAG;
	give_marked(p, 9, 2048, 0);
	is_num(stack()->frames - before, 1, "three frames joined to one of 15000 bytes do not");
	receive(OS_NETDEV_WIRE, 0, 60, 1);
	client_rxsync(p);
	give_marked(p, 1, 13, 0);
	is_num(stack()->frames - before, 1, "a frame of 13 bytes does not");
	receive(OS_NETDEV_WIRE, 0, 60, 1);
	client_rxsync(p);
	give_marked(p, 1, 60, 0);
	is_num(stack()->frames - before, 2, "the next one does");
	client_end(p);
}

static void leaving(void)
{
	struct client *p = client_bound("card0"), *q;

	os_test_card_set(0, OS_NETDEV_DOWN);
	is_err(client_rxsync(p), -ENETDOWN, "down: sync");
	is_num(client_poll(p, POLLIN), POLLERR, "down: poll");
	ok(strstr(client_reason(p), "down"), "down: the reason");
	os_test_card_set(0, OS_NETDEV_UP);
	is_err(client_rxsync(p), 0, "up again");
	os_test_card_set(0, OS_NETDEV_GONE);
	is_err(client_txsync(p), -ENXIO, "gone: sync");
	ok(client_poll(p, POLLIN) & POLLERR, "gone: poll");
	ok(strstr(client_reason(p), "gone"), "gone: the reason");
	client_end(p);
	q = client_bound("card0");
	ok(q && !client_rxsync(q), "the next one of that name works");
	os_test_card_set(0, OS_NETDEV_REQUEUED);
	is_err(client_rxsync(q), -ENXIO, "other queues: sync");
	ok(client_poll(q, POLLOUT) & POLLERR, "other queues: poll");
	ok(strstr(client_reason(q), "queues"), "other queues: the reason");
	client_end(q);
}

static void times(void)
{
	struct client *p = client_bound("card0");
	struct netmap_ring *r = client_rx(p, 0);

	r->slot[r->tail].ptr = 99;
	receive(OS_NETDEV_WIRE, 0, 60, 1);
	client_rxsync(p);
	is_num(r->slot[r->head].ptr, 99, "ptr of a received slot is not written");
	r->flags |= NR_PKT_TIMESTAMP;
	client_drain(p);
	receive(OS_NETDEV_WIRE, 0, 3000, 2);
	client_rxsync(p);
	is_num(ring_space(r), 2, "a frame of two slots");
	ok(r->slot[r->head].ptr == OS_TEST_PACKET_TIME, "has its time in the first slot, if asked");
	ok(r->slot[ring_next(r, r->head)].ptr == OS_TEST_PACKET_TIME, "and in the second");
	r->flags &= ~NR_PKT_TIMESTAMP;
	client_drain(p);
	r->slot[r->tail].ptr = 98;
	receive(OS_NETDEV_WIRE, 0, 60, 3);
	client_rxsync(p);
	is_num(r->slot[r->head].ptr, 98, "and is not written once the flag is cleared");
	client_end(p);
}

static void cut(void)
{
	struct client *p = client_bound("card0");

	os_test_card_traits(0, NM_INFO_NO_LINK | NM_INFO_LRO_OFF);
	wire()->room = 0;
	frame_make(frame, 60, 2, 1, 7);
	ok(client_put(p, 0, frame, 60, 0) && !client_txsync(p), "without a link frames wait");
	wire()->room = UINT32_MAX;
	os_test_card_traits(0, 0);
	ok(!client_txsync(p) && frame_is(wire()->last, 60, 2, 1, 7), "and go when there is one");
	client_end(p);
}

/* As from the stack: headers and 5000 bytes of a stream, to be cut into segments of 1000. */
#define HEADS	54u

static bool receive_open(uint8_t gso_type)
{
	struct nm_vnet_hdr hdr = { .flags = NM_VNET_F_NEEDS_CSUM,
				   .gso_type = gso_type,
				   .gso_size = { 1000 & 255, 3 },
				   .csum_start = { 34 },
				   .csum_offset = { 16 } };
	struct nm_frag frag[3] = { { (uint8_t *)&hdr, NM_VNET_HDR_LEGACY },
				   { frame, 500 },
				   { frame + 500, 4554 } };

	frame_make(frame, 5054, 2, 1, 9);
	memset(frame + 12, 0, HEADS - 12);
	frame[12] = 8;				/* IPv4, */
	frame[14] = 0x45;			/* 20 bytes of header, no length given, */
	frame[23] = 6;				/* TCP, */
	frame[46] = 0x50;			/* 20 bytes too */
	return os_test_card_receive_open(0, frag, 3);
}

static bool takes_segment(struct client *p, uint32_t ring, uint32_t i)
{
	return client_take(p, ring, got, sizeof(got)) == HEADS + 1000 &&
	       (got[40] << 8 | got[41]) == (int)(i * 1000) &&
	       !memcmp(got + HEADS, frame + HEADS + i * 1000, 1000);
}

static void segments(void)
{
	struct client *p = client_new();
	uint32_t ring, i, n;

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_NIC_SW };
	is_err(client_register_as_is(p, "card0", NULL), 0, "card and stack");
	ring = p->reg.nr_rx_rings;
	client_rxsync(p);
	ok(receive_open(NM_VNET_GSO_TCPV4), "a stream's piece from the stack");
	client_rxsync(p);
	is_num(ring_space(client_rx(p, ring)), 5, "is cut into segments");
	for (i = 0; i < 5 && takes_segment(p, ring, i); i++)
		;
	is_num(i, 5, "each with its number and its bytes");
	client_rxsync(p);
	for (i = 0; i < 250; i++)
		receive_open(NM_VNET_GSO_TCPV4);
	client_rxsync(p);
	n = ring_space(client_rx(p, ring));
	is_num(n, client_rx(p, ring)->num_slots - 1, "a full ring takes those that fit");
	for (i = 0; i < n && takes_segment(p, ring, i % 5); i++)
		;
	is_num(i, n, "and those are the first ones");
	client_rxsync(p);
	ok(!receive_open(NM_VNET_GSO_UDP), "a frame that cannot be cut is left to the platform");
	client_rxsync(p);
	is_num(ring_space(client_rx(p, ring)), 0, "and nothing of it arrives");
	client_rx(p, ring)->slot[client_rx(p, ring)->tail].buf_idx = 0xfffffff;
	ok(receive_open(NM_VNET_GSO_TCPV4), "a slot with an illegal buffer");
	is_err(client_rxsync(p), -EIO, "resets the ring");
	client_end(p);
}

static void native_only(void)
{
	struct client *p = client_new();

	is_err(nm_setting_set("admode", 1), 0, "admode 1");
	is_err(client_register(p, "card0"), -EOPNOTSUPP, "refuses a card without native support");
	ok(strstr(client_reason(p), "admode"), "and says why");
	nm_setting_set("admode", 0);
	is_err(client_register(p, "card0"), 0, "admode 0 does not");
	client_end(p);
}

static void on_switch(void)
{
	struct nmreq_vale_attach at = { .reg.nr_mode = NR_REG_NIC_SW };
	struct nmreq_vale_detach det = { 0 };
	struct nmreq_vale_list list = { 0 };
	struct client *p = client_bound("valeN:p"), *q = client_new();
	uint32_t before = wire()->frames, tries;

	is_err(client_ctrl(q, NETMAP_REQ_VALE_ATTACH, "valeN:card0", &at, NULL), 0, "attach");
	ok(client_register(q, "card0") == -EBUSY, "its rings are the switch's");
	frame_make(frame, 60, STATION_ALL, 1, 7);
	ok(client_send(p, frame, 60), "a frame into the switch");
	for (tries = 0;
	     tries < 10000 && __atomic_load_n(&wire()->frames, __ATOMIC_ACQUIRE) == before; tries++)
		os_thread_yield(true);
	is_num(wire()->frames - before, 1, "goes to the wire");
	receive(OS_NETDEV_WIRE, 0, 60, 8);
	for (tries = 0; tries < 10000 && !(client_poll(p, POLLIN) & POLLIN); tries++)
		os_thread_yield(true);
	ok(takes(p, 0, 60, 8), "one from there comes out of the switch");
	frame_make(frame, 9000, STATION_ALL, 1, 9);
	ok(client_send(p, frame, 9000), "a frame of five slots into the switch");
	for (tries = 0;
	     tries < 10000 && __atomic_load_n(&wire()->frames, __ATOMIC_ACQUIRE) < before + 2;
	     tries++)
		os_thread_yield(true);
	is_num(wire()->last_len, 9000, "goes to the wire in one piece");
	os_test_card_set(0, OS_NETDEV_GONE);
	is_err(client_ctrl(q, NETMAP_REQ_VALE_ATTACH, "valeN:card1", &at, NULL), 0,
	       "another card is attached");
	is_err(client_ctrl(q, NETMAP_REQ_VALE_LIST, "valeN:card0", &list, NULL), -ENOENT,
	       "which detaches one that is gone");
	os_test_card_set(0, OS_NETDEV_UP);
	is_err(client_ctrl(q, NETMAP_REQ_VALE_DETACH, "valeN:card1", &det, NULL), 0, "detached");
	is_err(client_ctrl(q, NETMAP_REQ_VALE_ATTACH, "valeN:card0", &at, NULL), 0,
	       "and the first again");
	is_err(client_ctrl(q, NETMAP_REQ_VALE_DETACH, "valeN:card0", &det, NULL), 0, "detach");
	is_err(client_ctrl(q, NETMAP_REQ_VALE_ATTACH, "valeN:card1", &at, NULL), 0,
	       "one attached card stays until the end");
	client_end(p);
	client_end(q);
}

SUBJECTS(
	{ "shape", shape },
	{ "sending", sending },
	{ "no_room", no_room },
	{ "receiving", receiving },
	{ "wakeups", wakeups },
	{ "holding_back", holding_back },
	{ "holding_back_ends", holding_back_ends },
	{ "holding_back_the_stack", holding_back_the_stack },
	{ "small_buffers", small_buffers },
	{ "large_buffers", large_buffers },
	{ "corrupt", corrupt },
	{ "host_side", host_side },
	{ "forwarding", forwarding },
	{ "forwarding_what_may_be", forwarding_what_may_be },
	{ "leaving", leaving },
	{ "times", times },
	{ "cut", cut },
	{ "segments", segments },
	{ "native_only", native_only },
	{ "on_switch", on_switch },
)
