// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frames for the rx rings of a network card and its host stack that need segmentation or a
 * checksum: the stack hands over up to 64 KiB of a stream at a time and leaves that work to the
 * device. The one pass that copies such a frame also cuts it into slots and computes checksums, and
 * the reader is woken once.
 */
#include "nic/nic.h"
#include "frame.h"

/*
 * Write the next frame to the slots from pos on. Returns false for an illegal slot. Caller holds
 * the ring's spinlock.
 */
static bool nic_rx_emit_locked(struct nm_kring *k, const struct nm_bufs *bufs, struct nm_offload *o,
			       uint32_t pos, uint64_t time)
{
	uint32_t n;
	bool more;

	do {
		struct netmap_slot *slot = &k->ring->slot[pos];
		uint8_t *dst = nm_slot_rx_data(k, bufs, slot);

		if (unlikely(!dst))
			return false;
		n = nm_offload_emit(o, dst, &more);
		nm_slot_store_len_flags(slot, (uint16_t)n, more ? NS_MOREFRAG : 0);
		if (time)
			os_store64(&slot->ptr, time);
		pos = nm_next(pos, k->num_slots);
	} while (more);
	return true;
}

/* Put all segments for which there is room into the ring. Caller holds the ring's spinlock. */
static void nic_rx_add_open_locked(struct nm_kring *k, struct nm_offload *o,
				   const struct os_packet *pkt)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	const uint64_t time = nic_timestamp_locked(k, pkt);
	uint32_t room = nic_rx_room_locked(k), pos = k->hwtail, frames = 0, frames_left, slots, len;
	enum nm_drop cause = NM_DROP_NOROOM;
	uint64_t bytes = 0;

	while ((frames_left = nm_offload_next(o, &slots, &len))) {
		if (slots >= k->num_slots || slots > NETMAP_MAX_FRAGS)
			cause = NM_DROP_TOOLONG;
		if (slots > room || slots > NETMAP_MAX_FRAGS)
			break;
		if (unlikely(!nic_rx_emit_locked(k, &bufs, o, pos, time))) {
			os_store32(&k->corrupt, 1);
			break;
		}
		frames++;
		bytes += len;
		room -= slots;
		pos = nm_forward(pos, slots, k->num_slots);
	}
	if (unlikely(frames_left))
		nm_stat_add(&k->stats.drops[cause], frames_left);
	nic_rx_publish_locked(k, pos, frames, bytes);
}

bool nic_deliver_open(void *arg, enum os_netdev_side from, uint32_t queue,
		      const struct os_packet *pkt, const struct nm_frag *frag, uint32_t n)
{
	struct nm_kring *k = nic_rx_ring(arg, from, queue);
	struct nm_offload o NM_UNINITIALIZED;
	bool is_done = true;

	os_spin_lock(&k->nic->lock);
	if (unlikely(!nm_kring_is_active(k) || os_load32(&k->corrupt)))
		nm_stat_add(&k->stats.drops[nm_kring_is_active(k) ? NM_DROP_NOROOM :
								    NM_DROP_NODEST],
			    1);
	else if (nm_offload_plan(&o, frag, n, NM_VNET_HDR_LEGACY, 0, nm_kring_room(k)) < 0)
		is_done = false;
	else
		nic_rx_add_open_locked(k, &o, pkt);
	os_spin_unlock(&k->nic->lock);
	nic_rx_wake(k);
	return is_done;
}
