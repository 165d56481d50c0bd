// SPDX-License-Identifier: BSD-2-Clause
/*
 * The second pass of the switch: copy queued frames into the receivers' rx rings. Each delivery
 * leases slots of a ring, copies without any lock but the sender's tx ring's, and commits the
 * lease.
 *
 * vale_copy_single_slot_frames() and vale_copy_frame() copy frames; vale_convert_frame() copies one
 * into a ring with another virtio-net header length or smaller buffers.
 */
#include "vale/vale_batch.h"
#include "frame.h"
#include "ring/slot.h"
#include "ring/lease.h"

/* Pop the frame that was sent first from the heads of two queues. */
static inline uint32_t vale_queues_pop(const struct vale_item *item, uint32_t *own, uint32_t *flood)
{
	uint32_t i;

	if (*own < *flood) {
		i = *own;
		*own = item[i].next;
	} else {
		i = *flood;
		*flood = item[i].next;
	}
	return i;
}

static uint32_t vale_queue_count(const struct vale_item *item, uint32_t head)
{
	uint32_t n = 0;

	for (; head != VALE_NO_FRAME; head = item[head].next)
		n++;
	return n;
}

/* Return the slots of the leading whole frames that fit in room. */
static uint32_t vale_slots_fitting(const struct vale_item *item, uint32_t own, uint32_t flood,
				   uint32_t room)
{
	uint32_t slots = 0, frags;

	while (own != VALE_NO_FRAME || flood != VALE_NO_FRAME) {
		frags = item[vale_queues_pop(item, &own, &flood)].frags;
		if (frags > room - slots)
			break;
		slots += frags;
	}
	return slots;
}

/* Count the frames from these heads on as dropped: the ring has no room. */
static void vale_drop_rest(struct vale_sender *s, struct nm_kring *k, uint32_t own, uint32_t flood)
{
	uint32_t n = vale_queue_count(s->out->item, own) + vale_queue_count(s->out->item, flood);

	if (n) {
		s->drops[NM_DROP_NOROOM] += n;
		nm_leases_drop(k, NM_DROP_NOROOM, n);
	}
}

/*
 * Copy the first l->size frames from own on, each of one slot, into the lease. Returns the first
 * frame not copied. This is the common case: the other half of the switch's time is spent here.
 */
static uint32_t vale_copy_single_slot_frames(struct nm_lease *l, const struct vale_item *items,
					     uint32_t own)
{
	struct nm_kring *k = l->k;
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	const uint32_t num_slots = k->num_slots;
	uint64_t bytes = 0;
	uint32_t pos = l->at, n;

	for (n = l->size; n; n--) {
		struct netmap_slot *slot = &k->ring->slot[pos];
		const union nm_slot to = nm_slot_load(slot);
		const struct vale_item *it = &items[own];
		const uint32_t len = it->len;

		own = it->next;
		pos = nm_next(pos, num_slots);
		if (unlikely(!nm_bufs_has(&bufs, to.buf_idx))) {
			nm_slot_invalidate(k, slot);
			continue;
		}
		nm_copy_frame(nm_bufs_at(&bufs, to.buf_idx), it->data, len);
		nm_slot_store_len_flags(slot, (uint16_t)len, 0);
		bytes += len;
	}
	l->at = pos;
	l->used = l->size;
	l->packets = l->size;
	l->bytes = bytes;
	return own;
}

/* Deliver as many frames of one queue as fit, each of one slot. The rest is dropped. */
static void vale_deliver_single_slot_frames(struct vale_sender *s, struct nm_kring *k,
					    const struct vale_queue *own)
{
	struct nm_lease l;
	uint32_t slots = own->slots, room;

	while ((room = nm_lease_take(&l, k, slots)) < slots)
		slots = room;
	if (slots)
		vale_drop_rest(s, k, vale_copy_single_slot_frames(&l, s->out->item, own->head),
			       VALE_NO_FRAME);
	else
		vale_drop_rest(s, k, own->head, VALE_NO_FRAME);
	nm_lease_commit(&l);
}

/* Copy one frame of any number of slots into the lease, slot by slot. */
static inline void vale_copy_frame(struct nm_lease *l, const struct nm_bufs *bufs,
				   const struct vale_item *it)
{
	struct nm_kring *const k = l->k;
	const uint32_t num_slots = k->num_slots;
	uint32_t frags;

	for (frags = it->frags; frags; frags--, it++) {
		struct netmap_slot *slot = &k->ring->slot[l->at];
		uint8_t *data = nm_slot_rx_data(k, bufs, slot);

		l->at = nm_next(l->at, num_slots);
		if (unlikely(!data)) {
			nm_slot_invalidate(k, slot);
			continue;
		}
		nm_copy_frame(data, it->data, it->len);
		nm_slot_store_len_flags(slot, it->len, frags > 1 ? NS_MOREFRAG : 0);
		l->bytes += it->len;
	}
}

