// SPDX-License-Identifier: BSD-2-Clause
/*
 * Plan the conversion of a frame between virtio-net header lengths: parse the headers, check them,
 * count destination frames and slots. See offload.h; offload_emit.c writes them.
 *
 * Pseudo headers: RFC 793 section 3.1, RFC 768, RFC 8200 section 8.1.
 */
#include "offload/frag_cursor.h"

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
	uint32_t off = o->l3 + IPV6_HDR, i, length, next;

	if (n < off || ip[0] >> 4 != 6)
		return 0;
	length = be16_get(ip + 4);
	next = ip[6];
	if (length == 0 && next == PROTO_HOPOPTS)
		return 0;
	for (i = 0; next != proto; i++) {
		if (next != PROTO_HOPOPTS && next != PROTO_ROUTING && next != PROTO_DSTOPTS)
			return 0;
		if (i == IPV6_EXT_MAX || off + 8 > n)
			return 0;
		if (next == PROTO_ROUTING && o->head[off + 3] != 0)
			return 0;
		next = o->head[off];
		off += (o->head[off + 1] + 1u) * 8;
	}
	o->l4 = off;
	o->pseudo_csum = csum_head(ip + 8, 32) + csum_number(proto);
	return offload_datagram_end(o->l3, IPV6_HDR + length, length != 0, frame_len);
}

/* Find the network header and parse it. Returns the datagram's end, 0 if it cannot be segmented. */
static uint32_t offload_parse_frame(struct nm_offload *o, uint32_t n, uint32_t frame_len,
				    uint32_t gso)
{
	uint32_t off = ETH_HDR - 2, proto = o->is_tcp ? PROTO_TCP : PROTO_UDP, tags = 0, type;

	for (type = be16_get(o->head + off); type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ;
	     type = be16_get(o->head + off)) {
		off += VLAN_TAG;
		if (++tags > VLAN_TAGS_MAX || off + 2 > n)
			return 0;
	}
	o->l3 = off + 2;
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
