// SPDX-License-Identifier: BSD-2-Clause
/* Building UDP frames, and parsing and printing received ones. */
#include "frame.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <string.h>

#include "stamp.h"

#define L3		((unsigned int)sizeof(struct ether_header))
#define DUMP_BYTES	16u	/* per line */

/*
 * The Internet checksum (RFC 1071). Sums are kept unfolded in 64 bits and in the byte order of
 * memory, which the arithmetic allows; folding yields the field to store as it is.
 */
static uint64_t checksum_add(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t word;

	for (; len >= 4; len -= 4, p += 4) {
		memcpy(&word, p, 4);
		sum += word;
	}
	if (len > 0) {
		word = 0;
		memcpy(&word, p, len);
		sum += word;
	}
	return sum;
}

static uint16_t checksum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static unsigned int ip_header_size(int family)
{
	return family == AF_INET6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr);
}

unsigned int frame_length_min(int family, bool stamped)
{
	return L3 + ip_header_size(family) + (unsigned int)sizeof(struct udphdr) +
	       (stamped ? STAMP_SIZE : 0);
}

static void store16(uint8_t *p, uint16_t host)
{
	p[0] = (uint8_t)(host >> 8);
	p[1] = (uint8_t)host;
}

static uint16_t load16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void init_ip(struct frame *f)
{
	uint8_t *l3 = frame_ether(f) + L3;

	if (f->family == AF_INET6) {
		l3[0] = 0x60;
		l3[offsetof(struct ip6_hdr, ip6_nxt)] = IPPROTO_UDP;
		l3[offsetof(struct ip6_hdr, ip6_hlim)] = 64;
	} else {
		l3[0] = 0x45;
		l3[offsetof(struct iphdr, ttl)] = 64;
		l3[offsetof(struct iphdr, protocol)] = IPPROTO_UDP;
	}
}

