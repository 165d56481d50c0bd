// SPDX-License-Identifier: BSD-2-Clause
/*
 * Conversion between virtio-net header lengths, with checksum and segmentation in software.
 *
 * All conversions have one form: destination frames consist of a private head (a virtio-net header,
 * a segment's headers, or nothing) and a piece of the source frame, cut into slots. The checksum is
 * computed while the payload is copied, and stored when the frame is complete.
 *
 * Internet checksum: RFC 1071. Pseudo headers: RFC 793 section 3.1, RFC 768, RFC 8200 section 8.1.
 */
#include "offload/offload.h"
#include "offload/inet.h"

/* ---- checksums -------------------------------------------------------------------- */

static uint64_t csum_copy_word(uint8_t *dst, const uint8_t *src)
{
	uint64_t w = ((const struct word64 *)src)->v;

	((struct word64 *)dst)->v = w;
	return w;
}

/* Copy and checksum the last n < 8 bytes. */
static uint64_t csum_copy_tail(uint8_t *dst, const uint8_t *src, uint32_t n)
{
	uint8_t last[2] = { 0, 0 };
	uint64_t csum = 0;

	if (n & 4) {
		uint32_t w = ((const struct word32 *)src)->v;

		((struct word32 *)dst)->v = w;
		csum += w;
		src += 4;
		dst += 4;
	}
	if (n & 2) {
		uint16_t w = ((const struct word16 *)src)->v;

		((struct word16 *)dst)->v = w;
		csum += w;
		src += 2;
		dst += 2;
	}
	if (n & 1) {
		*dst = last[0] = *src;
		csum += ((const struct word16 *)last)->v;
	}
	return csum;
}

/*
 * Copy and checksum in one pass. Returns the sum, folded to 16 bits. Four chains keep the adders
 * busy.
 */
static uint32_t csum_copy(uint8_t *dst, const uint8_t *src, uint32_t n)
{
	uint64_t a = 0, b = 0, c = 0, d = 0;

	for (; n >= 32; n -= 32, src += 32, dst += 32) {
		a = csum_carry(a, csum_copy_word(dst, src));
		b = csum_carry(b, csum_copy_word(dst + 8, src + 8));
		c = csum_carry(c, csum_copy_word(dst + 16, src + 16));
		d = csum_carry(d, csum_copy_word(dst + 24, src + 24));
	}
	for (; n >= 8; n -= 8, src += 8, dst += 8)
		a = csum_carry(a, csum_copy_word(dst, src));
	a = csum_carry(a, csum_copy_tail(dst, src, n));
	a = csum_carry(csum_carry(a, b), csum_carry(c, d));
	return csum_fold(a);
}

/* ---- the source ------------------------------------------------------------------- */

/*
 * Return how many of want bytes are contiguous; skips empty fragments. The plan has added up the
 * lengths and never asks for more, so a fragment with bytes exists.
 */
static uint32_t nm_frag_cursor_span(struct nm_frag_cursor *c, uint32_t want)
{
	while (c->off == c->frag->len) {
		c->frag++;
		c->off = 0;
	}
	return min32(want, c->frag->len - c->off);
}

static void nm_frag_cursor_skip(struct nm_frag_cursor *c, uint32_t n)
{
	while (n > 0) {
		uint32_t span = nm_frag_cursor_span(c, n);

		c->off += span;
		n -= span;
	}
}

static void nm_frag_cursor_read(struct nm_frag_cursor *c, uint8_t *dst, uint32_t n)
{
	while (n > 0) {
		uint32_t span = nm_frag_cursor_span(c, n);

		os_memcpy(dst, c->frag->data + c->off, span);
		c->off += span;
		dst += span;
		n -= span;
	}
}

/* ---- planning a segmentation ------------------------------------------------------- */

/*
 * Return where the datagram at l3 ends by its length field; padding may follow. A length of 0
 * leaves it to the device. Returns 0 if the frame is shorter.
 */
static uint32_t offload_datagram_end(uint32_t l3, uint32_t length, bool is_given,
				     uint32_t frame_len)
{
	if (!is_given)
		return frame_len;
	return length <= frame_len - l3 ? l3 + length : 0;
}

