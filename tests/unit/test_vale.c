/* SPDX-License-Identifier: BSD-2-Clause */
/* The switch: which ports get a frame. */
#include <stdio.h>

#include "subject.h"

#define PORTS	4

/* Ports p0, p1, ... of switch valeV; port i sends as station i + 1. */
static struct client *port[PORTS];
static uint8_t frame[2048];

static void ports_open(void)
{
	char name[32];
	int i;

	for (i = 0; i < PORTS; i++) {
		snprintf(name, sizeof(name), "valeV:p%d", i);
		port[i] = client_bound(name);
	}
}

static struct nm_info_switch switch_info(void)
{
	struct nm_info_switch sw = { .index = 0 };
	struct nmreq_inspect body = { .what = NM_INSPECT_SWITCHES, .rec_size = sizeof(sw),
				      .count = 1, .data = (uintptr_t)&sw };

	is_err(client_ctrl(port[0], NETMAP_REQ_INSPECT, "", &body, NULL), 0,
	       "the switch is listed");
	return sw;
}

static void ports_close(void)
{
	int i;

	for (i = 0; i < PORTS; i++)
		client_end(port[i]);
}

static void give(int from, uint32_t dst, uint32_t src, uint16_t flags, size_t len)
{
	frame_make(frame, len, dst, src, 1);
	if (!client_put(port[from], 0, frame, len, flags) || client_txsync(port[from]))
		diag("port %d cannot send: %s", from, client_reason(port[from]));
}

/* Ports that received a frame, a bit for each; 0x1000 if one came twice. */
static uint32_t takers(void)
{
	uint32_t mask = 0, n;
	int i;

	for (i = 0; i < PORTS; i++) {
		n = client_drain(port[i]);
		if (n)
			mask |= n == 1 ? 1u << i : 0x1000u;
	}
	return mask;
}

static void learning(void)
{
	ports_open();
	give(0, STATION_ALL, 1, 0, 60);
	is_num(takers(), 0xe, "a broadcast goes to all but its sender");
	give(1, 1, 2, 0, 60);
	is_num(takers(), 0x1, "a learnt address goes to its port alone");
	give(0, 2, 1, 0, 60);
	is_num(takers(), 0x2, "and back");
	give(2, 77, 3, 0, 60);
	is_num(takers(), 0xb, "an unknown address goes to all but the sender");
	give(0, STATION_GROUP | 5, 1, 0, 60);
	is_num(takers(), 0xe, "a multicast goes to all but its sender");
	give(1, 2, 2, 0, 60);
	is_num(takers(), 0, "a frame to a station behind its own port goes nowhere");
	give(3, 9, STATION_GROUP | 9, 0, 60);
	takers();
	give(0, STATION_GROUP | 9, 1, 0, 60);
	is_num(takers(), 0xe, "a group address as a source is not learnt");
	ports_close();
}

/* Frames of one sync, each of 60 bytes; the second has these flags, or another source. */
static void give_two(uint32_t dst[2], uint32_t src[2], const uint16_t flags[2])
{
	int i;

	for (i = 0; i < 2; i++) {
		frame_make(frame, 60, dst[i], src[i], 1);
		client_put(port[0], 0, frame, 60, flags[i]);
	}
	client_txsync(port[0]);
}

/* A frame like the one before takes the short path, but not the flags of that one. */
static void runs(void)
{
	uint32_t i, n, got = 0;
	struct netmap_ring *t;

	ports_open();
	give_two((uint32_t[]){ STATION_ALL, STATION_ALL }, (uint32_t[]){ 61, 61 },
		 (uint16_t[]){ NS_NO_LEARN, 0 });
	is_num(takers(), 0x1000, "a frame not to learn from, and one like it");
	give(1, 61, 2, 0, 60);
	is_num(takers(), 0x1, "the second was learnt from");
	give_two((uint32_t[]){ STATION_ALL, STATION_ALL }, (uint32_t[]){ 61, 61 },
		 (uint16_t[]){ 2 << NS_PORT_SHIFT, 0 });
	for (i = 0, n = 0; i < PORTS; i++)
		n += client_drain(port[i]);
	is_num(n, 4, "a frame to a port's number, and one like it to all");
	give_two((uint32_t[]){ 63, 63 }, (uint32_t[]){ 62, 63 }, (uint16_t[]){ 0, 0 });
	is_num(takers(), 0xe, "a frame to an unknown station, not one to where it then sends from");
	i = switch_info().stations;
	give(0, STATION_ALL, 5 | STATION_GROUP, 0, 60);
	takers();
	is_num(switch_info().stations, i, "a group address as a source takes no place");
	t = client_tx(port[0], 0);
	frame_make(frame, 60, STATION_ALL, 61, 1);
	client_put(port[0], 0, frame, 60, 0);
	client_put(port[0], 0, frame, 60, 0);
	t->slot[t->head ? t->head - 1 : t->num_slots - 1].len = 2049;
	is_err(client_txsync(port[0]), -EIO,
	       "a length beyond the buffer, in a frame like the one before");
	takers();
	ports_close();
	is_err(nm_setting_set("bridge_batch", 16), 0, "batches of 16 slots");
	ports_open();
	for (i = 0; i < 500; i++)
		client_put(port[0], 0, frame, 60, 0);
	client_txsync(port[0]);
	for (i = 1; i < PORTS; i++)
		got += client_drain(port[i]);
	is_num(got, 1500, "500 frames alike");
	is_num((long long)ring_info("valeV:p0", 0, 0).slots, 500, "in as many slots");
	ports_close();
	nm_setting_set("bridge_batch", 1024);
}

