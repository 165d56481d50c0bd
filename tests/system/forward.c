/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the switch sends a frame: learning, flooding, groups, named ports, drops. */
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "port.h"

#define N	4u

static struct port p[N];
static uint64_t seq;
static char buf[4096];

static int send_flags(unsigned int from, uint32_t dst, uint32_t src, uint16_t flags)
{
	frame_make(buf, 70, dst, src, 1, ++seq);
	if (!ring_put(port_tx(&p[from], 0), buf, 70, flags))
		return -EAGAIN;
	return txsync(&p[from]);
}

/* Ports that received the frame sent last (and nothing else), as bits. */
static unsigned int who(uint32_t dst, uint32_t src)
{
	unsigned int i, bits = 0;

	for (i = 0; i < N; i++) {
		int n = port_recv(&p[i], buf, sizeof(buf));

		if (n == 70 && frame_is(buf, n, dst, src, 1, seq))
			bits |= 1u << i;
		else if (n != -EAGAIN)
			bits |= 0x100u << i;
		if (port_recv(&p[i], buf, sizeof(buf)) != -EAGAIN)
			bits |= 0x10000u << i;
	}
	return bits;
}

static void sends_to(unsigned int from, uint32_t dst, uint32_t src, uint16_t flags,
		     unsigned int want, const char *what)
{
	int err = send_flags(from, dst, src, flags);
	unsigned int got;

	if (err)
		diag("%s: sync gives %s", what, strerror(-err));
	got = who(dst, src);
	if (!ok(got == want, "%s", what))
		diag("got ports 0x%x, wanted 0x%x", got, want);
}

static void test_learning(void)
{
	sends_to(0, 101, 100, 0, 0xe, "unknown address: to all others, not back");
	sends_to(1, 100, 101, 0, 0x1, "a learnt address: to its port alone");
	sends_to(0, 101, 100, 0, 0x2, "and the way back");
	sends_to(2, 100, 102, 0, 0x1, "from a third port too");
	sends_to(0, 100, 100, 0, 0, "to an address on the sender's own port: nowhere");
	sends_to(0, FRAME_BROADCAST, 100, 0, 0xe, "broadcast: to all others");
	sends_to(3, FRAME_BROADCAST, 103, 0, 0x7, "broadcast from another: to all others");
}

static void test_group(void)
{
	frame_make(buf, 70, 0, 100, 1, ++seq);
	memcpy(buf, "\x01\x00\x5e\x01\x02\x03", 6);
	ring_put(port_tx(&p[0], 0), buf, 70, 0);
	txsync(&p[0]);
	is_num(port_recv(&p[1], buf, sizeof(buf)), 70, "multicast: to the second port");
	is_num(port_recv(&p[2], buf, sizeof(buf)), 70, "multicast: to the third");
	is_num(port_recv(&p[3], buf, sizeof(buf)), 70, "multicast: to the fourth");
	is_num(port_recv(&p[0], buf, sizeof(buf)), -EAGAIN, "multicast: not to the sender");
	frame_make(buf, 70, FRAME_BROADCAST, 0, 1, ++seq);
	memcpy(buf + 6, "\x03\x00\x00\x00\x00\x09", 6);
	ring_put(port_tx(&p[0], 0), buf, 70, 0);
	txsync(&p[0]);
	port_drain(&p[1]);
	port_drain(&p[2]);
	port_drain(&p[3]);
	frame_make(buf, 70, 0, 101, 1, ++seq);
	memcpy(buf, "\x03\x00\x00\x00\x00\x09", 6);
	ring_put(port_tx(&p[1], 0), buf, 70, 0);
	txsync(&p[1]);
	ok(port_recv(&p[0], buf, sizeof(buf)) == 70 && port_recv(&p[2], buf, sizeof(buf)) == 70 &&
	   port_recv(&p[3], buf, sizeof(buf)) == 70, "a group address as source is not learnt");
}

static void test_moved(void)
{
	struct nm_info_switch s[16];
	uint64_t moved = 0;
	int i, n = inspect(NM_INSPECT_SWITCHES, "", s, sizeof(s[0]), 16);

	for (i = 0; i < n; i++)
		if (!strcmp(s[i].name, "vale82"))
			moved = s[i].moved;
	sends_to(0, FRAME_BROADCAST, 200, 0, 0xe, "station 200 at the first port");
	sends_to(1, 200, 101, 0, 0x1, "it is found there");
	sends_to(2, FRAME_BROADCAST, 200, 0, 0xb, "station 200 moves to the third port");
	sends_to(1, 200, 101, 0, 0x4, "it is found at its new place");
	n = inspect(NM_INSPECT_SWITCHES, "", s, sizeof(s[0]), 16);
	for (i = 0; i < n; i++)
		if (!strcmp(s[i].name, "vale82"))
			is_num(s[i].moved, moved + 1, "the move is counted");
}

