/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second public header of the engine: what a platform may use to work on frames. It copies a
 * frame's bytes, converts frames between virtio-net headers (checksum, segmentation) and merges
 * TCP segments. Nothing here allocates, locks or sleeps, and no call needs an object of the
 * engine, so a platform may use all of it in any context.
 */
#ifndef NM_FRAME_H
#define NM_FRAME_H

#include "os.h"

/* ---- copies ----------------------------------------------------------------------- */

#define NM_WORD		8u
#define NM_LINE		64u
#define NM_COPY_STEPS	512u	/* the platform's copy is faster for longer frames */

typedef uint64_t __attribute__((may_alias, aligned(1))) nm_word_t;

static inline void nm_copy_line(uint8_t *dst, const uint8_t *src)
{
	const nm_word_t *from = (const nm_word_t *)src;
	nm_word_t *to = (nm_word_t *)dst;
	const nm_word_t a = from[0], b = from[1], c = from[2], d = from[3];
	const nm_word_t e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	to[4] = e;
	to[5] = f;
	to[6] = g;
	to[7] = h;
}

/* Copy 57 to 64 bytes. */
static inline void nm_copy_short(uint8_t *dst, const uint8_t *src, uint32_t len)
{
	const nm_word_t *from = (const nm_word_t *)src;
	nm_word_t *to = (nm_word_t *)dst;
	const nm_word_t a = from[0], b = from[1], c = from[2], d = from[3];
	const nm_word_t e = from[4], f = from[5], g = from[6];
	const nm_word_t last = *(const nm_word_t *)(src + len - NM_WORD);

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	to[4] = e;
	to[5] = f;
	to[6] = g;
	*(nm_word_t *)(dst + len - NM_WORD) = last;
}

/* Out of line, so that it costs no registers in a loop over short frames. */
static __attribute__((__noinline__, __unused__)) void
nm_copy_other(uint8_t *dst, const uint8_t *src, uint32_t len)
{
	uint32_t done;

	if (len < NM_LINE || len > NM_COPY_STEPS) {
		os_memcpy(dst, src, len);
		return;
	}
	for (done = 0; done + NM_LINE < len; done += NM_LINE)
		nm_copy_line(dst + done, src + done);
	nm_copy_line(dst + len - NM_LINE, src + len - NM_LINE);
}

/**
 * nm_copy_frame - copy the bytes of a frame, and none after them
 * @dst: len bytes, not overlapping @src
 * @src: len bytes; what follows them in the sender's buffer must not reach the receiver
 * @len: any length; short Ethernet frames are the fast path
 *
 * Copies words, the last of which may overlap those before it instead of reaching beyond @len.
 * Library functions are tuned for long copies and slow to start. Never sleeps.
 */
static inline void nm_copy_frame(uint8_t *dst, const uint8_t *src, uint32_t len)
{
	if (likely(len - (NM_LINE - NM_WORD + 1) < NM_WORD))
		nm_copy_short(dst, src, len);
	else
		nm_copy_other(dst, src, len);
}

/* ---- pieces and virtio-net headers ----------------------------------------------- */

/* The bytes of one source slot. */
struct nm_frag {
	const uint8_t *data;	/* client-writable, untrusted */
	uint32_t len;		/* the engine's own copy */
};

/*
 * The virtio-net header: Virtual I/O Device (VIRTIO) version 1.2, section 5.1.6. Numbers are
 * little-endian, and kept as bytes because a header may begin at any address. The legacy form ends
 * before num_buffers.
 */
struct nm_vnet_hdr {
	uint8_t flags;		/* NM_VNET_F_* */
	uint8_t gso_type;	/* NM_VNET_GSO_* */
	uint8_t hdr_len[2];	/* length of all headers of the frame; a hint, not used */
	uint8_t gso_size[2];	/* payload of each segment */
	uint8_t csum_start[2];	/* offset of the first byte that the checksum covers */
	uint8_t csum_offset[2];	/* offset of the checksum field from there */
	uint8_t num_buffers[2];	/* merged receive buffers; always 1 here */
};

/* Write a field of the header: two bytes, the low one first. */
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
#define NM_VNET_GSO_ECN		0x80u	/* flag for the TCP types: CWR may be set */

/* ---- conversion ------------------------------------------------------------------ */

/*
 * Conversion of frames between ports with different virtio-net headers: the header is added,
 * removed or changed in length. Where it is removed, the work that it left to the device (checksum,
 * segmentation) is done here, while frames are copied from the source slots to the destination's.
 * One struct nm_offload converts one frame at a time. It allocates nothing, locks nothing, and may
 * be on a stack (about 400 bytes).
 *
 * The source bytes belong to a client that may change them at any moment: each header is read once
 * into the struct, and only that copy is used.
 */

#define NM_OFFLOAD_FRAGS_MAX	64u	/* slots of a source frame */
#define NM_OFFLOAD_SLOT_MAX	65535u	/* netmap_slot.len is 16 bits */
#define NM_OFFLOAD_HEAD_MAX	256u	/* Ethernet to TCP headers of a frame to segment */
/* Ethernet with two tags, an IPv6 header, and the maximum of a 16-bit length. */
#define NM_OFFLOAD_FRAME_MAX	(14u + 8u + 40u + 65535u)

/* Position of the next source byte. */
struct nm_frag_cursor {
	const struct nm_frag *frag;
	uint32_t off;		/* in frag */
};

