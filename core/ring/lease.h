/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leases: reservations of slots in an rx ring, by which several senders deliver to it at a time.
 * Each sender reserves slots under a spinlock, fills them outside of it, and commits them. Slots
 * become visible to the receiver in the order in which they were reserved. The spinlock is a leaf.
 */
#ifndef NM_LEASE_H
#define NM_LEASE_H

#include "ring/kring.h"

/*
 * Let n rx rings have leases. Returns false without memory: then call nm_leases_free(). May sleep.
 */
bool nm_leases_make(struct nm_kring *k, uint32_t n);
/* Undo nm_leases_make(). No sender delivers any more. May sleep. */
void nm_leases_free(struct nm_kring *k, uint32_t n);

/* Slots of an rx ring that a sender has reserved, and what it has put there. */
struct nm_lease {
	struct nm_kring *k;
	uint32_t first, size;		/* as reserved */
	uint32_t used;			/* filled so far */
	uint32_t at;			/* the next slot to fill */
	uint64_t packets, bytes;	/* in them, for the ring's counters */
};

/* Reserve want slots, all or none. Returns the number of free slots. */
uint32_t nm_lease_take(struct nm_lease *l, struct nm_kring *k, uint32_t want);
/* Make the rest of a lease empty slots, in a ring that its owner has corrupted. */
void nm_lease_fill(struct nm_lease *l);
/* Commit a lease: the receiver sees its slots once all earlier leases have been committed too. */
void nm_lease_commit(struct nm_lease *l);

/* Count n frames that did not get into the ring. */
void nm_leases_drop(struct nm_kring *k, enum nm_drop cause, uint32_t n);
/* Wake the receiver, now or after wake_delay, once slots have been committed. */
void nm_leases_wake(struct nm_kring *k, uint32_t slots);

#endif
