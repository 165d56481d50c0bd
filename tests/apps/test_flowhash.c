// SPDX-License-Identifier: BSD-2-Clause
/* lb: both directions of a connection have one hash, different connections mostly do not. */
#include <stdlib.h>
#include <string.h>

#include "../../apps/lb/flowhash.h"
#include "tap.h"

struct packet {
	uint8_t data[512];
	size_t len;
};

static void put(struct packet *p, const void *bytes, size_t len)
{
	memcpy(p->data + p->len, bytes, len);
	p->len += len;
}

static void put16(struct packet *p, unsigned int v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(p, b, 2);
}

/* The direction says which station is the source. */
static void put_ether(struct packet *p, int back, unsigned int type)
{
	static const uint8_t mac[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };

	put(p, mac[back], 6);
	put(p, mac[!back], 6);
	put16(p, type);
}

static void put_tag(struct packet *p, unsigned int vlan, unsigned int type)
{
	p->len -= 2;
	put16(p, 0x8100);
	put16(p, vlan);
	put16(p, type);
}

static void put_ip4(struct packet *p, int back, unsigned int last, unsigned int proto,
		    unsigned int frag)
{
	uint8_t h[20] = { 0x45, 0, 0, 100 };
	uint8_t a[2][4] = { { 10, 0, 0, 1 }, { 10, 1, 0, (uint8_t)last } };

	h[6] = (uint8_t)(frag >> 8);
	h[7] = (uint8_t)frag;
	h[9] = (uint8_t)proto;
	memcpy(h + 12, a[back], 4);
	memcpy(h + 16, a[!back], 4);
	put(p, h, sizeof(h));
}

static void put_ip6(struct packet *p, int back, unsigned int last, unsigned int next)
{
	uint8_t h[40] = { 0x60 }, a[2][16] = { { 0xfd, [15] = 1 }, { 0xfd, [15] = (uint8_t)last } };

	h[6] = (uint8_t)next;
	memcpy(h + 8, a[back], 16);
	memcpy(h + 24, a[!back], 16);
	put(p, h, sizeof(h));
}

static void put_ports(struct packet *p, int back, unsigned int a, unsigned int b)
{
	put16(p, back ? b : a);
	put16(p, back ? a : b);
	put16(p, 8);
	put16(p, 0);
}

static uint32_t hash(const struct packet *p)
{
	/* a copy of just that size, so that a sanitizer sees what reads beyond it */
	uint8_t *exact = malloc(p->len);
	uint32_t h;

	memcpy(exact, p->data, p->len);
	h = flowhash(exact, p->len);
	free(exact);
	return h;
}

typedef void maker(struct packet *p, int back, unsigned int flow);

static void make_udp4(struct packet *p, int back, unsigned int flow)
{
	put_ether(p, back, 0x0800);
	put_ip4(p, back, flow >> 8, 17, 0);
	put_ports(p, back, 1000 + (flow & 0xff), 53);
}

static void make_tcp6(struct packet *p, int back, unsigned int flow)
{
	put_ether(p, back, 0x86dd);
	put_ip6(p, back, 2 + (flow & 0xf), 6);
	put_ports(p, back, 1000 + flow, 80);
}

static void make_tagged(struct packet *p, int back, unsigned int flow)
{
	put_ether(p, back, 0x0800);
	put_tag(p, 7, 0x8100);
	put_tag(p, 8, 0x0800);
	put_ip4(p, back, 9, 6, 0);
	put_ports(p, back, 1000 + flow, 80);
}

static void make_vxlan(struct packet *p, int back, unsigned int flow)
{
	static const uint8_t vxlan[8] = { 8 };

	put_ether(p, back, 0x0800);
	put_ip4(p, back, 77, 17, 0);
	put_ports(p, 0, 40000 + (unsigned int)back, 4789);
	put(p, vxlan, 8);
	make_udp4(p, back, flow);
}