static void test_no_learn(void)
{
	sends_to(0, FRAME_BROADCAST, 300, NS_NO_LEARN, 0xe, "NS_NO_LEARN: sent as usual");
	sends_to(1, 300, 101, 0, 0xd, "NS_NO_LEARN: the source was not learnt");
}

static void test_left(void)
{
	sends_to(3, FRAME_BROADCAST, 400, 0, 0x7, "station 400 at the fourth port");
	port_close(&p[3]);
	port_must(&p[3], "vale82:p3");
	send_flags(0, 400, 100, 0);
	ok(port_recv(&p[1], buf, sizeof(buf)) == 70,
	   "its port has closed: nothing is sent to the one that opened later");
	port_drain(&p[2]);
	port_drain(&p[3]);
}

static uint32_t port_number(const char *name)
{
	struct nmreq_vale_list l = { 0 };

	ctrl_once(NETMAP_REQ_VALE_LIST, name, &l);
	return l.nr_port_idx;
}

/* The upper byte of the flags names a port by its number; 0 stands for none. */
static void test_explicit(void)
{
	uint32_t n2 = port_number("vale82:p2");
	uint16_t flags = n2 << NS_PORT_SHIFT;

	sends_to(0, FRAME_BROADCAST, 100, flags, 0x4,
		 "port named in the flags: to that port alone");
	sends_to(0, 101, 100, flags, 0x4, "port named: the address does not matter");
}

static void test_explicit_nobody(void)
{
	struct nm_info_ring r0 = { 0 }, r1 = { 0 };

	inspect_ring("vale82:p0", 0, 0, &r0);
	sends_to(0, FRAME_BROADCAST, 100, 251 << NS_PORT_SHIFT, 0,
		 "port named that is not there: nowhere");
	inspect_ring("vale82:p0", 0, 0, &r1);
	is_num(r1.drops[NM_DROP_NODEST] - r0.drops[NM_DROP_NODEST], 1,
	   "port not there: counted at the sender");
}

static void test_bad_frames(void)
{
	struct nm_info_ring r0 = { 0 }, r1 = { 0 };
	struct netmap_ring *t = port_tx(&p[0], 0);
	uint32_t len;

	inspect_ring("vale82:p0", 0, 0, &r0);
	for (len = 0; len < 14; len++)
		ring_put(t, buf, len, 0);
	is_err(txsync(&p[0]), 0, "frames shorter than an Ethernet header: the sync succeeds");
	is_num(who(1, 1), 0, "frames too short: not received");
	inspect_ring("vale82:p0", 0, 0, &r1);
	is_num(r1.drops[NM_DROP_BADFRAME] - r0.drops[NM_DROP_BADFRAME], 14,
	   "frames too short: all counted");
	frame_make(buf, 70, FRAME_BROADCAST, 100, 1, ++seq);
	ring_put(t, buf, 14, 0);
	txsync(&p[0]);
	is_num(port_recv(&p[1], buf, sizeof(buf)), 14, "a frame of 14 bytes goes");
	port_drain(&p[2]);
	port_drain(&p[3]);
}

/*
 * A receiver that does not read: its ring fills, further frames are dropped and counted on both
 * sides.
 */
