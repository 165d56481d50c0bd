/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An AF_XDP socket: one queue of a device in both directions, and the memory whose frames go round
 * between us and the kernel. That is memory of its own, half of it for what comes, half for what is sent; or
 * the buffers of the port's region, lent: then frames are received by exchange of buffers with slots, and
 * sent where they lie in theirs, as far as that can be. A frame's address counts from the memory's start.
 */
#ifndef NETDEV_XSK_H
#define NETDEV_XSK_H

#include <sys/socket.h>
#include <xdp/xsk.h>

#include "device_bufs.h"
#include "device.h"

/* A frame that the kernel has, or has had, to send. */
struct xsk_sent {
	uint64_t addr;
	uint32_t *in_flight;		/* its pieces are counted there; NULL: nowhere */
	uint32_t pieces;
	bool is_own;			/* ours, for copies: free when it is over */
	bool is_over;
};

enum { XSK_RX, XSK_TX, XSK_FILL, XSK_DONE };

struct xsk {
	struct os_netdev *nd;
	int fd;
	uint32_t queue;
	uint32_t frame;			/* bytes of each that is sent, at most */
	bool is_zero_copy;
	struct device_bufs *device_bufs;		/* NULL: the memory is its own */
	uint8_t *frames;		/* the memory */
	void *map[4];			/* of the rings */
	size_t map_size[4];

	/* Who receives: one thread at a time. */
	struct xsk_ring_cons rx;
	struct xsk_ring_prod fill;
	uint64_t *held;			/* lent: a bit for each buffer of the region that is for what comes */

	pthread_mutex_t lock;		/* what follows: who sends; and that the maps are there */
	struct xsk_ring_prod tx;
	struct xsk_ring_cons done;
	uint64_t free[BROKER_XDP_SLOTS];/* addresses of our frames that may be filled */
	uint32_t frees;
	struct xsk_sent sent[BROKER_XDP_SLOTS];	/* in the order they were sent in, from first on */
	uint32_t first, sents;
};

/* Socket i of x, which stays open. 0 or -errno. */
int xsk_open(struct xsk *s, struct os_netdev *nd, const struct broker_xdp *x, uint32_t i);
/* What was lent goes on being lent: see device_bufs.h. */
void xsk_close(struct xsk *s);

/* Give the socket up, without waiting for the end: nothing more is received, nor taken to be sent. */
void xsk_let_go(struct xsk *s);

/* Is a lent buffer for what comes; it is now, or is not any more. Who receives. */
bool xsk_holds(const struct xsk *s, uint32_t buf);
void xsk_hold(struct xsk *s, uint32_t buf, bool on);

void xsk_receive(struct xsk *s);
/* The kernel shall look at what it may receive into, if it does not by itself. */
static inline void xsk_wake_rx(struct xsk *s)
{
	if (xsk_ring_prod__needs_wakeup(&s->fill))
		recvfrom(s->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

/*
 * As os_netdev_send(). *is_stuck: the kernel would take no more now of what was sent, and has to be
 * asked again.
 */
uint32_t xsk_send(struct xsk *s, const struct os_frag *frag, uint32_t n, uint32_t *in_flight, bool *is_stuck);
/* Ask it. False: it still would not. */
bool xsk_push(struct xsk *s);

/* There are no more frames than slots in a ring: there is always room. */
static inline uint32_t xsk_slots(struct xsk_ring_prod *r, uint32_t n)
{
	uint32_t at = 0;

	os_assert(xsk_ring_prod__reserve(r, n, &at) == n);
	return at;
}

#endif
