// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rx rings of a network card and its stack that are full for a moment. A stream fills a ring before its
 * reader runs; what is dropped then has to be sent again. So a home that can keeps back what is for a
 * full ring, until its reader has given slots back. Who does not read for a while is waited for no more until he
 * has: then frames are dropped at once.
 */
#include "nic/nic.h"

/* So long a ring may be full and not read. */
#define TIMEOUT_NS	100000000u

/* The home goes on when this part of the ring is free: each time costs it a call. */
#define RESUME_FRACTION	4u

/* nic_ring.hold */
enum { BACKPRESSURE_NONE, BACKPRESSURE_NOW, BACKPRESSURE_OVER };

/* Any context. Acquire: as nic_room_locked(). */
static uint32_t nic_rx_room(const struct nm_kring *k)
{
	return nm_span(os_load32(&k->hwtail), nm_back(os_load32_acquire(&k->hwcur), k->num_slots),
		       k->num_slots);
}

/* Never more than an empty ring has: what is longer than that, waiting does not help. */
static uint32_t nic_rx_slots_for(const struct nm_kring *k, uint32_t frames, uint32_t bytes)
{
	const uint32_t each = (bytes + frames - 1) / frames, buf = nm_kring_room(k);
	const uint64_t n = (uint64_t)frames * ((each + buf - 1) / buf);

	return n < k->num_slots ? (uint32_t)n : k->num_slots - 1;
}

/*
 * The barrier: we say that we wait, then look for room; the reader gives slots back, then looks whether somebody
 * waits (nic_read()). One of us sees the other.
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
		/* Signed: the reader may have set it since. */
		os_store32(&r->backpressure, BACKPRESSURE_OVER);
		return false;
	}
	os_barrier();
	return nic_rx_room(k) < slots;
}

/* The stack has one way out: of several rings, the one that is not read would keep back what is for others. */
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
 * The ring's mutex is held, and not its short lock, which is for interrupts: whatever who delivers makes of
 * hold meanwhile, the home is told after that, and asks again. What is read in small steps goes on being
 * read: it is waited for until there is room for more.
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
