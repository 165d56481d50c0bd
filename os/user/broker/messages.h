/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between the server of netmapd and its broker, on a SOCK_SEQPACKET socket: one request and
 * its reply at a time. Descriptors travel with them (SCM_RIGHTS).
 */
#ifndef BROKER_MESSAGES_H
#define BROKER_MESSAGES_H

#include <linux/if.h>
#include <linux/if_xdp.h>

#include "../os_user.h"

enum broker_op {
	BROKER_FIND,	/* name and namespace: a link, and sockets that tell of its changes */
	BROKER_QUEUES,	/* ifindex and namespace: a link, of which the queues are told */
	BROKER_TAKE,	/* ifindex and namespace: all that is needed to take it over */
	BROKER_LEAVE,	/* id: take the programs away that stay by themselves */
	BROKER_FORGET,	/* ifindex and namespace: take the TAP away, whoever has it open */
	BROKER_IS_LEFT,	/* ifindex, namespace, lent.queues: has the kernel no AF_XDP there any more? */
};

/* Buffers that clients have too, as memory of the sockets of AF_XDP: a piece of a file that is sent along. */
struct broker_bufs {
	uint64_t at, size;	/* in bytes; size 0: there are none */
	uint32_t queues;	/* for so many sockets */
};

/* For each of these queues BROKER_XDP_SLOTS numbers of buffers follow, which its socket receives into. */
struct broker_request {
	uint32_t op;
	uint32_t ifindex;
	uint32_t id;
	uint32_t xdp;		/* enum broker_policy, to take */
	struct broker_bufs device_bufs;	/* to take */
	char name[IFNAMSIZ];
};

/* The setting xdp: AF_XDP never, where frames are exact and not copied by the kernel, wherever it works. */
enum broker_policy { BROKER_XDP_NEVER, BROKER_XDP_EXACT, BROKER_XDP_ANYHOW };

/* A device as it was when the socket for its changes had been opened. */
struct broker_link {
	uint32_t ifindex, flags, mtu;
	uint32_t queues[2];	/* to transmit, to receive */
	uint32_t has_zero_copy;	/* its driver says that it can do AF_XDP without copies */
	char name[IFNAMSIZ];	/* the first of its names, whichever was asked for */
};

#define BROKER_TX_MAX	8u	/* sockets that frames are sent by */
#define BROKER_QUEUES_MAX	16u	/* to receive by, told apart */
#define BROKER_RX_MAX	(BROKER_QUEUES_MAX + 1)	/* sockets for them, and for frames of none */
#define BROKER_LINKS	3u	/* programs that are attached */
#define BROKER_FDS_MAX	(5u + BROKER_LINKS + BROKER_TX_MAX + BROKER_RX_MAX + BROKER_QUEUES_MAX)
#define BROKER_REASON_MAX	120u

/* The sockets of AF_XDP: one for each queue to receive by. Each has twice so many frames, if not lent ones. */
#define BROKER_XDP_SLOTS	1024u	/* of each of its rings */
/*
 * Lent buffers are half a page. A frame comes in the second half, where the kernel can be told to put it: what
 * drivers write before a frame is in the first one, which is nobody's.
 */
#define BROKER_BUF_UNIT	2048u

struct broker_xdp_told {
	uint32_t queues;	/* 0: there are none */
	uint32_t frame;		/* bytes of a frame */
	uint32_t is_zero_copy;
	uint32_t has_device_bufs;	/* the buffers in the request are their memory */
	struct xdp_mmap_offsets off;
};

/* Bytes of a socket's frames, where they are its own. */
static inline size_t broker_xdp_bytes(const struct broker_xdp_told *t)
{
	return (size_t)t->frame * BROKER_XDP_SLOTS * 2;
}

/* err is 0 or -errno; the descriptors follow in the order of struct broker_taken. */
struct broker_reply {
	int32_t err;
	uint32_t id;		/* for BROKER_LEAVE; 0: all goes with the descriptors */
	uint32_t links, tx, rx;
	uint32_t had_lro;	/* it was switched off */
	uint32_t has_gro;	/* the stack merges what the device receives */
	struct broker_link link;
	struct broker_xdp_told xdp;
	uint32_t had_device_bufs;	/* the kernel has had what is lent, if not for long */
	char reason[BROKER_REASON_MAX];	/* of a failure, or why it is not AF_XDP */
};

struct broker_xdp {
	struct broker_xdp_told told;
	int link;		/* the program stays while it is open */
	int umem;		/* memory of the frames, those of one socket after those of another; -1: lent */
	int xsk[BROKER_QUEUES_MAX];
	bool had_device_bufs;
};

/* What a device is taken over with. Descriptors are the receiver's to close; -1: none. */
struct broker_taken {
	int flags;		/* a map of one value, struct netdev_flags */
	int tap;		/* frames of the stack, and for it */
	int jumbo;		/* a socket for frames too long for those of tx[] */
	int link[BROKER_LINKS];	/* the programs stay while these are open */
	int tx[BROKER_TX_MAX], rx[BROKER_RX_MAX];
	uint32_t txs, rxs;
	uint32_t id;
	bool had_lro, has_gro;
	struct broker_xdp xdp;
	char no_xdp[BROKER_REASON_MAX];	/* why it is not AF_XDP, if it is not; or why nothing was taken */
};

/* What the programs in the kernel look up for each frame. */
struct netdev_flags {
	uint8_t wire[256];	/* by receive queue: the engine wants what comes from the wire */
	uint8_t stack;		/* it wants what the stack sends */
};

/* Rings that frames are sent by: slots, and bytes of each. */
#define BROKER_TX_SLOTS		512u
#define BROKER_TX_SLOT		2048u
#define BROKER_JUMBO_SLOTS	8u
#define BROKER_JUMBO_SLOT	(72u << 10)
#endif