/*
 * Deliver frames of any number of slots to a ring with the same virtio-net header length and
 * buffers at least as large.
 */
static void vale_deliver_copied(struct vale_sender *s, struct nm_kring *k,
				const struct vale_queue *own_q, const struct vale_queue *flood_q)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	const struct vale_item *const items = s->out->item;
	uint32_t own = own_q->head, flood = flood_q->head;
	uint32_t slots = own_q->slots + flood_q->slots, room;
	struct nm_lease l;

	/*
	 * Lease exactly what whole frames fill. Retry when other senders took the room in between.
	 */
	while ((room = nm_lease_take(&l, k, slots)) < slots)
		slots = vale_slots_fitting(items, own, flood, room);
	while (own != VALE_NO_FRAME || flood != VALE_NO_FRAME) {
		const uint32_t was_own = own, was_flood = flood;
		const struct vale_item *it = &items[vale_queues_pop(items, &own, &flood)];
		const uint32_t frags = it->frags;

		if (unlikely(frags > l.size - l.used)) {
			own = was_own;
			flood = was_flood;
			break;
		}
		l.used += frags;
		l.packets++;
		vale_copy_frame(&l, &bufs, it);
	}
	nm_lease_commit(&l);
	vale_drop_rest(s, k, own, flood);
}

/* Write the planned conversion into the lease. */
static void vale_emit_slots(struct nm_offload *o, struct nm_lease *l, const struct nm_bufs *bufs)
{
	bool more;

	for (; l->used < l->size; l->used++) {
		struct netmap_slot *slot = &l->k->ring->slot[l->at];
		uint8_t *data = nm_slot_rx_data(l->k, bufs, slot);
		uint32_t len;

		if (unlikely(!data)) {
			/* The rest of the converted frame has no buffer. */
			nm_lease_fill(l);
			os_store32(&l->k->corrupt, 1);
			return;
		}
		len = nm_offload_emit(o, data, &more);
		nm_slot_store_len_flags(slot, (uint16_t)len, more ? NS_MOREFRAG : 0);
		l->at = nm_next(l->at, l->k->num_slots);
	}
	l->packets = o->frames;
	l->bytes = o->bytes;
}

/*
 * Copy one frame into a lease of its own, converted by nm_offload_plan(). Returns the cause if it
 * was dropped, NM_DROP_NONE otherwise.
 */
static enum nm_drop vale_convert_frame(struct vale_sender *s, struct nm_kring *k,
				       const struct vale_item *it, uint32_t hdr_len,
				       const struct nm_bufs *bufs)
{
	struct nm_frag frag[NM_OFFLOAD_FRAGS_MAX] NM_UNINITIALIZED;
	struct nm_offload o NM_UNINITIALIZED;
	struct nm_lease l;
	uint32_t i;
	int n;

	for (i = 0; i < it->frags; i++)
		frag[i] = (struct nm_frag){ .data = it[i].data, .len = it[i].len };
	n = nm_offload_plan(&o, frag, it->frags, s->hdr_len, hdr_len, nm_kring_room(k));
	if (n < 0)
		return NM_DROP_HEADER;
	if ((uint32_t)n >= k->num_slots)
		return NM_DROP_TOOLONG;
	if (nm_lease_take(&l, k, (uint32_t)n) < (uint32_t)n)
		return NM_DROP_NOROOM;
	vale_emit_slots(&o, &l, bufs);
	nm_lease_commit(&l);
	return NM_DROP_NONE;
}

/* Deliver frames one by one to a ring with another virtio-net header length or smaller buffers. */
static void vale_deliver_converted(struct vale_sender *s, struct nm_kring *k, uint32_t hdr_len,
				   const struct vale_queue *own_q, const struct vale_queue *flood_q)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	uint32_t own = own_q->head, flood = flood_q->head;

	while (own != VALE_NO_FRAME || flood != VALE_NO_FRAME) {
		const struct vale_item *it =
			&s->out->item[vale_queues_pop(s->out->item, &own, &flood)];
		enum nm_drop cause = vale_convert_frame(s, k, it, hdr_len, &bufs);

		if (cause != NM_DROP_NONE) {
			s->drops[cause]++;
			nm_leases_drop(k, cause, 1);
		}
	}
}

/*
 * Return the receiver's ring for this sender: the one with the number of the sender's ring, or the
 * next one that a client reads; NULL if there is none.
 */
