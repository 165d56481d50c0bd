// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rx rings of a network card, filled with frames from the wire, and of its host stack, filled with
 * frames that the stack sends. The receiving context owns slots [hwtail, hwcur) under the ring's
 * spinlock and publishes them by moving hwtail.
 */
#include "nic/nic.h"
#include "frame.h"
#include "base/settings.h"

struct nm_kring *nic_rx_ring(const struct nm_port *p, enum os_netdev_side from, uint32_t queue)
{
	const uint32_t nic = p->rings[NM_RX], host = p->host_rings[NM_RX];

	if (from == OS_NETDEV_STACK)
		return &p->kring[NM_RX][nic + (queue < host ? queue : queue % host)];
	return &p->kring[NM_RX][queue < nic ? queue : queue % nic];
}

/*
 * Return whether the engine takes frames of this queue. Rings without a client leave the device's
 * traffic alone: frames from the wire go to the stack, and frames from the stack go to the wire,
 * unless a client has the card's tx ring and thereby the wire.
 */
bool nic_wants(void *arg, enum os_netdev_side from, uint32_t queue)
{
	const struct nm_port *p = arg;

	if (nm_kring_is_active(nic_rx_ring(p, from, queue)))
		return true;
	return from == OS_NETDEV_STACK &&
	       nm_kring_is_active(&p->kring[NM_TX][queue % p->rings[NM_TX]]);
}

uint64_t nic_timestamp_locked(const struct nm_kring *k, const struct os_packet *pkt)
{
	/* In a ring with offsets, slot.ptr holds the offset. */
	return os_load32(&k->nic->want_timestamps) && !k->offsets ? os_packet_time(pkt) : 0;
}

/* Acquire: the application is done with these slots; pairs with the release in nic_rxsync(). */
uint32_t nic_rx_room_locked(const struct nm_kring *k)
{
	return nm_span(k->hwtail, nm_back(os_load32_acquire(&k->hwcur), k->num_slots),
		       k->num_slots);
}

void nic_rx_publish_locked(struct nm_kring *k, uint32_t end, uint32_t frames, uint64_t bytes)
{
	nm_stat_add(&k->stats.packets, frames);
	nm_stat_add(&k->stats.bytes, bytes);
	nm_stat_add(&k->stats.slots, nm_span(k->hwtail, end, k->num_slots));
	/* Release: the slots are written; pairs with the acquire in sync_finish_locked(). */
	os_store32_release(&k->hwtail, end);
}

/* Frames being put into a ring, under its spinlock. */
struct nic_rx_batch {
	struct nm_kring *k;
	struct nm_bufs bufs;
	uint32_t room;		/* bytes that fit in a slot */
	uint32_t tail, free;	/* the next slot; free slots from there on */
	uint32_t packets;
	uint64_t bytes;
};

/*
 * Put a frame in a device buffer into the next slot by exchanging buffers. Returns whether it did.
 */
static bool nic_rx_exchange(const struct nic_rx_batch *in, const struct os_packet *pkt,
			    uint32_t len)
{
	struct netmap_slot *slot = &in->k->ring->slot[in->tail];
	const uint32_t theirs = os_load32(&slot->buf_idx);
	union nm_slot s = { .len = (uint16_t)len, .flags = NS_BUF_CHANGED };

	if (!nm_bufs_has(&in->bufs, theirs))
		return false;
	s.buf_idx = os_packet_exchange(pkt, theirs);
	if (likely(!s.buf_idx))
		return false;
	nm_slot_store(slot, s);
	return true;
}

/*
 * Put a frame into the slots from tail on. data: its bytes if they are contiguous, else NULL.
 * Returns false for an illegal slot.
 */
static bool nic_rx_fill(const struct nic_rx_batch *in, const struct os_packet *pkt,
			const uint8_t *data, uint32_t len)
{
	const struct nm_kring *k = in->k;
	const uint64_t time = nic_timestamp_locked(k, pkt);
	uint32_t pos = in->tail, off = 0, n;

	if (os_packet_is_device_buf(pkt) && len <= in->room && !k->offsets &&
	    nic_rx_exchange(in, pkt, len)) {
		if (unlikely(time))
			os_store64(&k->ring->slot[pos].ptr, time);
		return true;
	}
	do {
		struct netmap_slot *slot = &k->ring->slot[pos];
		uint8_t *dst = nm_slot_rx_data(k, &in->bufs, slot);

		if (unlikely(!dst))
			return false;
		n = len - off < in->room ? len - off : in->room;
		if (likely(data))
			nm_copy_frame(dst, data + off, n);
		else
			os_packet_copy(pkt, off, dst, n);
		off += n;
		nm_slot_store_len_flags(slot, (uint16_t)n, off < len ? NS_MOREFRAG : 0);
		if (unlikely(time))
			os_store64(&slot->ptr, time);
		pos = nm_next(pos, k->num_slots);
	} while (unlikely(off < len));
	return true;
}