/* When there is no place for a station the one not heard of for the longest time goes. */
static void eviction(void)
{
	uint32_t i, known = 0;

	ports_open();
	for (i = 0; i < 4000; i++) {
		give(2, STATION_ALL, 1000 + i, 0, 60);
		if (i % 20 == 0)
			os_test_time_add(1);
		takers();
	}
	for (i = 2500; i < 4000; i++) {
		give(0, 1000 + i, 1, 0, 60);
		known += takers() == 0x4;
	}
	ok(known > 1400, "of 4000 stations nearly all of the last 1500 are known (%u)", known);
	ports_close();
}

/* Each frame of a burst to an unknown station counts as flooded; frames to groups do not. */
static void flooding(void)
{
	uint32_t i;

	ports_open();
	for (i = 0; i < 10; i++) {
		frame_make(frame, 60, 78, 1, i);
		client_put(port[0], 0, frame, 60, 0);
	}
	for (i = 0; i < 10; i++) {
		frame_make(frame, 60, STATION_ALL, 1, i);
		client_put(port[0], 0, frame, 60, 0);
	}
	client_txsync(port[0]);
	is_num((long long)switch_info().flooded, 10,
	       "a burst of ten frames to an unknown station is flooded ten times");
	ports_close();
}

static void moving(void)
{
	ports_open();
	give(0, STATION_ALL, 50, 0, 60);
	takers();
	give(1, 50, 2, 0, 60);
	is_num(takers(), 0x1, "station 50 is behind port 0");
	give(2, STATION_ALL, 50, 0, 60);
	takers();
	give(1, 50, 2, 0, 60);
	is_num(takers(), 0x4, "station 50 has moved behind port 2");
	os_test_time_add(250);
	give(1, 50, 2, 0, 60);
	is_num(takers(), 0x4, "250 s later it is still known");
	os_test_time_add(100);
	give(1, 50, 2, 0, 60);
	is_num(takers(), 0xd, "350 s after its last frame it is forgotten");
	give(2, STATION_ALL, 50, 0, 60);
	takers();
	os_test_time_add(200);
	give(2, 2, 50, 0, 60);
	takers();
	os_test_time_add(200);
	give(1, 50, 2, 0, 60);
	is_num(takers(), 0x4, "a station that goes on sending is not forgotten");
	client_end(port[2]);
	port[2] = client_bound("valeV:p2");
	give(1, 50, 2, 0, 60);
	is_num(takers(), 0xd, "stations of a closed port are forgotten");
	ports_close();
}

static void many_stations(void)
{
	uint32_t i, alone = 0;

	ports_open();
	for (i = 0; i < 500; i++) {
		give(i % 2, STATION_ALL, 1000 + i, 0, 60);
		takers();
	}
	for (i = 0; i < 500; i++) {
		give(2, 1000 + i, 3, 0, 60);
		alone += takers() == 1u << (i % 2);
	}
	ok(alone > 450, "of 500 stations nearly all are remembered");
	diag("%u of 500 remembered", alone);
	ports_close();
}

static void no_learn(void)
{
	ports_open();
	give(0, STATION_ALL, 60, NS_NO_LEARN, 60);
	takers();
	give(1, 60, 2, 0, 60);
	is_num(takers(), 0xd, "NS_NO_LEARN: the source was not learnt");
	give(0, STATION_ALL, 60, 0, 60);
	takers();
	give(1, 60, 2, 0, 60);
	is_num(takers(), 0x1, "without it, it is");
	ports_close();
}

static int index_of(const char *name)
{
	struct nmreq_vale_list body = { 0 };
	struct client *p = client_new();
	int err = client_ctrl(p, NETMAP_REQ_VALE_LIST, name, &body, NULL);

	client_end(p);
	return err ? err : (int)body.nr_port_idx;
}

