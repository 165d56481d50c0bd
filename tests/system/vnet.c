/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtio-net header of switch ports: setting its length, and frames between ports that differ
 * in it, with checksums and TCP segmentation done in between.
 */
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "net.h"
#include "port.h"

#define NEEDS_CSUM	1
#define GSO_TCP4	1
#define GSO_TCP6	4
#define GSO_ECN		0x80

struct vnet_hdr {	/* little-endian, as on x86 */
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};

static struct port a, b;
static uint8_t in[70000], out[70000];

static int hdr_set(struct port *p, const char *name, uint32_t len)
{
	struct nmreq_port_hdr h = { .nr_hdr_len = len };

	return ctrl(p->fd, NETMAP_REQ_PORT_HDR_SET, name, &h);
}

static int hdr_get(struct port *p, const char *name)
{
	struct nmreq_port_hdr h = { .nr_hdr_len = 999 };
	int err = ctrl(p->fd, NETMAP_REQ_PORT_HDR_GET, name, &h);

	return err ? err : (int)h.nr_hdr_len;
}

static void test_set_get(void)
{
	static const uint32_t bad[] = { 1, 8, 9, 11, 13, 14, 64, 2048, 0xffffffff };
	struct nmreq_port_hdr h = { .nr_hdr_len = 12 };
	unsigned int i;

	is_num(hdr_get(&a, "vale86:a"), 0, "header length is 0 at first");
	for (i = 10; i <= 12; i += 2) {
		is_err(hdr_set(&a, "vale86:a", i), 0, "header length %u set on a bound fd", i);
		is_num(hdr_get(&a, "vale86:a"), i, "header length %u read back", i);
		is_num(hdr_get(&b, "vale86:a"), i, "header length %u seen by another fd", i);
		is_num(hdr_get(&b, "vale86:b"), 0, "header length of the other port is its own");
	}
	is_err(hdr_set(&a, "vale86:a", 0), 0, "header length set back");
	is_num(hdr_get(&a, "vale86:a"), 0, "header length 0 read back");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_err(hdr_set(&a, "vale86:a", bad[i]), -EINVAL, "header length %u: EINVAL",
		       bad[i]);
	ok(has_reason(a.fd, NULL), "bad header length: has a reason");
	is_err(ctrl(a.fd, NETMAP_REQ_PORT_HDR_SET, "vale86:nothere", &h), -ENXIO,
	       "header length of no such port: ENXIO");
}

static void lengths(uint32_t at_a, uint32_t at_b)
{
	if (hdr_set(&a, "vale86:a", at_a) || hdr_set(&b, "vale86:b", at_b))
		give_up("set header lengths %u and %u", at_a, at_b);
	port_drain(&b);
}

/* header bytes (hlen of them) and frame in one slot or several, from a. */
static void send_with(const struct vnet_hdr *h, uint32_t hlen, uint32_t len, uint32_t chunk,
		      bool own_slot)
{
	static uint8_t whole[70020];
	struct netmap_ring *t = port_tx(&a, 0);

	if (own_slot) {
		ring_put(t, h, hlen, NS_MOREFRAG);
		ring_put_frags(t, in, len, chunk);
	} else {
		memcpy(whole, h, hlen);
		memcpy(whole + hlen, in, len);
		ring_put_frags(t, whole, hlen + len, chunk);
	}
	is_err(txsync(&a), 0, "sent");
}

static void test_same_length(void)
{
	struct vnet_hdr h = {
		.flags = 0xee, .gso_type = 0xdd, .hdr_len = 0x1234, .num_buffers = 77
	};

	lengths(12, 12);
	frame_make(in, 100, 2, 1, 3, 1);
	send_with(&h, 12, 100, 2048, false);
	is_num(port_recv(&b, out, sizeof(out)), 112, "12 to 12: arrives");
	ok(!memcmp(out, &h, 12), "12 to 12: the header is passed on as it is");
	ok(frame_is(out + 12, 100, 2, 1, 3, 1), "12 to 12: the frame too");
	send_with(&h, 12, 100, 2048, true);
	is_num(port_recv(&b, out, sizeof(out)), 112,
	       "12 to 12, header in a slot of its own: arrives");
	ok(!memcmp(out, &h, 12) && frame_is(out + 12, 100, 2, 1, 3, 1),
	   "12 to 12, header in a slot of its own: bytes");
}

static void test_add(uint32_t to)
{
	static const uint8_t zero[12];
	struct vnet_hdr h;

	lengths(0, to);
	frame_make(in, 300, 2, 1, 3, 2);
	port_send(&a, in, 300);
	is_num(port_recv(&b, out, sizeof(out)), 300 + to, "0 to %u: arrives with a header", to);
	memcpy(&h, out, sizeof(h));
	ok(!memcmp(out, zero, 10), "0 to %u: the header is empty", to);
	if (to == 12)
		is_num(h.num_buffers, 1, "0 to 12: one buffer");
	ok(frame_is(out + to, 300, 2, 1, 3, 2), "0 to %u: the frame", to);
}

