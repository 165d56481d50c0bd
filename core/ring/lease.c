// SPDX-License-Identifier: BSD-2-Clause
/* Leases: reservations in a receiver's ring, and wakeups of the receiver. See lease.h. */
#include "ring/lease.h"
#include "ring/pace.h"
#include "ring/slot.h"
#include "base/settings.h"

/*
 * reserved is the end of all leases: hwtail <= reserved < hwcur in ring order. done[i] is the
 * length of the lease that begins at slot i, once it has been committed.
 */
struct nm_leases {
	struct os_spin lock;
	uint32_t reserved;	/* guard: lock */
	struct nm_pace pace;	/* of wakeups, at intervals of wake_delay */
	uint32_t done[];	/* guard: lock */
};

/* Fewer slots than this wake the receiver without delay: they may be a question or its answer. */
#define BURST_SLOTS	8u

static struct nm_leases *leases_make(struct nm_kring *k)
{
	struct nm_leases *in = os_alloc(sizeof(*in) + k->num_slots * sizeof(in->done[0]));

	if (in) {
		os_spin_init(&in->lock, "nm_leases");
		in->reserved = k->hwtail;
		nm_pace_init(&in->pace, k);
	}
	return in;
}

bool nm_leases_make(struct nm_kring *k, uint32_t n)
{
	for (; n; n--, k++) {
		k->leases = leases_make(k);
		if (!k->leases)
			return false;
	}
	return true;
}

void nm_leases_free(struct nm_kring *k, uint32_t n)
{
	for (; n; n--, k++) {
		struct nm_leases *in = k->leases;

		if (!in)
			continue;
		nm_pace_end(&in->pace);
		os_spin_destroy(&in->lock);
		os_free(in);
	}
}

uint32_t nm_lease_take(struct nm_lease *l, struct nm_kring *k, uint32_t want)
{
	struct nm_leases *in = k->leases;
	uint32_t room;

	l->k = k;
	l->used = 0;
	l->packets = l->bytes = 0;
	os_spin_lock(&in->lock);
	/* Acquire: the receiver is done with slots before hwcur; pairs with its rxsync. */
	room = nm_span(in->reserved, nm_back(os_load32_acquire(&k->hwcur), k->num_slots),
		       k->num_slots);
	l->size = want <= room ? want : 0;
	l->first = l->at = in->reserved;
	in->reserved = nm_forward(in->reserved, l->size, k->num_slots);
	os_spin_unlock(&in->lock);
	return room;
}

void nm_lease_fill(struct nm_lease *l)
{
	for (; l->used < l->size; l->used++, l->at = nm_next(l->at, l->k->num_slots))
		nm_slot_store_len_flags(&l->k->ring->slot[l->at], 0, 0);
}

void nm_lease_commit(struct nm_lease *l)
{
	struct nm_kring *k = l->k;
	struct nm_leases *in = k->leases;
	uint32_t tail, n;

	if (!l->size)
		return;
	os_spin_lock(&in->lock);
	nm_stat_add(&k->stats.packets, l->packets);
	nm_stat_add(&k->stats.bytes, l->bytes);
	nm_stat_add(&k->stats.slots, l->size);
	in->done[l->first] = l->size;
	for (tail = k->hwtail; (n = in->done[tail]); tail = nm_forward(tail, n, k->num_slots))
		in->done[tail] = 0;
	/* Release: the slots are written; pairs with sync_finish_locked(). */
	os_store32_release(&k->hwtail, tail);
	os_spin_unlock(&in->lock);
}

void nm_leases_drop(struct nm_kring *k, enum nm_drop cause, uint32_t n)
{
	os_spin_lock(&k->leases->lock);
	nm_stat_add(&k->stats.drops[cause], n);
	os_spin_unlock(&k->leases->lock);
}

void nm_leases_wake(struct nm_kring *k, uint32_t slots)
{
	const uint64_t delay = nm_setting(NM_SET_WAKE_DELAY) * 1000ull;

	if (!os_waitq_has_sleeper(&k->waitq))
		return;
	if (slots < BURST_SLOTS || !delay ||
	    !nm_pace_defers(&k->leases->pace, &k->leases->lock, delay))
		nm_kring_wake(k);
}
