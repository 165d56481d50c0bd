/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kring: the engine's half of a ring. The other half, struct netmap_ring, is memory that
 * clients write at any time: nothing there is trusted, each word of it is read once.
 *
 *   slots [rhead, hwtail)  belong to the application (it may have freed some: it will say)
 *   slots [hwcur, rhead)   were released by it and wait for the engine
 *   the rest               belongs to the engine
 */
#ifndef NM_KRING_H
#define NM_KRING_H

#include "engine.h"
#include "ring/offsets.h"
#include "memory/region.h"

enum nm_dir { NM_TX = 0, NM_RX = 1 };	/* as in netmap_ring.dir */

struct nm_port;
struct nm_leases;
struct vale_pending;
struct nic_ring;
struct nm_mirrors;

/* Each word has one writer at a time, who holds what is said; read with os_load64(). */
#define NM_DROP_NONE	NM_DROP_CAUSES	/* of a frame that is not dropped */

struct nm_ring_stats {
	uint64_t packets, bytes, slots;	/* tx: the ring's lock; rx: who delivers (see ops) */
	uint64_t syncs, resets;		/* the ring's lock */
	uint64_t wakeups;		/* who delivers; approximate when several do */
	uint64_t drops[NM_DROP_CAUSES];	/* as packets */
};

struct nm_kring;
struct nm_sync;

/* What a kind of port does with its rings. Called with the ring's lock held. */
struct nm_ring_ops {
	/*
	 * Move slots [hwcur, rhead) of a tx ring on, as far as there is room; set hwcur and hwtail. 0, -EIO,
	 * NM_SYNC_FAULT.
	 */
	int (*txsync)(struct nm_kring *k, struct nm_sync *s);
	/* Take slots [hwcur, rhead) of an rx ring back, set hwcur; bring hwtail up to date. */
	int (*rxsync)(struct nm_kring *k, struct nm_sync *s);
	/*
	 * Do what rx slots [hwcur, rhead) ask for, before a monitor gets their buffers; rxsync comes to the
	 * same slots later. NULL for kinds whose slots ask for nothing.
	 */
	void (*forward)(struct nm_kring *k);
	bool takes_indirect;	/* tx slots may have NS_INDIRECT data, unless the ring has offsets */
};

struct nm_kring {
	/* What a sync touches. Guard: lock, but for the words told apart below. */
	struct os_mutex lock;
	struct netmap_ring *ring;	/* client-writable, untrusted; const while the ring lives */
	uint32_t num_slots;		/* const */
	uint32_t rhead, rcur, rtail;	/* what the application last said, and was last told; listings read them */
	uint32_t idle_head;		/* tx: while the ring's head is this, there is nothing to send; atomic */
	uint32_t hwcur;			/* first slot not dealt with; rx: also read by who delivers */
	uint32_t hwtail;		/* end of the application's slots; rx: written by who delivers */
	uint32_t in_flight;		/* tx: slots before hwcur that are not the application's yet */
	const struct nm_ring_ops *ops;	/* const */
	struct nm_region *region;	/* const */
	union {				/* const while the port is started */
		struct nm_kring *pipe_peer;	/* the ring at the pipe's other end */
		struct nm_leases *leases;	/* rx ring of a VALE port */
		struct vale_pending *pending;	/* tx ring of a VALE port */
		struct nic_ring *nic;		/* ring of a network card or its host stack */
	};
	struct nm_mirrors *mirrors;		/* monitors on this ring; NULL: none */
	const struct nm_offsets *offsets;	/* of its slots; NULL: none; const */
	struct nm_port *port;		/* const; for the port's kind, opaque here */
	const char *name;		/* the port's; const */
	uint16_t id;			/* const; in its direction, host rings after the card's */
	uint8_t dir;			/* enum nm_dir; const */
	bool is_host;			/* const */
	bool is_by_csb;			/* CSB mode: the ring's own words are nobody's; guard: lock */
	uint32_t corrupt;		/* rx: who delivers found an illegal slot, the next rxsync resets; atomic */
	uint32_t users;			/* clients bound; guard: engine lock, read atomically elsewhere */
	bool exclusive;			/* guard: engine lock */
	uint32_t grants;		/* buffers a reset may still give out; guard: lock */
	uint64_t ring_off;		/* of the ring in its region; const */
	struct os_waitq waitq;		/* pollers who wait for this ring */
	struct nm_ring_stats stats;
} __attribute__((aligned(64)));