/*
 * Find the transport header; head[] holds n bytes. Returns the datagram's end, 0 if it cannot be
 * segmented.
 */
static uint32_t offload_parse_ipv4(struct nm_offload *o, uint32_t n, uint32_t frame_len,
				   uint32_t proto)
{
	const uint8_t *ip = o->head + o->l3;
	uint32_t ihl, length;

	if (n - o->l3 < IPV4_HDR || ip[0] >> 4 != 4)
		return 0;
	ihl = (ip[0] & 15u) * 4;
	length = be16_get(ip + 2);
	if (ihl < IPV4_HDR || n - o->l3 < ihl || ip[9] != proto)
		return 0;
	if (be16_get(ip + 6) & IPV4_FRAGMENT)
		return 0;
	o->l4 = o->l3 + ihl;
	o->id = (uint16_t)be16_get(ip + 4);
	o->pseudo_csum = csum_head(ip + 12, 8) + csum_number(proto);
	return offload_datagram_end(o->l3, length, length != 0, frame_len);
}

/*
 * As offload_parse_ipv4(). Refuses a routing header with segments left, because the checksum then
 * covers another address; and fragments and jumbograms (RFC 2675).
 */
static uint32_t offload_parse_ipv6(struct nm_offload *o, uint32_t n, uint32_t frame_len,
				   uint32_t proto)
{
	const uint8_t *ip = o->head + o->l3;
	uint32_t at = o->l3 + IPV6_HDR, i, length, next;

	if (n < at || ip[0] >> 4 != 6)
		return 0;
	length = be16_get(ip + 4);
	next = ip[6];
	if (length == 0 && next == PROTO_HOPOPTS)
		return 0;
	for (i = 0; next != proto; i++) {
		if (next != PROTO_HOPOPTS && next != PROTO_ROUTING && next != PROTO_DSTOPTS)
			return 0;
		if (i == IPV6_EXT_MAX || at + 8 > n)
			return 0;
		if (next == PROTO_ROUTING && o->head[at + 3] != 0)
			return 0;
		next = o->head[at];
		at += (o->head[at + 1] + 1u) * 8;
	}
	o->l4 = at;
	o->pseudo_csum = csum_head(ip + 8, 32) + csum_number(proto);
	return offload_datagram_end(o->l3, IPV6_HDR + length, length != 0, frame_len);
}

/* Find the network header and parse it. Returns the datagram's end, 0 if it cannot be segmented. */
static uint32_t offload_parse_frame(struct nm_offload *o, uint32_t n, uint32_t frame_len,
				    uint32_t gso)
{
	uint32_t at = ETH_HDR - 2, proto = o->is_tcp ? PROTO_TCP : PROTO_UDP, tags = 0, type;

	for (type = be16_get(o->head + at); type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ;
	     type = be16_get(o->head + at)) {
		at += VLAN_TAG;
		if (++tags > VLAN_TAGS_MAX || at + 2 > n)
			return 0;
	}
	o->l3 = at + 2;
	o->is_v6 = type == ETHERTYPE_IPV6;
	if (type == ETHERTYPE_IPV4 && gso != NM_VNET_GSO_TCPV6)
		return offload_parse_ipv4(o, n, frame_len, proto);
	if (type == ETHERTYPE_IPV6 && gso != NM_VNET_GSO_TCPV4)
		return offload_parse_ipv6(o, n, frame_len, proto);
	return 0;
}

/*
 * Return the length of the transport header, whose first bytes are in head[]; less than the minimum
 * if it is malformed.
 */
static uint32_t offload_l4_length(const struct nm_offload *o)
{
	return o->is_tcp ? (o->head[o->l4 + 12] >> 4) * 4u : UDP_HDR;
}

static void offload_save_tcp(struct nm_offload *o)
{
	const uint8_t *tcp = o->head + o->l4;

	o->seq = be32_get(tcp + 4);
	o->tcp_flags = tcp[13];
	o->urgent = (uint16_t)be16_get(tcp + 18);
}

