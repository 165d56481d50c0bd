// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is sent by an AF_XDP socket. Frames are told of as sent in the order they were sent in, whatever the order in
 * which the kernel tells; that is another one where it makes packets of them.
 */
#define OS_PLATFORM
#include "xsk.h"

static void over_locked(struct xsk *s, struct xsk_sent *e)
{
	e->is_over = true;
	if (e->is_own)
		s->free[s->frees++] = e->addr;
}

/* A client may have one buffer in several slots; then any of them is as good. */
static void told_over_locked(struct xsk *s, uint64_t addr)
{
	uint32_t i;

	for (i = 0; i < s->sents; i++) {
		struct xsk_sent *e = &s->sent[(s->first + i) % BROKER_XDP_SLOTS];

		if (e->addr == addr && !e->is_over) {
			over_locked(s, e);
			return;
		}
	}
	os_bug("a frame that was never sent", __FILE__, __LINE__);
}

/* Release: the kernel has read the frame; pairs with the engine's acquire in nic_tx.c. */
static void forget_locked(struct xsk *s)
{
	while (s->sents && s->sent[s->first].is_over) {
		const struct xsk_sent *e = &s->sent[s->first];

		if (e->in_flight)
			__atomic_sub_fetch(e->in_flight, e->pieces, __ATOMIC_RELEASE);
		s->first = (s->first + 1) % BROKER_XDP_SLOTS;
		s->sents--;
	}
}

static void reap_locked(struct xsk *s)
{
	uint32_t at = 0, i, n = xsk_ring_cons__peek(&s->done, BROKER_XDP_SLOTS, &at);

	for (i = 0; i < n; i++)
		told_over_locked(s, *xsk_ring_cons__comp_addr(&s->done, at + i));
	xsk_ring_cons__release(&s->done, n);
	forget_locked(s);
}

/* A frame of one piece in a lent buffer stays where it is, if it does not go beyond a page of the kernel's. */
static bool lies_in_device_buf(const struct xsk *s, const struct os_frag *frag, struct xsk_sent *e)
{
	const uint64_t addr = (uintptr_t)frag->data - (uintptr_t)s->frames;

	if (!e->in_flight || frag->more || addr >= (uint64_t)s->device_bufs->bufs.total * s->frame ||
	    addr % OS_PAGE_SIZE + frag->len > OS_PAGE_SIZE)
		return false;
	e->addr = addr;
	return true;
}

static bool copy_locked(struct xsk *s, const struct os_frag *frag, struct xsk_sent *e)
{
	uint32_t i, off = 0;

	if (!s->frees)
		return false;
	e->is_own = true;
	e->addr = s->free[--s->frees];
	for (i = 0; i < e->pieces; off += frag[i++].len)
		memcpy(s->frames + e->addr + off, frag[i].data, frag[i].len);
	return true;
}

static uint32_t frame_len(const struct os_frag *frag, uint32_t *pieces)
{
	uint32_t len = 0, n = 0;

	do {
		/* More than can be sent is as good as any more. */
		len = len + frag[n].len < len ? UINT32_MAX : len + frag[n].len;
	} while (frag[n++].more);
	*pieces = n;
	return len;
}

/*
 * One frame to the next slot; returns its pieces, 0 if there is no room. One longer than ours the device
 * would not send either: it is over at once.
 */
static uint32_t put_locked(struct xsk *s, const struct os_frag *frag, uint32_t *in_flight, uint32_t *slots)
{
	struct xsk_sent *e = &s->sent[(s->first + s->sents) % BROKER_XDP_SLOTS];
	uint32_t pieces, len = frame_len(frag, &pieces);

	if (s->sents == BROKER_XDP_SLOTS)
		return 0;
	*e = (struct xsk_sent){ .in_flight = s->device_bufs ? in_flight : NULL, .pieces = pieces };
	e->is_over = len > s->frame;
	if (!e->is_over && !(s->device_bufs && lies_in_device_buf(s, frag, e)) && !copy_locked(s, frag, e))
		return 0;
	if (!e->is_over) {
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

static uint32_t left_locked(const struct xsk *s)
{
	return *s->tx.producer - __atomic_load_n(s->tx.consumer, __ATOMIC_ACQUIRE);
}

/*
 * With copies a call sends some frames, and says EAGAIN when there are more, or when the device is busy. Without, a
 * driver may want to be woken also to find out what was sent.
 */
static bool push_locked(struct xsk *s)
{
	uint32_t before, left = left_locked(s);
	ssize_t ret;

	do {
		before = left;
		if (!(s->is_zero_copy ? s->sents : left) || !xsk_ring_prod__needs_wakeup(&s->tx))
			return true;
		ret = sendto(s->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
		left = left_locked(s);
	} while (!s->is_zero_copy && (left < before || (ret < 0 && errno == EINTR)));
	return s->is_zero_copy || !left;
}

uint32_t xsk_send(struct xsk *s, const struct os_frag *frag, uint32_t n, uint32_t *in_flight, bool *is_stuck)
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
		pieces = put_locked(s, frag + at, in_flight, &slots);
	xsk_ring_prod__submit(&s->tx, slots);
	*is_stuck = !push_locked(s);
	if (s->device_bufs)
		reap_locked(s);
	pthread_mutex_unlock(&s->lock);
	return at;
}

bool xsk_push(struct xsk *s)
{
	bool all;

	pthread_mutex_lock(&s->lock);
	all = !s->map[XSK_TX] || push_locked(s);
	pthread_mutex_unlock(&s->lock);
	return all;
}
