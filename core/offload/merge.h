/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Merging of what goes to the stack: TCP segments that follow one another in a batch become one long frame
 * behind a virtio-net header, which says how to make the same frames of it again. The stack then has one frame to
 * look at instead of many, as it has with the receivers of cards (GRO). By their rules: one flow, each
 * segment where the one before ends, nothing else different but where segmentation makes the same difference
 * (nm_offload_plan(), or the kernel's), and only with a right checksum. Nothing is merged toward a wire.
 */
#ifndef NM_MERGE_H
#define NM_MERGE_H

#include "offload/offload.h"

#define NM_MERGE_CSUM_OFFSET	16u	/* of the checksum in TCP's header */
/* Ethernet without a tag, IPv6, TCP with all options it can have. */
#define NM_MERGE_HEAD_MAX	(14u + 40u + 60u)

struct nm_merge {
	uint32_t frames;	/* merged; each is one piece */
	uint32_t head_len;	/* bytes of head[], and of each frame's headers */
	uint32_t payload_len;	/* bytes behind them, of all frames */
	uint32_t seg_size;	/* of them in each but the last */
	uint32_t l4;		/* where TCP's header begins */
	bool is_v6;
	uint8_t head[NM_MERGE_HEAD_MAX];	/* of the merged frame */
};

/**
 * nm_merge_plan - how many frames of a batch, from the first one on, can be merged
 * @m: any contents; all of it is set if the result is more than 1
 * @frag: n pieces of whole frames; their bytes may be changed by another at any time: headers are read once, and
 *	who does that to a payload sends himself what is wrong
 *
 * Returns the number of frames, 1 for a frame that stays as it is. Never sleeps.
 */
uint32_t nm_merge_plan(struct nm_merge *m, const struct os_frag *frag, uint32_t n);

/* The virtio-net header of the merged frame. */
void nm_merge_hdr(const struct nm_merge *m, struct nm_vnet_hdr *hdr);

#endif
