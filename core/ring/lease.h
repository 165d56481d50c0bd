/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An inbox: what an rx ring of a VALE port needs so that several senders may deliver to it at a
 * time. Each reserves slots under the inbox's lock, fills them outside it, and hands them in; what was
 * reserved first becomes visible first. The lock is a leaf.
 */
#ifndef NM_LEASE_H
#define NM_LEASE_H

#include "ring/kring.h"

/* Of n rx rings. false: memory is out, and what was made is to be freed. */
bool nm_leases_make(struct nm_kring *k, uint32_t n);
void nm_leases_free(struct nm_kring *k, uint32_t n);	/* nobody delivers any more */

/* Slots of an rx ring that one sender has reserved, and what it did with them. */
struct nm_lease {
	struct nm_kring *k;
	uint32_t first, size;		/* as reserved */
	uint32_t used;			/* filled so far */
	uint32_t at;			/* the slot after these */
	uint64_t packets, bytes;	/* in them, for the ring's counters */
};

/* Reserve want slots, all or nothing. Returns how many there were to have. */
uint32_t nm_lease_take(struct nm_lease *l, struct nm_kring *k, uint32_t want);
/* The rest of a reservation in a ring that its owner has garbled: empty slots. */
void nm_lease_fill(struct nm_lease *l);
/* Hand in: the receiver sees the slots as soon as all reserved before are handed in too. */
void nm_lease_commit(struct nm_lease *l);

/* Count frames that did not get into the ring. */
void nm_leases_drop(struct nm_kring *k, enum nm_drop cause, uint32_t n);
/* So many slots were handed in just now: wake the receiver, now or soon. */
void nm_leases_wake(struct nm_kring *k, uint32_t slots);

#endif
