// SPDX-License-Identifier: BSD-2-Clause
/* Inboxes: reservations in a receiver's ring, and when it is woken. See vale_inbox.h. */
#include "vale_inbox.h"
#include "slot.h"
#include "tunables.h"
#include "vale.h"

/*
 * reserved: end of what senders have reserved; hwtail <= reserved < hwcur in ring order.
 * done[i] is the length of the reservation that began at slot i, once it is handed in.
 */
struct vale_inbox {
	struct os_spin lock;
	uint32_t reserved;	/* guard: lock */
	struct os_timer timer;	/* wakes the receiver a little later; armed under lock */
	uint32_t is_armed;	/* atomic; cleared by the timer */
	uint64_t woken_at;	/* os_nanoseconds(); guard: lock */
	uint32_t done[];	/* guard: lock */
};

/*
 * Wakeups of a receiver that gets burst after burst are held apart: each costs as much as
 * moving a hundred frames. A receiver is woken at once if it was not woken for wake_delay
 * microseconds, if few frames come at a time (somebody may wait for an answer), or if its ring
 * is filling up; else a timer wakes it when that time is over.
 */
#define BURST_SLOTS	8u	/* fewer are not held back */
#define RING_PART	4u	/* a ring that holds this part of its slots is filling up */

/*
 * The timer clears, then looks for sleepers; a sender delivers, then looks whether it is armed: see
 * vale_inbox_wake().
 */
static void wake_later(void *arg)
{
	struct nm_kring *k = arg;

	os_store32(&k->inbox->is_armed, 0);
	nm_kring_wake(k);
}

struct vale_inbox *vale_inbox_make(struct nm_kring *k)
{
	struct vale_inbox *in = os_alloc(sizeof(*in) + k->num_slots * sizeof(in->done[0]));

	if (in) {
		os_spin_init(&in->lock, "vale_inbox");
		in->reserved = k->hwtail;
		os_timer_init(&in->timer, wake_later, k);
	}
	return in;
}

void vale_inbox_free(struct vale_inbox *in)
{
	if (in) {
		os_timer_cancel(&in->timer);
		os_spin_destroy(&in->lock);
	}
	os_free(in);
}

uint32_t vale_lease_take(struct vale_lease *l, struct nm_kring *k, uint32_t want)
{
	struct vale_inbox *in = k->inbox;
	uint32_t room;

	l->k = k;
	l->used = 0;
	l->packets = l->bytes = 0;
	os_spin_lock(&in->lock);
	/* Acquire: the receiver is done with what it gave back; pairs with vale_rxsync(). */
	room = nm_span(in->reserved, nm_back(os_load32_acquire(&k->hwcur), k->num_slots),
		       k->num_slots);
	l->size = want <= room ? want : 0;
	l->first = l->at = in->reserved;
	in->reserved = nm_forward(in->reserved, l->size, k->num_slots);
	os_spin_unlock(&in->lock);
	return room;
}

void vale_lease_fill(struct vale_lease *l)
{
	for (; l->used < l->size; l->used++, l->at = nm_next(l->at, l->k->num_slots))
		nm_slot_store_len_flags(&l->k->ring->slot[l->at], 0, 0);
}

void vale_lease_give(struct vale_lease *l)
{
	struct nm_kring *k = l->k;
	struct vale_inbox *in = k->inbox;
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
	/* Release: the slots are written; pairs with tell_locked(). */
	os_store32_release(&k->hwtail, tail);
	os_spin_unlock(&in->lock);
}

void vale_inbox_drop(struct nm_kring *k, enum nm_drop cause, uint32_t n)
{
	os_spin_lock(&k->inbox->lock);
	nm_stat_add(&k->stats.drops[cause], n);
	os_spin_unlock(&k->inbox->lock);
}

/* Should the receiver wait? Then the timer is armed when this returns. */
static bool is_held_back(struct nm_kring *k, uint64_t delay)
{
	struct vale_inbox *in = k->inbox;
	uint64_t now, since;
	bool held = false;

	os_spin_lock(&in->lock);
	now = os_nanoseconds();
	since = now - in->woken_at;
	if (nm_span(os_load32(&k->hwcur), k->hwtail, k->num_slots) > k->num_slots / RING_PART ||
	    (since >= delay && !os_load32(&in->is_armed))) {
		in->woken_at = now;
	} else {
		held = true;
		if (!os_load32(&in->is_armed)) {
			os_store32(&in->is_armed, 1);
			os_timer_arm(&in->timer, delay - since);
			in->woken_at += delay;	/* when the timer will have fired */
		}
	}
	os_spin_unlock(&in->lock);
	return held;
}

/*
 * Frames were delivered to k. os_waitq_has_sleeper() is the barrier between that and the look at
 * is_armed: if the timer is armed still, it looks for sleepers after this, and they see the frames.
 */
void vale_inbox_wake(struct nm_kring *k, uint32_t slots)
{
	const uint64_t delay = nm_tunable(NM_TUN_WAKE_DELAY) * 1000ull;

	if (!os_waitq_has_sleeper(&k->waitq))
		return;
	if (slots < BURST_SLOTS || !delay || !is_held_back(k, delay))
		nm_kring_wake(k);
}
