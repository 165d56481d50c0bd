// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frames from a packet socket. The kernel says in a virtio-net header before each what it left open
 * (segments, a checksum), and beside it what VLAN tag it took out; both is made good here,
 * so that a frame is as it was on the wire.
 */
#define OS_PLATFORM
#include <linux/if_packet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "open_frame.h"
#include "packet.h"

#define BATCH	32u	/* frames taken by a call */
#define BATCHES	8u	/* and so often, before others have a turn */

#define MACS	12u	/* bytes before a tag */
#define TAG	4u

/* Room for a tag in front; the IP header then lies as it likes to. */
#define FRONT	(TAG + 14u)
#define STRIDE	((FRONT + NETDEV_FRAME_MAX + 63u) & ~63u)

struct control {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

/* Used by one thread at a time. */
struct rx_socket {
	struct os_netdev *nd;
	int fd;
	uint32_t queue;
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH][2];
	struct virtio_net_hdr vh[BATCH];
	struct control control[BATCH];
	uint8_t *frames;		/* BATCH of STRIDE bytes */
	uint32_t at, n;			/* of the batch, the next to be delivered and the end */
	uint32_t shift;			/* bytes that the next one was made longer by, in front */
	bool is_ready;			/* that was done */
	bool was_held;			/* frames were kept back, so some may have been lost */
};

void rx_socket_free(struct rx_socket *s)
{
	free(s->frames);
	free(s);
}

static void batch_make(struct rx_socket *s)
{
	uint32_t i;

	for (i = 0; i < BATCH; i++) {
		s->iov[i][0] = (struct iovec){ &s->vh[i], sizeof(s->vh[i]) };
		s->iov[i][1] = (struct iovec){ s->frames + i * STRIDE + FRONT, NETDEV_FRAME_MAX };
		s->msg[i].msg_hdr.msg_iov = s->iov[i];
		s->msg[i].msg_hdr.msg_iovlen = 2;
		s->msg[i].msg_hdr.msg_control = &s->control[i];
	}
}

struct rx_socket *rx_socket_make(struct os_netdev *nd, int fd, uint32_t queue)
{
	struct rx_socket *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->frames = malloc(BATCH * STRIDE);
	if (!s->frames) {
		free(s);
		return NULL;
	}
	s->nd = nd;
	s->fd = fd;
	s->queue = queue;
	batch_make(s);
	return s;
}

int rx_socket_fd(const struct rx_socket *s)
{
	return s->fd;
}

static const struct tpacket_auxdata *aux_of(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	return c && c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA ? (void *)CMSG_DATA(c) : NULL;
}

/* Put the tag where it was. Returns the bytes that the frame begins earlier. */
static uint32_t tag_put(uint8_t *data, const struct tpacket_auxdata *aux)
{
	uint16_t tpid;

	if (!aux || !(aux->tp_status & TP_STATUS_VLAN_VALID))
		return 0;
	tpid = aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : 0x8100;
	memmove(data - TAG, data, MACS);
	data += MACS - TAG;
	data[0] = (uint8_t)(tpid >> 8);
	data[1] = (uint8_t)tpid;
	data[2] = (uint8_t)(aux->tp_vlan_tci >> 8);
	data[3] = (uint8_t)aux->tp_vlan_tci;
	return TAG;
}

/* False: it is kept back. */
static bool deliver(struct rx_socket *s, uint32_t i)
{
	struct msghdr *m = &s->msg[i].msg_hdr;
	const struct virtio_net_hdr *vh = &s->vh[i];
	uint8_t *data = s->iov[i][1].iov_base;
	uint32_t len = s->msg[i].msg_len;
	struct open_frame f;

	if (m->msg_flags & MSG_TRUNC || len < sizeof(*vh) + MACS)
		return true;
	if (!s->is_ready)
		s->shift = tag_put(data, aux_of(m));
	data -= s->shift;
	len = len - (uint32_t)sizeof(*vh) + s->shift;
	s->is_ready = open_frame_has_backpressure(s->nd, OS_NETDEV_WIRE, s->queue, vh, len);
	if (s->is_ready)
		return false;
	if (!is_open(vh)) {
		netdev_deliver(s->nd, OS_NETDEV_WIRE, s->queue, data, len);
		return true;
	}
	/* Sums were counted without the tag that the kernel took out. */
	open_frame_make(&f, vh, s->shift, data, len);
	open_frame_deliver(s->nd, OS_NETDEV_WIRE, s->queue, &f);
	return true;
}

static void batch_read(struct rx_socket *s)
{
	uint32_t i;
	int n;

	for (i = 0; i < BATCH; i++)
		s->msg[i].msg_hdr.msg_controllen = sizeof(s->control[i]);
	n = recvmmsg(s->fd, s->msg, BATCH, MSG_DONTWAIT, NULL);
	/* An error, such as a device that went down, is told once, and not of our concern: the watcher knows. */
	s->n = n > 0 ? (uint32_t)n : 0;
	s->at = 0;
}

/* What the socket itself had no room for, meanwhile or before. */
static void lost_tell(struct rx_socket *s)
{
	struct tpacket_stats lost = { .tp_drops = 0 };
	socklen_t len = sizeof(lost);

	if (!getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &lost, &len) && lost.tp_drops)
		s->nd->ops->lost(s->nd->arg, OS_NETDEV_WIRE, s->queue, lost.tp_drops);
}

/* What is left of the batch. */
static bool batch_deliver(struct rx_socket *s)
{
	for (; s->at < s->n; s->at++) {
		if (!deliver(s, s->at)) {
			s->was_held = true;
			return false;
		}
	}
	if (s->was_held)
		lost_tell(s);
	s->was_held = false;
	return true;
}

bool rx_socket_receive(struct rx_socket *s)
{
	uint32_t i;

	if (!batch_deliver(s))
		return false;
	for (i = 0; i < BATCHES; i++) {
		batch_read(s);
		if (!batch_deliver(s))
			return false;
		if (s->n < BATCH)
			break;
	}
	return true;
}