static void test_drops(void)
{
	struct nm_info_ring t0 = { 0 }, t1 = { 0 }, x0 = { 0 }, x1 = { 0 };
	struct nm_info_port s0 = { 0 }, s1 = { 0 };
	struct netmap_ring *t = port_tx(&p[0], 0);
	unsigned int i, n = 0;

	sends_to(1, FRAME_BROADCAST, 101, 0, 0xd, "station 101 is known");
	inspect_ring("vale82:p0", 0, 0, &t0);
	inspect_ring("vale82:p1", 1, 0, &x0);
	inspect_port("vale82:p1", &s0);
	for (i = 0; i < 1500; i++) {
		frame_make(buf, 70, 101, 100, 2, i);
		if (!ring_space(t))
			txsync(&p[0]);
		n += ring_put(t, buf, 70, 0);
	}
	is_err(txsync(&p[0]), 0, "receiver blocked: the sender's sync succeeds");
	is_num(n, 1500, "receiver blocked: the sender is not held up");
	inspect_ring("vale82:p0", 0, 0, &t1);
	inspect_ring("vale82:p1", 1, 0, &x1);
	inspect_port("vale82:p1", &s1);
	rxsync(&p[1]);
	n = ring_space(port_rx(&p[1], 0));
	is_num(n, 1023, "receiver blocked: its ring is full");
	is_num(t1.drops[NM_DROP_NOROOM] - t0.drops[NM_DROP_NOROOM], 1500 - 1023,
	   "drops counted at the sender");
	is_num(x1.drops[NM_DROP_NOROOM] - x0.drops[NM_DROP_NOROOM], 1500 - 1023,
	   "drops counted at the receiver");
	is_num(x1.packets - x0.packets, 1023, "what arrived counted at the receiver");
	is_num(s1.rx_drops - s0.rx_drops, 1500 - 1023, "drops in the port's sum");
	for (i = 0; i < n; i++) {
		int len = ring_take(port_rx(&p[1], 0), buf, sizeof(buf));

		if (len != 70 || !frame_is(buf, len, 101, 100, 2, i))
			break;
	}
	is_num(i, n, "receiver blocked: the frames it got are the first ones, in order");
	port_drain(&p[1]);
	is_num(port_drain(&p[2]) + port_drain(&p[3]), 0, "the other ports got none");
}

static void test_alone(void)
{
	struct nm_info_ring r = { 0 };
	struct port s;

	port_must(&s, "vale83:alone");
	frame_make(buf, 70, FRAME_BROADCAST, 1, 1, 1);
	is_err(port_send(&s, buf, 70), 0, "alone on a switch: sending succeeds");
	inspect_ring("vale83:alone", 0, 0, &r);
	is_num(r.drops[NM_DROP_NODEST], 1, "alone on a switch: counted as without destination");
	port_close(&s);
}

/* One batch with frames to each port, to all and to none. */
static void test_mixed_batch(void)
{
	struct netmap_ring *t = port_tx(&p[0], 0);
	unsigned int i, k, good[N] = { 0 }, frames[N] = { 0 };
	int n;

	for (k = 1; k < N; k++) {
		send_flags(k, FRAME_BROADCAST, 500 + k, 0);
		for (i = 0; i < N; i++)
			port_drain(&p[i]);
	}
	for (i = 0; i < 800; i++) {
		k = 1 + i % 4;
		frame_make(buf, 60 + i, k == 4 ? FRAME_BROADCAST : 500 + k, 100, 3, i);
		ring_put(t, buf, 60 + i, 0);
	}
	is_err(txsync(&p[0]), 0, "mixed batch: sent");
	for (k = 1; k < N; k++) {
		uint64_t last = 0, q;
		uint32_t f;

		rxsync(&p[k]);
		while ((n = ring_take(port_rx(&p[k], 0), buf, sizeof(buf))) >= 0) {
			frames[k]++;
			if (!frame_check(buf, n, &f, &q) || f != 3 || q < last ||
			    n != (int)(60 + q))
				continue;
			good[k] += q % 4 == k - 1 || q % 4 == 3;
			last = q;
		}
		is_num(frames[k], 400, "mixed batch: port %u gets its own and the broadcasts", k);
		is_num(good[k], 400, "mixed batch: port %u gets them in order, whole", k);
		rxsync(&p[k]);
	}
}

static void test_many_stations(void)
{
	unsigned int i, good = 0;

	for (i = 0; i < 300; i++) {
		send_flags(1 + i % 3, FRAME_BROADCAST, 10000 + i * 7, 0);
		port_drain(&p[0]);
	}
	for (i = 1; i < N; i++)
		port_drain(&p[i]);
	for (i = 0; i < 300; i++) {
		send_flags(0, 10000 + i * 7, 100, 0);
		good += who(10000 + i * 7, 100) == 2u << i % 3;
	}
	ok(good >= 290, "300 stations on three ports: known (%u)", good);
}

int main(int argc, char **argv)
{
	static const char *const names[N] = { "vale82:p0", "vale82:p1", "vale82:p2", "vale82:p3" };
	unsigned int i;

	test_start(argc, argv);
	for (i = 0; i < N; i++)
		port_need(&p[i], &(struct port_spec){ .name = names[i] });
	test_learning();
	test_group();
	test_moved();
	test_no_learn();
	test_explicit();
	test_explicit_nobody();
	test_bad_frames();
	test_drops();
	test_alone();
	test_mixed_batch();
	test_many_stations();
	test_left();
	for (i = 0; i < N; i++)
		port_close(&p[i]);
	return test_done();
}
