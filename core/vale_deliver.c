// SPDX-License-Identifier: BSD-2-Clause
/*
 * The second pass of the switch: frames into a receiver's ring. Several senders may
 * deliver to one ring at a time: each reserves room under the inbox's lock, copies
 * outside it, and hands in; what was reserved first becomes visible first.
 */
#include "vale_batch.h"
#include "offload.h"
#include "slot.h"
#include "tunables.h"

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

/* The timer clears, then looks for sleepers; a sender delivers, then looks whether it is armed: see wake(). */
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

/* Slots of an rx ring that one sender has reserved, and what it did with them. */
struct lease {
	struct nm_kring *k;
	uint32_t first, size;		/* as reserved */
	uint32_t used;			/* filled so far */
	uint32_t at;			/* the slot after these */
	uint64_t packets, bytes;
};

/* Reserve want slots, all or nothing. Returns how many there were to have. */
static uint32_t lease_take(struct lease *l, struct nm_kring *k, uint32_t want)
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

/* The rest of a reservation in a ring that its owner has garbled: empty slots. */
static void fill_unused(struct lease *l)
{
	for (; l->used < l->size; l->used++, l->at = nm_next(l->at, l->k->num_slots))
		nm_slot_store_len_flags(&l->k->ring->slot[l->at], 0, 0);
}

/* Hand in: the receiver sees the slots as soon as all reserved before are handed in too. */
static void lease_give(struct lease *l)
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

static void count_rx_drops(struct nm_kring *k, enum nm_drop cause, uint32_t n)
{
	os_spin_lock(&k->inbox->lock);
	nm_stat_add(&k->stats.drops[cause], n);
	os_spin_unlock(&k->inbox->lock);
}

/*
 * Copy a frame's bytes in steps of 64: buffers are aligned to that and a multiple of it long, so
 * that rounding the length up stays inside both. Long frames do better with the home's copy.
 */
#define COPY_STEPS_MAX	512u

typedef uint64_t __attribute__((may_alias)) word_t;

static inline void copy_line(word_t *dst, const word_t *src)
{
	const word_t a = src[0], b = src[1], c = src[2], d = src[3];
	const word_t e = src[4], f = src[5], g = src[6], h = src[7];

	dst[0] = a;
	dst[1] = b;
	dst[2] = c;
	dst[3] = d;
	dst[4] = e;
	dst[5] = f;
	dst[6] = g;
	dst[7] = h;
}

/* Out of line, or the short frames' loop would pay for it in registers. */
static __attribute__((__noinline__)) void copy_long(uint8_t *dst, const uint8_t *src, uint32_t len)
{
	uint32_t done;

	if (len > COPY_STEPS_MAX) {
		os_memcpy(dst, src, len);
		return;
	}
	for (done = 0; done < len; done += 64)
		copy_line((word_t *)(dst + done), (const word_t *)(src + done));
}

static inline void copy_frame(uint8_t *dst, const uint8_t *src, uint32_t len)
{
	if (likely(len <= 64))
		copy_line((word_t *)dst, (const word_t *)src);
	else
		copy_long(dst, src, len);
}

/* The receiver's slot cannot be used: it gets no bytes, its owner a reset. */
static void slot_spoilt(struct nm_kring *k, struct netmap_slot *slot)
{
	nm_slot_store_len_flags(slot, 0, 0);
	os_store32(&k->garbled, 1);
}

/* Take the frame that was sent first off the heads of two queues. */
static inline uint32_t pick(const struct vale_item *item, uint32_t *own, uint32_t *flood)
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

static uint32_t queue_count(const struct vale_item *item, uint32_t head)
{
	uint32_t n = 0;

	for (; head != VALE_NIL; head = item[head].next)
		n++;
	return n;
}

/* Slots of the whole frames, in the order they were sent in, that room holds. */
static uint32_t fitting(const struct vale_item *item, uint32_t own, uint32_t flood, uint32_t room)
{
	uint32_t slots = 0, frags;

	while (own != VALE_NIL || flood != VALE_NIL) {
		frags = item[pick(item, &own, &flood)].frags;
		if (frags > room - slots)
			break;
		slots += frags;
	}
	return slots;
}

/* Frames from these heads on find no room. */
static void drop_rest(struct vale_sender *s, struct nm_kring *k, uint32_t own, uint32_t flood)
{
	uint32_t n = queue_count(s->out->item, own) + queue_count(s->out->item, flood);

	if (n) {
		s->drops[NM_DROP_NOROOM] += n;
		count_rx_drops(k, NM_DROP_NOROOM, n);
	}
}

/*
 * The common case: frames of one slot from one queue. The other half of the switch's time.
 * Copies as many as were reserved; returns the first that was not.
 */
static uint32_t copy_singles(struct lease *l, const struct vale_item *items, uint32_t own)
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
			slot_spoilt(k, slot);
			continue;
		}
		copy_frame(nm_bufs_at(&bufs, to.buf_idx), it->data, len);
		nm_slot_store_len_flags(slot, (uint16_t)len, 0);
		bytes += len;
	}
	l->at = at;
	l->used = l->size;
	l->packets = l->size;
	l->bytes = bytes;
	return own;
}

static void deliver_singles(struct vale_sender *s, struct nm_kring *k, const struct vale_queue *own)
{
	struct lease l;
	uint32_t want = own->slots, room;

	while ((room = lease_take(&l, k, want)) < want)
		want = room;
	if (want)
		drop_rest(s, k, copy_singles(&l, s->out->item, own->head), VALE_NIL);
	else
		drop_rest(s, k, own->head, VALE_NIL);
	lease_give(&l);
}

