// SPDX-License-Identifier: BSD-2-Clause
/*
 * Receiving from an AF_XDP socket. With device buffers a frame lies in a buffer of the port's
 * region, and the engine may exchange it for a slot's buffer, which is posted for receive instead.
 */
#define OS_PLATFORM
#include "xsk.h"

#define BATCH		64u	/* frames delivered by one call */
#define BATCHES		8u	/* calls before other sources have a turn */

/* A batch as the engine gets it, and what is posted again: device buffers or else addresses. */
struct batch {
	struct os_packet pkt[BATCH];
	const struct os_packet *ptr[BATCH];
	uint64_t addr[BATCH];
	uint32_t buf[BATCH];
};

/*
 * The device buffer is the second half of the page. Set it up for exchange if the frame starts
 * there; a driver may have put the frame elsewhere in the page.
 */
static void packet_set_device_buf(struct xsk *s, const struct xdp_desc *d, struct os_packet *pkt,
				  uint32_t *buf)
{
	*buf = (uint32_t)(d->addr / OS_PAGE_SIZE * 2 + 1);
	if (d->addr == (uint64_t)*buf * BROKER_BUF_UNIT) {
		pkt->device_buf_of = s;
		pkt->buf = buf;
	}
}

static void batch_add(struct xsk *s, struct batch *b, uint32_t i, const struct xdp_desc *d)
{
	b->pkt[i] = (struct os_packet){ .data = s->frames + d->addr, .len = d->len };
	b->ptr[i] = &b->pkt[i];
	if (s->device_bufs)
		packet_set_device_buf(s, d, &b->pkt[i], &b->buf[i]);
	else
		b->addr[i] = d->addr - d->addr % s->frame;
}

static void batch_post(struct xsk *s, const struct batch *b, uint32_t n)
{
	const uint32_t at = xsk_slots(&s->fill, n);
	uint32_t i;

	for (i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&s->fill, at + i) =
			s->device_bufs ? (uint64_t)(b->buf[i] - 1) * BROKER_BUF_UNIT : b->addr[i];
	xsk_ring_prod__submit(&s->fill, n);
}

static uint32_t batch_receive(struct xsk *s)
{
	uint32_t at = 0, i, n = xsk_ring_cons__peek(&s->rx, BATCH, &at);
	struct batch b;

	if (!n)
		return 0;
	for (i = 0; i < n; i++)
		batch_add(s, &b, i, xsk_ring_cons__rx_desc(&s->rx, at + i));
	s->nd->ops->deliver(s->nd->arg, OS_NETDEV_WIRE, s->queue, b.ptr, n);
	xsk_ring_cons__release(&s->rx, n);
	batch_post(s, &b, n);
	return n;
}

bool xsk_receive(struct xsk *s)
{
	uint32_t i;

	for (i = 0; i < BATCHES && batch_receive(s) == BATCH; i++)
		;
	return xsk_wake_rx(s);
}

bool os_packet_is_device_buf(const struct os_packet *pkt)
{
	return pkt->device_buf_of != NULL;
}

/* True if the buffer is the second of a pair: a driver writes in front of it. */
static bool buf_is_second(const struct nm_device_bufs *d, uint32_t buf)
{
	return os_load64(&d->pairs[buf / 64]) >> (buf % 64) & 1;
}

/*
 * Mark a buffer as posted, unless it is posted already, here or by another queue or device. Full
 * barrier between posted and pairs: pairs with that in pool_pair_end().
 */
static bool buf_claim(const struct nm_device_bufs *d, uint32_t buf)
{
	uint32_t not_posted = 0;

	if (buf >= d->total || !buf_is_second(d, buf) ||
	    !__atomic_compare_exchange_n(&d->posted[buf], &not_posted, 1, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_RELAXED))
		return false;
	if (likely(buf_is_second(d, buf)))
		return true;
	__atomic_store_n(&d->posted[buf], 0, __ATOMIC_RELEASE);
	return false;
}

/*
 * Clients write any index into their slots, but the kernel relies on getting no buffer twice, and
 * frames of two queues must not overwrite each other.
 */
uint32_t os_packet_exchange(const struct os_packet *pkt, uint32_t buf)
{
	struct xsk *s = pkt->device_buf_of;
	const struct nm_device_bufs *d = &s->device_bufs->bufs;
	const uint32_t own = *pkt->buf;

	if (!buf_claim(d, buf))
		return 0;
	xsk_set_posted(s, own, false);
	xsk_set_posted(s, buf, true);
	/* Release: the frame is written before another queue can get its buffer. */
	__atomic_store_n(&d->posted[own], 0, __ATOMIC_RELEASE);
	*pkt->buf = buf;
	return own;
}
