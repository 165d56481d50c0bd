// SPDX-License-Identifier: BSD-2-Clause
/*
 * The first pass of the switch, and the txsync of its ports: read the sender's slots, find
 * each frame's destination, queue it there; then have the queues delivered. No lock is
 * taken here but the sender's ring's, which the caller holds.
 */
#include "vale_batch.h"
#include "slot.h"
#include "tunables.h"

#define ETH_HEADER	14u
#define NO_ADDRESS	UINT64_MAX	/* no 48-bit address */

/* Flags that take a frame off the short path. */
#define SLOW_FLAGS	(NS_INDIRECT | NS_MOREFRAG | NS_NO_LEARN | NS_PORT_MASK)

struct vale_outbox *vale_outbox_make(const struct nm_kring *k)
{
	uint32_t batch = nm_tunable(NM_TUN_BRIDGE_BATCH), i;
	struct vale_outbox *out;

	if (batch > k->num_slots)
		batch = k->num_slots;
	out = os_alloc(sizeof(*out) + (batch + NETMAP_MAX_FRAGS) * sizeof(out->item[0]));
	if (!out)
		return NULL;
	out->batch = batch;
	out->flood = (struct vale_queue)VALE_QUEUE_EMPTY;
	for (i = 0; i < VALE_PORTS; i++)
		out->queue[i] = (struct vale_queue)VALE_QUEUE_EMPTY;
	return out;
}

void vale_outbox_free(struct vale_outbox *out)
{
	if (out)
		os_free(out->bounce);
	os_free(out);
}

/* Both addresses of a frame are its first twelve bytes: words at 0 and here hold them all. */
#define ADDRESSES_REST	4u

static inline uint64_t word_at(const uint8_t *p)
{
	uint64_t word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}

union addresses {
	uint64_t word[2];
	uint8_t byte[16];
};

/* The six bytes from at on of the twelve in both words: an address as a number. */
static inline uint64_t address(uint64_t head, uint64_t rest, uint32_t at)
{
	const union addresses first = { .word = { head } }, last = { .word = { rest } };
	union addresses out = { .word = { 0 } };
	uint32_t i;

	for (i = 0; i < 6; i++)
		out.byte[i] = at + i < 8 ? first.byte[at + i] : last.byte[at + i - ADDRESSES_REST];
	return out.word[0];
}

static inline bool is_group(uint64_t address)
{
	const union addresses a = { .word = { address } };

	return a.byte[0] & 1;
}

