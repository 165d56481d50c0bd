// SPDX-License-Identifier: BSD-2-Clause
/*
 * Opening and closing an AF_XDP socket in the server: its rings and its memory. See xsk.h; xsk_rx.c
 * and xsk_tx.c move frames through it.
 */
#define OS_PLATFORM
#include <linux/if_xdp.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "xsk.h"

/* ---- rings -------------------------------------------------------------------------- */

static void *ring_map(struct xsk *s, int which, off_t at, const struct xdp_ring_offset *off,
		      size_t entry)
{
	const size_t size = off->desc + BROKER_XDP_SLOTS * entry;
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd, at);

	if (map == MAP_FAILED)
		return NULL;
	s->map[which] = map;
	s->map_size[which] = size;
	return map;
}

#define RING_INIT(r, map, off) do {						\
	(r)->mask = BROKER_XDP_SLOTS - 1;					\
	(r)->size = BROKER_XDP_SLOTS;						\
	(r)->producer = (void *)((char *)(map) + (off)->producer);		\
	(r)->consumer = (void *)((char *)(map) + (off)->consumer);		\
	(r)->flags = (void *)((char *)(map) + (off)->flags);			\
	(r)->ring = (char *)(map) + (off)->desc;				\
} while (0)

static int rings_map(struct xsk *s, const struct xdp_mmap_offsets *off)
{
	void *rx = ring_map(s, XSK_RX, XDP_PGOFF_RX_RING, &off->rx, sizeof(struct xdp_desc));
	void *tx = ring_map(s, XSK_TX, XDP_PGOFF_TX_RING, &off->tx, sizeof(struct xdp_desc));
	void *fill = ring_map(s, XSK_FILL, XDP_UMEM_PGOFF_FILL_RING, &off->fr, sizeof(uint64_t));
	void *completion = ring_map(s, XSK_COMPLETION, XDP_UMEM_PGOFF_COMPLETION_RING, &off->cr,
				    sizeof(uint64_t));

	if (!rx || !tx || !fill || !completion)
		return -ENOMEM;
	RING_INIT(&s->rx, rx, &off->rx);
	RING_INIT(&s->tx, tx, &off->tx);
	RING_INIT(&s->fill, fill, &off->fr);
	RING_INIT(&s->completion, completion, &off->cr);
	/*
	 * As libxdp's functions expect it: cached_cons is ahead of the consumer by the ring's size.
	 */
	s->tx.cached_cons = s->fill.cached_cons = BROKER_XDP_SLOTS;
	return 0;
}

/* The broker has posted the first half of the frames for receive: see broker/xdp_open.c. */
static int xsk_open_own(struct xsk *s, const struct broker_xdp *x)
{
	const size_t bytes = broker_xdp_bytes(&x->info);
	uint32_t i;

	s->frames = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x->umem,
			 (off_t)(s->queue * bytes));
	if (s->frames == MAP_FAILED) {
		s->frames = NULL;
		return -ENOMEM;
	}
	for (i = 0; i < BROKER_XDP_SLOTS; i++)
		s->free[i] = (BROKER_XDP_SLOTS + i) * s->frame;
	s->frees = BROKER_XDP_SLOTS;
	return 0;
}

/* ---- device buffers ------------------------------------------------------------------ */

bool xsk_is_posted(const struct xsk *s, uint32_t buf)
{
	return s->posted[buf / 64] >> (buf % 64) & 1;
}

void xsk_set_posted(struct xsk *s, uint32_t buf, bool on)
{
	const uint64_t bit = UINT64_C(1) << (buf % 64);

	s->posted[buf / 64] = on ? s->posted[buf / 64] | bit : s->posted[buf / 64] & ~bit;
}

static int xsk_open_device_bufs(struct xsk *s, struct device_bufs *d)
{
	const struct device_bufs_queue *q = &d->queue[s->queue];
	uint32_t i;

	s->posted = calloc((d->bufs.total + 63) / 64, sizeof(s->posted[0]));
	if (!s->posted)
		return -ENOMEM;
	s->device_bufs = d;
	s->frames = d->bufs.first;
	for (i = 0; i < BROKER_XDP_SLOTS; i++)
		xsk_set_posted(s, q->fill[i], true);
	for (i = 0; i < DEVICE_BUFS_COPY; i++)
		s->free[i] = (uint64_t)q->copy[i] * s->frame;
	s->frees = DEVICE_BUFS_COPY;
	return 0;
}

/*
 * Note the buffers that the kernel may still write to, or send from. The number that is posted
 * never changes.
 */
static void xsk_close_device_bufs(struct xsk *s)
{
	struct device_bufs_queue *q = &s->device_bufs->queue[s->queue];
	uint32_t i, n = 0;

	for (i = 0; i < s->device_bufs->bufs.total; i++)
		if (xsk_is_posted(s, i))
			q->fill[n++] = i;
	os_assert(n == BROKER_XDP_SLOTS);
	for (i = 0; i < s->sents; i++) {
		const struct xsk_sent *e = &s->sent[(s->first + i) % BROKER_XDP_SLOTS];

		if (!e->is_copy && !e->is_complete)
			q->sent[q->sents++] = (uint32_t)(e->addr / s->frame);
	}
	device_bufs_keep_sent(s->device_bufs, s->queue);
	free(s->posted);
}

/* ---- open and close ----------------------------------------------------------------- */

int xsk_open(struct xsk *s, struct os_netdev *nd, const struct broker_xdp *x, uint32_t i)
{
	int err;

	*s = (struct xsk){
		.nd = nd, .fd = x->xsk[i], .queue = i, .frame = x->info.frame,
		.is_zero_copy = x->info.is_zero_copy,
	};
	pthread_mutex_init(&s->lock, NULL);
	err = x->info.has_device_bufs ? xsk_open_device_bufs(s, nd->device_bufs) :
					xsk_open_own(s, x);
	if (!err)
		err = rings_map(s, &x->info.off);
	if (err) {
		xsk_close(s);
		return err;
	}
	s->fill.cached_prod = BROKER_XDP_SLOTS;
	xsk_wake_rx(s);
	return 0;
}

static void rings_unmap(struct xsk *s)
{
	uint32_t i;

	for (i = 0; i < 4; i++)
		if (s->map[i])
			munmap(s->map[i], s->map_size[i]);
	memset(s->map, 0, sizeof(s->map));
}

/* A mapped ring keeps the socket open, as a descriptor does. */
void xsk_release(struct xsk *s)
{
	pthread_mutex_lock(&s->lock);
	rings_unmap(s);
	pthread_mutex_unlock(&s->lock);
}

void xsk_close(struct xsk *s)
{
	rings_unmap(s);
	if (s->device_bufs)
		xsk_close_device_bufs(s);
	else if (s->frames)
		munmap(s->frames, 2u * BROKER_XDP_SLOTS * s->frame);
	pthread_mutex_destroy(&s->lock);
}
