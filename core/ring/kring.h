/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kring: the engine's half of a ring. The other half, struct netmap_ring, is memory that clients
 * may write at any time: the engine trusts nothing there and reads each word of it once.
 *
 *   slots [rhead, hwtail)  belong to the application (some may be released since its last sync)
 *   slots [hwcur, rhead)   have been released by it and wait for the engine
 *   the others             belong to the engine
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

#define NM_DROP_NONE	NM_DROP_CAUSES	/* of a frame that is not dropped */

/* Each word has one writer at a time: the holder of the lock named. Read with os_load64(). */
struct nm_ring_stats {
	uint64_t packets, bytes, slots;	/* tx: the ring's lock; rx: the delivering sender's */
	uint64_t syncs, resets;		/* the ring's lock */
	uint64_t wakeups;		/* by the sender; approximate if there are several */
	uint64_t drops[NM_DROP_CAUSES];	/* as packets */
};

struct nm_kring;
struct nm_sync;

/* Operations of a kind of port on its rings. Caller holds the ring's lock. */
struct nm_ring_ops {
	/*
	 * Send slots [hwcur, rhead) of a tx ring, as far as there is room; set hwcur and hwtail.
	 * Returns 0, -EIO, NM_SYNC_FAULT, or an error described there.
	 */
	int (*txsync)(struct nm_kring *k, struct nm_sync *s);
	/*
	 * Reclaim slots [hwcur, rhead) of an rx ring: set hwcur; update hwtail. Returns 0 or an
	 * error, as txsync.
	 */
	int (*rxsync)(struct nm_kring *k, struct nm_sync *s);
	/*
	 * Forward those of rx slots [hwcur, rhead) that have NS_FORWARD, before a monitor gets
	 * their buffers; rxsync processes the same slots later. NULL for kinds that do not forward.
	 */
	void (*forward)(struct nm_kring *k);
	bool takes_indirect;	/* accepts NS_INDIRECT in tx slots of rings without offsets */
};

/* The watch of unsynced.h on an rx ring. */
struct nm_unsynced {
	struct os_timer timer;
	uint32_t is_running;	/* set under the ring's lock, cleared by the timer; atomic */
	uint32_t period;	/* ns to the next look; the timer's while it is running */
};

struct nm_kring {
	/* What a sync accesses. Guard: lock, unless noted. */
	struct os_mutex lock;
	struct netmap_ring *ring;	/* client-writable, untrusted; const while the ring lives */
	uint32_t num_slots;		/* const */
	uint32_t rhead, rcur;		/* last head and cur of the application; atomic */
	uint32_t rtail;			/* last tail published to the application; atomic */
	uint32_t idle_head;		/* tx: nothing to send while ring->head is this; atomic */
	uint32_t hwcur;			/* first slot not yet processed; rx: senders read it too */
	uint32_t hwtail;		/* end of the application's slots; rx: written by senders */
	uint32_t in_flight;		/* tx: slots before hwcur that the device may still read */
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
	bool is_by_csb;			/* CSB mode: ring->head, cur, tail unused; guard: lock */
	uint32_t corrupt;		/* rx: a sender found an illegal slot; atomic */
	uint32_t users;			/* bound clients; written under the engine lock; atomic */
	bool exclusive;			/* guard: engine lock */
	uint32_t grants;		/* buffers that resets may still allocate; guard: lock */
	uint64_t ring_off;		/* of the ring in its region; const */
	struct os_waitq waitq;		/* pollers of this ring */
	struct nm_ring_stats stats;
	struct nm_unsynced unsynced;
} __attribute__((aligned(64)));

/* An application's pointers. */
struct nm_pointers {
	uint32_t head, cur;
};

/* What is wrong with a slot. */
enum nm_illegal {
	NM_ILLEGAL_FIELD,	/* its buffer index, length or offset */
	NM_ILLEGAL_MEMORY,	/* NS_INDIRECT: of another process than the one that syncs */
	NM_ILLEGAL_REGION,	/* NS_INDIRECT: in memory that other users can join */
};

