// SPDX-License-Identifier: BSD-2-Clause
/*
 * Plain programs on AF_PACKET: a message for each frame, many in a system call; or rings shared
 * with the kernel (TPACKET_V3), with a frame in each slot to send, and many in each block received.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

#define BLOCK		(1 << 17)
#define BLOCKS		16
#define SLOT		2048		/* to send: header and frame */
#define ROOM		2048		/* for a received frame */
#define TIMEOUT_MS	1		/* the kernel passes a block on after this time */

static int packet_open(const struct load *l, int protocol)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol),
		.sll_ifindex = (int)if_nametoindex(l->device),
	};
	int on = 1;

	/* To send, bypass the queueing discipline, as AF_XDP does. */
	if (fd >= 0 &&
	    (protocol || !setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on))) &&
	    !bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return fd;
	load_complain(l, "no packet socket");
	if (fd >= 0)
		close(fd);
	return -1;
}

struct messages {
	struct mmsghdr head[LOAD_BURST];
	struct iovec vec[LOAD_BURST];
	uint8_t data[LOAD_BURST][ROOM];
};

static struct messages *messages_new(size_t len)
{
	struct messages *m = calloc(1, sizeof(*m));

	for (unsigned int i = 0; m && i < LOAD_BURST; i++) {
		load_frame(m->data[i]);
		m->vec[i] = (struct iovec){ m->data[i], len };
		m->head[i].msg_hdr.msg_iov = &m->vec[i];
		m->head[i].msg_hdr.msg_iovlen = 1;
	}
	return m;
}

void packet_send(const struct load *l)
{
	struct messages *m = messages_new(LOAD_BYTES);
	int fd = packet_open(l, 0), n;

	while (m && fd >= 0) {
		n = sendmmsg(fd, m->head, LOAD_BURST, 0);
		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			break;
		load_add(l, n > 0 ? (uint64_t)n : 0);
	}
	load_complain(l, "cannot send");
}

void packet_receive(const struct load *l)
{
	struct messages *m = messages_new(ROOM);
	int fd = packet_open(l, ETH_P_ALL), n;

	while (m && fd >= 0) {
		n = recvmmsg(fd, m->head, LOAD_BURST, MSG_WAITFORONE, NULL);
		if (n < 0 && errno != EINTR)
			break;
		load_add(l, n > 0 ? (uint64_t)n : 0);
	}
	load_complain(l, "cannot receive");
}

static void *ring_map(const struct load *l, int fd, int which, unsigned int slot)
{
	struct tpacket_req3 req = {
		.tp_block_size = BLOCK, .tp_block_nr = BLOCKS, .tp_frame_size = slot,
		.tp_frame_nr = BLOCK / slot * BLOCKS,
		.tp_retire_blk_tov = which == PACKET_RX_RING ? TIMEOUT_MS : 0,
	};
	int version = TPACKET_V3;
	void *ring = MAP_FAILED;

	if (fd >= 0 && !setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) &&
	    !setsockopt(fd, SOL_PACKET, which, &req, sizeof(req)))
		ring = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_POPULATE, fd, 0);
	if (ring != MAP_FAILED)
		return ring;
	load_complain(l, "no ring");
	return NULL;
}

void packet_send_ring(const struct load *l)
{
	const unsigned int slots = BLOCK / SLOT * BLOCKS;
	int fd = packet_open(l, 0);
	uint8_t *ring = ring_map(l, fd, PACKET_TX_RING, SLOT);
	unsigned int at = 0, n;

	while (ring) {
		for (n = 0; n < LOAD_BURST; n++, at = (at + 1) % slots) {
			struct tpacket3_hdr *h = (struct tpacket3_hdr *)(ring + (size_t)at * SLOT);

			if (__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE)
				break;
			h->tp_next_offset = 0;
			h->tp_len = h->tp_snaplen = LOAD_BYTES;
			load_frame((uint8_t *)h + TPACKET3_HDRLEN - sizeof(struct sockaddr_ll));
			__atomic_store_n(&h->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
		}
		if (send(fd, NULL, 0, 0) < 0 && errno != ENOBUFS && errno != EINTR)
			break;
		load_add(l, n);
	}
	load_complain(l, "cannot send by a ring");
}

void packet_receive_ring(const struct load *l)
{
	int fd = packet_open(l, ETH_P_ALL);
	uint8_t *ring = ring_map(l, fd, PACKET_RX_RING, ROOM);
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLERR };
	unsigned int at = 0;

	while (ring) {
		struct tpacket_block_desc *b =
			(struct tpacket_block_desc *)(ring + (size_t)at * BLOCK);
		struct tpacket_hdr_v1 *h = &b->hdr.bh1;

		if (!(__atomic_load_n(&h->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
			if (poll(&p, 1, -1) < 0 && errno != EINTR)
				break;
			continue;
		}
		load_add(l, h->num_pkts);
		__atomic_store_n(&h->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		at = (at + 1) % BLOCKS;
	}
	load_complain(l, "cannot receive by a ring");
}