/* Both ports' frames look the same, and the receiver's buffers are no smaller: copy slot by slot. */
static void deliver_plain(struct vale_sender *s, struct nm_kring *k, const struct vale_queue *own_q,
			  const struct vale_queue *flood_q)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	const struct vale_item *const items = s->out->item;
	const uint32_t num_slots = k->num_slots;
	uint32_t own = own_q->head, flood = flood_q->head;
	uint32_t want = own_q->slots + flood_q->slots, room;
	struct lease l;

	/* Exactly what whole frames fill; again if other senders were quicker. */
	while ((room = lease_take(&l, k, want)) < want)
		want = fitting(items, own, flood, room);
	while (own != VALE_NIL || flood != VALE_NIL) {
		const uint32_t was_own = own, was_flood = flood;
		const struct vale_item *it = &items[pick(items, &own, &flood)];
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
			const union nm_slot to = nm_slot_load(slot);

			l.at = nm_next(l.at, num_slots);
			if (unlikely(!nm_bufs_has(&bufs, to.buf_idx))) {
				slot_spoilt(k, slot);
				continue;
			}
			copy_frame(nm_bufs_at(&bufs, to.buf_idx), it->data, it->len);
			nm_slot_store_len_flags(slot, it->len, left > 1 ? NS_MOREFRAG : 0);
			l.bytes += it->len;
		}
	}
	lease_give(&l);
	drop_rest(s, k, own, flood);
}

static void emit_all(struct nm_offload *o, struct lease *l, const struct nm_bufs *bufs)
{
	bool more;

	for (; l->used < l->size; l->used++) {
		struct netmap_slot *slot = &l->k->ring->slot[l->at];
		const union nm_slot to = nm_slot_load(slot);
		uint32_t len;

		if (unlikely(!nm_bufs_has(bufs, to.buf_idx))) {
			/* The rest of the conversion has nowhere to go. */
			fill_unused(l);
			os_store32(&l->k->garbled, 1);
			return;
		}
		len = nm_offload_emit(o, nm_bufs_at(bufs, to.buf_idx), &more);
		nm_slot_store_len_flags(slot, (uint16_t)len, more ? NS_MOREFRAG : 0);
		l->at = nm_next(l->at, l->k->num_slots);
	}
	l->packets = o->frames;
	l->bytes = o->bytes;
}

static enum nm_drop convert_one(struct vale_sender *s, struct nm_kring *k, const struct vale_item *it,
				uint32_t hdr_len, const struct nm_bufs *bufs)
{
	struct nm_frag frag[NM_OFFLOAD_FRAGS_MAX] NM_UNINITIALIZED;
	struct nm_offload o NM_UNINITIALIZED;
	struct lease l;
	uint32_t i;
	int n;

	for (i = 0; i < it->frags; i++)
		frag[i] = (struct nm_frag){ .data = it[i].data, .len = it[i].len };
	n = nm_offload_plan(&o, frag, it->frags, s->hdr_len, hdr_len, bufs->unit);
	if (n < 0)
		return NM_DROP_HEADER;
	if ((uint32_t)n >= k->num_slots)
		return NM_DROP_TOOLONG;
	if (lease_take(&l, k, (uint32_t)n) < (uint32_t)n)
		return NM_DROP_NOROOM;
	emit_all(&o, &l, bufs);
	lease_give(&l);
	return NM_DROP_CAUSES;
}

/* Frames differ in their header, or may not fit the receiver's buffers: convert one by one. */
static void deliver_converted(struct vale_sender *s, struct nm_kring *k, uint32_t hdr_len,
			      const struct vale_queue *own_q, const struct vale_queue *flood_q)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	uint32_t own = own_q->head, flood = flood_q->head;

	while (own != VALE_NIL || flood != VALE_NIL) {
		const struct vale_item *it = &s->out->item[pick(s->out->item, &own, &flood)];
		enum nm_drop cause = convert_one(s, k, it, hdr_len, &bufs);

		if (cause != NM_DROP_CAUSES) {
			s->drops[cause]++;
			count_rx_drops(k, cause, 1);
		}
	}
}

/* The receiver's ring for this sender: that of the sender's number, or the next that somebody reads. */
static struct nm_kring *rx_ring(const struct vale_port *to, uint32_t number)
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
static void wake(struct nm_kring *k, uint32_t slots)
{
	const uint64_t delay = nm_tunable(NM_TUN_WAKE_DELAY) * 1000ull;

	if (!os_waitq_has_sleeper(&k->waitq))
		return;
	if (slots < BURST_SLOTS || !delay || !is_held_back(k, delay))
		nm_kring_wake(k);
}

void vale_deliver(struct vale_sender *s, uint32_t index, const struct vale_queue *own,
		  const struct vale_queue *flood)
{
	const struct vale_port *to = os_loadp_acquire(&s->sw->port[index]);
	struct nm_kring *k = NULL;
	uint32_t hdr_len;

	/* Acquire: its rings are whole; pairs with vale_start(). They stay while we hold our ring's lock. */
	if (likely(to && os_load32_acquire(&to->is_open)))
		k = rx_ring(to, s->k->id);
	if (!k) {
		/* What was meant for this port alone is lost; of a flood others have it. */
		s->drops[NM_DROP_NODEST] += queue_count(s->out->item, own->head);
		return;
	}
	hdr_len = os_load32(&to->port.hdr_len);
	if (unlikely(hdr_len != s->hdr_len || k->region->bufs.unit < s->bufs.unit))
		deliver_converted(s, k, hdr_len, own, flood);
	else if (flood->head == VALE_NIL && own->slots == own->frames)
		deliver_singles(s, k, own);
	else if (own->head == VALE_NIL && flood->slots == flood->frames)
		deliver_singles(s, k, flood);
	else
		deliver_plain(s, k, own, flood);
	wake(k, own->slots + flood->slots);
}