/* Where an application says it is. */
struct nm_pointers {
	uint32_t head, cur;
};

/* One sync: who asks, for NS_INDIRECT pointers, and why it failed. who is NULL in a polling thread. */
struct nm_sync {
	struct os_caller *caller;
	struct nm_reason *reason;
	const struct nm_pointers *at;	/* instead of what the ring says, which is not told then either; or NULL */
	bool give_up;		/* drop the next NS_INDIRECT frame whose data is not there, then clear this */
	bool is_last;		/* the ring's last client leaves: nothing of it may wait for a monitor */
	bool ready;		/* out, sticky: some ring synced has slots past cur */
	uint64_t fault_addr;	/* set with NM_SYNC_FAULT */
	uint32_t fault_len;
};

/* Result of a port's txsync, besides 0 and -EIO (a slot was illegal: reset the ring): bring memory in, call again. */
#define NM_SYNC_FAULT	1
/*
 * Others: -ENETDOWN or -ENXIO, with a reason, when a network card is down or gone: the ring is as sound as
 * ever, and what could be done was done.
 */

static inline uint32_t nm_next(uint32_t i, uint32_t n)
{
	return unlikely(++i == n) ? 0 : i;
}

/* Slots from a on to b, in ring order. */
static inline uint32_t nm_span(uint32_t a, uint32_t b, uint32_t n)
{
	return b >= a ? b - a : b - a + n;
}

static inline uint32_t nm_back(uint32_t i, uint32_t n)
{
	return i ? i - 1 : n - 1;
}

static inline uint32_t nm_forward(uint32_t i, uint32_t by, uint32_t n)
{
	i += by;
	return i >= n ? i - n : i;
}

/* Of a tx ring: its tail when the slots from at up to hwcur are not the application's, nor those under way. */
static inline uint32_t nm_tx_tail(const struct nm_kring *k, uint32_t at)
{
	const uint32_t before = nm_span(at, k->hwcur, k->num_slots);

	if (unlikely(k->in_flight > before))
		at = nm_forward(at, k->num_slots - (k->in_flight - before), k->num_slots);
	return nm_back(at, k->num_slots);
}

static inline void nm_stat_add(uint64_t *counter, uint64_t by)
{
	os_store64(counter, os_load64(counter) + by);
}

static inline bool nm_kring_is_active(const struct nm_kring *k)
{
	return os_load32(&k->users) != 0;
}

/* A tx ring in which the application has put nothing since it was drained. No lock. */
static inline bool nm_kring_is_idle(const struct nm_kring *k)
{
	return os_load32(&k->ring->head) == os_load32(&k->idle_head);
}

/*
 * Give k its ring in its region, with a buffer in every slot: one that a device can write to in place, with
 * for_device, as far as there are such. k is zeroed, but for ops, region, offsets, port, name, id and dir.
 */
int nm_kring_make(struct nm_kring *k, uint32_t num_slots, bool for_device, struct nm_reason *reason);
/* Nobody syncs, delivers to or polls k any more. */
void nm_kring_free(struct nm_kring *k);
static inline size_t nm_ring_bytes(uint32_t num_slots)
{
	return sizeof(struct netmap_ring) + (size_t)num_slots * sizeof(struct netmap_slot);
}

/* A first client comes: the ring starts where the engine is. Engine lock held. */
void nm_kring_rewind(struct nm_kring *k);

/*
 * Make a garbled ring whole: illegal slots get a valid buffer and length 0, head and cur
 * go where the engine is. Lock held.
 */
void nm_kring_reset_locked(struct nm_kring *k);

/* One sync of one ring. 0, -EIO (it was garbled and is reset now). May sleep. */
int nm_kring_sync(struct nm_kring *k, struct nm_sync *s);

static inline void nm_kring_wake(struct nm_kring *k)
{
	if (os_waitq_wake(&k->waitq))
		nm_stat_add(&k->stats.wakeups, 1);
}

#endif