static void make_gre(struct packet *p, int back, unsigned int flow)
{
	put_ether(p, back, 0x0800);
	put_ip4(p, back, 77, 47, 0);
	put16(p, 0x2000);
	put16(p, 0x86dd);
	put16(p, 1);
	put16(p, flow);
	put_ip6(p, back, 2 + (flow & 0xf), 17);
	put_ports(p, back, 1000 + flow, 80);
}

static void make_gtpu(struct packet *p, int back, unsigned int flow)
{
	static const uint8_t gtpu[12] = { 0x32, 0xff };

	put_ether(p, back, 0x0800);
	put_ip4(p, back, 77, 17, 0);
	put_ports(p, 0, 2152, 2152);
	put(p, gtpu, 12);
	put_ip4(p, back, 5, 6, 0);
	put_ports(p, back, 1000 + flow, 80);
}

static void make_ipip(struct packet *p, int back, unsigned int flow)
{
	put_ether(p, back, 0x0800);
	put_ip4(p, back, 77, 41, 0);
	put_ip6(p, back, 2, 6);
	put_ports(p, back, 1000 + flow, 80);
}

#define FLOWS 200u
#define PIPES 4u

/* Both directions together, and flows over all pipes. */
static void test_kind(const char *name, maker *make)
{
	unsigned int flow, i, unequal = 0, pipes[PIPES] = { 0 }, least = FLOWS;

	for (flow = 0; flow < FLOWS; flow++) {
		struct packet there = { .len = 0 }, back = { .len = 0 };
		uint32_t h;

		make(&there, 0, flow);
		make(&back, 1, flow);
		h = hash(&there);
		unequal += h != hash(&back);
		pipes[(uint64_t)h * PIPES >> 32]++;
		for (; there.len > 0; there.len--)
			hash(&there);	/* cut anywhere: nothing is read beyond its end */
	}
	for (i = 0; i < PIPES; i++)
		least = pipes[i] < least ? pipes[i] : least;
	ok(unequal == 0, "%s: both directions have one hash", name);
	ok(least > FLOWS / PIPES / 2, "%s: flows are spread (%u in the emptiest pipe)", name,
	   least);
}

static void test_fragments(void)
{
	struct packet first = { .len = 0 }, second = { .len = 0 }, other = { .len = 0 };

	put_ether(&first, 0, 0x0800);
	put_ip4(&first, 0, 9, 17, 0x2000);
	put_ports(&first, 0, 1, 2);
	put_ether(&second, 0, 0x0800);
	put_ip4(&second, 0, 9, 17, 0x0010);
	put_ports(&second, 0, 0x1234, 0x5678);
	put_ether(&other, 0, 0x0800);
	put_ip4(&other, 0, 10, 17, 0x2000);
	put_ports(&other, 0, 1, 2);
	ok(hash(&first) == hash(&second), "fragments of a packet agree");
	ok(hash(&first) != hash(&other), "those of another address do not");
}

static void test_others(void)
{
	struct packet a = { .len = 0 }, b = { .len = 0 }, c = { .len = 0 };

	put_ether(&a, 0, 0x88cc);
	put_ether(&b, 1, 0x88cc);
	put_ether(&c, 0, 0x88cd);
	ok(hash(&a) == hash(&b) && hash(&a) != hash(&c),
	   "other frames are hashed by MAC addresses and type");
	ok(flowhash(a.data, 13) == 0 && flowhash(a.data, 0) == 0, "no frame at all");
}

int main(void)
{
	test_kind("UDP over IPv4", make_udp4);
	test_kind("TCP over IPv6", make_tcp6);
	test_kind("two VLAN tags", make_tagged);
	test_kind("VXLAN", make_vxlan);
	test_kind("GRE with a key", make_gre);
	test_kind("GTP-U", make_gtpu);
	test_kind("IPv6 in IPv4", make_ipip);
	test_fragments();
	test_others();
	return tap_finish();
}
