// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frames through an AF_XDP socket. See xsk.h. Without copies, the card writes to our frames and reads
 * from them; the one copy that is left is between them and the slots of clients.
 */
#define OS_HOME
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "xsk.h"

#define BATCH		64u	/* frames taken at a time */
#define BATCHES		8u	/* and so often, before others have a turn */

/* ---- rings -------------------------------------------------------------------------- */

enum { RX, TX, FILL, DONE };

static void *ring_map(struct xsk *s, int which, off_t at, const struct xdp_ring_offset *off, size_t entry)
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
	void *rx = ring_map(s, RX, XDP_PGOFF_RX_RING, &off->rx, sizeof(struct xdp_desc));
	void *tx = ring_map(s, TX, XDP_PGOFF_TX_RING, &off->tx, sizeof(struct xdp_desc));
	void *fill = ring_map(s, FILL, XDP_UMEM_PGOFF_FILL_RING, &off->fr, sizeof(uint64_t));
	void *done = ring_map(s, DONE, XDP_UMEM_PGOFF_COMPLETION_RING, &off->cr, sizeof(uint64_t));

	if (!rx || !tx || !fill || !done)
		return -ENOMEM;
	RING_INIT(&s->rx, rx, &off->rx);
	RING_INIT(&s->tx, tx, &off->tx);
	RING_INIT(&s->fill, fill, &off->fr);
	RING_INIT(&s->done, done, &off->cr);
	/* What libxdp's functions expect: a producer knows how much the consumer leaves free. */
	s->tx.cached_cons = s->fill.cached_cons = BROKER_XDP_SLOTS;
	return 0;
}

/* There are as many frames each way as slots in a ring: there is always room. */
static uint32_t slots_reserve(struct xsk_ring_prod *r, uint32_t n)
{
	uint32_t at = 0;

	os_assert(xsk_ring_prod__reserve(r, n, &at) == n);
	return at;
}

static uint64_t address_of(const struct xsk *s, uint32_t frame)
{
	return (uint64_t)frame * s->frame;
}

