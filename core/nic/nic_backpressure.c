// SPDX-License-Identifier: BSD-2-Clause
/*
 * Backpressure from full rx rings of a network card and its stack. A stream fills a ring before its
 * reader runs, and each dropped frame must be sent again. So a platform that can keep frames for a
 * full ring does so, in a backlog, until the reader has released slots. If the reader makes no
 * progress for TIMEOUT_NS, frames are dropped until it reads again.
 */
#include "nic/nic.h"

/* How long a full, unread ring may have a backlog. */
#define TIMEOUT_NS	100000000u

/* The platform resumes when this fraction of the ring is free: each time costs it a call. */
#define RESUME_FRACTION	4u

/* nic_ring.backpressure: none; the platform has a backlog; timed out, frames are dropped. */
enum { BACKPRESSURE_NONE, BACKPRESSURE_NOW, BACKPRESSURE_OVER };

/* Return the slots that may be filled. Any context. Acquire: as in nic_rx_room_locked(). */
static uint32_t nic_rx_room(const struct nm_kring *k)
{
	return nm_span(os_load32(&k->hwtail), nm_back(os_load32_acquire(&k->hwcur), k->num_slots),
		       k->num_slots);
}

/*
 * Return the slots that these frames need, at most those of an empty ring: waiting cannot help
 * longer ones.
 */
static uint32_t nic_rx_slots_for(const struct nm_kring *k, uint32_t frames, uint32_t bytes)
{
	const uint32_t each = (bytes + frames - 1) / frames, buf = nm_kring_room(k);
	const uint64_t n = (uint64_t)frames * ((each + buf - 1) / buf);

	return n < k->num_slots ? (uint32_t)n : k->num_slots - 1;
}

/*
 * Full barrier: pairs with the one in nic_rx_released(). This side sets backpressure, then reads
 * the room; the reader releases slots, then reads backpressure. One of the two sees the other's
 * write. Caller holds the ring's spinlock.
 */
static bool nic_backpressure_locked(struct nm_kring *k, uint32_t slots)
{
	struct nic_ring *r = k->nic;
	const uint32_t was = os_load32(&r->backpressure);
	uint64_t now;

	if (was == BACKPRESSURE_OVER)
		return false;
	now = os_nanoseconds();
	if (was == BACKPRESSURE_NONE) {
		os_store64(&r->full_since, now);
		os_store32(&r->backpressure, BACKPRESSURE_NOW);
	} else if ((int64_t)(now - os_load64(&r->full_since)) > (int64_t)TIMEOUT_NS) {
		/* Signed: the reader may have set full_since after now was read. */
		os_store32(&r->backpressure, BACKPRESSURE_OVER);
		return false;
	}
	os_barrier();
	return nic_rx_room(k) < slots;
}

/*
 * False if the stack has several host rings: it has one queue, so the backlog of an unread ring
 * would also delay frames for the others.
 */
static bool nic_rx_ring_is_only(const struct nm_port *p, enum os_netdev_side from)
{
	return from != OS_NETDEV_STACK || p->host_rings[NM_RX] == 1;
}

bool nic_has_backpressure(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames,
			  uint32_t bytes)
{
	struct nm_kring *k = nic_rx_ring(arg, from, queue);
	uint32_t slots;
	bool backpressure;

	if (unlikely(!frames))
		return nic_rx_ring_is_only(arg, from);
	slots = nic_rx_slots_for(k, frames, bytes);
	if (likely(nic_rx_room(k) >= slots) || !nic_rx_ring_is_only(arg, from))
		return false;
	if (!nm_kring_is_active(k) || os_load32(&k->corrupt))
		return false;
	os_spin_lock(&k->nic->lock);
	backpressure = nic_backpressure_locked(k, slots);
	os_spin_unlock(&k->nic->lock);
	return backpressure;
}

void nic_lost(void *arg, enum os_netdev_side from, uint32_t queue, uint32_t frames)
{
	struct nm_kring *k = nic_rx_ring(arg, from, queue);

	os_spin_lock(&k->nic->lock);
	nm_stat_add(&k->stats.drops[NM_DROP_NOROOM], frames);
	os_spin_unlock(&k->nic->lock);
}

/*
 * Caller holds the ring's mutex but not its spinlock, which interrupts take. A concurrent deliverer
 * may change backpressure; that is harmless, because os_netdev_resume() makes it ask again. A ring
 * that is read in small steps counts as read: the platform waits until RESUME_FRACTION of it is
 * free.
 */
void nic_rx_released_slow(struct nm_kring *k)
{
	struct nic_ring *r = k->nic;
	const uint32_t was = os_load32(&r->backpressure);

	if (was == BACKPRESSURE_NOW && nic_rx_room(k) < k->num_slots / RESUME_FRACTION) {
		os_store64(&r->full_since, os_nanoseconds());
		return;
	}
	os_store32(&r->backpressure, BACKPRESSURE_NONE);
	if (was == BACKPRESSURE_NOW)
		os_netdev_resume(nm_nic_of(k->port)->dev,
				 k->is_host ? OS_NETDEV_STACK : OS_NETDEV_WIRE);
}
