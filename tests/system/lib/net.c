/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP and UDP packets, made and checked byte by byte: see net.h. */
#include "net.h"

#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "inet.h"

uint8_t net_payload_byte(uint32_t i)
{
	return (i * 2654435761u >> 13) ^ i;
}

uint32_t net_l4_offset(const struct net_pkt *p)
{
	return 14 + (p->v6 ? 40 : 20 + p->ip_options);
}

uint32_t net_header_len(const struct net_pkt *p)
{
	return net_l4_offset(p) + (p->udp ? 8 : 20 + p->tcp_options);
}

static uint32_t pseudo_sum(const uint8_t *ip, const struct net_pkt *p, uint32_t l4_len)
{
	uint8_t tail[4] = { 0, p->udp ? 17 : 6, l4_len >> 8, l4_len };
	uint32_t sum = p->v6 ? sum16(0, ip + 8, 32) : sum16(0, ip + 12, 8);

	return sum16(sum, tail, 4);
}

static void make_ip(uint8_t *ip, const struct net_pkt *p, uint32_t l4_len)
{
	uint32_t hlen = 20 + p->ip_options, i;

	if (p->v6) {
		ip[0] = 0x60;
		put16(ip + 4, l4_len);
		ip[6] = p->udp ? 17 : 6;
		ip[7] = 64;
		for (i = 0; i < 16; i++) {
			ip[8 + i] = 0x20 + i;
			ip[24 + i] = 0x90 + i;
		}
		return;
	}
	ip[0] = 0x40 | hlen / 4;
	put16(ip + 2, hlen + l4_len);
	put16(ip + 4, p->ip_id);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = p->udp ? 17 : 6;
	put32(ip + 12, 0x0a010203);
	put32(ip + 16, 0x0a0405fe);
	memset(ip + 20, 1, p->ip_options);
	put16(ip + 10, ~sum16(0, ip, hlen));
}

uint32_t net_make(uint8_t *frame, const struct net_pkt *p)
{
	uint32_t l4 = net_l4_offset(p), head = net_header_len(p), len = head + p->payload;
	uint8_t *ip = frame + 14, *t = frame + l4, *field = t + (p->udp ? 6 : 16);
	struct mac d = mac_make(2), s = mac_make(1);
	uint32_t i, sum;

	memset(frame, 0, head);
	memcpy(frame, &d, 6);
	memcpy(frame + 6, &s, 6);
	put16(frame + 12, p->v6 ? 0x86dd : 0x0800);
	make_ip(ip, p, len - l4);
	put16(t, 1234);
	put16(t + 2, 80);
	if (p->udp) {
		put16(t + 4, len - l4);
	} else {
		put32(t + 4, p->seq);
		put32(t + 8, 0x01020304);
		t[12] = (20 + p->tcp_options) / 4 << 4;
		t[13] = p->tcp_flags;
		put16(t + 14, 0xfff0);
		memset(t + 20, 1, p->tcp_options);
	}
	for (i = 0; i < p->payload; i++)
		frame[head + i] = net_payload_byte(p->first_byte + i);
	sum = pseudo_sum(ip, p, len - l4);
	if (p->no_l4_sum) {
		put16(field, sum);
		return len;
	}
	sum = ~sum16(sum, t, len - l4) & 0xffff;
	put16(field, p->udp && !sum ? 0xffff : sum);
	return len;
}

bool net_is(const uint8_t *frame, uint32_t len, const struct net_pkt *p)
{
	static uint8_t want[70000];
	struct net_pkt full = *p;
	uint32_t i, n;

	full.no_l4_sum = false;
	n = net_make(want, &full);
	if (len != n) {
		printf("# length %u, wanted %u\n", len, n);
		return false;
	}
	for (i = 0; i < n && frame[i] == want[i]; i++)
		;
	if (i < n)
		printf("# byte %u is %02x, wanted %02x\n", i, frame[i], want[i]);
	return i == n;
}