static void wake_rx(struct xsk *s)
{
	if (xsk_ring_prod__needs_wakeup(&s->fill))
		recvfrom(s->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

/* The first half of the frames was given to the kernel with the socket; see xdp_open.c. */
static void frames_share_out(struct xsk *s)
{
	uint32_t i;

	s->fill.cached_prod = BROKER_XDP_SLOTS;
	for (i = 0; i < BROKER_XDP_SLOTS; i++)
		s->free[i] = BROKER_XDP_SLOTS + i;
	s->frees = BROKER_XDP_SLOTS;
	wake_rx(s);
}

int xsk_open(struct xsk *s, struct os_netdev *nd, const struct broker_xdp *x, uint32_t i)
{
	const size_t bytes = broker_xdp_bytes(&x->told);
	int err;

	*s = (struct xsk){
		.nd = nd, .fd = x->xsk[i], .queue = i, .frame = x->told.frame,
		.is_zero_copy = x->told.is_zero_copy,
	};
	pthread_mutex_init(&s->lock, NULL);
	s->frames = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x->umem,
			 (off_t)(i * bytes));
	if (s->frames == MAP_FAILED)
		s->frames = NULL;
	err = s->frames ? rings_map(s, &x->told.off) : -ENOMEM;
	if (err)
		xsk_close(s);
	else
		frames_share_out(s);
	return err;
}

static void rings_unmap(struct xsk *s)
{
	uint32_t i;

	for (i = 0; i < 4; i++)
		if (s->map[i])
			munmap(s->map[i], s->map_size[i]);
	memset(s->map, 0, sizeof(s->map));
}

/* A map holds the socket as a descriptor does. */
void xsk_let_go(struct xsk *s)
{
	pthread_mutex_lock(&s->lock);
	rings_unmap(s);
	pthread_mutex_unlock(&s->lock);
}

void xsk_close(struct xsk *s)
{
	rings_unmap(s);
	if (s->frames)
		munmap(s->frames, 2u * BROKER_XDP_SLOTS * s->frame);
	pthread_mutex_destroy(&s->lock);
}

/* ---- what comes --------------------------------------------------------------------- */

static void give_back(struct xsk *s, const uint64_t *frame, uint32_t n)
{
	const uint32_t at = slots_reserve(&s->fill, n);
	uint32_t i;

	for (i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&s->fill, at + i) = frame[i];
	xsk_ring_prod__submit(&s->fill, n);
}

static uint32_t batch_receive(struct xsk *s)
{
	uint64_t frame[BATCH];
	uint32_t at = 0, i, n = xsk_ring_cons__peek(&s->rx, BATCH, &at);

	for (i = 0; i < n; i++) {
		const struct xdp_desc *d = xsk_ring_cons__rx_desc(&s->rx, at + i);

		netdev_deliver(s->nd, OS_NETDEV_WIRE, s->queue, s->frames + d->addr, d->len);
		frame[i] = d->addr - d->addr % s->frame;
	}
	if (!n)
		return 0;
	xsk_ring_cons__release(&s->rx, n);
	give_back(s, frame, n);
	return n;
}

void xsk_receive(struct xsk *s)
{
	uint32_t i;

	for (i = 0; i < BATCHES && batch_receive(s) == BATCH; i++)
		;
	wake_rx(s);
}

/* ---- what is sent ------------------------------------------------------------------- */

static void reap_locked(struct xsk *s)
{
	uint32_t at = 0, i, n = xsk_ring_cons__peek(&s->done, BROKER_XDP_SLOTS, &at);

	for (i = 0; i < n; i++)
		s->free[s->frees++] = (uint32_t)(*xsk_ring_cons__comp_addr(&s->done, at + i) / s->frame);
	xsk_ring_cons__release(&s->done, n);
}

/* One frame to the next slot; returns its pieces. One longer than ours the device would not send either. */
static uint32_t put_locked(struct xsk *s, const struct os_frag *frag, uint32_t *slots)
{
	const uint64_t addr = address_of(s, s->free[s->frees - 1]);
	uint32_t n = 0, len = 0;

	do {
		if (len <= s->frame && frag[n].len <= s->frame - len)
			memcpy(s->frames + addr + len, frag[n].data, frag[n].len);
		len += frag[n].len;
	} while (frag[n++].more);
	if (len > s->frame)
		return n;
	*xsk_ring_prod__tx_desc(&s->tx, slots_reserve(&s->tx, 1)) = (struct xdp_desc){
		.addr = addr, .len = len,
	};
	s->frees--;
	++*slots;
	return n;
}

static uint32_t left_locked(const struct xsk *s)
{
	return *s->tx.producer - __atomic_load_n(s->tx.consumer, __ATOMIC_ACQUIRE);
}

/* With copies a call sends some frames, and says EAGAIN when there are more, or when the device is busy. */
static bool push_locked(struct xsk *s)
{
	uint32_t before, left = left_locked(s);
	ssize_t ret;

	do {
		before = left;
		if (!left || !xsk_ring_prod__needs_wakeup(&s->tx))
			return true;
		ret = sendto(s->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
		left = left_locked(s);
	} while (!s->is_zero_copy && (left < before || (ret < 0 && errno == EINTR)));
	return s->is_zero_copy || !left;
}

uint32_t xsk_send(struct xsk *s, const struct os_frag *frag, uint32_t n, bool *is_stuck)
{
	uint32_t at = 0, slots = 0;

	*is_stuck = false;
	pthread_mutex_lock(&s->lock);
	if (!s->map[TX]) {
		pthread_mutex_unlock(&s->lock);
		return n;
	}
	reap_locked(s);
	while (at < n && s->frees)
		at += put_locked(s, frag + at, &slots);
	xsk_ring_prod__submit(&s->tx, slots);
	*is_stuck = !push_locked(s);
	pthread_mutex_unlock(&s->lock);
	return at;
}

bool xsk_push(struct xsk *s)
{
	bool all;

	pthread_mutex_lock(&s->lock);
	all = push_locked(s);
	pthread_mutex_unlock(&s->lock);
	return all;
}