static inline void enqueue(struct vale_outbox *out, uint32_t to, uint32_t first, uint32_t frags)
{
	struct vale_queue *q = unlikely(to == VALE_FLOOD) ? &out->flood : &out->queue[to];

	vale_item_set(&out->item[first], out->item[first].len, frags);
	if (unlikely(q->head == VALE_NIL)) {
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
 * Where the Ethernet header of a frame begins: behind the virtio-net header, which may fill
 * the first slot alone. NULL if there is no whole header in one slot.
 */
static const uint8_t *eth_header(const struct vale_sender *s, const struct vale_item *it,
				 uint32_t frags)
{
	if (it->len == s->hdr_len && frags > 1 && s->hdr_len)
		return it[1].len >= ETH_HEADER ? it[1].data : NULL;
	return it->len >= s->hdr_len + ETH_HEADER ? it->data + s->hdr_len : NULL;
}

/* The port for an address not that of the frame before. */
static uint32_t look_up(struct vale_sender *s, uint64_t dst)
{
	uint32_t to = VALE_FLOOD;

	if (!is_group(dst)) {
		to = vale_table_find(s->sw->table, dst, s->now);
		if (to == VALE_FLOOD)
			nm_stat_add(&s->sw->flooded, 1);
		if (to == s->vp->index)
			to = VALE_NOWHERE;	/* the station is where the frame comes from */
	}
	return to;
}

static void learn(struct vale_sender *s, uint64_t src)
{
	s->last_src = src;
	if (!is_group(src) && vale_table_learn(s->sw->table, src, s->vp->index, s->now))
		nm_stat_add(&s->sw->moved, 1);
}

/* Learn the source, find the destination: by the addresses, most often those of the frame before. */
static inline uint32_t route(struct vale_sender *s, const uint8_t *eth, bool may_learn)
{
	const uint64_t head = word_at(eth), rest = word_at(eth + ADDRESSES_REST);
	const uint64_t dst = address(head, rest, 0), src = address(head, rest, 6);

	s->last_head = head;
	s->last_rest = rest;
	if (unlikely(!s->sw))
		return VALE_NOWHERE;
	if (unlikely(src != s->last_src) && may_learn)
		learn(s, src);
	if (unlikely(dst != s->last_dst)) {
		/* An unknown address may become known with the next frame: not remembered. */
		s->last_to = look_up(s, dst);
		s->last_dst = s->last_to == VALE_FLOOD && !is_group(dst) ? NO_ADDRESS : dst;
	}
	return s->last_to;
}

/* Queue the frame of these items, or count why not. */
static inline void dispatch(struct vale_sender *s, uint32_t first, uint32_t frags, uint16_t flags)
{
	struct vale_outbox *out = s->out;
	const uint8_t *eth = eth_header(s, &out->item[first], frags);
	uint32_t to;

	s->run = NULL;
	s->packets++;
	if (unlikely(!eth)) {
		s->drops[NM_DROP_BADFRAME]++;
		return;
	}
	to = route(s, eth, !(flags & NS_NO_LEARN));
	if (unlikely(flags & NS_PORT_MASK)) {
		to = flags >> NS_PORT_SHIFT;
		if (!s->sw || to >= VALE_PORTS || to == s->vp->index)
			to = VALE_NOWHERE;
	}
	/* A flood reaches nobody when we are alone: not worth queueing. */
	if (unlikely(to == VALE_NOWHERE || (to == VALE_FLOOD && os_load32(&s->sw->ports) < 2))) {
		s->drops[NM_DROP_NODEST]++;
		if (!(flags & SLOW_FLAGS))
			s->run = &s->nowhere;
		return;
	}
	enqueue(out, to, first, frags);
	if (!(flags & SLOW_FLAGS))
		s->run = to == VALE_FLOOD ? &out->flood : &out->queue[to];
}

/* How reading one frame, or one batch, ended. Negative values are errnos. */
enum { READ_ON, READ_BATCH_FULL, READ_FRAME_OPEN, READ_FAULT };

/* Bring NS_INDIRECT data into the bounce buffer: the caller's memory is not touched in the second pass. */
static int bounce(struct vale_sender *s, struct nm_sync *sync, struct vale_item *it, uint64_t ptr)
{
	struct vale_outbox *out = s->out;
	uint8_t *to;

	if (!out->bounce)
		out->bounce = os_alloc((size_t)NETMAP_MAX_FRAGS * s->bufs.unit);
	if (!out->bounce)
		return -ENOMEM;
	to = out->bounce + (size_t)out->bounced * s->bufs.unit;
	if (!sync->who || os_copyin_nofault(sync->who, to, ptr, it->len)) {
		sync->fault_addr = ptr;
		sync->fault_len = it->len;
		return -EFAULT;
	}
	out->bounced++;
	it->data = to;
	return 0;
}

/*
 * Read the slots of one frame from at on into the items after those of the batch.
 * first_flags: of its first slot, with NS_INDIRECT if any of them has it.
 */
static int read_frame(const struct vale_sender *s, uint32_t at, uint32_t *frags, uint16_t *first_flags)
{
	struct vale_item *it = &s->out->item[s->out->items];
	union nm_slot slot;
	uint32_t n;

	for (n = 0; n < NETMAP_MAX_FRAGS; n++, it++) {
		*frags = n;
		if (at == s->k->rhead)
			return READ_FRAME_OPEN;
		slot = nm_slot_load(&s->k->ring->slot[at]);
		it->data = nm_slot_data(s->k, &s->bufs, &s->k->ring->slot[at], slot);
		if (!it->data)
			return -EIO;
		if (slot.flags & NS_INDIRECT) {
			/* A slot's ptr cannot be both. */
			if (s->k->offsets)
				return -EIO;
			it->data = NULL;
		}
		it->len = slot.len;
		*first_flags |= n ? slot.flags & NS_INDIRECT : slot.flags;
		at = nm_next(at, s->k->num_slots);
		if (!(slot.flags & NS_MOREFRAG)) {
			*frags = n + 1;
			return READ_ON;
		}
	}
	*frags = n;
	return READ_FRAME_OPEN;
}

/* The frame's NS_INDIRECT slots: item by item through the bounce buffer. */
static int bring_in(struct vale_sender *s, struct nm_sync *sync, uint32_t at, uint32_t frags)
{
	struct vale_item *it = &s->out->item[s->out->items];
	const uint32_t bounced = s->out->bounced;
	uint32_t i;
	int err = 0;

	for (i = 0; i < frags && !err; i++, at = nm_next(at, s->k->num_slots)) {
		if (it[i].data)
			continue;
		if (s->out->bounced == NETMAP_MAX_FRAGS)
			err = READ_BATCH_FULL;
		else
			err = bounce(s, sync, &it[i], os_load64(&s->k->ring->slot[at].ptr));
	}
	if (err)
		s->out->bounced = bounced;
	if (err == -EFAULT && sync->who && !sync->give_up)
		return READ_FAULT;
	return err;
}

/*
 * A frame off the short path: several slots, NS_INDIRECT, offsets, or told where to go. *taken: its slots,
 * done with.
 */
static int take_slow(struct vale_sender *s, struct nm_sync *sync, uint32_t at, uint32_t *taken)
{
	uint16_t flags = 0;
	uint32_t frags, i;
	int ret = read_frame(s, at, &frags, &flags);

	*taken = 0;
	if (ret == READ_FRAME_OPEN && (frags == NETMAP_MAX_FRAGS || frags + 1 == s->k->num_slots)) {
		/* It is longer than any frame may be: these slots are dropped, and those up to its end. */
		s->out->is_skipping = true;
		s->drops[NM_DROP_BADFRAME]++;
		*taken = frags;
		return READ_ON;
	}
	if (ret == READ_ON && flags & NS_INDIRECT) {
		ret = bring_in(s, sync, at, frags);
		if (ret < 0) {
			sync->give_up = false;
			s->drops[NM_DROP_FAULT]++;
			*taken = frags;
			return READ_ON;
		}
	}
	if (ret != READ_ON)
		return ret;
	*taken = frags;
	for (i = 0; i < frags; i++)
		s->bytes += s->out->item[s->out->items + i].len;
	dispatch(s, s->out->items, frags, flags);
	if (s->k->offsets)
		s->run = NULL;	/* take_run() knows of none */
	s->out->items += frags;
	return READ_ON;
}

/* Pass over the rest of a frame that was too long. */
static uint32_t skip(struct vale_sender *s, uint32_t at)
{
	while (at != s->k->rhead && s->out->is_skipping) {
		s->out->is_skipping = nm_slot_load(&s->k->ring->slot[at]).flags & NS_MOREFRAG;
		at = nm_next(at, s->k->num_slots);
	}
	return at;
}

/*
 * Frames of one slot with the addresses of the frame before go where that went: the common
 * case, and so the loops where the switch spends half its time. Whether the addresses are the same is
 * told by their twelve bytes as two overlapping words. Returns the slot's data, or NULL if the
 * frame is different in any way.
 */
static inline const uint8_t *same_as_before(const struct vale_sender *s, const struct nm_bufs *bufs,
					    union nm_slot v)
{
	const uint32_t shortest = s->hdr_len + ETH_HEADER;
	const uint8_t *data, *eth;

	if (v.flags & SLOW_FLAGS || !nm_bufs_has(bufs, v.buf_idx) ||
	    v.len - shortest > bufs->unit - shortest)
		return NULL;
	data = nm_bufs_at(bufs, v.buf_idx);
	eth = data + s->hdr_len;
	if (word_at(eth) != s->last_head || word_at(eth + ADDRESSES_REST) != s->last_rest)
		return NULL;
	return data;
}

/* Queue slots from at on, up to n of them and without the first that is different. Returns how many. */
static uint32_t queue_run(struct vale_sender *s, const struct netmap_slot *slot, uint32_t n)
{
	const struct nm_bufs bufs = s->bufs;
	struct vale_outbox *out = s->out;
	struct vale_queue *q = s->run;
	struct vale_item *it = &out->item[out->items], *prev = &out->item[q->tail];
	const uint8_t *data;
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < n; i++, it++, slot++) {
		const union nm_slot v = nm_slot_load(slot);

		data = same_as_before(s, &bufs, v);
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

/* The same for frames that go nowhere. */
static uint32_t drop_run(struct vale_sender *s, const struct netmap_slot *slot, uint32_t n)
{
	const struct nm_bufs bufs = s->bufs;
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < n; i++, slot++) {
		const union nm_slot v = nm_slot_load(slot);

		if (!same_as_before(s, &bufs, v))
			break;
		bytes += v.len;
	}
	s->drops[NM_DROP_NODEST] += i;
	s->bytes += bytes;
	return i;
}

/* Slots from at on that are like the one before: up to the batch's end, the ring's, or rhead. */
static uint32_t take_run(struct vale_sender *s, uint32_t at)
{
	const struct nm_kring *k = s->k;
	const struct netmap_slot *slot = &k->ring->slot[at];
	uint32_t n = (k->rhead > at ? k->rhead : k->num_slots) - at, taken;

	if (s->run == &s->nowhere) {
		taken = drop_run(s, slot, n);
	} else {
		if (n > s->out->batch - s->out->items)
			n = s->out->batch - s->out->items;
		taken = queue_run(s, slot, n);
		if (s->run == &s->out->flood && !is_group(address(s->last_head, s->last_rest, 0)))
			nm_stat_add(&s->sw->flooded, taken);
	}
	s->packets += taken;
	return nm_forward(at, taken, k->num_slots);
}

/* One frame by itself: its addresses are looked at, and remembered for take_run(). */
static int take_one(struct vale_sender *s, union nm_slot slot)
{
	struct vale_item *it = &s->out->item[s->out->items];

	if (!nm_slot_is_legal(slot, &s->bufs))
		return -EIO;
	it->data = nm_bufs_at(&s->bufs, slot.buf_idx);
	it->len = slot.len;
	s->bytes += slot.len;
	dispatch(s, s->out->items++, 1, slot.flags);
	return READ_ON;
}

/* The first pass over one batch. Moves hwcur behind what it took. */
static int classify(struct vale_sender *s, struct nm_sync *sync)
{
	struct vale_outbox *out = s->out;
	struct nm_kring *k = s->k;
	uint32_t at = skip(s, k->hwcur), taken;
	int ret = READ_ON;

	s->run = NULL;
	while (at != k->rhead && ret == READ_ON) {
		union nm_slot slot;

		if (s->run) {
			at = take_run(s, at);
			if (at == k->rhead)
				break;
		}
		slot = nm_slot_load(&k->ring->slot[at]);
		if (out->items >= out->batch) {
			ret = READ_BATCH_FULL;
		} else if (slot.flags & SLOW_FLAGS || unlikely(k->offsets != NULL)) {
			ret = take_slow(s, sync, at, &taken);
			at = skip(s, nm_forward(at, taken, k->num_slots));
		} else {
			ret = take_one(s, slot);
			if (ret == READ_ON)
				at = nm_next(at, k->num_slots);
		}
	}
	nm_stat_add(&k->stats.slots, nm_span(k->hwcur, at, k->num_slots));
	k->hwcur = at;
	return ret;
}

static void flood(struct vale_sender *s)
{
	struct vale_outbox *out = s->out;
	uint32_t left = os_load32(&s->sw->ports), i;

	for (i = 0; i < VALE_PORTS && left; i++) {
		if (!os_loadp_acquire(&s->sw->port[i]))
			continue;
		left--;
		if (i == s->vp->index)
			continue;
		vale_deliver(s, i, &out->queue[i], &out->flood);
		/* With these its own frames are done too. */
		out->queue[i].head = VALE_NIL;
	}
}

/* The second pass: have every queue delivered, leave all empty. */
static void deliver(struct vale_sender *s)
{
	struct vale_outbox *out = s->out;
	const struct vale_queue none = VALE_QUEUE_EMPTY;
	uint32_t i;

	if (out->flood.head != VALE_NIL)
		flood(s);
	for (i = 0; i < out->touched_count; i++) {
		struct vale_queue *q = &out->queue[out->touched[i]];

		if (q->head != VALE_NIL)
			vale_deliver(s, out->touched[i], q, &none);
		*q = none;
	}
	out->flood = none;
	out->touched_count = 0;
	out->items = 0;
	out->bounced = 0;
}

static void account(struct vale_sender *s)
{
	struct nm_ring_stats *stats = &s->k->stats;
	uint32_t cause;

	nm_stat_add(&stats->packets, s->packets);
	nm_stat_add(&stats->bytes, s->bytes);
	for (cause = 0; cause < NM_DROP_CAUSES; cause++) {
		if (s->drops[cause])
			nm_stat_add(&stats->drops[cause], s->drops[cause]);
	}
}

static int forward(struct nm_kring *k, struct nm_sync *sync)
{
	struct vale_port *vp = vale_port_of(k->port);
	struct vale_sender s = {
		.k = k,
		.out = k->outbox,
		.vp = vp,
		.sw = os_loadp_acquire(&vp->sw),
		.bufs = nm_pool_bufs(&k->region->bufs),
		.hdr_len = os_load32(&vp->port.hdr_len),
		.now = os_seconds(),
		.last_src = NO_ADDRESS,
		.last_dst = NO_ADDRESS,
	};
	int ret;

	do {
		ret = classify(&s, sync);
		deliver(&s);
	} while (ret == READ_BATCH_FULL);
	account(&s);
	k->hwtail = nm_back(k->hwcur, k->num_slots);
	if (ret == READ_FAULT)
		return NM_SYNC_FAULT;
	return ret < 0 ? ret : 0;
}

int vale_txsync(struct nm_kring *k, struct nm_sync *sync)
{
	/* A sync with nothing to send, as of each poll for room, does not even lay out the batch. */
	return k->hwcur == k->rhead ? 0 : forward(k, sync);
}