/* Add a frame to the batch. Returns the cause if it was dropped, NM_DROP_NONE otherwise. */
static enum nm_drop nic_rx_add(struct nic_rx_batch *in, const struct os_packet *pkt)
{
	const uint8_t *data;
	const uint32_t len = os_packet_data(pkt, &data);
	const uint32_t slots = likely(len <= in->room) ? 1 : (len + in->room - 1) / in->room;

	if (unlikely(!len))
		return NM_DROP_BADFRAME;
	if (unlikely(slots >= in->k->num_slots || slots > NETMAP_MAX_FRAGS))
		return NM_DROP_TOOLONG;
	if (unlikely(slots > in->free))
		return NM_DROP_NOROOM;
	if (unlikely(!nic_rx_fill(in, pkt, data, len))) {
		os_store32(&in->k->corrupt, 1);
		in->free = 0;
		return NM_DROP_NOROOM;
	}
	in->tail = nm_forward(in->tail, slots, in->k->num_slots);
	in->free -= slots;
	in->packets++;
	in->bytes += len;
	return NM_DROP_NONE;
}

static void nic_rx_add_all_locked(struct nm_kring *k, const struct os_packet *const *pkt,
				  uint32_t n)
{
	struct nic_rx_batch in = {
		.k = k,
		.bufs = nm_pool_bufs(&k->region->bufs),
		.room = nm_kring_room(k),
		.tail = k->hwtail,
		.free = nic_rx_room_locked(k),
	};
	enum nm_drop cause;
	uint32_t i;

	for (i = 0; i < n; i++) {
		cause = nic_rx_add(&in, pkt[i]);
		if (unlikely(cause != NM_DROP_NONE))
			nm_stat_add(&k->stats.drops[cause], 1);
	}
	nic_rx_publish_locked(k, in.tail, in.packets, in.bytes);
}

/*
 * A card's reader is woken at most once in generic_mit ns. os_waitq_has_sleeper() has the full
 * barrier that this needs between publishing and reading the queue; pairs with the poller's
 * registration.
 */
void nic_rx_wake(struct nm_kring *k)
{
	uint32_t apart;

	if (!os_waitq_has_sleeper(&k->waitq))
		return;
	apart = !k->is_host && nm_setting(NM_SET_MITIGATE) ? nm_setting(NM_SET_GENERIC_MIT) : 0;
	if (!apart || !nm_pace_defers(&k->nic->pace, &k->nic->lock, apart))
		nm_kring_wake(k);
}

void nic_deliver(void *arg, enum os_netdev_side from, uint32_t queue,
		 const struct os_packet *const *pkt, uint32_t n)
{
	struct nm_kring *k = nic_rx_ring(arg, from, queue);

	os_spin_lock(&k->nic->lock);
	if (unlikely(!nm_kring_is_active(k)))
		nm_stat_add(&k->stats.drops[NM_DROP_NODEST], n);
	else if (unlikely(os_load32(&k->corrupt)))
		nm_stat_add(&k->stats.drops[NM_DROP_NOROOM], n);
	else
		nic_rx_add_all_locked(k, pkt, n);
	os_spin_unlock(&k->nic->lock);
	nic_rx_wake(k);
}

int nic_rxsync(struct nm_kring *k, struct nm_sync *s)
{
	const bool was_read = k->hwcur != k->rhead;

	nic_forward(k);
	os_store32(&k->nic->want_timestamps, os_load32(&k->ring->flags) & NR_PKT_TIMESTAMP);
	/*
	 * Release: the reader is done with these slots; pairs with the acquire in
	 * nic_rx_room_locked().
	 */
	os_store32_release(&k->hwcur, k->rhead);
	if (was_read)
		nic_rx_released(k);
	if (unlikely(os_load32(&k->corrupt))) {
		os_store32(&k->corrupt, 0);
		return -EIO;
	}
	return nic_check_state(k->port, s->reason);
}
