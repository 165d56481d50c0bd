// SPDX-License-Identifier: BSD-2-Clause
/*
 * Network devices as ports, on veth pairs and dummies in a new namespace: frames in and out,
 * several slots, lengths that are refused, sharing, counters.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define BIG	9000u

static uint8_t buf[BIG + 100], got[BIG + 100];

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

/* Wait for one frame; bytes, or -errno. */
static int receive(struct port *p)
{
	int n, tries;

	for (tries = 0; tries < 200; tries++) {
		n = port_recv(p, got, sizeof(got));
		if (n != -EAGAIN)
			return n;
		port_poll(p, POLLIN, 100);
	}
	return -EAGAIN;
}

static bool crosses(struct port *from, struct port *to, uint32_t len, uint64_t seq)
{
	int n;

	frame_make(buf, len, 2, 1, 7, seq);
	if (port_send(from, buf, len))
		return false;
	n = receive(to);
	if (n != (int)len)
		diag("frame of %u bytes came as %d", len, n);
	return n == (int)len && frame_is(got, len, 2, 1, 7, seq);
}

static void test_refusals(void)
{
	struct nmreq_vale_newif newif = { 0 };
	int fd = dev_open();
	struct port p;

	is_err(ctrl(fd, NETMAP_REQ_VALE_NEWIF, "v1", &newif), -EEXIST,
	       "a persistent port that would hide a device");
	ok(has_reason(fd, "another name"), "with a reason");
	close(fd);
	is_err(port_open(&p, "nosuch0"), -ENXIO, "a device that does not exist");
	is_err(port_open(&p, "lo"), -EOPNOTSUPP, "the loopback device");
	is_err(port_open(&p, "v0", .tx_slots = 2), -EINVAL, "a ring of two slots");
	is_err(port_open(&p, "v0", .host_tx_rings = 5000), -EINVAL, "5000 host rings");
}

static void test_lengths(struct port *a, struct port *b)
{
	static const uint32_t lens[] = { 60, 61, 64, 1000, 1513, 1514, 1518 };
	struct nm_info_ring before, after;
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		ok(crosses(a, b, lens[i], i) && crosses(b, a, lens[i], 50 + i),
		   "%u bytes, both ways", lens[i]);
	inspect_ring("v0", 0, 0, &before);
	frame_make(buf, 1519, 2, 1, 7, 1);
	port_send(a, buf, 1519);
	port_send(a, buf, 13);
	inspect_ring("v0", 0, 0, &after);
	is_num(after.drops[NM_DROP_TOOLONG] - before.drops[NM_DROP_TOOLONG], 1,
	       "1519 bytes are too long");
	is_num(after.drops[NM_DROP_BADFRAME] - before.drops[NM_DROP_BADFRAME], 1,
	       "13 bytes are no frame");
	ok(crosses(a, b, 60, 99), "the next one is sent, and nothing came before it");
}

static void test_many(struct port *a, struct port *b)
{
	uint32_t flow, sent = 0, seen = 0, bad = 0;
	uint64_t seq;
	int n;

	while (seen < opt.packets) {
		while (sent - seen < 256 && sent < opt.packets) {
			frame_make(buf, 60 + sent % 1400, 2, 1, 3, sent);
			if (!ring_put(port_tx(a, 0), buf, 60 + sent % 1400, 0))
				break;
			sent++;
		}
		if (txsync(a))
			break;
		n = receive(b);
		if (n < 0)
			break;
		do {
			bad += !frame_check(got, n, &flow, &seq) || seq != seen;
			seen++;
			n = ring_take(port_rx(b, 0), got, sizeof(got));
		} while (n > 0);
	}
	is_num(seen, (int64_t)opt.packets, "many frames cross");
	is_num(bad, 0, "each as it was sent, in order");
}

static void test_jumbo(struct port *a, struct port *b)
{
	static const uint32_t lens[] = { 2048, 2049, 4096, 4097, 9000, 9018 };
	unsigned int i;

	if (inspect_setting("xdp") == 2 && link_mtu("v0", BIG) == -EINVAL) {
		skip("a driver that hands frames to XDP has none longer than a page",
		     "jumbo frames");
		return;
	}
	need(link_mtu("v0", BIG), "mtu of v0");
	need(link_mtu("v1", BIG), "mtu of v1");
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		frame_make(buf, lens[i], 2, 1, 7, i);
		ok(ring_put_frags(port_tx(a, 0), buf, lens[i], 2048) && !txsync(a) &&
		   receive(b) == (int)lens[i] && frame_is(got, lens[i], 2, 1, 7, i),
		   "%u bytes in several slots", lens[i]);
	}
	frame_make(buf, 200, 2, 1, 7, 1);
	ok(ring_put_frags(port_tx(a, 0), buf, 200, 7) && !txsync(a) && receive(b) == 200 &&
	   frame_is(got, 200, 2, 1, 7, 1), "200 bytes in slots of 7");
}

