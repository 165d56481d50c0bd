// SPDX-License-Identifier: BSD-2-Clause
/*
 * The first pass of the switch: read the sender's slots, find each frame's destination, queue the
 * frame there. Runs of frames with the addresses of the previous frame take the fastest path;
 * frames that are not one plain slot go through vale_slow.c. Caller holds the lock of the tx ring.
 */
#include "vale/vale_batch.h"
#include "ring/slot.h"

#define ETH_HEADER	14u

/*
 * The two addresses of a frame are its first twelve bytes: one word at 0 and one here cover them.
 */
#define ETH_SECOND_WORD	4u

static inline uint64_t eth_word(const uint8_t *p)
{
	uint64_t word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}

union eth_addresses {
	uint64_t word[2];
	uint8_t byte[16];
};

/* Return the address in bytes [pos, pos + 6) of the twelve that both words cover. */
static inline uint64_t eth_address(uint64_t head, uint64_t rest, uint32_t pos)
{
	const union eth_addresses first = { .word = { head } }, last = { .word = { rest } };
	union eth_addresses out = { .word = { 0 } };
	uint32_t i;

	for (i = 0; i < 6; i++)
		out.byte[i] =
			pos + i < 8 ? first.byte[pos + i] : last.byte[pos + i - ETH_SECOND_WORD];
	return out.word[0];
}

static inline bool eth_is_group(uint64_t address)
{
	const union eth_addresses a = { .word = { address } };

	return a.byte[0] & 1;
}

static inline void vale_enqueue(struct vale_pending *out, uint32_t to, uint32_t first,
				uint32_t frags)
{
	struct vale_queue *q = unlikely(to == VALE_FLOOD) ? &out->flood : &out->queue[to];

	vale_item_set(&out->item[first], out->item[first].len, frags);
	if (unlikely(q->head == VALE_NO_FRAME)) {
		q->head = (uint16_t)first;
		if (to != VALE_FLOOD)
			out->touched[out->touched_count++] = (uint8_t)to;
	} else {
		out->item[q->tail].next = (uint16_t)first;
	}
	q->tail = (uint16_t)first;
	q->slots += frags;
	q->frames++;
}

/*
 * Return the Ethernet header of a frame. It follows the virtio-net header, which may fill the first
 * slot alone. NULL if no slot has all of it.
 */
static const uint8_t *vale_eth_header(const struct vale_sender *s, const struct vale_item *it,
				      uint32_t frags)
{
	if (it->len == s->hdr_len && frags > 1 && s->hdr_len)
		return it[1].len >= ETH_HEADER ? it[1].data : NULL;
	return it->len >= s->hdr_len + ETH_HEADER ? it->data + s->hdr_len : NULL;
}

/* Return the port for a destination address. */
static uint32_t vale_find_port(struct vale_sender *s, uint64_t dst)
{
	uint32_t to = VALE_FLOOD;

	if (!eth_is_group(dst)) {
		to = vale_table_find(s->sw->table, dst, s->now);
		if (to == VALE_FLOOD)
			nm_stat_add(&s->sw->flooded, 1);
		if (to == s->vp->index)
			to = VALE_NO_PORT;	/* the station is behind the sender's own port */
	}
	return to;
}

static void vale_learn(struct vale_sender *s, uint64_t src)
{
	s->last_src = src;
	if (!eth_is_group(src) && vale_table_learn(s->sw->table, src, s->vp->index, s->now))
		nm_stat_add(&s->sw->moved, 1);
}

/*
 * Learn the source address and return the destination port. Both are cached: most frames have the
 * addresses of the previous one.
 */
static inline uint32_t vale_route(struct vale_sender *s, const uint8_t *eth, bool may_learn)
{
	const uint64_t head = eth_word(eth), rest = eth_word(eth + ETH_SECOND_WORD);
	const uint64_t dst = eth_address(head, rest, 0), src = eth_address(head, rest, 6);

	s->last_head = head;
	s->last_rest = rest;
	if (unlikely(!s->sw))
		return VALE_NO_PORT;
	if (unlikely(src != s->last_src) && may_learn)
		vale_learn(s, src);
	if (unlikely(dst != s->last_dst)) {
		/*
		 * Do not cache an unknown address: the next frame may be the one that teaches it.
		 */
		s->last_port = vale_find_port(s, dst);
		s->last_dst =
			s->last_port == VALE_FLOOD && !eth_is_group(dst) ? VALE_NO_ADDRESS : dst;
	}
	return s->last_port;
}

/*
 * See vale_classify_frame(). Inlined into vale_classify(), where frags and some flags are constant.
 */
static inline void vale_classify_frame_inline(struct vale_sender *s, uint32_t first, uint32_t frags,
					      uint16_t flags)
{
	struct vale_pending *out = s->out;
	const uint8_t *eth = vale_eth_header(s, &out->item[first], frags);
	uint32_t to;

	s->run = NULL;
	s->packets++;
	if (unlikely(!eth)) {
		s->drops[NM_DROP_BADFRAME]++;
		return;
	}
	to = vale_route(s, eth, !(flags & NS_NO_LEARN));
	if (unlikely(flags & NS_PORT_MASK)) {
		to = flags >> NS_PORT_SHIFT;
		if (!s->sw || to >= VALE_PORTS || to == s->vp->index)
			to = VALE_NO_PORT;
	}
	/* Do not queue a flood that has no receiver: the sender is alone on the switch. */
	if (unlikely(to == VALE_NO_PORT || (to == VALE_FLOOD && os_load32(&s->sw->ports) < 2))) {
		s->drops[NM_DROP_NODEST]++;
		if (!(flags & VALE_SLOW_FLAGS))
			s->run = &s->dropped;
		return;
	}
	vale_enqueue(out, to, first, frags);
	if (!(flags & VALE_SLOW_FLAGS))
		s->run = to == VALE_FLOOD ? &out->flood : &out->queue[to];
}

