// SPDX-License-Identifier: BSD-2-Clause
/*
 * The second pass of the switch: frames into a receiver's ring. Reserve slots of the inbox,
 * copy without any lock but the sender's ring's, hand them in.
 */
#include "vale/vale_batch.h"
#include "base/copy.h"
#include "offload/offload.h"
#include "ring/slot.h"
#include "ring/lease.h"

/* Take the frame that was sent first off the heads of two queues. */
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

/* Slots of the whole frames, in the order they were sent in, that room holds. */
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

/* Frames from these heads on find no room. */
static void vale_drop_rest(struct vale_sender *s, struct nm_kring *k, uint32_t own, uint32_t flood)
{
	uint32_t n = vale_queue_count(s->out->item, own) + vale_queue_count(s->out->item, flood);

	if (n) {
		s->drops[NM_DROP_NOROOM] += n;
		nm_leases_drop(k, NM_DROP_NOROOM, n);
	}
}

/*
 * The common case: frames of one slot from one queue. The other half of the switch's time.
 * Copies as many as were reserved; returns the first that was not.
 */
static uint32_t vale_copy_singles(struct nm_lease *l, const struct vale_item *items, uint32_t own)
{
	struct nm_kring *k = l->k;
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	const uint32_t num_slots = k->num_slots;
	uint64_t bytes = 0;
	uint32_t at = l->at, n;

	for (n = l->size; n; n--) {
		struct netmap_slot *slot = &k->ring->slot[at];
		const union nm_slot to = nm_slot_load(slot);
		const struct vale_item *it = &items[own];
		const uint32_t len = it->len;

		own = it->next;
		at = nm_next(at, num_slots);
		if (unlikely(!nm_bufs_has(&bufs, to.buf_idx))) {
			nm_slot_invalidate(k, slot);
			continue;
		}
		nm_copy_frame(nm_bufs_at(&bufs, to.buf_idx), it->data, len);
		nm_slot_store_len_flags(slot, (uint16_t)len, 0);
		bytes += len;
	}
	l->at = at;
	l->used = l->size;
	l->packets = l->size;
	l->bytes = bytes;
	return own;
}

static void vale_deliver_singles(struct vale_sender *s, struct nm_kring *k,
				 const struct vale_queue *own)
{
	struct nm_lease l;
	uint32_t want = own->slots, room;

	while ((room = nm_lease_take(&l, k, want)) < want)
		want = room;
	if (want)
		vale_drop_rest(s, k, vale_copy_singles(&l, s->out->item, own->head), VALE_NO_FRAME);
	else
		vale_drop_rest(s, k, own->head, VALE_NO_FRAME);
	nm_lease_commit(&l);
}

/* Both ports' frames look the same, and the receiver's buffers are no smaller: copy slot by slot. */
static void vale_deliver_plain(struct vale_sender *s, struct nm_kring *k,
			       const struct vale_queue *own_q, const struct vale_queue *flood_q)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	const struct vale_item *const items = s->out->item;
	const uint32_t num_slots = k->num_slots;
	uint32_t own = own_q->head, flood = flood_q->head;
	uint32_t want = own_q->slots + flood_q->slots, room;
	struct nm_lease l;

	/* Exactly what whole frames fill; again if other senders were quicker. */
	while ((room = nm_lease_take(&l, k, want)) < want)
		want = vale_slots_fitting(items, own, flood, room);
	while (own != VALE_NO_FRAME || flood != VALE_NO_FRAME) {
		const uint32_t was_own = own, was_flood = flood;
		const struct vale_item *it = &items[vale_queues_pop(items, &own, &flood)];
		uint32_t left = it->frags;

		if (unlikely(left > l.size - l.used)) {
			own = was_own;
			flood = was_flood;
			break;
		}
		l.used += left;
		l.packets++;
		for (; left; left--, it++) {
			struct netmap_slot *slot = &k->ring->slot[l.at];
			uint8_t *data = nm_slot_rx_data(k, &bufs, slot);

			l.at = nm_next(l.at, num_slots);
			if (unlikely(!data)) {
				nm_slot_invalidate(k, slot);
				continue;
			}
			nm_copy_frame(data, it->data, it->len);
			nm_slot_store_len_flags(slot, it->len, left > 1 ? NS_MOREFRAG : 0);
			l.bytes += it->len;
		}
	}
	nm_lease_commit(&l);
	vale_drop_rest(s, k, own, flood);
}

