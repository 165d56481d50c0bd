// SPDX-License-Identifier: BSD-2-Clause
/* Merging of TCP segments for the stack. See merge.h. */
#include "frame.h"
#include "offload/inet.h"
#include "base/reason.h"

#define TCP_ECE		0x40u
#define TCP_ACK		0x10u
#define IP_LENGTH_MAX	65535u

/*
 * Minimum payload: Linux reads a smaller gso_size in a virtio-net header as this
 * (TCP_MIN_GSO_SIZE).
 */
#define SEGMENT_MIN	8u

/* A segment that can be merged. */
struct nm_merge_segment {
	uint32_t head_len, payload_len, l4;
	bool is_v6;
	uint8_t head[NM_MERGE_HEAD_MAX];	/* private copy */
};

/*
 * True for a header without options, not of a fragment, with nothing after the datagram, and with a
 * checksum as segmentation writes it: never 0xffff.
 */
static bool nm_merge_ipv4_fits(const uint8_t *ip, uint32_t len)
{
	return ip[0] == 0x45 && ip[9] == PROTO_TCP && be16_get(ip + 2) == len &&
	       !(be16_get(ip + 6) & IPV4_FRAGMENT) && be16_get(ip + 10) != 0xffff &&
	       csum_fold(csum_head(ip, IPV4_HDR)) == 0xffff;
}

/* True for a header without extension headers. */
static bool nm_merge_ipv6_fits(const uint8_t *ip, uint32_t len)
{
	return ip[0] >> 4 == 6 && ip[6] == PROTO_TCP && be16_get(ip + 4) == len - IPV6_HDR;
}

/* True for data that the stack need not see immediately. */
static bool nm_merge_tcp_fits(const uint8_t *tcp)
{
	return !(tcp[12] & 15u) && (tcp[13] & ~(TCP_PSH | TCP_ECE)) == TCP_ACK;
}

static bool nm_merge_parse(struct nm_merge_segment *s, const struct os_frag *f)
{
	const uint32_t n = min32(f->len, NM_MERGE_HEAD_MAX);
	uint32_t type;

	if (f->more || f->len < ETH_HDR + IPV6_HDR || f->len > ETH_HDR + IP_LENGTH_MAX)
		return false;
	os_memcpy(s->head, f->data, n);
	type = be16_get(s->head + ETH_HDR - 2);
	s->is_v6 = type == ETHERTYPE_IPV6;
	if (type == ETHERTYPE_IPV4 ?
		    !nm_merge_ipv4_fits(s->head + ETH_HDR, f->len - ETH_HDR) :
		    !s->is_v6 || !nm_merge_ipv6_fits(s->head + ETH_HDR, f->len - ETH_HDR))
		return false;
	s->l4 = ETH_HDR + (s->is_v6 ? IPV6_HDR : IPV4_HDR);
	if (s->l4 + TCP_HDR > n || !nm_merge_tcp_fits(s->head + s->l4))
		return false;
	s->head_len = s->l4 + (s->head[s->l4 + 12] >> 4) * 4u;
	s->payload_len = f->len - s->head_len;
	return s->head_len >= s->l4 + TCP_HDR && s->head_len < f->len;
}

static bool nm_merge_has_push(const struct nm_merge_segment *s)
{
	return s->head[s->l4 + 13] & TCP_PSH;
}

static uint64_t nm_merge_pseudo_csum(const uint8_t *head, bool is_v6, uint32_t l4_len)
{
	const uint64_t addresses =
		is_v6 ? csum_head(head + ETH_HDR + 8, 32) : csum_head(head + ETH_HDR + 12, 8);

	return addresses + csum_number(PROTO_TCP) + csum_number(l4_len);
}

static uint64_t csum_word_at(const uint8_t *p)
{
	return ((const struct word64 *)p)->v;
}

/*
 * Checksum bytes that a client may change concurrently; folded to 16 bits. Four chains keep the
 * adders busy.
 */
static uint32_t csum_payload(const uint8_t *p, uint32_t n)
{
	uint64_t a = 0, b = 0, c = 0, d = 0;
	uint8_t last[8] = { 0 };

	for (; n >= 32; n -= 32, p += 32) {
		a = csum_carry(a, csum_word_at(p));
		b = csum_carry(b, csum_word_at(p + 8));
		c = csum_carry(c, csum_word_at(p + 16));
		d = csum_carry(d, csum_word_at(p + 24));
	}
	for (; n >= 8; n -= 8, p += 8)
		a = csum_carry(a, csum_word_at(p));
	os_memcpy(last, p, n);
	a = csum_carry(a, csum_word_at(last));
	return csum_fold(csum_carry(csum_carry(a, b), csum_carry(c, d)));
}

/*
 * True if the checksum is valid and as segmentation writes it: 0xffff is as valid as 0, but
 * different.
 */
static bool nm_merge_csum_is_valid(const struct nm_merge_segment *s, const struct os_frag *f)
{
	const uint8_t *tcp = s->head + s->l4;
	const uint32_t len = s->head_len - s->l4;

	return be16_get(tcp + TCP_CSUM) != 0xffff &&
	       csum_fold(nm_merge_pseudo_csum(s->head, s->is_v6, len + s->payload_len) +
			 csum_head(tcp, len) +
			 csum_payload(f->data + s->head_len, s->payload_len)) == 0xffff;
}

