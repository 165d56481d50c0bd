/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An AF_XDP socket: one queue of a device in both directions, and the memory whose frames circulate
 * between the kernel and us. That is memory of its own, half of it to receive into, half to send
 * from. Or it is the port's region, by device buffers: then a received frame can be exchanged for a
 * slot's buffer, and a frame that lies in the region can be sent from where it lies. A frame's
 * address counts from the memory's start.
 */
#ifndef NETDEV_XSK_H
#define NETDEV_XSK_H

#include <sys/socket.h>
#include <xdp/xsk.h>

#include "device_bufs.h"
#include "device.h"

/* A frame that was handed to the kernel to be sent. */
struct xsk_sent {
	uint64_t addr;
	uint32_t *in_flight;		/* the counter of its pieces; NULL: they are not counted */
	uint32_t pieces;
	bool is_copy;			/* in a buffer for copies, which is free on completion */
	bool is_complete;
};

enum { XSK_RX, XSK_TX, XSK_FILL, XSK_COMPLETION };

struct xsk {
	struct os_netdev *nd;
	int fd;
	uint32_t queue;
	uint32_t frame;			/* bytes of the longest frame that is sent */
	bool is_zero_copy;
	struct device_bufs *device_bufs;/* NULL: it has memory of its own */
	uint8_t *frames;		/* the memory */
	void *map[4];			/* of the rings */
	size_t map_size[4];

	/* The receiver's: one thread at a time. */
	struct xsk_ring_cons rx;
	struct xsk_ring_prod fill;
	uint64_t *posted;		/* device buffers: a bit for each one that this queue has */

	pthread_mutex_t lock;		/* the senders' part, and whether the rings are mapped */
	struct xsk_ring_prod tx;
	struct xsk_ring_cons completion;
	uint64_t free[BROKER_XDP_SLOTS];/* addresses of free buffers for copies */
	uint32_t frees;
	/* A queue from `first` on, in the order of sending. */
	struct xsk_sent sent[BROKER_XDP_SLOTS];
	uint32_t first, sents;
};

/* Set up socket i of x, which the caller closes. Returns 0 or -errno. */
int xsk_open(struct xsk *s, struct os_netdev *nd, const struct broker_xdp *x, uint32_t i);
/* Device buffers stay allocated: see device_bufs_free(). */
void xsk_close(struct xsk *s);
/*
 * Unmap the rings, so that the kernel can release the socket. Nothing is received or sent after
 * that.
 */
void xsk_release(struct xsk *s);

/* Query or set whether this queue has a device buffer to receive into. Receiver thread only. */
bool xsk_is_posted(const struct xsk *s, uint32_t buf);
void xsk_set_posted(struct xsk *s, uint32_t buf, bool on);

/* Deliver what has been received. Returns as xsk_wake_rx(). */
bool xsk_receive(struct xsk *s);
/*
 * Make the kernel read the fill ring, if it does not poll it. Returns false if the driver refused
 * because its device is down, or being reset: call again later.
 */
static inline bool xsk_wake_rx(struct xsk *s)
{
	return !xsk_ring_prod__needs_wakeup(&s->fill) ||
	       recvfrom(s->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL) >= 0 || errno != ENETDOWN;
}

/*
 * As os_netdev_send(). *is_stuck: the kernel did not take all frames from the tx ring; call
 * xsk_push() later.
 */
uint32_t xsk_send(struct xsk *s, const struct os_frag *frag, uint32_t n, uint32_t *in_flight,
		  bool *is_stuck);
/*
 * Make the kernel send what is in the tx ring. Returns false if it did not take all of it, or could
 * not be asked: call again later.
 */
bool xsk_push(struct xsk *s);

/*
 * Reserve n slots. Cannot fail: the memory has no more frames than the ring has slots.
 */
static inline uint32_t xsk_slots(struct xsk_ring_prod *r, uint32_t n)
{
	uint32_t at = 0;

	os_assert(xsk_ring_prod__reserve(r, n, &at) == n);
	return at;
}

#endif
