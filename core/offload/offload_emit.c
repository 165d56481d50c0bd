// SPDX-License-Identifier: BSD-2-Clause
/*
 * Write the destination slots of a planned conversion, with checksum and segmentation in software.
 *
 * All conversions have one form: destination frames consist of a private head (a virtio-net header,
 * a segment's headers, or nothing) and a piece of the source frame, cut into slots. The checksum is
 * computed while the payload is copied, and stored when the frame is complete.
 *
 * Internet checksum: RFC 1071.
 */
#include "offload/frag_cursor.h"

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

/* Copy n bytes of payload, and checksum those that the frame's checksum covers. */
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
		uint32_t off = o->field_at + i;

		if (off >= o->frame_pos && off - o->frame_pos < n)
			o->field[i] = dst + (off - o->frame_pos);
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