/* True if the virtio-net header asks for the checksum that segmentation writes. */
static bool offload_is_same_field(const struct nm_offload *o, const struct nm_vnet_hdr *vh)
{
	return !(vh->flags & NM_VNET_F_NEEDS_CSUM) ||
	       (le16_get(vh->csum_start) == o->l4 &&
		le16_get(vh->csum_offset) == o->field_at - o->l4);
}

/*
 * Check the lengths: the headers are in head[] and end before the datagram does (end 0: nothing to
 * segment), and each segment's length fits 16 bits. Returns 0 or -1.
 */
static int offload_plan_lengths(struct nm_offload *o, uint32_t n, uint32_t end)
{
	uint32_t l4_min = o->is_tcp ? TCP_HDR : UDP_HDR, l4_len, fixed;

	if (end == 0)
		return -1;
	n = min32(n, end);
	if (o->l4 + l4_min > n)
		return -1;
	l4_len = offload_l4_length(o);
	if (l4_len < l4_min || o->l4 + l4_len > n)
		return -1;
	o->head_len = o->l4 + l4_len;
	o->payload_len = end - o->head_len;
	fixed = o->head_len - o->l3 - (o->is_v6 ? IPV6_HDR : 0);
	if (fixed + min32(o->seg_size, o->payload_len) > 65535)
		return -1;
	return 0;
}

static int offload_plan_segments(struct nm_offload *o, const struct nm_vnet_hdr *vh)
{
	uint32_t gso = vh->gso_type & ~NM_VNET_GSO_ECN, n, end;
	struct nm_frag_cursor start = o->in;

	o->is_tcp = gso == NM_VNET_GSO_TCPV4 || gso == NM_VNET_GSO_TCPV6;
	if (!o->is_tcp && vh->gso_type != NM_VNET_GSO_UDP_L4)
		return -1;
	o->seg_size = le16_get(vh->gso_size);
	if (o->seg_size == 0)
		return -1;
	n = min32(o->payload_len, NM_OFFLOAD_HEAD_MAX);
	nm_frag_cursor_read(&o->in, o->head, n);
	end = offload_parse_frame(o, n, o->payload_len, gso);
	if (offload_plan_lengths(o, n, end) < 0)
		return -1;
	o->field_at = o->l4 + (o->is_tcp ? TCP_CSUM : UDP_CSUM);
	o->is_udp = !o->is_tcp;
	if (!offload_is_same_field(o, vh))
		return -1;
	if (o->is_tcp)
		offload_save_tcp(o);
	o->is_segmented = true;
	o->has_field = true;
	o->frames = o->payload_len ? (o->payload_len - 1) / o->seg_size + 1 : 1;
	o->in = start;
	nm_frag_cursor_skip(&o->in, o->head_len);
	return 0;
}

/* ---- planning the rest ------------------------------------------------------------- */

static int offload_plan_checksum(struct nm_offload *o, const struct nm_vnet_hdr *vh)
{
	o->csum_from = le16_get(vh->csum_start);
	o->field_at = o->csum_from + le16_get(vh->csum_offset);
	o->is_udp = le16_get(vh->csum_offset) == UDP_CSUM;
	o->has_field = true;
	return o->field_at + 2 <= o->payload_len ? 0 : -1;
}

static void offload_plan_header(struct nm_offload *o, struct nm_vnet_hdr *vh, uint32_t dst_hdr)
{
	vh->num_buffers[0] = 1;
	vh->num_buffers[1] = 0;
	os_memcpy(o->head, vh, dst_hdr);
	o->head_len = dst_hdr;
}

/* Return whether number and size of the fragments are within limits; *total gets their length. */
static bool offload_frags_total(const struct nm_frag *frag, uint32_t nfrags, uint32_t *total)
{
	uint32_t i, max = NM_OFFLOAD_FRAME_MAX + NM_VNET_HDR_FULL, csum = 0;

	if (nfrags == 0 || nfrags > NM_OFFLOAD_FRAGS_MAX)
		return false;
	for (i = 0; i < nfrags; i++) {
		if (frag[i].len > max - csum)
			return false;
		csum += frag[i].len;
	}
	*total = csum;
	return true;
}

