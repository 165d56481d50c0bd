/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An AF_XDP socket: one queue of a device in both directions, and the memory whose frames go round
 * between us and the kernel. Half of the frames are for what comes, half for what is sent.
 */
#ifndef NETDEV_XSK_H
#define NETDEV_XSK_H

#include <xdp/xsk.h>

#include "netdev.h"

struct xsk {
	struct os_netdev *nd;
	int fd;
	uint32_t queue;
	uint32_t frame;			/* bytes of each */
	bool is_zero_copy;
	uint8_t *frames;		/* mapped, 2 * BROKER_XDP_SLOTS of them */
	void *map[4];			/* of the rings */
	size_t map_size[4];

	/* Who receives: one thread at a time. */
	struct xsk_ring_cons rx;
	struct xsk_ring_prod fill;

	pthread_mutex_t lock;		/* what follows: who sends; and that the maps are there */
	struct xsk_ring_prod tx;
	struct xsk_ring_cons done;
	uint32_t free[BROKER_XDP_SLOTS];/* frames that may be filled, by number */
	uint32_t frees;
};

/* Socket i of x, which stays open. 0 or -errno. */
int xsk_open(struct xsk *s, struct os_netdev *nd, const struct broker_xdp *x, uint32_t i);
void xsk_close(struct xsk *s);

/* Give the socket up, without waiting for the end: nothing more is received, and what is sent is dropped. */
void xsk_let_go(struct xsk *s);

void xsk_receive(struct xsk *s);
/*
 * As os_netdev_send(). *is_stuck: the kernel would take no more now of what was sent, and has to be
 * asked again.
 */
uint32_t xsk_send(struct xsk *s, const struct os_frag *frag, uint32_t n, bool *is_stuck);
/* Ask it. False: it still would not. */
bool xsk_push(struct xsk *s);

#endif