void vale_classify_frame(struct vale_sender *s, uint32_t first, uint32_t frags, uint16_t flags)
{
	vale_classify_frame_inline(s, first, frags, flags);
}

/*
 * Return the data of a slot if it is a frame of one slot with the same addresses as the previous
 * frame, else NULL. Such frames go where the previous one went, so this is the common case: half of
 * the switch's time is spent in the loops that call it. Two overlapping words compare all twelve
 * bytes.
 */
static inline const uint8_t *vale_run_continues(const struct vale_sender *s,
						const struct nm_bufs *bufs, union nm_slot v)
{
	const uint32_t shortest = s->hdr_len + ETH_HEADER;
	const uint8_t *data, *eth;

	if (v.flags & VALE_SLOW_FLAGS || !nm_bufs_has(bufs, v.buf_idx) ||
	    v.len - shortest > bufs->unit - shortest)
		return NULL;
	data = nm_bufs_at(bufs, v.buf_idx);
	eth = data + s->hdr_len;
	if (eth_word(eth) != s->last_head || eth_word(eth + ETH_SECOND_WORD) != s->last_rest)
		return NULL;
	return data;
}

/*
 * Append up to n slots to the queue of the previous frame, stopping at the first that differs.
 * Returns the number appended.
 */
static uint32_t vale_queue_run(struct vale_sender *s, const struct netmap_slot *slot, uint32_t n)
{
	const struct nm_bufs bufs = s->bufs;
	struct vale_pending *out = s->out;
	struct vale_queue *q = s->run;
	struct vale_item *it = &out->item[out->items], *prev = &out->item[q->tail];
	const uint8_t *data;
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < n; i++, it++, slot++) {
		const union nm_slot v = nm_slot_load(slot);

		data = vale_run_continues(s, &bufs, v);
		if (!data)
			break;
		it->data = data;
		vale_item_set(it, v.len, 1);
		prev->next = (uint16_t)(it - out->item);
		prev = it;
		bytes += v.len;
	}
	out->items += i;
	q->tail = (uint16_t)(prev - out->item);
	q->slots += i;
	q->frames += i;
	s->bytes += bytes;
	return i;
}

/* As vale_queue_run(), for frames without a destination. */
static uint32_t vale_drop_run(struct vale_sender *s, const struct netmap_slot *slot, uint32_t n)
{
	const struct nm_bufs bufs = s->bufs;
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < n; i++, slot++) {
		const union nm_slot v = nm_slot_load(slot);

		if (!vale_run_continues(s, &bufs, v))
			break;
		bytes += v.len;
	}
	s->drops[NM_DROP_NODEST] += i;
	s->bytes += bytes;
	return i;
}

/*
 * Classify slots from pos on that continue the run, up to the end of the batch or ring, or rhead.
 * Returns the slot after them.
 */
static uint32_t vale_classify_run(struct vale_sender *s, uint32_t pos)
{
	const struct nm_kring *k = s->k;
	const struct netmap_slot *slot = &k->ring->slot[pos];
	uint32_t n = (k->rhead > pos ? k->rhead : k->num_slots) - pos, used;

	if (s->run == &s->dropped) {
		used = vale_drop_run(s, slot, n);
	} else {
		if (n > s->out->batch - s->out->items)
			n = s->out->batch - s->out->items;
		used = vale_queue_run(s, slot, n);
		if (s->run == &s->out->flood &&
		    !eth_is_group(eth_address(s->last_head, s->last_rest, 0)))
			nm_stat_add(&s->sw->flooded, used);
	}
	s->packets += used;
	return nm_forward(pos, used, k->num_slots);
}

/* Classify one frame of one slot. Its addresses start a new run for vale_classify_run(). */
static int vale_classify_single_slot(struct vale_sender *s, union nm_slot slot)
{
	struct vale_item *it = &s->out->item[s->out->items];

	if (!nm_slot_is_legal(slot, &s->bufs))
		return -EIO;
	it->data = nm_bufs_at(&s->bufs, slot.buf_idx);
	it->len = slot.len;
	s->bytes += slot.len;
	vale_classify_frame_inline(s, s->out->items++, 1, slot.flags);
	return VALE_READ_OK;
}

int vale_classify(struct vale_sender *s, struct nm_sync *sync)
{
	struct vale_pending *out = s->out;
	struct nm_kring *k = s->k;
	uint32_t pos = vale_skip_rest(s, k->hwcur), used;
	int ret = VALE_READ_OK;

	s->run = NULL;
	while (pos != k->rhead && ret == VALE_READ_OK) {
		union nm_slot slot;

		if (s->run) {
			pos = vale_classify_run(s, pos);
			if (pos == k->rhead)
				break;
		}
		slot = nm_slot_load(&k->ring->slot[pos]);
		if (out->items >= out->batch) {
			ret = VALE_READ_BATCH_FULL;
		} else if (slot.flags & VALE_SLOW_FLAGS || unlikely(k->offsets != NULL)) {
			ret = vale_classify_slow(s, sync, pos, &used);
			pos = vale_skip_rest(s, nm_forward(pos, used, k->num_slots));
		} else {
			ret = vale_classify_single_slot(s, slot);
			if (ret == VALE_READ_OK)
				pos = nm_next(pos, k->num_slots);
		}
	}
	nm_stat_add(&k->stats.slots, nm_span(k->hwcur, pos, k->num_slots));
	k->hwcur = pos;
	return ret;
}