static void vale_emit_slots(struct nm_offload *o, struct nm_lease *l, const struct nm_bufs *bufs)
{
	bool more;

	for (; l->used < l->size; l->used++) {
		struct netmap_slot *slot = &l->k->ring->slot[l->at];
		uint8_t *data = nm_slot_rx_data(l->k, bufs, slot);
		uint32_t len;

		if (unlikely(!data)) {
			/* The rest of the conversion has nowhere to go. */
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
	return NM_DROP_CAUSES;
}

/* Frames differ in their header, or may not fit the receiver's buffers: convert one by one. */
static void vale_deliver_converted(struct vale_sender *s, struct nm_kring *k, uint32_t hdr_len,
				   const struct vale_queue *own_q, const struct vale_queue *flood_q)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	uint32_t own = own_q->head, flood = flood_q->head;

	while (own != VALE_NO_FRAME || flood != VALE_NO_FRAME) {
		const struct vale_item *it =
			&s->out->item[vale_queues_pop(s->out->item, &own, &flood)];
		enum nm_drop cause = vale_convert_frame(s, k, it, hdr_len, &bufs);

		if (cause != NM_DROP_CAUSES) {
			s->drops[cause]++;
			nm_leases_drop(k, cause, 1);
		}
	}
}

/* The receiver's ring for this sender: that of the sender's number, or the next that somebody reads. */
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

/* The longest that one of these frames has in a slot. */
static uint32_t vale_queue_longest(const struct vale_item *item, const struct vale_queue *q)
{
	uint32_t head, i, len = 0;

	for (head = q->head; head != VALE_NO_FRAME; head = item[head].next) {
		for (i = 0; i < item[head].frags; i++)
			len = item[head + i].len > len ? item[head + i].len : len;
	}
	return len;
}

/* A receiver with offsets: packets keep their slots if these take them. */
static void vale_deliver_offsets(struct vale_sender *s, struct nm_kring *k, uint32_t hdr_len,
				 const struct vale_queue *own, const struct vale_queue *flood)
{
	const uint32_t room = nm_kring_room(k);

	if (hdr_len == s->hdr_len && vale_queue_longest(s->out->item, own) <= room &&
	    vale_queue_longest(s->out->item, flood) <= room)
		vale_deliver_plain(s, k, own, flood);
	else
		vale_deliver_converted(s, k, hdr_len, own, flood);
}

void vale_deliver_to_port(struct vale_sender *s, uint32_t index, const struct vale_queue *own,
			  const struct vale_queue *flood)
{
	const struct vale_port *to = os_loadp_acquire(&s->sw->port[index]);
	struct nm_kring *k = NULL;
	uint32_t hdr_len;

	/* Acquire: its rings are whole; pairs with vale_start(). They stay while we hold our ring's lock. */
	if (likely(to && os_load32_acquire(&to->is_open)))
		k = vale_rx_ring(to, s->k->id);
	if (!k) {
		/* What was meant for this port alone is lost; of a flood others have it. */
		s->drops[NM_DROP_NODEST] += vale_queue_count(s->out->item, own->head);
		return;
	}
	hdr_len = os_load32(&to->port.hdr_len);
	if (unlikely(k->offsets != NULL))
		vale_deliver_offsets(s, k, hdr_len, own, flood);
	else if (unlikely(hdr_len != s->hdr_len || k->region->bufs.unit < s->bufs.unit))
		vale_deliver_converted(s, k, hdr_len, own, flood);
	else if (flood->head == VALE_NO_FRAME && own->slots == own->frames)
		vale_deliver_singles(s, k, own);
	else if (own->head == VALE_NO_FRAME && flood->slots == flood->frames)
		vale_deliver_singles(s, k, flood);
	else
		vale_deliver_plain(s, k, own, flood);
	nm_leases_wake(k, own->slots + flood->slots);
}