static void port_in_flags(void)
{
	int at;

	ports_open();
	at = index_of("valeV:p2");
	if (ok(at > 0, "a listing has the port's number")) {
		give(0, 99, 1, (uint16_t)(at << NS_PORT_SHIFT), 60);
		is_num(takers(), 0x4, "an unknown address to the port in the flags");
		give(1, STATION_ALL, 2, (uint16_t)(at << NS_PORT_SHIFT), 60);
		is_num(takers(), 0x4, "a broadcast to the port in the flags");
		give(2, 99, 1, (uint16_t)(at << NS_PORT_SHIFT), 60);
		is_num(takers(), 0, "to itself: nowhere");
	}
	give(0, 99, 1, 200 << NS_PORT_SHIFT, 60);
	is_num(takers(), 0, "to a port that does not exist: nowhere");
	give(0, 99, 1, 255 << NS_PORT_SHIFT, 60);
	is_num(takers(), 0, "to port 255: nowhere");
	ports_close();
}

static void counters(void)
{
	struct nm_info_ring tx, rx;

	ports_open();
	give(0, STATION_ALL, 1, 0, 60);
	give(0, STATION_ALL, 1, 0, 100);
	give(0, STATION_ALL, 1, 0, 13);
	takers();
	tx = ring_info("valeV:p0", 0, 0);
	rx = ring_info("valeV:p1", 1, 0);
	is_num((long long)tx.packets, 3, "tx packets, the bad one too");
	is_num((long long)rx.packets, 2, "rx packets");
	is_num((long long)rx.bytes, 160, "rx bytes");
	is_num((long long)tx.drops[NM_DROP_BADFRAME], 1, "a frame of 13 bytes is dropped as bad");
	ok(tx.syncs >= 3 && rx.syncs >= 1, "syncs are counted");
	give(0, 99, 1, 200 << NS_PORT_SHIFT, 60);
	tx = ring_info("valeV:p0", 0, 0);
	is_num((long long)tx.drops[NM_DROP_NODEST], 1,
	       "a frame to a port that does not exist is dropped as without a destination");
	ports_close();
}

static void alone(void)
{
	struct client *p = client_bound("valeL:p");
	uint32_t i, sent = 0;

	frame_make(frame, 60, STATION_ALL, 1, 1);
	for (i = 0; i < 5000; i++)
		sent += client_send(p, frame, 60);
	is_num(sent, 5000, "a port alone on its switch never blocks");
	is_num((long long)ring_info("valeL:p", 0, 0).drops[NM_DROP_NODEST], 5000,
	       "its frames are counted as lost");
	client_end(p);
}

static void full_receiver(void)
{
	uint32_t i, sent = 0, got, wrong = 0;
	struct nm_info_ring tx, rx;
	uint8_t in[64];

	ports_open();
	give(1, STATION_ALL, 2, 0, 60);
	takers();
	for (i = 0; i < 3000; i++) {
		frame_make(frame, 60, 2, 1, i);
		sent += client_send(port[0], frame, 60);
	}
	is_num(sent, 3000, "a receiver that does not read does not block the sender");
	for (got = 0; client_receive(port[1], in, 64) == 60; got++)
		wrong += !frame_is(in, 60, 2, 1, got);
	is_num(got, 1023, "the receiver has a ring of frames, less a slot");
	is_num(wrong, 0, "the oldest frames, in order");
	tx = ring_info("valeV:p0", 0, 0);
	rx = ring_info("valeV:p1", 1, 0);
	is_num((long long)tx.drops[NM_DROP_NOROOM], 3000 - 1023,
	       "the rest is counted with the sender");
	is_num((long long)rx.drops[NM_DROP_NOROOM], 3000 - 1023, "and with the receiver");
	ports_close();
}

/* Frames of all kinds in one batch keep their order at each receiver. */
static void order(void)
{
	uint32_t i, wrong = 0, from1 = 0;
	uint8_t in[64];

	ports_open();
	give(1, STATION_ALL, 2, 0, 60);
	give(2, STATION_ALL, 3, 0, 60);
	takers();
	for (i = 0; i < 900; i++) {
		frame_make(frame, 60, i % 3 == 0 ? STATION_ALL : i % 3 == 1 ? 2 : 3, 1, i);
		client_put(port[0], 0, frame, 60, 0);
	}
	client_txsync(port[0]);
	for (i = 0; client_receive(port[1], in, 64) == 60; i++, from1++) {
		uint32_t number = i / 2 * 3 + i % 2;

		wrong += !frame_is(in, 60, i % 2 ? 2 : STATION_ALL, 1, number);
	}
	is_num(from1, 600, "port 1 gets broadcasts and its own frames");
	is_num(wrong, 0, "in the order they were sent in");
	is_num(client_drain(port[3]), 300, "port 3 has the broadcasts");
	ports_close();
}