/* Clear the fields that segmentation sets. */
static void nm_merge_mask_headers(uint8_t *head, uint32_t l4, bool is_v6)
{
	uint8_t *ip = head + ETH_HDR, *tcp = head + l4;

	if (is_v6) {
		be16_put(ip + 4, 0);
	} else {
		be32_put(ip + 2, 0);
		be16_put(ip + 10, 0);
	}
	be32_put(tcp + 4, 0);
	tcp[13] &= (uint8_t)~TCP_PSH;
	be16_put(tcp + TCP_CSUM, 0);
}

/* Properties that the next segment of a run must have. */
struct nm_merge_run {
	uint32_t seq;
	uint32_t id;
	uint8_t masked[NM_MERGE_HEAD_MAX];	/* the first one's headers, masked */
};

static bool nm_merge_follows(const struct nm_merge *m, const struct nm_merge_run *r,
			     const struct nm_merge_segment *s)
{
	uint8_t masked[NM_MERGE_HEAD_MAX] NM_UNINITIALIZED;

	if (s->head_len != m->head_len || s->is_v6 != m->is_v6 || s->payload_len > m->seg_size ||
	    be32_get(s->head + s->l4 + 4) != r->seq ||
	    (!s->is_v6 && be16_get(s->head + ETH_HDR + 4) != (r->id & 0xffff)) ||
	    m->head_len - ETH_HDR + m->payload_len + s->payload_len > IP_LENGTH_MAX)
		return false;
	os_memcpy(masked, s->head, s->head_len);
	nm_merge_mask_headers(masked, s->l4, s->is_v6);
	return !os_memcmp(masked, r->masked, s->head_len);
}

static void nm_merge_run_begin(struct nm_merge *m, struct nm_merge_run *r,
			       const struct nm_merge_segment *first)
{
	m->frames = 1;
	m->head_len = first->head_len;
	m->payload_len = m->seg_size = first->payload_len;
	m->l4 = first->l4;
	m->is_v6 = first->is_v6;
	os_memcpy(m->head, first->head, m->head_len);
	r->seq = be32_get(m->head + m->l4 + 4) + m->payload_len;
	r->id = be16_get(m->head + ETH_HDR + 4) + 1;
	os_memcpy(r->masked, m->head, m->head_len);
	nm_merge_mask_headers(r->masked, m->l4, m->is_v6);
}

static void nm_merge_run_add(struct nm_merge *m, struct nm_merge_run *r,
			     const struct nm_merge_segment *s)
{
	m->frames++;
	m->payload_len += s->payload_len;
	m->head[m->l4 + 13] |= s->head[s->l4 + 13] & TCP_PSH;
	r->seq += s->payload_len;
	r->id++;
}

/* Set the lengths of the merged headers, and a checksum for the device to complete. */
static void nm_merge_finish_headers(struct nm_merge *m)
{
	const uint32_t len = m->head_len - ETH_HDR + m->payload_len,
		       l4_len = len - (m->l4 - ETH_HDR);
	uint8_t *ip = m->head + ETH_HDR;

	if (m->is_v6) {
		be16_put(ip + 4, len - IPV6_HDR);
	} else {
		be16_put(ip + 2, len);
		be16_put(ip + 10, 0);
		((struct word16 *)(ip + 10))->v = (uint16_t)~csum_fold(csum_head(ip, IPV4_HDR));
	}
	((struct word16 *)(m->head + m->l4 + TCP_CSUM))->v =
		(uint16_t)csum_fold(nm_merge_pseudo_csum(m->head, m->is_v6, l4_len));
}

uint32_t nm_merge_plan(struct nm_merge *m, const struct os_frag *frag, uint32_t n)
{
	struct nm_merge_segment s NM_UNINITIALIZED;
	struct nm_merge_run r NM_UNINITIALIZED;
	uint32_t i;

	if (n < 2 || !nm_merge_parse(&s, &frag[0]) || nm_merge_has_push(&s) ||
	    s.payload_len < SEGMENT_MIN)
		return 1;
	nm_merge_run_begin(m, &r, &s);
	for (i = 1; i < n && s.payload_len == m->seg_size && !nm_merge_has_push(&s); i++) {
		/* Check the first segment's checksum only if there is a second one. */
		if (i == 1 && !nm_merge_csum_is_valid(&s, &frag[0]))
			break;
		if (!nm_merge_parse(&s, &frag[i]) || !nm_merge_follows(m, &r, &s) ||
		    !nm_merge_csum_is_valid(&s, &frag[i]))
			break;
		nm_merge_run_add(m, &r, &s);
	}
	if (m->frames > 1)
		nm_merge_finish_headers(m);
	return m->frames;
}

void nm_merge_hdr(const struct nm_merge *m, struct nm_vnet_hdr *hdr)
{
	*hdr = (struct nm_vnet_hdr){
		.flags = NM_VNET_F_NEEDS_CSUM,
		.gso_type = m->is_v6 ? NM_VNET_GSO_TCPV6 : NM_VNET_GSO_TCPV4,
	};
	nm_vnet_put(hdr->hdr_len, m->head_len);
	nm_vnet_put(hdr->gso_size, m->seg_size);
	nm_vnet_put(hdr->csum_start, m->l4);
	nm_vnet_put(hdr->csum_offset, TCP_CSUM);
}
