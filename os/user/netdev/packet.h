/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire by packet sockets: packet_tx.c and packet_rx.c. */
#ifndef NETDEV_PACKET_H
#define NETDEV_PACKET_H

#include "device.h"

/* A socket's ring of frames to be sent, mapped. The next one goes to slot at, and so the kernel thinks. */
struct tx_ring {
	pthread_mutex_t lock;	/* at, the slots, calls to send */
	int fd;
	uint8_t *map;
	uint32_t slots, slot_size;
	uint32_t at;
};

/* The descriptors stay their owner's. */
int tx_ring_open(struct tx_ring *r, int fd, uint32_t slots, uint32_t slot_size);
void tx_ring_close(struct tx_ring *r);
/* The longest frame a slot has room for. */
uint32_t tx_ring_frame_max(const struct tx_ring *r);
/* Send whole frames of at most that length. Returns the pieces dealt with. */
uint32_t tx_ring_send(struct tx_ring *r, const struct os_frag *frag, uint32_t n);

struct rx_socket;

struct rx_socket *rx_socket_make(struct os_netdev *nd, int fd, uint32_t queue);
void rx_socket_free(struct rx_socket *s);
int rx_socket_fd(const struct rx_socket *s);
bool rx_socket_receive(struct rx_socket *s);	/* false: what has come is kept back */

#endif