static struct nm_kring *vale_rx_ring(const struct vale_port *to, uint32_t number)
{
	const uint32_t n = to->port.rings[NM_RX];
	uint32_t i;

	for (i = 0; i < n; i++) {
		struct nm_kring *k = &to->port.kring[NM_RX][(number + i) % n];

		if (likely(nm_kring_is_active(k)))
			return k;
	}
	return NULL;
}

/* Return the length of the longest slot in the queue. */
static uint32_t vale_queue_longest(const struct vale_item *item, const struct vale_queue *q)
{
	uint32_t head, i, len = 0;

	for (head = q->head; head != VALE_NO_FRAME; head = item[head].next) {
		for (i = 0; i < item[head].frags; i++)
			len = item[head + i].len > len ? item[head + i].len : len;
	}
	return len;
}

/*
 * Deliver to a ring with offsets: frames keep their slots if each fits the room behind the largest
 * offset.
 */
static void vale_deliver_offsets(struct vale_sender *s, struct nm_kring *k, uint32_t hdr_len,
				 const struct vale_queue *own, const struct vale_queue *flood)
{
	const uint32_t room = nm_kring_room(k);

	if (hdr_len == s->hdr_len && vale_queue_longest(s->out->item, own) <= room &&
	    vale_queue_longest(s->out->item, flood) <= room)
		vale_deliver_copied(s, k, own, flood);
	else
		vale_deliver_converted(s, k, hdr_len, own, flood);
}

/* Deliver the frames of both queues, in the order they were sent in, to the port at index. */
static void vale_deliver_to_port(struct vale_sender *s, uint32_t index,
				 const struct vale_queue *own, const struct vale_queue *flood)
{
	/* Acquire: the port is initialised; pairs with the release in vale_attach(). */
	const struct vale_port *to = os_load_ptr_acquire(&s->sw->port[index]);
	struct nm_kring *k = NULL;
	uint32_t hdr_len;

	/*
	 * Acquire: the rings are initialised; pairs with the release in vale_start(). They exist
	 * until the sender's ring lock is released, see vale_quiesce().
	 */
	if (likely(to && os_load32_acquire(&to->is_open)))
		k = vale_rx_ring(to, s->k->id);
	if (!k) {
		/* Frames for this port alone are lost; flooded ones reach other ports. */
		s->drops[NM_DROP_NODEST] += vale_queue_count(s->out->item, own->head);
		return;
	}
	hdr_len = os_load32(&to->port.hdr_len);
	if (unlikely(k->offsets != NULL))
		vale_deliver_offsets(s, k, hdr_len, own, flood);
	else if (unlikely(hdr_len != s->hdr_len || k->region->bufs.unit < s->bufs.unit))
		vale_deliver_converted(s, k, hdr_len, own, flood);
	else if (flood->head == VALE_NO_FRAME && own->slots == own->frames)
		vale_deliver_single_slot_frames(s, k, own);
	else if (own->head == VALE_NO_FRAME && flood->slots == flood->frames)
		vale_deliver_single_slot_frames(s, k, flood);
	else
		vale_deliver_copied(s, k, own, flood);
	nm_leases_wake(k, own->slots + flood->slots);
}

/*
 * Deliver the flood queue to all ports but the sender's, and with it each port's own queue, so that
 * a port gets its frames in the order they were sent in. Not inlined: a batch without such frames
 * would pay for its registers.
 */
static __attribute__((__noinline__)) void vale_deliver_flood(struct vale_sender *s)
{
	struct vale_pending *out = s->out;
	uint32_t ports = os_load32(&s->sw->ports), i;

	for (i = 0; i < VALE_PORTS && ports; i++) {
		if (!os_load_ptr_acquire(&s->sw->port[i]))
			continue;
		ports--;
		if (i == s->vp->index)
			continue;
		vale_deliver_to_port(s, i, &out->queue[i], &out->flood);
		/* This delivered the port's own queue too. */
		out->queue[i].head = VALE_NO_FRAME;
	}
}

/* Deliver all queues, flooded frames first, and empty them. */
void vale_deliver(struct vale_sender *s)
{
	struct vale_pending *out = s->out;
	static const struct vale_queue none = VALE_QUEUE_EMPTY;
	uint32_t i;

	if (unlikely(out->flood.head != VALE_NO_FRAME))
		vale_deliver_flood(s);
	for (i = 0; i < out->touched_count; i++) {
		struct vale_queue *q = &out->queue[out->touched[i]];

		if (q->head != VALE_NO_FRAME)
			vale_deliver_to_port(s, out->touched[i], q, &none);
		*q = none;
	}
	out->flood = none;
	out->touched_count = 0;
	out->items = 0;
	out->bounced = 0;
}