static bool offload_is_hdr_length(uint32_t n)
{
	return n == 0 || n == NM_VNET_HDR_LEGACY || n == NM_VNET_HDR_FULL;
}

static uint32_t offload_frame_slots(const struct nm_offload *o, uint32_t payload)
{
	return (o->head_len + payload - 1) / o->buf_size + 1;
}

static int offload_plan_slots(const struct nm_offload *o)
{
	uint32_t full = o->frames - 1;

	return (int)(full * offload_frame_slots(o, o->seg_size) +
		     offload_frame_slots(o, o->payload_len - full * o->seg_size));
}

int nm_offload_plan(struct nm_offload *o, const struct nm_frag *frag, uint32_t nfrags,
		    uint32_t src_hdr, uint32_t dst_hdr, uint32_t dst_buf_size)
{
	struct nm_vnet_hdr vh = { .flags = 0 };
	uint32_t total;

	o->frames_left = 0;
	if (!offload_is_hdr_length(src_hdr) || !offload_is_hdr_length(dst_hdr) || dst_buf_size == 0)
		return -1;
	if (!offload_frags_total(frag, nfrags, &total))
		return -1;
	if (total < src_hdr + ETH_HDR || total - src_hdr > NM_OFFLOAD_FRAME_MAX)
		return -1;

	o->in = (struct nm_frag_cursor){ .frag = frag, .off = 0 };
	nm_frag_cursor_read(&o->in, (uint8_t *)&vh, src_hdr);
	o->buf_size = min32(dst_buf_size, NM_OFFLOAD_SLOT_MAX);
	o->frames = 1;
	o->head_len = 0;
	o->payload_len = total - src_hdr;
	o->seg_size = o->payload_len;
	o->csum_from = 0;
	o->has_field = false;
	o->is_segmented = false;
	if (dst_hdr > 0)
		offload_plan_header(o, &vh, dst_hdr);
	else if (vh.gso_type != NM_VNET_GSO_NONE && offload_plan_segments(o, &vh) < 0)
		return -1;
	else if (vh.gso_type == NM_VNET_GSO_NONE && (vh.flags & NM_VNET_F_NEEDS_CSUM) &&
		 offload_plan_checksum(o, &vh) < 0)
		return -1;

	o->bytes = o->payload_len + (o->is_segmented ? o->frames * o->head_len : 0);
	o->frames_left = o->frames;
	o->payload_done = 0;
	o->frame_pos = 0;
	return offload_plan_slots(o);
}

/* ---- writing ---------------------------------------------------------------------- */

static void offload_segment_ip(struct nm_offload *o)
{
	uint8_t *ip = o->head + o->l3;
	uint32_t length = o->frame_len - o->l3;

	if (o->is_v6) {
		be16_put(ip + 4, length - IPV6_HDR);
		return;
	}
	be16_put(ip + 2, length);
	be16_put(ip + 4, o->id + (o->frames - o->frames_left));
	be16_put(ip + 10, 0);
	((struct word16 *)(ip + 10))->v = (uint16_t)~csum_fold(csum_head(ip, o->l4 - o->l3));
}

/*
 * FIN and PSH belong to the last byte, CWR to the first segment alone (RFC 3168, section 6.1.2).
 * The urgent pointer counts from this segment's sequence number; segments after it have none.
 */
static void offload_segment_tcp(struct nm_offload *o)
{
	uint8_t *tcp = o->head + o->l4;
	uint32_t flags = o->tcp_flags, before = o->payload_done;

	if (o->frames_left > 1)
		flags &= ~(TCP_FIN | TCP_PSH);
	if (before > 0)
		flags &= ~TCP_CWR;
	if (before > 0 && (flags & TCP_URG)) {
		bool is_ahead = o->urgent > before;

		be16_put(tcp + 18, is_ahead ? o->urgent - before : 0);
		if (!is_ahead)
			flags &= ~TCP_URG;
	}
	be32_put(tcp + 4, o->seq + before);
	tcp[13] = (uint8_t)flags;
}