/*
 * Arguments and results of a sync. caller and mem are for NS_INDIRECT slots: the process that syncs
 * and the memory space that registered. Both are NULL in a thread of the engine.
 */
struct nm_sync {
	struct os_caller *caller;
	const struct os_mem *mem;
	struct nm_reason *reason;
	/* Use these instead of the ring's head and cur, and do not write its tail; or NULL. */
	const struct nm_pointers *at;
	bool give_up;		/* drop the next NS_INDIRECT frame with absent data; then cleared */
	bool is_last;		/* last client closes: nothing may wait for a monitor */
	bool ready;		/* out, sticky: a synced ring has slots past cur */
	bool is_foreign;	/* caller is not in mem */
	uint8_t illegal;	/* set with -EIO: enum nm_illegal */
	uint16_t fault_len;	/* set with NM_SYNC_FAULT, as is fault_addr */
	uint64_t fault_addr;
};

/*
 * Results of txsync and rxsync:
 *   0
 *   -EIO		a slot was illegal: reset the ring
 *   NM_SYNC_FAULT	txsync only: fault memory in, then call again
 *   -ENETDOWN, -ENXIO	with a reason: a network card is down or gone; the ring is not corrupt,
 *			and slots that could be processed have been
 */
#define NM_SYNC_FAULT	1

static inline uint32_t nm_next(uint32_t i, uint32_t n)
{
	return unlikely(++i == n) ? 0 : i;
}

/* Return the number of slots of [a, b) in ring order. */
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

/*
 * Return the tail of a tx ring if neither slots [at, hwcur) nor those in flight are the
 * application's.
 */
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

/* Return whether the application has queued nothing in a tx ring since it was drained. No lock. */
static inline bool nm_kring_is_idle(const struct nm_kring *k)
{
	return os_load32(&k->ring->head) == os_load32(&k->idle_head);
}

/*
 * Make k's ring in its region, with a buffer in every slot; with for_device, prefer buffers that a
 * device can write in place. k is zeroed except for ops, region, offsets, port, name, id and dir.
 * Returns 0 or an error with a reason. May sleep.
 */
int nm_kring_make(struct nm_kring *k, uint32_t num_slots, bool for_device,
		  struct nm_reason *reason);
/* Free the ring and its buffers. No sync, sender or poller uses k any more. May sleep. */
void nm_kring_free(struct nm_kring *k);
static inline size_t nm_ring_bytes(uint32_t num_slots)
{
	return sizeof(struct netmap_ring) + (size_t)num_slots * sizeof(struct netmap_slot);
}

/*
 * Set head and cur to the engine's position, for a first client or after a reset. Caller holds the
 * ring's lock, or nothing else uses k yet.
 */
void nm_kring_rewind(struct nm_kring *k);

/*
 * Repair a corrupt ring: illegal slots get a valid buffer and length 0, head and cur the engine's
 * position. Caller holds the ring's lock.
 */
void nm_kring_reset_locked(struct nm_kring *k);

/*
 * Sync a ring. Returns 0, or an error with a reason; after -EIO the ring has been reset. May sleep.
 */
int nm_kring_sync(struct nm_kring *k, struct nm_sync *s);

/*
 * Copy the data of an NS_INDIRECT slot of k. Returns 0; -EIO, with s->illegal, if the slot is
 * illegal because this sync must not read that memory; -EFAULT if the data is absent or s->give_up
 * applies. Caller holds the ring's lock, so this does not wait for memory.
 */
int nm_sync_read_indirect(struct nm_sync *s, const struct nm_kring *k, void *to, uint64_t from,
			  uint32_t len);

static inline void nm_kring_wake(struct nm_kring *k)
{
	if (os_waitq_wake(&k->waitq))
		nm_stat_add(&k->stats.wakeups, 1);
}

#endif
