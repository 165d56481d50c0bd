// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frames from a packet socket. A virtio-net header before each frame describes offloads that are
 * left to be done (segmentation, a checksum), and a control message has a VLAN tag that was
 * stripped. The tag is put back here and the engine does the rest, so that a frame is as it was on
 * the wire.
 */
#define OS_PLATFORM
#include <linux/if_packet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "open_frame.h"
#include "packet.h"

#define BATCH	32u	/* frames read by one call */
#define BATCHES	8u	/* calls before other sources have a turn */

#define MACS	12u	/* bytes before a tag */
#define TAG	4u

/* Room for a tag in front; the IP header is aligned to 4 bytes then. */
#define FRONT	(TAG + 14u)
#define STRIDE	((FRONT + NETDEV_FRAME_MAX + 63u) & ~63u)

struct control {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

/* One thread at a time uses it. */
struct rx_socket {
	struct os_netdev *nd;
	int fd;
	uint32_t queue;
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH][2];
	struct virtio_net_hdr vh[BATCH];
	struct control control[BATCH];
	uint8_t *frames;		/* BATCH of STRIDE bytes */
	uint32_t at, n;			/* of the batch: the next frame to deliver, and the end */
	uint32_t shift;			/* bytes of the tag that was put back into the next frame */
	bool is_ready;			/* that was done: it waits for room in its ring */
	bool had_backlog;		/* frames waited, so the socket may have dropped some */
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

static const struct tpacket_auxdata *auxdata_of(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	return c && c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA ?
		       (void *)CMSG_DATA(c) :
		       NULL;
}

/* Put the stripped tag back. Returns the number of bytes by which the frame starts earlier. */
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

/* Deliver a frame of the batch. Returns false if it has to wait for room in its ring. */
static bool frame_deliver(struct rx_socket *s, uint32_t i)
{
	struct msghdr *m = &s->msg[i].msg_hdr;
	const struct virtio_net_hdr *vh = &s->vh[i];
	uint8_t *data = s->iov[i][1].iov_base;
	uint32_t len = s->msg[i].msg_len;
	struct open_frame f;

	if (m->msg_flags & MSG_TRUNC || len < sizeof(*vh) + MACS)
		return true;
	if (!s->is_ready)
		s->shift = tag_put(data, auxdata_of(m));
	data -= s->shift;
	len = len - (uint32_t)sizeof(*vh) + s->shift;
	s->is_ready = open_frame_has_backpressure(s->nd, OS_NETDEV_WIRE, s->queue, vh, len);
	if (s->is_ready)
		return false;
	if (!is_open_frame(vh)) {
		netdev_deliver(s->nd, OS_NETDEV_WIRE, s->queue, data, len);
		return true;
	}
	/* csum_start does not count the tag that the kernel stripped. */
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
	/*
	 * The socket reports an error (e.g. device down) once. Ignore it: the watcher handles state
	 * changes.
	 */
	s->n = n > 0 ? (uint32_t)n : 0;
	s->at = 0;
}

/* Report what the socket itself dropped since the last report. */
static void lost_report(struct rx_socket *s)
{
	struct tpacket_stats lost = { .tp_drops = 0 };
	socklen_t len = sizeof(lost);

	if (!getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &lost, &len) && lost.tp_drops)
		s->nd->ops->lost(s->nd->arg, OS_NETDEV_WIRE, s->queue, lost.tp_drops);
}

/* Deliver the rest of the batch. Returns false if a frame has to wait. */
static bool batch_deliver(struct rx_socket *s)
{
	for (; s->at < s->n; s->at++) {
		if (!frame_deliver(s, s->at)) {
			s->had_backlog = true;
			return false;
		}
	}
	if (s->had_backlog)
		lost_report(s);
	s->had_backlog = false;
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