static void test_resize(uint32_t from, uint32_t to)
{
	struct vnet_hdr h = {
		.flags = NEEDS_CSUM, .csum_start = 34, .csum_offset = 16, .num_buffers = 1
	};
	struct net_pkt p = { .payload = 700, .tcp_flags = NET_ACK, .no_l4_sum = true };
	uint32_t len = net_make(in, &p);

	lengths(from, to);
	send_with(&h, from, len, 2048, false);
	is_num(port_recv(&b, out, sizeof(out)), len + to, "%u to %u: arrives", from, to);
	ok(!memcmp(out, &h, 10), "%u to %u: the header's first ten bytes", from, to);
	ok(!memcmp(out + to, in, len), "%u to %u: the frame, its checksum left to the receiver",
	   from, to);
}

static void test_cut(uint32_t from)
{
	struct vnet_hdr h = { .num_buffers = 1 };

	lengths(from, 0);
	frame_make(in, 400, 2, 1, 3, 4);
	send_with(&h, from, 400, 2048, false);
	is_num(port_recv(&b, out, sizeof(out)), 400, "%u to 0: arrives without the header", from);
	ok(frame_is(out, 400, 2, 1, 3, 4), "%u to 0: the frame", from);
	frame_make(in, 5000, 2, 1, 3, 5);
	send_with(&h, from, 5000, 1500, true);
	is_num(port_recv(&b, out, sizeof(out)), 5000, "%u to 0, several slots: arrives", from);
	ok(frame_is(out, 5000, 2, 1, 3, 5), "%u to 0, several slots: the frame", from);
}

static void checksum(uint32_t from, const struct net_pkt *p, uint32_t chunk, const char *what)
{
	struct vnet_hdr h = { .flags = NEEDS_CSUM, .csum_start = net_l4_offset(p),
		.csum_offset = p->udp ? 6 : 16, .num_buffers = 1 };
	uint32_t len = net_make(in, p);

	lengths(from, 0);
	send_with(&h, from, len, chunk, false);
	is_num(port_recv(&b, out, sizeof(out)), len, "checksum, %s: arrives", what);
	ok(net_is(out, len, p), "checksum, %s: complete and right", what);
}

static void test_checksum(void)
{
	static const uint32_t sizes[] = { 0, 1, 2, 3, 7, 64, 999, 1460 };
	struct net_pkt p;
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		p = (struct net_pkt){ .payload = sizes[i], .tcp_flags = NET_ACK, .no_l4_sum = true,
			.first_byte = i * 1000 };
		checksum(12, &p, 2048, "TCP over IPv4");
		p.v6 = true;
		checksum(10, &p, 2048, "TCP over IPv6");
		p.udp = true;
		checksum(12, &p, 2048, "UDP over IPv6");
		p.v6 = false;
		checksum(10, &p, 2048, "UDP over IPv4");
	}
	p = (struct net_pkt){
		.payload = 4001, .tcp_flags = NET_ACK, .no_l4_sum = true, .tcp_options = 12
	};
	checksum(12, &p, 333, "over slots of odd length");
}

static void segments(const struct net_pkt *p, uint32_t mss, uint8_t ecn, uint32_t from,
		     uint32_t chunk, const char *what)
{
	struct vnet_hdr h = { .flags = NEEDS_CSUM, .gso_type = (p->v6 ? GSO_TCP6 : GSO_TCP4) | ecn,
		.hdr_len = net_header_len(p), .gso_size = mss, .csum_start = net_l4_offset(p),
		.csum_offset = 16, .num_buffers = 1 };
	uint32_t len = net_make(in, p), done, n = 0, good = 0;

	lengths(from, 0);
	send_with(&h, from, len, chunk, false);
	for (done = 0; done < p->payload; done += mss, n++) {
		struct net_pkt s = *p;
		int got = port_recv(&b, out, sizeof(out));

		s.payload = p->payload - done < mss ? p->payload - done : mss;
		s.first_byte = p->first_byte + done;
		s.seq = p->seq + done;
		s.ip_id = p->ip_id + n;
		if (done + s.payload < p->payload)
			s.tcp_flags &= ~(NET_FIN | NET_PSH);
		if (n)
			s.tcp_flags &= ~NET_CWR;
		good += got > 0 && net_is(out, got, &s);
	}
	is_num(good, n, "segments, %s: %u frames, each right in every byte", what, n);
	is_num(port_recv(&b, out, sizeof(out)), -EAGAIN, "segments, %s: no more than that", what);
}

