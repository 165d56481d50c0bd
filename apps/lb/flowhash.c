// SPDX-License-Identifier: BSD-2-Clause
/*
 * A walk over headers: each one yields a hash or leads to the next. If a tunnel's inner header is
 * cut or unknown, the hash of the outer one stands.
 */
#include "flowhash.h"

#include <stdbool.h>
#include <string.h>

#define LAYERS_MAX	8	/* headers followed; deeper ones are ignored */
#define TAGS_MAX	4	/* VLAN tags of one frame */
#define OPTIONS_MAX	8	/* extension headers of one IPv6 packet */

enum { ETHER_LEN = 14, TAG_LEN = 4, IP4_LEN = 20, IP6_LEN = 40, UDP_LEN = 8 };
enum { TYPE_IP4 = 0x0800, TYPE_IP6 = 0x86dd, TYPE_ETHER = 0x6558 };
enum {
	IP_IP4 = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_DCCP = 33,
	IP_IP6 = 41,
	IP_GRE = 47,
	IP_SCTP = 132,
	IP_UDPLITE = 136,
};
enum { UDP_GTPU = 2152, UDP_VXLAN = 4789, UDP_GENEVE = 6081 };

/* The rest of the frame, and the hash of the innermost header so far. */
struct walk {
	const uint8_t *p;
	size_t left;
	unsigned int type;	/* of the header at p: an Ethernet type; TYPE_ETHER for a frame */
	uint64_t hash;
};

static unsigned int get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	return x ^ x >> 32;
}

static uint64_t end_hash(const uint8_t *addr, size_t len, unsigned int port)
{
	uint64_t h = port + 1, part;
	size_t n;

	for (; len > 0; addr += n, len -= n) {
		n = len < 8 ? len : 8;
		part = 0;
		memcpy(&part, addr, n);
		h = mix(h ^ part) + len;
	}
	return h;
}

/* A sum, so that both directions have the same hash. */
static uint64_t pair_hash(const uint8_t *src, const uint8_t *dst, size_t len, unsigned int sport,
			  unsigned int dport, unsigned int proto)
{
	return mix(end_hash(src, len, sport) + end_hash(dst, len, dport) + proto);
}

static bool skip(struct walk *w, size_t n)
{
	if (w->left < n)
		return false;
	w->p += n;
	w->left -= n;
	return true;
}

/* Step over a tunnel's header of n bytes. Return false if nothing follows. */
static bool enter(struct walk *w, size_t n, unsigned int type)
{
	w->type = type;
	return skip(w, n) && w->left > 0;
}

static bool enter_gre(struct walk *w)
{
	unsigned int flags, type;
	size_t len = 4;

	if (w->left < 4)
		return false;
	flags = get16(w->p);
	type = get16(w->p + 2);
	if (flags & 0x4007)	/* source routes, or PPTP's version */
		return false;
	len += (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0);
	return enter(w, len, type);
}

/* Of GTP version 1, only the G-PDU carries a packet. */
static bool enter_gtpu(struct walk *w)
{
	size_t len = 8;

	if (w->left < 8 || (w->p[0] & 0xf0) != 0x30 || w->p[1] != 0xff)
		return false;
	if (w->p[0] & 0x07)
		len += 4;
	if (w->p[0] & 0x04) {
		while (w->left >= len && w->p[len - 1] != 0) {
			if (w->left <= len || w->p[len] == 0)
				return false;
			len += 4u * w->p[len];
		}
	}
	if (w->left <= len)
		return false;
	return enter(w, len, w->p[len] >> 4 == 6 ? TYPE_IP6 : TYPE_IP4);
}

static bool enter_geneve(struct walk *w)
{
	if (w->left < 8 || w->p[0] >> 6 != 0)
		return false;
	return enter(w, 8 + 4u * (w->p[0] & 0x3f), get16(w->p + 2));
}

