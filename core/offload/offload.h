/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conversion of frames between ports that differ in the virtio-net header before each
 * frame: the header is added, cut or changed in length; where it goes away, the work it
 * left to the device (checksum, segmentation) is done here, on the way from the source
 * slots to the destination's. One struct nm_offload converts one frame at a time; it
 * allocates nothing, locks nothing, and may live on a stack (about 400 bytes).
 *
 * The source bytes belong to a client that may change them at any moment: each header is
 * read once into the struct and only that copy decides anything.
 */
#ifndef NM_OFFLOAD_H
#define NM_OFFLOAD_H

#include "os.h"

/*
 * The virtio-net header: Virtual I/O Device (VIRTIO) version 1.2, section 5.1.6. Numbers are
 * little-endian; kept as bytes, for a header may begin at any address. The legacy form ends
 * before num_buffers.
 */
struct nm_vnet_hdr {
	uint8_t flags;		/* NM_VNET_F_* */
	uint8_t gso_type;	/* NM_VNET_GSO_* */
	uint8_t hdr_len[2];	/* length of all headers of the frame; a hint, not used */
	uint8_t gso_size[2];	/* payload of each segment */
	uint8_t csum_start[2];	/* offset in the frame of the first byte to sum */
	uint8_t csum_offset[2];	/* offset of the checksum field from there */
	uint8_t num_buffers[2];	/* merged receive buffers; always 1 here */
};

/* A field of it: two bytes, the low one first. */
static inline void nm_vnet_put(uint8_t field[2], uint32_t v)
{
	field[0] = (uint8_t)v;
	field[1] = (uint8_t)(v >> 8);
}

#define NM_VNET_HDR_LEGACY	10u	/* without num_buffers */
#define NM_VNET_HDR_FULL	12u

#define NM_VNET_F_NEEDS_CSUM	1u

#define NM_VNET_GSO_NONE	0u
#define NM_VNET_GSO_TCPV4	1u
#define NM_VNET_GSO_UDP		3u	/* IP fragmentation of UDP: not converted */
#define NM_VNET_GSO_TCPV6	4u
#define NM_VNET_GSO_UDP_L4	5u
#define NM_VNET_GSO_ECN		0x80u	/* added to the TCP types: the CWR flag may be set */

#define NM_OFFLOAD_FRAGS_MAX	64u	/* slots of a source frame */
#define NM_OFFLOAD_SLOT_MAX	65535u	/* netmap_slot.len is 16 bits */
#define NM_OFFLOAD_HEAD_MAX	256u	/* Ethernet to TCP headers of a frame to be segmented */
/* Ethernet with two tags, an IPv6 header, and all that a 16-bit length can tell. */
#define NM_OFFLOAD_FRAME_MAX	(14u + 8u + 40u + 65535u)

/* The bytes of one source slot. */
struct nm_frag {
	const uint8_t *data;	/* client-writable, untrusted */
	uint32_t len;		/* the engine's own copy */
};

/* Where the next source byte lies. */
struct nm_frag_cursor {
	const struct nm_frag *frag;
	uint32_t off;		/* in it */
};

struct nm_offload {
	/* What the plan found, for counters. */
	uint32_t frames;	/* destination frames */
	uint32_t bytes;		/* in all of them, without destination headers */

	/* The rest is private to offload.c. The whole conversion: */
	struct nm_frag_cursor in;
	uint32_t buf_size;	/* of each destination slot */
	uint32_t head_len;	/* bytes of head[] before each destination frame's payload */
	uint32_t payload_len;	/* source bytes after the headers, for all frames */
	uint32_t seg_size;	/* of them in each destination frame but the last */
	uint32_t csum_from;	/* offset in the payload where the checksum begins */
	uint32_t field_at;	/* offset in a destination frame of the checksum field */
	bool is_udp;		/* 0 there says that there is no checksum */
	bool has_field;		/* whether a checksum is to be completed at all */
	bool is_segmented;	/* head[] holds the frame's headers, as parsed below */
	bool is_v6;
	bool is_tcp;

	/* Segmentation: offsets in head[] and the first segment's values. */
	uint32_t l3, l4;
	uint64_t pseudo_csum;	/* addresses and protocol */
	uint32_t seq;
	uint16_t id;
	uint16_t urgent;
	uint8_t tcp_flags;

	/* The frame being written: */
	uint32_t frames_left;	/* with this one */
	uint32_t payload_done;	/* by the frames before and this one so far */
	uint32_t frame_len;
	uint32_t frame_pos;	/* 0: not begun */
	uint64_t csum;		/* 16-bit words in memory order, carries not yet folded */
	bool csum_is_odd;	/* an odd number of bytes is in sum */

	uint8_t head[NM_OFFLOAD_HEAD_MAX];	/* private copy */
	uint8_t *field[2];	/* where the checksum field's bytes were written */
};

/**
 * nm_offload_plan - look at a frame and find what becomes of it
 * @o: any contents
 * @frag: source slots in order, the first beginning with the header; the array stays as it
 *	is until the last nm_offload_emit(), the bytes it points to may change
 * @nfrags: 1 to NM_OFFLOAD_FRAGS_MAX
 * @src_hdr: length of the header at the source: 0, 10 or 12
 * @dst_hdr: length of the header at the destination: 0, 10 or 12
 * @dst_buf_size: bytes that fit a destination slot; no more than its 16-bit length can tell is used
 *
 * Returns the number of destination slots, at least 1 and without a bound of its own (a small
 * gso_size makes tens of thousands), or -1 for a frame that cannot be converted: malformed,
 * too long, or asking for what is not done here. Never sleeps.
 */
int nm_offload_plan(struct nm_offload *o, const struct nm_frag *frag, uint32_t nfrags,
		    uint32_t src_hdr, uint32_t dst_hdr, uint32_t dst_buf_size);

/**
 * nm_offload_emit - write the next destination slot
 * @o: planned
 * @dst: dst_buf_size bytes, which stay valid until the slot after which *@more is false, for
 *	the frame's checksum is put in its place last; if they are the source's as well,
 *	anything may come to stand in them
 * @more: set to whether the frame continues in the next slot (NS_MOREFRAG)
 *
 * Returns the bytes written, never more than dst_buf_size. To be called as often as the plan
 * said; a further call writes nothing and returns 0. Never sleeps.
 */
uint32_t nm_offload_emit(struct nm_offload *o, uint8_t *dst, bool *more);

/**
 * nm_offload_next - what is still to be written
 * @o: planned, and not within a frame
 * @slots: set to those of the next frame
 * @bytes: set to those of the next frame
 *
 * Returns the number of frames to come; 0: nothing is set.
 */
uint32_t nm_offload_next(const struct nm_offload *o, uint32_t *slots, uint32_t *bytes);

#endif
