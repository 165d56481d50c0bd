// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tx rings of a network card, whose frames go to the wire, and of its host stack, whose frames go
 * to the stack as if received. nic_tx_gather() collects whole frames from the ring;
 * nic_tx_hand_to_platform() passes them to os_netdev_send(), in the buffers of the ring. A slot is
 * free once its frame was copied or the device has read it. Caller holds the ring's lock.
 */
#include "nic/nic.h"

#define ETH_HLEN	14u

/* Time between two attempts to send to a device that had no room: the first, and the longest. */
#define RETRY_NS		50000u
#define RETRY_MAX_NS		10000000u
#define RETRY_NO_LINK_NS	10000000u
#define RETRY_NO_LINK_MAX_NS	640000000u

/* The smallest batch offered to a device. */
#define BATCH_SLOTS_MIN		8u

/* Why a batch ended. */
enum tx_stop {
	STOP_END,	/* end of the slots, or the batch is full */
	STOP_INCOMPLETE,	/* a frame whose end is not in the ring, or not in the batch */
	STOP_LENGTH,	/* a frame too short or too long to send */
	STOP_ILLEGAL,	/* an illegal slot */
};

/* Whole frames gathered from a ring, from hwcur on. */
struct nic_tx_batch {
	struct os_frag frag[NIC_BATCH];
	uint32_t n, frames;
	uint64_t bytes;
	enum tx_stop stop;
	/* Slots and bytes of the frame that ended the batch: it is not in frag[0..n). */
	uint32_t rest_slots, rest_len;
};

/*
 * Retry from a timer: nothing notifies a poller when the device has room again, and some drivers
 * report link-up late. The delay doubles while the device takes nothing, so that a device that is
 * stuck does not keep a CPU busy.
 */
static void nic_tx_arm_retry(const struct nm_kring *k)
{
	const bool is_cut = os_netdev_traits(nm_nic_of(k->port)->dev) & NM_INFO_NO_LINK;
	const uint32_t first = is_cut ? RETRY_NO_LINK_NS : RETRY_NS;
	const uint32_t max = is_cut ? RETRY_NO_LINK_MAX_NS : RETRY_MAX_NS;
	struct nic_ring *r = k->nic;

	if (nm_pace_is_armed(&r->pace))
		return;
	if (r->retry_hwcur != k->hwcur || r->retry_hwtail != k->hwtail || r->retry_delay < first)
		r->retry_delay = first;
	else
		r->retry_delay = r->retry_delay > max / 2 ? max : 2 * r->retry_delay;
	r->retry_hwcur = k->hwcur;
	r->retry_hwtail = k->hwtail;
	nm_pace_arm(&r->pace, r->retry_delay);
}

enum nm_drop nic_check_frame(const struct nm_kring *k, uint32_t len)
{
	struct os_netdev *dev = nm_nic_of(k->port)->dev;

	if (len < ETH_HLEN)
		return NM_DROP_BADFRAME;
	if (likely(len <= os_netdev_frame_max(dev)))
		return NM_DROP_NONE;
	os_netdev_refresh(dev);
	return len > os_netdev_frame_max(dev) ? NM_DROP_TOOLONG : NM_DROP_NONE;
}

/* Move hwcur to pos, past slots that were handed to the platform. */
static void nic_tx_advance(struct nm_kring *k, uint32_t pos)
{
	nm_stat_add(&k->stats.slots, nm_span(k->hwcur, pos, k->num_slots));
	k->hwcur = pos;
}

/*
 * Move hwcur to pos, past slots that were dropped or copied: the platform does not count them as in
 * flight.
 */
static void nic_tx_skip(struct nm_kring *k, uint32_t pos)
{
	if (unlikely(os_load32(&k->nic->in_flight)))
		k->nic->skipped += nm_span(k->hwcur, pos, k->num_slots);
	nic_tx_advance(k, pos);
}

/*
 * Set hwtail. Pieces in flight are the most recently sent ones: they occupy the in_flight slots
 * before hwcur, plus at most skipped slots. Acquire: pairs with the platform's release, the device
 * has read the data.
 */
static void nic_tx_free_slots(struct nm_kring *k)
{
	const uint32_t n = os_load32_acquire(&k->nic->in_flight);

	if (likely(!n))
		k->nic->skipped = 0;
	k->in_flight = n + k->nic->skipped;
	k->hwtail = nm_tx_tail(k, k->hwcur);
}

/* Gather whole frames of at most max bytes, using at most max_slots slots. */
static void nic_tx_gather(const struct nm_kring *k, const struct nm_bufs *bufs,
			  struct nic_tx_batch *b, uint32_t max, uint32_t max_slots)
{
	uint32_t pos = k->hwcur, n = 0, len = 0;

	b->n = b->frames = 0;
	b->bytes = 0;
	b->stop = STOP_END;
	while (pos != k->rhead && n < max_slots) {
		const struct netmap_slot *slot = &k->ring->slot[pos];
		const union nm_slot s = nm_slot_load(slot);
		const uint8_t *data = nm_slot_data(k, bufs, slot, s);

		if (unlikely(!data)) {
			b->stop = STOP_ILLEGAL;
			return;
		}
		b->frag[n++] = (struct os_frag){ .data = data,
						 .len = s.len,
						 .more = s.flags & NS_MOREFRAG };
		len += s.len;
		pos = nm_next(pos, k->num_slots);
		if (unlikely(s.flags & NS_MOREFRAG))
			continue;
		if (unlikely(len < ETH_HLEN || len > max)) {
			b->stop = STOP_LENGTH;
			break;
		}
		b->n = n;
		b->frames++;
		b->bytes += len;
		len = 0;
	}
	if (b->n != n && b->stop == STOP_END)
		b->stop = STOP_INCOMPLETE;
	b->rest_slots = n - b->n;
	b->rest_len = len;
}