static void test_full(struct port *a, struct port *b)
{
	struct nm_info_ring info;
	unsigned int i, n = 0, same = 0;
	uint64_t drops = 0;

	rxsync(b);
	frame_make(buf, 60, 2, 1, 7, 1);
	/* A few at a time: a veth pair has a queue between its ends, and drops there. */
	for (i = 0; i < 1200; i++) {
		ring_put(port_tx(a, 0), buf, 60, 0);
		if (i % 16 == 15) {
			txsync(a);
			sleep_ms(1);
		}
	}
	txsync(a);
	/* The platform's backlog keeps them for a moment: wait until it drops no more of them. */
	for (i = 0; i < 1000 && same < 20; i++) {
		sleep_ms(10);
		inspect_ring("v1", 1, 0, &info);
		same = drops && drops == info.drops[NM_DROP_NOROOM] ? same + 1 : 0;
		drops = info.drops[NM_DROP_NOROOM];
	}
	n = port_drain(b);
	is_num(n, port_rx(b, 0)->num_slots - 1,
	       "a ring that is not read takes frames for all its slots but one");
	ok(info.drops[NM_DROP_NOROOM] > 0, "and the others are counted as dropped");
	ok(crosses(a, b, 60, 5), "then it works");
}

static void test_garbled(struct port *a, struct port *b)
{
	struct netmap_ring *r = port_rx(b, 0);
	uint32_t at = ring_tail(r), idx = r->slot[at].buf_idx;
	int err, tries;

	r->slot[at].buf_idx = 0x7fffffff;
	frame_make(buf, 60, 2, 1, 7, 1);
	port_send(a, buf, 60);
	for (tries = 0, err = 0; tries < 1000 && !err; tries++) {
		sleep_ms(20);
		err = rxsync(b);
	}
	is_err(err, -EIO, "an illegal buffer in a slot that is to be filled: the ring is reset");
	ok(port_rx(b, 0)->slot[at].buf_idx != 0x7fffffff, "and the slot has a buffer");
	r->slot[at].buf_idx = idx;
	ok(crosses(a, b, 60, 6), "then it works");
	port_tx(a, 0)->slot[port_tx(a, 0)->head].buf_idx = 1;
	ring_release(port_tx(a, 0), 1);
	is_err(txsync(a), -EIO, "an illegal buffer to be sent");
	ok(crosses(a, b, 60, 7), "then it works");
}

static void test_info(void)
{
	struct nm_info_port info;

	ok(inspect_port("v0", &info), "the port is listed by the device's name");
	is_num(info.kind, NM_KIND_NIC, "as a network card");
	is_num(info.region_id, 1, "in the global region");
	is_num(info.host_tx_rings, 1, "with a host ring to the stack");
	is_num(info.host_rx_rings, 1, "and one from it");
	ok(info.tx_packets > 0, "frames sent are counted");
}

static void test_dummy(void)
{
	uint64_t before;
	struct port p;
	unsigned int i;
	int err = link_dummy("d0");

	if (err == -EOPNOTSUPP) {
		skip("the kernel has none", "a dummy device");
		return;
	}
	need(err, "a dummy device");
	port_must(&p, "d0");
	before = link_stat("d0", "tx_packets");
	frame_make(buf, 60, 2, 1, 7, 1);
	for (i = 0; i < 2500; i++) {
		while (!ring_put(port_tx(&p, 0), buf, 60, 0))
			txsync(&p);
	}
	txsync(&p);
	is_num(ring_space(port_tx(&p, 0)), port_tx(&p, 0)->num_slots - 1,
	       "all was sent to a dummy device");
	is_num(link_stat("d0", "tx_packets") - before, 2500, "which counts it as its own traffic");
	port_close(&p);
	need(link_delete("d0"), "delete d0");
}

/*
 * A veth pair has a queue for each CPU: a sender that changes its CPU changes the order of frames.
 */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void test_tap(void)
{
	int fd = link_tap("t0");
	struct port p;

	if (fd < 0)
		need(fd, "a tap device");
	port_must(&p, "t0");
	frame_make(buf, 1000, 2, 1, 7, 1);
	ok(write(fd, buf, 1000) == 1000 && receive(&p) == 1000 && frame_is(got, 1000, 2, 1, 7, 1),
	   "a tap device: in");
	frame_make(buf, 700, 2, 1, 7, 2);
	ok(!port_send(&p, buf, 700) && read(fd, got, sizeof(got)) == 700 &&
		   frame_is(got, 700, 2, 1, 7, 2),
	   "and out");
	close(fd);
	ok(port_poll(&p, POLLIN, 10000) & POLLERR, "it ends with its process");
	port_close(&p);
}

int main(int argc, char **argv)
{
	struct port a, b, c;

	opt.packets = 20000;
	test_start(argc, argv);
	stay_on_one_cpu();
	ns_enter_new();
	need(link_veth("v0", "v1"), "a veth pair");
	test_refusals();
	port_must(&a, "v0");
	port_must(&b, "v1");
	test_lengths(&a, &b);
	test_info();
	test_many(&a, &b);
	test_full(&a, &b);
	test_garbled(&a, &b);
	test_jumbo(&a, &b);
	is_err(port_open(&c, "v0", .flags = NR_EXCLUSIVE), -EBUSY,
	       "rings in use cannot be bound exclusively");
	port_close(&a);
	port_close(&b);
	port_must(&a, "v0", .mode = NR_REG_ONE_NIC);
	port_must(&b, "v1");
	ok(crosses(&a, &b, 60, 1), "opened again");
	port_close(&a);
	port_close(&b);
	test_dummy();
	test_tap();
	return test_done();
}