static void bytes(void)
{
	uint32_t len, wrong = 0;
	uint8_t in[2100];

	ports_open();
	for (len = 18; len <= 2048; len += len < 200 ? 1 : 37) {
		frame_make(frame, len, STATION_ALL, 1, len);
		client_send(port[0], frame, len);
		wrong += client_receive(port[1], in, sizeof(in)) != (long)len;
		wrong += !frame_is(in, len, STATION_ALL, 1, len);
		wrong += client_receive(port[2], in, sizeof(in)) != (long)len;
		wrong += !frame_is(in, len, STATION_ALL, 1, len);
		client_drain(port[3]);
	}
	is_num(wrong, 0, "frames of 18 to 2048 bytes arrive byte by byte");
	ports_close();
}

static void several_rings(void)
{
	struct client *a = client_new(), *b = client_new();
	uint32_t i, wrong = 0;
	uint8_t in[64];

	a->reg = b->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_rings = 4,
		.nr_rx_rings = 4 };
	is_err(client_register_as_is(a, "valeR:a", NULL), 0, "a port with four rings");
	is_err(client_register_as_is(b, "valeR:b", NULL), 0, "another");
	for (i = 0; i < 4; i++) {
		frame_make(frame, 60, STATION_ALL, 1, i);
		client_put(a, i, frame, 60, 0);
	}
	client_txsync(a);
	client_rxsync(b);
	for (i = 0; i < 4; i++)
		wrong += client_take(b, i, in, 64) != 60 || !frame_is(in, 60, STATION_ALL, 1, i);
	is_num(wrong, 0, "ring i sends to ring i");
	client_end(a);
	client_end(b);

	a = client_bound_with("valeR:c", NR_REG_ALL_NIC, 0, 0);
	b = client_new();
	b->reg = (struct nmreq_register){ .nr_mode = NR_REG_ONE_NIC, .nr_ringid = 2,
		.nr_rx_rings = 4 };
	is_err(client_register_as_is(b, "valeR:d", NULL), 0, "one ring of four");
	frame_make(frame, 60, STATION_ALL, 1, 9);
	client_send(a, frame, 60);
	client_rxsync(b);
	is_num(client_take(b, 2, in, 64), 60,
	       "frames for a ring without a client go to a ring with one");
	client_end(a);
	client_end(b);
}

static void limit(void)
{
	static struct client *p[255];
	uint32_t i, bound = 0, reached = 0;
	char name[32];
	int err = 0;

	for (i = 0; i < 255 && !err; i++) {
		snprintf(name, sizeof(name), "valeBig:%u", i);
		p[i] = client_new();
		p[i]->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 32,
			.nr_rx_slots = 32 };
		err = client_register_as_is(p[i], name, NULL);
		bound += !err;
	}
	is_num(bound, 254, "254 ports on a switch");
	ok(err < 0 && strstr(client_reason(p[254]), "254"),
	   "the next one is refused, and the reason has the limit");
	diag("%d: %s", err, client_reason(p[254]));
	frame_make(frame, 60, STATION_ALL, 7, 1);
	client_send(p[0], frame, 60);
	for (i = 1; i < 254; i++)
		reached += client_drain(p[i]) == 1;
	is_num(reached, 253, "a broadcast reaches all others");
	frame_make(frame, 60, 7, 8, 1);
	reached = 0;
	for (i = 1; i < 254; i++)
		reached += client_send(p[i], frame, 60);
	is_num(client_drain(p[0]), 31, "253 senders to one: its ring is full");
	client_end(p[100]);
	p[100] = NULL;
	is_err(client_register_as_is(p[254], "valeBig:254", NULL), 0,
	       "after one closes there is room again");
	for (i = 0; i < 255; i++)
		client_end(p[i]);
}

static void many_switches(void)
{
	static struct client *a[40], *b[40];
	uint32_t i, right = 0;
	char name[32];

	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "vale%u:a", i);
		a[i] = client_bound(name);
		snprintf(name, sizeof(name), "vale%u:b", i);
		b[i] = client_bound(name);
	}
	for (i = 0; i < 40; i++) {
		frame_make(frame, 60, STATION_ALL, 1, i);
		client_send(a[i], frame, 60);
	}
	for (i = 0; i < 40; i++)
		right += client_drain(b[i]) == 1;
	is_num(right, 40, "forty switches, each separate from the others");
	for (i = 0; i < 40; i++) {
		client_end(a[i]);
		client_end(b[i]);
	}
}

SUBJECTS({ "learning", learning }, { "flooding", flooding }, { "runs", runs },
	 { "eviction", eviction }, { "moving", moving },
	 { "many stations", many_stations }, { "no learn", no_learn },
	 { "port in flags", port_in_flags }, { "counters", counters }, { "alone", alone },
	 { "full receiver", full_receiver }, { "order", order }, { "bytes", bytes },
	 { "several rings", several_rings }, { "limit", limit }, { "many switches", many_switches })
