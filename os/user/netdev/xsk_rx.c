// SPDX-License-Identifier: BSD-2-Clause
/*
 * What comes by an AF_XDP socket. Where buffers are lent, a frame lies in one of the port's region, and a slot
 * may take that as it is: the slot's own one is received into then.
 */
#define OS_PLATFORM
#include "xsk.h"

#define BATCH		64u	/* frames taken at a time */
#define BATCHES		8u	/* and so often, before others have a turn */

/* Frames of a batch: as the engine gets them, and the buffers (or, not lent, the addresses) that go back. */
struct batch {
	struct os_packet pkt[BATCH];
	const struct os_packet *ptr[BATCH];
	uint64_t addr[BATCH];
	uint32_t buf[BATCH];
};

/* The second half of the page that the kernel was given. A driver may have put the frame elsewhere in it. */
static void device_bufs_look(struct xsk *s, const struct xdp_desc *d, struct os_packet *pkt, uint32_t *buf)
{
	*buf = (uint32_t)(d->addr / OS_PAGE_SIZE * 2 + 1);
	if (d->addr == (uint64_t)*buf * BROKER_BUF_UNIT) {
		pkt->device_buf_of = s;
		pkt->buf = buf;
	}
}

static void look(struct xsk *s, struct batch *b, uint32_t i, const struct xdp_desc *d)
{
	b->pkt[i] = (struct os_packet){ .data = s->frames + d->addr, .len = d->len };
	b->ptr[i] = &b->pkt[i];
	if (s->device_bufs)
		device_bufs_look(s, d, &b->pkt[i], &b->buf[i]);
	else
		b->addr[i] = d->addr - d->addr % s->frame;
}

static void give_back(struct xsk *s, const struct batch *b, uint32_t n)
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
		look(s, &b, i, xsk_ring_cons__rx_desc(&s->rx, at + i));
	s->nd->ops->deliver(s->nd->arg, OS_NETDEV_WIRE, s->queue, b.ptr, n);
	xsk_ring_cons__release(&s->rx, n);
	give_back(s, &b, n);
	return n;
}

void xsk_receive(struct xsk *s)
{
	uint32_t i;

	for (i = 0; i < BATCHES && batch_receive(s) == BATCH; i++)
		;
	xsk_wake_rx(s);
}

bool os_packet_is_device_buf(const struct os_packet *pkt)
{
	return pkt->device_buf_of != NULL;
}

/*
 * The kernel gets no buffer twice: clients write into slots what they like, and it relies on that. Nor one before
 * which there is another's.
 */
uint32_t os_packet_exchange(const struct os_packet *pkt, uint32_t buf)
{
	struct xsk *s = pkt->device_buf_of;
	const struct nm_device_bufs *l = &s->device_bufs->bufs;
	const uint32_t own = *pkt->buf;

	if (buf >= l->total || !(os_load64(&l->pairs[buf / 64]) >> (buf % 64) & 1) || xsk_holds(s, buf))
		return 0;
	xsk_hold(s, own, false);
	xsk_hold(s, buf, true);
	*pkt->buf = buf;
	return own;
}
