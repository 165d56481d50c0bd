/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A batch on its way through the switch: what vale_classify.c queues and
 * vale_deliver.c copies. Everything here belongs to one tx ring and is guarded by its lock.
 */
#ifndef NM_VALE_BATCH_H
#define NM_VALE_BATCH_H

#include "vale/vale.h"

#define VALE_NO_FRAME	0xffffu	/* no frame: greater than any index */
#define VALE_NO_ADDRESS	UINT64_MAX	/* no 48-bit address */

/* Flags that take a frame off the short path. */
#define VALE_SLOW_FLAGS	(NS_INDIRECT | NS_MOREFRAG | NS_NO_LEARN | NS_PORT_MASK)

/* How reading one frame, or one batch, ended. Negative values are errnos. */
enum { VALE_READ_OK, VALE_READ_BATCH_FULL, VALE_READ_INCOMPLETE, VALE_READ_FAULT };

/* One slot of the sender, copied and checked. Those of a frame are neighbours; the first stands for it. */
struct vale_item {
	const uint8_t *data;	/* client-writable bytes, or the bounce buffer */
	union {
		uint64_t word;
		struct {
			uint16_t len;	/* at most the sender's buffer size */
			uint16_t next;	/* the next frame with this destination; VALE_NIL */
			uint16_t frags;	/* slots of the frame; in its first item */
			uint16_t unused;
		};
	};
};

/* All but data, by one store; the frame is the last of its queue. */
static inline void vale_item_set(struct vale_item *it, uint16_t len, uint32_t frags)
{
	const struct vale_item v = { .len = len, .next = VALE_NO_FRAME, .frags = (uint16_t)frags };

	it->word = v.word;
}

/* Frames with one destination, in order. */
struct vale_queue {
	uint16_t head, tail;	/* items; VALE_NIL when empty */
	uint32_t slots, frames;
};

#define VALE_QUEUE_EMPTY	{ .head = VALE_NO_FRAME, .tail = VALE_NO_FRAME }

struct vale_pending {
	struct vale_queue queue[VALE_PORTS];	/* by port index */
	struct vale_queue flood;		/* to all ports but the sender's */
	uint8_t touched[VALE_PORTS];		/* ports whose queue is not empty */
	uint32_t touched_count;
	uint32_t items;				/* in item[] */
	uint32_t batch;				/* a batch ends with the frame that reaches this; const */
	bool is_skipping;			/* the slots to come end a frame that was too long */
	uint32_t bounced;			/* slots of bounce[] in use */
	uint8_t *bounce;			/* NETMAP_MAX_FRAGS buffers, made when first wanted */
	struct vale_item item[];		/* batch + NETMAP_MAX_FRAGS */
};

/* What all of a batch has in common. */
struct vale_sender {
	struct nm_kring *k;
	struct vale_pending *out;
	struct vale_port *vp;
	struct vale_switch *sw;		/* NULL: the port is on none */
	struct nm_bufs bufs;
	uint32_t hdr_len;
	uint32_t now;			/* os_seconds() */
	/* The frame before: its addresses, and where it went. */
	uint64_t last_src, last_dst;
	uint64_t last_head, last_rest;	/* the words they were read by */
	uint32_t last_port;
	struct vale_queue *run;		/* where it is the tail: take_run() may follow; NULL: nothing may */
	struct vale_queue dropped;	/* stands for what is dropped for want of a destination */
	/* For the ring's counters, added once a batch. */
	uint64_t packets, bytes, drops[NM_DROP_CAUSES];
};

/* The first pass over one batch. Moves hwcur behind what it took. */
int vale_classify(struct vale_sender *s, struct nm_sync *sync);
/* Queue the frame of these items, or count why not. */
void vale_classify_frame(struct vale_sender *s, uint32_t first, uint32_t frags, uint16_t flags);

/*
 * A frame off the short path: several slots, NS_INDIRECT, offsets, or told where to go. *taken: its slots,
 * done with.
 */
int vale_classify_slow(struct vale_sender *s, struct nm_sync *sync, uint32_t at, uint32_t *used);
/* Pass over the rest of a frame that was too long. Returns where the next one begins. */
uint32_t vale_skip_rest(struct vale_sender *s, uint32_t at);

/* Give the frames of both queues to the port at index, each in the order they were sent in. */
void vale_deliver_to_port(struct vale_sender *s, uint32_t index, const struct vale_queue *own,
			  const struct vale_queue *flood);

#endif