static bool enter_udp(struct walk *w)
{
	unsigned int port;

	if (w->left < UDP_LEN)
		return false;
	port = get16(w->p + 2);
	if (port != UDP_VXLAN && port != UDP_GENEVE && port != UDP_GTPU)
		return false;
	skip(w, UDP_LEN);
	if (port == UDP_GTPU)
		return enter_gtpu(w);
	return port == UDP_GENEVE ? enter_geneve(w) : enter(w, 8, TYPE_ETHER);
}

static bool has_ports(unsigned int proto)
{
	return proto == IP_TCP || proto == IP_UDP || proto == IP_SCTP || proto == IP_DCCP ||
	       proto == IP_UDPLITE;
}

/* Take the hash of an IP header. Return true if a packet inside of it follows. */
static bool enter_payload(struct walk *w, const uint8_t *src, size_t addr_len, unsigned int proto,
			  bool is_fragment)
{
	bool with_ports = !is_fragment && has_ports(proto) && w->left >= 4;
	unsigned int sport = with_ports ? get16(w->p) : 0;
	unsigned int dport = with_ports ? get16(w->p + 2) : 0;

	w->hash = pair_hash(src, src + addr_len, addr_len, sport, dport, proto);
	if (is_fragment)
		return false;
	switch (proto) {
	case IP_IP4:
		return enter(w, 0, TYPE_IP4);
	case IP_IP6:
		return enter(w, 0, TYPE_IP6);
	case IP_GRE:
		return enter_gre(w);
	case IP_UDP:
		return enter_udp(w);
	default:
		return false;
	}
}

static bool take_ip4(struct walk *w)
{
	const uint8_t *ip = w->p;
	size_t len;

	if (w->left < IP4_LEN || ip[0] >> 4 != 4)
		return false;
	len = (ip[0] & 0x0f) * 4u;
	if (len < IP4_LEN)
		return false;
	if (!skip(w, len))
		w->left = 0;
	return enter_payload(w, ip + 12, 4, ip[9], (get16(ip + 6) & 0x3fff) != 0);
}

static bool take_ip6(struct walk *w)
{
	const uint8_t *ip = w->p;
	unsigned int next, i;
	bool is_fragment = false;

	if (w->left < IP6_LEN || ip[0] >> 4 != 6)
		return false;
	next = ip[6];
	skip(w, IP6_LEN);
	for (i = 0; i < OPTIONS_MAX && w->left >= 8; i++) {
		size_t len = next == 51 ? (w->p[1] + 2u) * 4 : (w->p[1] + 1u) * 8;

		if (next == 44) {
			is_fragment = true;
			len = 8;
		} else if (next != 0 && next != 43 && next != 51 && next != 60 && next != 135) {
			break;
		}
		next = w->p[0];
		if (is_fragment)
			break;	/* all fragments have the same headers up to here */
		if (!skip(w, len))
			w->left = 0;
	}
	return enter_payload(w, ip + 8, 16, next, is_fragment);
}

static bool take_ether(struct walk *w)
{
	const uint8_t *mac = w->p;
	unsigned int type, tags = 0;

	if (w->left < ETHER_LEN)
		return false;
	type = get16(mac + 12);
	skip(w, ETHER_LEN);
	while ((type == 0x8100 || type == 0x88a8 || type == 0x9100) && tags++ < TAGS_MAX &&
	       w->left >= TAG_LEN) {
		type = get16(w->p + 2);
		skip(w, TAG_LEN);
	}
	if (w->hash == 0)	/* inside a tunnel, the outer IP addresses say more */
		w->hash = pair_hash(mac, mac + 6, 6, 0, 0, type);
	w->type = type;
	return true;
}

uint32_t flowhash(const uint8_t *frame, size_t len)
{
	struct walk w = { .p = frame, .left = len, .type = TYPE_ETHER };
	bool more = true;
	unsigned int i;

	for (i = 0; i < LAYERS_MAX && more; i++) {
		if (w.type == TYPE_ETHER)
			more = take_ether(&w);
		else if (w.type == TYPE_IP4)
			more = take_ip4(&w);
		else if (w.type == TYPE_IP6)
			more = take_ip6(&w);
		else
			more = false;
	}
	return (uint32_t)(w.hash >> 32);
}
