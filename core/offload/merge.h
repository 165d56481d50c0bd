/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Merging of frames for the stack: consecutive TCP segments of a batch become one long frame behind
 * a virtio-net header, which says how to cut it into the same frames again. The stack then handles
 * one frame instead of many, as it does with GRO. The rules are those of GRO: one flow, each
 * segment begins where the previous one ends, headers differ only where segmentation makes the same
 * difference (nm_offload_plan() or the kernel's), and every checksum is valid. Frames for a wire
 * are not merged.
 */
#ifndef NM_MERGE_H
#define NM_MERGE_H

#include "offload/offload.h"

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
 * @frag: n pieces, each a whole frame. A client may change their bytes at any time: headers are
 *	read once, and a client that changes a payload only sends itself wrong data
 *
 * Returns the number of frames, 1 if the first one cannot be merged. Never sleeps.
 */
uint32_t nm_merge_plan(struct nm_merge *m, const struct os_frag *frag, uint32_t n);

/* Write the virtio-net header of the merged frame. */
void nm_merge_hdr(const struct nm_merge *m, struct nm_vnet_hdr *hdr);

#endif