struct nm_offload {
	/* Results of the plan, for counters. */
	uint32_t frames;	/* destination frames */
	uint32_t bytes;		/* of all of them, without virtio-net headers */

	/* The rest is private to offload_plan.c and offload_emit.c. Of the whole conversion: */
	struct nm_frag_cursor in;
	uint32_t buf_size;	/* of each destination slot */
	uint32_t head_len;	/* length of head[] before each destination frame's payload */
	uint32_t payload_len;	/* source bytes after the headers, of all frames */
	uint32_t seg_size;	/* payload of each destination frame but the last */
	uint32_t csum_from;	/* offset in the payload where the checksum begins */
	uint32_t field_at;	/* offset in a destination frame of the checksum field */
	bool is_udp;		/* a checksum of 0 is sent as 0xffff */
	bool has_field;		/* a checksum must be completed */
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

	/* Of the frame being written: */
	uint32_t frames_left;	/* including this one */
	uint32_t payload_done;	/* in earlier frames and so far in this one */
	uint32_t frame_len;
	uint32_t frame_pos;	/* 0: not begun */
	uint64_t csum;		/* 16-bit words in memory order, carries not yet folded */
	bool csum_is_odd;	/* csum covers an odd number of bytes */

	uint8_t head[NM_OFFLOAD_HEAD_MAX];	/* private copy */
	uint8_t *field[2];	/* addresses of the checksum field's two bytes */
};

/**
 * nm_offload_plan - parse a frame and plan its conversion
 * @o: any contents
 * @frag: source slots in order, the first beginning with the virtio-net header. The array must
 *	stay unchanged until the last nm_offload_emit(); the bytes it points to may change
 * @nfrags: 1 to NM_OFFLOAD_FRAGS_MAX
 * @src_hdr: length of the source's virtio-net header: 0, 10 or 12
 * @dst_hdr: length of the destination's virtio-net header: 0, 10 or 12
 * @dst_buf_size: bytes that fit in a destination slot; at most NM_OFFLOAD_SLOT_MAX are used
 *
 * Return: the number of destination slots, at least 1 and unlimited (a small gso_size makes tens
 * of thousands), or -1 for a frame that cannot be converted: malformed, too long, or with an
 * unsupported offload. Never sleeps.
 */
int nm_offload_plan(struct nm_offload *o, const struct nm_frag *frag, uint32_t nfrags,
		    uint32_t src_hdr, uint32_t dst_hdr, uint32_t dst_buf_size);

/**
 * nm_offload_emit - write the next destination slot
 * @o: planned
 * @dst: dst_buf_size bytes. They must stay valid until a call sets *@more to false, because the
 *	frame's checksum is stored last. If they overlap the source, their contents are undefined
 * @more: set to whether the frame continues in the next slot (NS_MOREFRAG)
 *
 * Return: the bytes written, at most dst_buf_size. Call it once for each slot of the plan; further
 * calls write nothing and return 0. Never sleeps.
 */
uint32_t nm_offload_emit(struct nm_offload *o, uint8_t *dst, bool *more);

/**
 * nm_offload_next - measure the next destination frame
 * @o: planned, and between two frames
 * @slots: set to the next frame's slots
 * @bytes: set to the next frame's bytes
 *
 * Return: the number of frames not yet written; 0: @slots and @bytes are not set.
 */
uint32_t nm_offload_next(const struct nm_offload *o, uint32_t *slots, uint32_t *bytes);

/* ---- merging --------------------------------------------------------------------- */

/*
 * Merging of frames for the stack: consecutive TCP segments of a batch become one long frame behind
 * a virtio-net header, which says how to cut it into the same frames again. The stack then handles
 * one frame instead of many, as it does with GRO. The rules are those of GRO: one flow, each
 * segment begins where the previous one ends, headers differ only where segmentation makes the same
 * difference (nm_offload_plan() or the kernel's), and every checksum is valid. Frames for a wire
 * are not merged.
 */

#define NM_MERGE_CSUM_OFFSET	16u	/* of the checksum in the TCP header */
/* Ethernet without a tag, IPv6, TCP with the longest options. */
#define NM_MERGE_HEAD_MAX	(14u + 40u + 60u)

struct nm_merge {
	uint32_t frames;	/* merged frames, one piece each */
	uint32_t head_len;	/* length of head[], and of each frame's headers */
	uint32_t payload_len;	/* bytes after the headers, of all frames */
	uint32_t seg_size;	/* payload of each frame but the last */
	uint32_t l4;		/* offset of the TCP header */
	bool is_v6;
	uint8_t head[NM_MERGE_HEAD_MAX];	/* headers of the merged frame */
};

/**
 * nm_merge_plan - count the frames at the start of a batch that can be merged
 * @m: any contents; initialised if the result is more than 1
 * @frag: pieces, each a whole frame. A client may change their bytes at any time: headers are read
 *	once, and a client that changes a payload only sends itself wrong data
 * @n: number of pieces, at least 1
 *
 * Return: the number of frames, 1 if the first one cannot be merged. Never sleeps.
 */
uint32_t nm_merge_plan(struct nm_merge *m, const struct os_frag *frag, uint32_t n);

/**
 * nm_merge_hdr - write the virtio-net header of a merged frame
 * @m: filled by nm_merge_plan() with a result of more than 1
 * @hdr: all of it is set
 *
 * Never sleeps.
 */
void nm_merge_hdr(const struct nm_merge *m, struct nm_vnet_hdr *hdr);

#endif