/* Write the next segment's headers to head[] and begin the checksum with them. */
static void offload_segment_begin(struct nm_offload *o)
{
	uint32_t l4_len = o->frame_len - o->l4;

	offload_segment_ip(o);
	if (o->is_tcp)
		offload_segment_tcp(o);
	else
		be16_put(o->head + o->l4 + 4, l4_len);
	be16_put(o->head + o->field_at, 0);
	o->csum = o->pseudo_csum + csum_number(l4_len) +
		 csum_head(o->head + o->l4, o->head_len - o->l4);
}

static void offload_frame_begin(struct nm_offload *o)
{
	o->frame_len = o->head_len + min32(o->seg_size, o->payload_len - o->payload_done);
	o->csum = 0;
	o->csum_is_odd = false;
	if (o->is_segmented)
		offload_segment_begin(o);
}

/*
 * Add what csum_copy() returned. In a piece at an odd offset the two bytes of each word are
 * swapped.
 */
static void offload_add_csum(struct nm_offload *o, uint32_t csum, uint32_t n)
{
	if (o->csum_is_odd)
		csum = (csum & 0xff) << 8 | csum >> 8;
	o->csum += csum;
	o->csum_is_odd ^= n & 1;
}

/* Copy n bytes of payload, and checksum those that count. */
static void offload_copy_payload(struct nm_offload *o, uint8_t *dst, uint32_t n)
{
	while (n > 0) {
		uint32_t span = nm_frag_cursor_span(&o->in, n);
		const uint8_t *src = o->in.frag->data + o->in.off;

		if (!o->has_field) {
			os_memcpy(dst, src, span);
		} else if (o->payload_done < o->csum_from) {
			span = min32(span, o->csum_from - o->payload_done);
			os_memcpy(dst, src, span);
		} else {
			offload_add_csum(o, csum_copy(dst, src, span), span);
		}
		o->in.off += span;
		o->payload_done += span;
		dst += span;
		n -= span;
	}
}

/* Record the address of the checksum field, which may be split over two slots. */
static void offload_note_field(struct nm_offload *o, uint8_t *dst, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < 2; i++) {
		uint32_t at = o->field_at + i;

		if (at >= o->frame_pos && at - o->frame_pos < n)
			o->field[i] = dst + (at - o->frame_pos);
	}
}

/* UDP sends 0xffff for 0 (RFC 768); for all others only 0 is valid (RFC 1624, section 3). */
static void offload_store_field(struct nm_offload *o)
{
	uint16_t csum = (uint16_t)~csum_fold(o->csum);
	const uint8_t *b = (const uint8_t *)&csum;

	if (csum == 0 && o->is_udp)
		csum = 0xffff;
	*o->field[0] = b[0];
	*o->field[1] = b[1];
}

uint32_t nm_offload_emit(struct nm_offload *o, uint8_t *dst, bool *more)
{
	uint32_t n, head = 0;

	*more = false;
	if (unlikely(o->frames_left == 0))
		return 0;
	if (o->frame_pos == 0)
		offload_frame_begin(o);
	n = min32(o->buf_size, o->frame_len - o->frame_pos);
	if (o->frame_pos < o->head_len) {
		head = min32(n, o->head_len - o->frame_pos);
		os_memcpy(dst, o->head + o->frame_pos, head);
	}
	offload_copy_payload(o, dst + head, n - head);
	if (o->has_field)
		offload_note_field(o, dst, n);
	o->frame_pos += n;
	if (o->frame_pos < o->frame_len) {
		*more = true;
		return n;
	}
	if (o->has_field)
		offload_store_field(o);
	o->frame_pos = 0;
	o->frames_left--;
	return n;
}

uint32_t nm_offload_next(const struct nm_offload *o, uint32_t *slots, uint32_t *bytes)
{
	if (o->frames_left) {
		*bytes = o->head_len + min32(o->seg_size, o->payload_len - o->payload_done);
		*slots = (*bytes - 1) / o->buf_size + 1;
	}
	return o->frames_left;
}