/* Drop a frame that no batch can hold, or that head cuts short: skip to its end or to head. */
static void nic_tx_drop_endless(struct nm_kring *k)
{
	uint32_t pos = k->hwcur;
	bool more = true;

	while (more && pos != k->rhead) {
		more = nm_slot_load(&k->ring->slot[pos]).flags & NS_MOREFRAG;
		pos = nm_next(pos, k->num_slots);
	}
	nm_stat_add(&k->stats.drops[NM_DROP_BADFRAME], 1);
	nic_tx_skip(k, pos);
}

/*
 * Returns the pieces sent. On a ring with mirrors the platform must copy them, since a monitor may
 * exchange the buffers.
 */
static uint32_t nic_tx_hand_to_platform(struct nm_kring *k, const struct nic_tx_batch *b)
{
	return os_netdev_send(nm_nic_of(k->port)->dev,
			      k->is_host ? OS_NETDEV_STACK : OS_NETDEV_WIRE, k->nic->queue, b->frag,
			      b->n, unlikely(k->mirrors) ? NULL : &k->nic->in_flight);
}

/* Count the bytes and frames of the batch's first pieces. */
static void nic_tx_recount(struct nic_tx_batch *b, uint32_t sent)
{
	uint32_t i;

	b->bytes = b->frames = 0;
	for (i = 0; i < sent; i++) {
		b->bytes += b->frag[i].len;
		b->frames += !b->frag[i].more;
	}
}

/*
 * Send a batch. Returns true if all of it was sent. If the device took less, offer it less the next
 * time.
 */
static bool nic_tx_send_batch(struct nm_kring *k, struct nic_tx_batch *b)
{
	uint32_t *slots = &k->nic->batch_slots, sent = nic_tx_hand_to_platform(k, b);
	const bool all = sent == b->n;

	if (likely(all)) {
		*slots = *slots < NIC_BATCH / 2 ? 2 * *slots : NIC_BATCH;
	} else {
		*slots = sent > BATCH_SLOTS_MIN ? sent : BATCH_SLOTS_MIN;
		nic_tx_recount(b, sent);
	}
	nm_stat_add(&k->stats.bytes, b->bytes);
	nm_stat_add(&k->stats.packets, b->frames);
	if (unlikely(k->mirrors))
		nic_tx_skip(k, nm_forward(k->hwcur, sent, k->num_slots));
	else
		nic_tx_advance(k, nm_forward(k->hwcur, sent, k->num_slots));
	return all;
}

/*
 * Handle the reason for which a batch ended, after all of it was sent. Returns 1 to go on, 0 at the
 * end of the ring, -EIO for an illegal slot.
 */
static int nic_tx_handle_stop(struct nm_kring *k, const struct nic_tx_batch *b, uint32_t *max)
{
	enum nm_drop cause;

	switch (b->stop) {
	case STOP_END:
		return k->hwcur != k->rhead;
	case STOP_INCOMPLETE:
		/* The frame may fit a full batch that begins with it: try that before dropping. */
		if (b->n || k->nic->batch_slots < NIC_BATCH)
			k->nic->batch_slots = NIC_BATCH;
		else
			nic_tx_drop_endless(k);
		return 1;
	case STOP_LENGTH:
		cause = nic_check_frame(k, b->rest_len);
		*max = os_netdev_frame_max(nm_nic_of(k->port)->dev);
		if (cause != NM_DROP_NONE) {
			nm_stat_add(&k->stats.drops[cause], 1);
			nic_tx_skip(k, nm_forward(k->hwcur, b->rest_slots, k->num_slots));
		}
		return 1;
	case STOP_ILLEGAL:
		break;
	}
	return -EIO;
}

/*
 * True if frames are still queued, or if a poller waits for slots whose completion raises no event.
 */
static bool nic_tx_needs_retry(const struct nm_kring *k)
{
	return k->hwcur != k->rhead || unlikely(k->in_flight && k->hwtail == k->rcur);
}

int nic_txsync(struct nm_kring *k, struct nm_sync *s)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	uint32_t max = os_netdev_frame_max(nm_nic_of(k->port)->dev);
	struct nic_tx_batch b NM_UNINITIALIZED;
	int ret = k->hwcur != k->rhead, err;

	if (unlikely(!ret && k->in_flight)) {
		b.n = 0;
		nic_tx_hand_to_platform(k, &b);
	}
	while (ret > 0) {
		nic_tx_gather(k, &bufs, &b, max, k->nic->batch_slots);
		ret = !b.n || nic_tx_send_batch(k, &b) ? nic_tx_handle_stop(k, &b, &max) : 0;
	}
	nic_tx_free_slots(k);
	if (unlikely(ret < 0))
		return ret;
	err = nic_check_state(k->port, s->reason);
	/* A device that is down or gone has no room: nic_changed() wakes pollers when it is up. */
	if (likely(!err) && nic_tx_needs_retry(k))
		nic_tx_arm_retry(k);
	return err;
}