static void test_segments(void)
{
	struct net_pkt p = { .payload = 20000,
			     .tcp_flags = NET_ACK | NET_PSH | NET_FIN,
			     .seq = 0xffffff00,
			     .ip_id = 0xfffe,
			     .no_l4_sum = true };

	segments(&p, 1460, 0, 12, 2048, "IPv4");
	segments(&p, 1460, 0, 10, 2000, "IPv4 from a header of 10");
	segments(&p, 537, 0, 12, 1000, "IPv4, odd segment size");
	p.payload = 1460 * 5;
	segments(&p, 1460, 0, 12, 2048, "IPv4, no rest");
	p.payload = 1461;
	segments(&p, 1460, 0, 12, 2048, "IPv4, a rest of one byte");
	p.payload = 100;
	segments(&p, 1460, 0, 12, 2048, "IPv4, one segment");
	p.payload = 9999;
	p.tcp_options = 12;
	segments(&p, 1448, 0, 12, 2048, "IPv4, TCP options");
	p.ip_options = 8;
	segments(&p, 1400, 0, 12, 2048, "IPv4, both options");
	p.ip_options = 0;
	p.tcp_flags |= NET_CWR;
	segments(&p, 1448, GSO_ECN, 12, 2048, "IPv4, CWR in the first only");
	p.v6 = true;
	p.tcp_flags = NET_ACK | NET_PSH;
	segments(&p, 1428, 0, 12, 2048, "IPv6");
	p.payload = 60000;
	p.tcp_options = 0;
	segments(&p, 1440, 0, 12, 2048, "IPv6, 60000 bytes");
}

static void refused(const struct vnet_hdr *h, uint32_t len, const char *what)
{
	struct nm_info_ring r0 = { 0 }, r1 = { 0 };

	inspect_ring("vale86:a", 0, 0, &r0);
	lengths(12, 0);
	send_with(h, 12, len, 2048, false);
	inspect_ring("vale86:a", 0, 0, &r1);
	is_num(port_recv(&b, out, sizeof(out)), -EAGAIN, "%s: nothing arrives", what);
	is_num(r1.drops[NM_DROP_HEADER] - r0.drops[NM_DROP_HEADER], 1, "%s: counted", what);
}

static void test_refused(void)
{
	struct net_pkt p = { .payload = 3000, .tcp_flags = NET_ACK, .no_l4_sum = true };
	uint32_t len = net_make(in, &p);
	struct vnet_hdr h = { .flags = NEEDS_CSUM, .csum_start = 34, .csum_offset = 60000 };

	refused(&h, len, "checksum field out of the frame");
	h = (struct vnet_hdr){ .flags = NEEDS_CSUM, .csum_start = 65000, .csum_offset = 0 };
	refused(&h, len, "checksum start out of the frame");
	h = (struct vnet_hdr){ .flags = NEEDS_CSUM,
			       .gso_type = GSO_TCP4,
			       .gso_size = 0,
			       .csum_start = 34,
			       .csum_offset = 16 };
	refused(&h, len, "segment size 0");
	h.gso_size = 1460;
	h.gso_type = GSO_TCP6;
	refused(&h, len, "IPv6 segmentation of an IPv4 frame");
	h.gso_type = 9;
	refused(&h, len, "unknown kind of segmentation");
	h.gso_type = GSO_TCP4;
	net_make(in, &p);
	in[14] = 0x4f;
	in[46] = 0xf0;
	refused(&h, 70, "headers longer than the frame");
	in[14] = 0x41;
	refused(&h, len, "IPv4 header of 4 bytes");
}

/* A port without a header and one with both receive one flood. */
static void test_flood(void)
{
	struct vnet_hdr h = {
		.flags = NEEDS_CSUM, .csum_start = 34, .csum_offset = 16, .num_buffers = 1
	};
	struct net_pkt p = { .payload = 500, .tcp_flags = NET_ACK, .no_l4_sum = true };
	uint32_t len = net_make(in, &p);
	struct port c;

	port_must(&c, "vale86:c");
	hdr_set(&c, "vale86:c", 12);
	lengths(12, 0);
	memset(in, 0xff, 6);
	send_with(&h, 12, len, 2048, false);
	is_num(port_recv(&c, out, sizeof(out)), len + 12, "flood: to the port with a header");
	ok(!memcmp(out + 12, in, len), "flood: unchanged there");
	is_num(port_recv(&b, out, sizeof(out)), len, "flood: to the port without");
	memcpy(out, "\x02\0\0\0\0\x02", 6);
	ok(net_is(out, len, &p), "flood: checksum complete there");
	port_close(&c);
}

static void test_accept_flag(void)
{
	struct port p;

	lengths(12, 0);
	is_err(port_open(&p, "vale86:a", .flags = NR_ACCEPT_VNET_HDR), 0,
	       "NR_ACCEPT_VNET_HDR: a port with a header opens");
	port_close(&p);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	port_must(&a, "vale86:a", .flags = NR_ACCEPT_VNET_HDR);
	port_must(&b, "vale86:b", .flags = NR_ACCEPT_VNET_HDR);
	frame_make(in, 60, FRAME_BROADCAST, 2, 1, 1);
	port_send(&b, in, 60);
	port_drain(&a);
	test_set_get();
	test_same_length();
	test_add(10);
	test_add(12);
	test_resize(10, 12);
	test_resize(12, 10);
	test_cut(10);
	test_cut(12);
	test_checksum();
	test_segments();
	test_refused();
	test_flood();
	test_accept_flag();
	port_close(&b);
	port_close(&a);
	return test_done();
}