void frame_init(struct frame *f, int family, unsigned int vnet)
{
	static const char text[] = "netmap pkt-gen payload ";
	unsigned int i;

	memset(f, 0, sizeof(*f));
	f->vnet = vnet;
	f->family = family;
	f->l4 = L3 + ip_header_size(family);
	f->payload = f->l4 + (unsigned int)sizeof(struct udphdr);
	for (i = vnet + f->payload; i < sizeof(f->data); i++)
		f->data[i] = (uint8_t)text[(i - vnet - f->payload) % (sizeof(text) - 1)];
	store16(frame_ether(f) + offsetof(struct ether_header, ether_type),
		family == AF_INET6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	init_ip(f);
}

void frame_set_macs(struct frame *f, const uint8_t src[MAC_LEN], const uint8_t dst[MAC_LEN])
{
	memcpy(frame_ether(f), dst, MAC_LEN);
	memcpy(frame_ether(f) + MAC_LEN, src, MAC_LEN);
}

void frame_set_length(struct frame *f, unsigned int len)
{
	if (len != f->len)
		f->is_summed = false;
	f->len = len;
}

static void set_address(struct frame *f, unsigned int ip_offset, const uint8_t *addr,
			unsigned int port_offset, uint16_t port)
{
	memcpy(frame_ether(f) + L3 + ip_offset, addr, addr_size(f->family));
	store16(frame_ether(f) + f->l4 + port_offset, port);
}

void frame_set_source(struct frame *f, const uint8_t *addr, uint16_t port)
{
	set_address(f,
		    f->family == AF_INET6 ? offsetof(struct ip6_hdr, ip6_src) :
					    offsetof(struct iphdr, saddr),
		    addr, offsetof(struct udphdr, source), port);
}

void frame_set_destination(struct frame *f, const uint8_t *addr, uint16_t port)
{
	set_address(f,
		    f->family == AF_INET6 ? offsetof(struct ip6_hdr, ip6_dst) :
					    offsetof(struct iphdr, daddr),
		    addr, offsetof(struct udphdr, dest), port);
}

static void finish_ip(struct frame *f)
{
	uint8_t *l3 = frame_ether(f) + L3;
	uint16_t sum;

	if (f->family == AF_INET6) {
		store16(l3 + offsetof(struct ip6_hdr, ip6_plen), (uint16_t)(f->len - f->l4));
		return;
	}
	store16(l3 + offsetof(struct iphdr, tot_len), (uint16_t)(f->len - L3));
	memset(l3 + offsetof(struct iphdr, check), 0, 2);
	sum = checksum_fold(checksum_add(0, l3, sizeof(struct iphdr)));
	memcpy(l3 + offsetof(struct iphdr, check), &sum, 2);
}

/* The addresses are at the end of the IP header in both families. */
static uint64_t pseudo_header_sum(struct frame *f)
{
	unsigned int addresses = 2 * addr_size(f->family);
	uint64_t sum = checksum_add(0, frame_ether(f) + f->l4 - addresses, addresses);

	return sum + htons(IPPROTO_UDP) + htons((uint16_t)(f->len - f->l4));
}

static void finish_udp(struct frame *f)
{
	uint8_t *udp = frame_ether(f) + f->l4;
	uint16_t sum;

	store16(udp + offsetof(struct udphdr, len), (uint16_t)(f->len - f->l4));
	memset(udp + offsetof(struct udphdr, check), 0, 2);
	if (f->omits_udp_checksum)
		return;
	if (!f->is_summed) {
		f->payload_sum = checksum_add(0, frame_ether(f) + f->payload, f->len - f->payload);
		f->is_summed = true;
	}
	sum = checksum_fold(pseudo_header_sum(f) + f->payload_sum +
			    checksum_add(0, udp, sizeof(struct udphdr)));
	if (sum == 0)
		sum = 0xffff;	/* 0 would mean "no checksum" */
	memcpy(udp + offsetof(struct udphdr, check), &sum, 2);
}

void frame_finish(struct frame *f)
{
	finish_ip(f);
	finish_udp(f);
}

/* Offsets of the headers of a received frame. */
struct headers {
	bool is_v6;
	unsigned int l3, udp;
};

/* Find the IP header, behind at most one VLAN tag. Return its Ethernet type, 0 if it is cut. */
static uint16_t find_ip(const uint8_t *ether, unsigned int len, struct headers *h)
{
	uint16_t type;

	if (len < L3 + 4)
		return 0;
	type = load16(ether + 12);
	h->l3 = L3;
	if (type == ETHERTYPE_VLAN) {
		type = load16(ether + 16);
		h->l3 += 4;
	}
	return type;
}

/* Return false unless the frame has a UDP header. */
static bool find_udp(const uint8_t *ether, unsigned int len, struct headers *h)
{
	uint16_t type = find_ip(ether, len, h);
	const uint8_t *ip = ether + h->l3;
	uint8_t protocol;

	if (type == ETHERTYPE_IP && len >= h->l3 + sizeof(struct iphdr)) {
		h->is_v6 = false;
		h->udp = h->l3 + (ip[0] & 0xfu) * 4;
		if (h->udp < h->l3 + sizeof(struct iphdr))
			return false;
		protocol = ip[offsetof(struct iphdr, protocol)];
	} else if (type == ETHERTYPE_IPV6 && len >= h->l3 + sizeof(struct ip6_hdr)) {
		h->is_v6 = true;
		h->udp = h->l3 + (unsigned int)sizeof(struct ip6_hdr);
		protocol = ip[offsetof(struct ip6_hdr, ip6_nxt)];
	} else {
		return false;
	}
	return protocol == IPPROTO_UDP && h->udp + sizeof(struct udphdr) <= len;
}

bool frame_find_payload(const uint8_t *ether, unsigned int len, unsigned int *offset,
			unsigned int *payload_len)
{
	struct headers h = { 0 };
	unsigned int udp_len;

	if (!find_udp(ether, len, &h))
		return false;
	udp_len = load16(ether + h.udp + offsetof(struct udphdr, len));
	if (udp_len < sizeof(struct udphdr) || h.udp + udp_len > len)
		return false;
	*offset = h.udp + (unsigned int)sizeof(struct udphdr);
	*payload_len = udp_len - (unsigned int)sizeof(struct udphdr);
	return true;
}

static void swap_bytes(uint8_t *a, uint8_t *b, unsigned int n)
{
	uint8_t tmp[16];

	memcpy(tmp, a, n);
	memcpy(a, b, n);
	memcpy(b, tmp, n);
}

/* The checksums stay valid: they are sums over all that is swapped. */
void frame_reverse(uint8_t *ether, unsigned int len, const uint8_t own[MAC_LEN])
{
	struct headers h = { 0 };
	uint8_t *source;

	if (len < L3)
		return;
	swap_bytes(ether, ether + MAC_LEN, MAC_LEN);
	if (ether[MAC_LEN] & 1)		/* a group address */
		memcpy(ether + MAC_LEN, own, MAC_LEN);
	if (!find_udp(ether, len, &h))
		return;
	source = ether + h.l3 +
		 (h.is_v6 ? offsetof(struct ip6_hdr, ip6_src) : offsetof(struct iphdr, saddr));
	swap_bytes(source, source + (h.is_v6 ? 16 : 4), h.is_v6 ? 16 : 4);
	swap_bytes(ether + h.udp, ether + h.udp + 2, 2);
}

static void frame_dump_line(FILE *out, const uint8_t *data, unsigned int offset, unsigned int len)
{
	unsigned int i;

	fprintf(out, "  %5u:", offset);
	for (i = 0; i < DUMP_BYTES; i++) {
		if (i < len)
			fprintf(out, " %02x", data[i]);
		else
			fputs("   ", out);
	}
	fputs("   ", out);
	for (i = 0; i < len; i++)
		fputc(data[i] >= 0x20 && data[i] < 0x7f ? data[i] : '.', out);
	fputc('\n', out);
}

void frame_dump(FILE *out, const uint8_t *data, unsigned int len)
{
	unsigned int at;

	flockfile(out);
	fprintf(out, "%u bytes:\n", len);
	for (at = 0; at < len; at += DUMP_BYTES)
		frame_dump_line(out, data + at, at, len - at < DUMP_BYTES ? len - at : DUMP_BYTES);
	funlockfile(out);
}
