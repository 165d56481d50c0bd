/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A batch of frames on its way through the switch: vale_classify() queues them by destination,
 * vale_deliver() copies them. All of this belongs to one tx ring. Guard: the ring's lock.
 */
#ifndef NM_VALE_BATCH_H
#define NM_VALE_BATCH_H

#include "vale/vale.h"

#define VALE_NO_FRAME	0xffffu	/* no item; greater than any index */
#define VALE_NO_ADDRESS	UINT64_MAX	/* no 48-bit address */

/* Slot flags that the fast path of vale_classify() does not handle. */
#define VALE_SLOW_FLAGS	(NS_INDIRECT | NS_MOREFRAG | NS_NO_LEARN | NS_PORT_MASK)

/* Result of reading a frame or a batch. Negative values are -errno. */
enum { VALE_READ_OK, VALE_READ_BATCH_FULL, VALE_READ_INCOMPLETE, VALE_READ_FAULT };

/*
 * One slot of the sender, copied and checked. The items of a frame are adjacent; its first one
 * stands for the frame.
 */
struct vale_item {
	const uint8_t *data;	/* client-writable bytes, or the bounce buffer */
	union {
		uint64_t word;
		struct {
			uint16_t len;	/* at most the sender's buffer size */
			uint16_t next;	/* next frame in its queue; VALE_NO_FRAME */
			uint16_t frags;	/* slots of the frame; in its first item */
			uint16_t unused;
		};
	};
};

/* Set all but data, by one store. The frame becomes the last of its queue. */
static inline void vale_item_set(struct vale_item *it, uint16_t len, uint32_t frags)
{
	const struct vale_item v = { .len = len, .next = VALE_NO_FRAME, .frags = (uint16_t)frags };

	it->word = v.word;
}

/* Frames for one destination, in order. */
struct vale_queue {
	uint16_t head, tail;	/* items; VALE_NO_FRAME: empty */
	uint32_t slots, frames;
};

#define VALE_QUEUE_EMPTY	{ .head = VALE_NO_FRAME, .tail = VALE_NO_FRAME }

struct vale_pending {
	struct vale_queue queue[VALE_PORTS];	/* by port index */
	struct vale_queue flood;		/* to all ports but the sender's */
	uint8_t touched[VALE_PORTS];		/* ports whose queue is not empty */
	uint32_t touched_count;
	uint32_t items;				/* used in item[] */
	uint32_t batch;				/* items that complete a batch; const */
	bool is_skipping;			/* dropping the rest of a frame that is too long */
	uint32_t bounced;			/* slots of bounce[] in use */
	uint8_t *bounce;		/* NETMAP_MAX_FRAGS buffers; allocated on first use */
	struct vale_item item[];		/* batch + NETMAP_MAX_FRAGS */
};

/* The sender of a batch, and what all frames of the batch share. */
struct vale_sender {
	struct nm_kring *k;
	struct vale_pending *out;
	struct vale_port *vp;
	struct vale_switch *sw;		/* NULL: the port is detached */
	struct nm_bufs bufs;
	uint32_t hdr_len;
	uint32_t now;			/* os_seconds() */
	/* The previous frame: its addresses and its destination. */
	uint64_t last_src, last_dst;
	uint64_t last_head, last_rest;	/* its addresses, as the words that were read */
	uint32_t last_port;
	/*
	 * The queue that the previous frame is the tail of, if vale_classify_run() may append to
	 * it; else NULL.
	 */
	struct vale_queue *run;
	struct vale_queue dropped;	/* stands for frames without a destination */
	/* Added to the ring's counters once a sync. */
	uint64_t packets, bytes, drops[NM_DROP_CAUSES];
};

/*
 * vale_classify.c: the first pass over one batch. Reads the sender's slots, queues each frame for
 * its destination and moves hwcur past them. Returns VALE_READ_* or -EIO for an illegal slot.
 */
int vale_classify(struct vale_sender *s, struct nm_sync *sync);
/*
 * Queue the frame in items [first, first + frags), or count it as dropped. flags: of its first
 * slot.
 */
void vale_classify_frame(struct vale_sender *s, uint32_t first, uint32_t frags, uint16_t flags);

/*
 * vale_slow.c: classify the frame at slot pos, which has several slots, NS_INDIRECT data, offsets,
 * or flags that say where it goes. *used is the number of slots consumed. Returns as
 * vale_classify().
 */
int vale_classify_slow(struct vale_sender *s, struct nm_sync *sync, uint32_t pos, uint32_t *used);
/* Skip the rest of a frame that was too long. Returns the slot after it. */
uint32_t vale_skip_rest(struct vale_sender *s, uint32_t pos);

/*
 * vale_deliver.c: the second pass over one batch. Copies each frame to the rx rings of its
 * destinations and empties all queues.
 */
void vale_deliver(struct vale_sender *s);

#endif
