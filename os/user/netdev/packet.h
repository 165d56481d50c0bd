/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the wire by packet sockets: packet_tx.c and packet_rx.c. */
#ifndef NETDEV_PACKET_H
#define NETDEV_PACKET_H

#include "device.h"

/* A socket's transmit ring, mapped. */
struct tx_ring {
	pthread_mutex_t lock;	/* next, the slots, calls to send */
	int fd;
	uint8_t *map;
	uint32_t slots, slot_size;
	uint32_t next;		/* the slot of the next frame, for us and for the kernel */
};

/* The caller closes fd after tx_ring_close(). */
int tx_ring_open(struct tx_ring *r, int fd, uint32_t slots, uint32_t slot_size);
void tx_ring_close(struct tx_ring *r);
/* Return the length of the longest frame that fits a slot. */
uint32_t tx_ring_frame_max(const struct tx_ring *r);
/* Send whole frames of at most that length. Returns the number of pieces consumed. */
uint32_t tx_ring_send(struct tx_ring *r, const struct os_frag *frag, uint32_t n);

struct rx_socket;

struct rx_socket *rx_socket_make(struct os_netdev *nd, int fd, uint32_t queue);
void rx_socket_free(struct rx_socket *s);
int rx_socket_fd(const struct rx_socket *s);
/* As wire_ops.receive(). */
bool rx_socket_receive(struct rx_socket *s);

#endif
