// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sending by an AF_XDP socket. The kernel completes frames in any order if it copies them to skbs;
 * they leave the in-flight count in the order in which they were sent.
 */
#define OS_PLATFORM
#include "xsk.h"

static void sent_complete_locked(struct xsk *s, struct xsk_sent *e)
{
	e->is_complete = true;
	if (e->is_copy)
		s->free[s->frees++] = e->addr;
}

/* A client may have sent one buffer from several slots: complete any of them. */
static void addr_complete_locked(struct xsk *s, uint64_t addr)
{
	uint32_t i;

	for (i = 0; i < s->sents; i++) {
		struct xsk_sent *e = &s->sent[(s->first + i) % BROKER_XDP_SLOTS];

		if (e->addr == addr && !e->is_complete) {
			sent_complete_locked(s, e);
			return;
		}
	}
	os_bug("the kernel completed a frame that was never sent", __FILE__, __LINE__);
}

/*
 * Remove complete frames from the head of the queue. Release: the kernel has read the frame; pairs
 * with the engine's acquire in nic_tx.c.
 */
static void sent_pop_locked(struct xsk *s)
{
	while (s->sents && s->sent[s->first].is_complete) {
		const struct xsk_sent *e = &s->sent[s->first];

		if (e->in_flight)
			__atomic_sub_fetch(e->in_flight, e->pieces, __ATOMIC_RELEASE);
		s->first = (s->first + 1) % BROKER_XDP_SLOTS;
		s->sents--;
	}
}

static void reap_locked(struct xsk *s)
{
	uint32_t at = 0, i, n = xsk_ring_cons__peek(&s->completion, BROKER_XDP_SLOTS, &at);

	for (i = 0; i < n; i++)
		addr_complete_locked(s, *xsk_ring_cons__comp_addr(&s->completion, at + i));
	xsk_ring_cons__release(&s->completion, n);
	sent_pop_locked(s);
}

/* True if the frame can be sent in place: it must be one piece of the region, within one page. */
static bool lies_in_device_buf(const struct xsk *s, const struct os_frag *frag, struct xsk_sent *e)
{
	const uint64_t addr = (uintptr_t)frag->data - (uintptr_t)s->frames;

	if (!e->in_flight || frag->more ||
	    addr >= (uint64_t)s->device_bufs->bufs.total * s->frame ||
	    addr % OS_PAGE_SIZE + frag->len > OS_PAGE_SIZE)
		return false;
	e->addr = addr;
	return true;
}

static bool frame_copy_locked(struct xsk *s, const struct os_frag *frag, struct xsk_sent *e)
{
	uint32_t i, off = 0;

	if (!s->frees)
		return false;
	e->is_copy = true;
	e->addr = s->free[--s->frees];
	for (i = 0; i < e->pieces; off += frag[i++].len)
		memcpy(s->frames + e->addr + off, frag[i].data, frag[i].len);
	return true;
}

static uint32_t frame_len(const struct os_frag *frag, uint32_t *pieces)
{
	uint32_t len = 0, n = 0;

	do {
		/* Saturate: such a frame is too long anyway. */
		len = len + frag[n].len < len ? UINT32_MAX : len + frag[n].len;
	} while (frag[n++].more);
	*pieces = n;
	return len;
}

/*
 * Put one frame into the tx ring. Returns the number of its pieces, 0 without room. A frame longer
 * than the memory's frames exceeds the MTU too: it is dropped and counts as complete.
 */
static uint32_t frame_put_locked(struct xsk *s, const struct os_frag *frag, uint32_t *in_flight,
				 uint32_t *slots)
{
	struct xsk_sent *e = &s->sent[(s->first + s->sents) % BROKER_XDP_SLOTS];
	uint32_t pieces, len = frame_len(frag, &pieces);

	if (s->sents == BROKER_XDP_SLOTS)
		return 0;
	*e = (struct xsk_sent){ .in_flight = s->device_bufs ? in_flight : NULL, .pieces = pieces };
	e->is_complete = len > s->frame;
	if (!e->is_complete && !(s->device_bufs && lies_in_device_buf(s, frag, e)) &&
	    !frame_copy_locked(s, frag, e))
		return 0;
	if (!e->is_complete) {
		*xsk_ring_prod__tx_desc(&s->tx, xsk_slots(&s->tx, 1)) = (struct xdp_desc){
			.addr = e->addr, .len = len,
		};
		++*slots;
	}
	if (e->in_flight)
		__atomic_add_fetch(e->in_flight, pieces, __ATOMIC_RELAXED);
	s->sents++;
	return pieces;
}

/* Return the number of frames that the kernel has not taken from the tx ring. */
static uint32_t tx_pending_locked(const struct xsk *s)
{
	return *s->tx.producer - __atomic_load_n(s->tx.consumer, __ATOMIC_ACQUIRE);
}

/*
 * As xsk_push(). With copies, a call sends some frames; EAGAIN means that there are more, or that
 * the device is busy. Without copies, a driver may need the call also to complete frames that were
 * sent; it refuses while its device is down, or being reset.
 */
static bool xsk_push_locked(struct xsk *s)
{
	uint32_t before, left = tx_pending_locked(s);
	ssize_t ret = 0;

	do {
		before = left;
		if (!(s->is_zero_copy ? s->sents : left) || !xsk_ring_prod__needs_wakeup(&s->tx))
			return true;
		ret = sendto(s->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
		left = tx_pending_locked(s);
	} while (!s->is_zero_copy && (left < before || (ret < 0 && errno == EINTR)));
	return s->is_zero_copy ? ret >= 0 : !left;
}

uint32_t xsk_send(struct xsk *s, const struct os_frag *frag, uint32_t n, uint32_t *in_flight,
		  bool *is_stuck)
{
	uint32_t at = 0, slots = 0, pieces = 1;

	*is_stuck = false;
	pthread_mutex_lock(&s->lock);
	if (!s->map[XSK_TX]) {
		pthread_mutex_unlock(&s->lock);
		return 0;
	}
	reap_locked(s);
	for (; at < n && pieces; at += pieces)
		pieces = frame_put_locked(s, frag + at, in_flight, &slots);
	xsk_ring_prod__submit(&s->tx, slots);
	*is_stuck = !xsk_push_locked(s);
	if (s->device_bufs)
		reap_locked(s);
	pthread_mutex_unlock(&s->lock);
	return at;
}

bool xsk_push(struct xsk *s)
{
	bool all;

	pthread_mutex_lock(&s->lock);
	all = !s->map[XSK_TX] || xsk_push_locked(s);
	pthread_mutex_unlock(&s->lock);
	return all;
}
