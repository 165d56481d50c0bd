/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between the server of netmapd and its broker, on a SOCK_SEQPACKET socket: one request
 * and its reply at a time. Descriptors travel with them (SCM_RIGHTS).
 */
#ifndef BROKER_MESSAGES_H
#define BROKER_MESSAGES_H

#include <linux/if.h>
#include <linux/if_xdp.h>

#include "../os_user.h"

/* Each comes with the descriptor of a network namespace, except BROKER_DETACH. */
enum broker_op {
	BROKER_FIND,		/* name: its link, and sockets that report its changes */
	BROKER_QUEUES,		/* ifindex: a link of which only the queues are set */
	BROKER_ATTACH,		/* ifindex, xdp, device_bufs: all that the server needs to use it */
	BROKER_DETACH,		/* id: undo what does not end with the descriptors */
	BROKER_TAP_DELETE,	/* ifindex: delete the TAP, even while a process has it open */
	BROKER_XDP_PROBE,	/* ifindex, device_bufs.queues: has the kernel released AF_XDP? */
};

/* Device buffers: a part of a file that comes with the request, the memory of AF_XDP sockets. */
struct broker_bufs {
	uint64_t offset, size;	/* in bytes; size 0: no device buffers */
	uint32_t queues;	/* number of sockets that share them */
};

/* BROKER_XDP_SLOTS buffer numbers follow for each of device_bufs.queues: its first fill ring. */
struct broker_request {
	uint32_t op;		/* enum broker_op */
	uint32_t ifindex;
	uint32_t id;
	uint32_t xdp;		/* enum broker_policy, for BROKER_ATTACH */
	struct broker_bufs device_bufs;
	char name[IFNAMSIZ];
};

/*
 * The setting 'xdp': never use AF_XDP; use it where frames are exact and the kernel does not copy
 * them; use it wherever it works.
 */
enum broker_policy { BROKER_XDP_NEVER, BROKER_XDP_EXACT, BROKER_XDP_ALWAYS };

/* A device as it was after the socket for its changes had been opened. */
struct broker_link {
	uint32_t ifindex, flags, mtu;
	uint32_t queues[2];	/* transmit, receive */
	uint32_t has_zero_copy;	/* its driver reports AF_XDP without copies */
	char name[IFNAMSIZ];	/* its own name, even if it was found by an alternative one */
};

#define BROKER_TX_MAX		8u	/* packet sockets to send by */
#define BROKER_QUEUES_MAX	16u	/* receive queues that the server distinguishes */
/* Packet sockets to receive by: one for each queue, and one for frames without a queue. */
#define BROKER_RX_MAX		(BROKER_QUEUES_MAX + 1)
#define BROKER_LINKS		3u	/* programs attached to the device and its TAP */
#define BROKER_FDS_MAX	(5u + BROKER_LINKS + BROKER_TX_MAX + BROKER_RX_MAX + BROKER_QUEUES_MAX)
#define BROKER_REASON_MAX	120u

/*
 * AF_XDP: one socket for each receive queue. Without device buffers each has twice this many
 * frames.
 */
#define BROKER_XDP_SLOTS	1024u	/* of each of its rings */
/*
 * Device buffers are half a page. A frame arrives in the second half of a page, where the headroom
 * puts it: drivers write in front of a frame, and the first half belongs to no slot.
 */
#define BROKER_BUF_UNIT	2048u

struct broker_xdp_info {
	uint32_t queues;	/* number of sockets; 0: not AF_XDP */
	uint32_t frame;		/* bytes of a frame */
	uint32_t is_zero_copy;
	uint32_t has_device_bufs;	/* the device buffers of the request are their memory */
	struct xdp_mmap_offsets off;
};

/* Bytes of one socket's frames, if the sockets have memory of their own. */
static inline size_t broker_xdp_bytes(const struct broker_xdp_info *info)
{
	return (size_t)info->frame * BROKER_XDP_SLOTS * 2;
}

/* The descriptors follow in the order of struct broker_opened. */
struct broker_reply {
	int32_t err;		/* 0 or -errno */
	uint32_t id;		/* for BROKER_DETACH; 0: all ends with the descriptors */
	uint32_t links, tx, rx;	/* numbers of descriptors */
	uint32_t had_lro;	/* LRO was on and is off now */
	uint32_t has_gro;	/* the stack merges what the device receives */
	struct broker_link link;
	struct broker_xdp_info xdp;
	uint32_t had_device_bufs;	/* the kernel has got the device buffers, even if briefly */
	char reason[BROKER_REASON_MAX];	/* of a failure, or of not using AF_XDP */
};

struct broker_xdp {
	struct broker_xdp_info info;
	int link;		/* the program is attached while this is open */
	int umem;		/* memory of the frames, socket by socket; -1: device buffers */
	int xsk[BROKER_QUEUES_MAX];
	bool had_device_bufs;
};

/* Descriptors that the broker opened to attach a device. The server closes them; -1: none. */
struct broker_opened {
	int flags;		/* a map of one value, struct netdev_flags */
	int tap;		/* frames from and to the stack */
	int jumbo;		/* a socket for frames too long for those of tx[] */
	int link[BROKER_LINKS];	/* the programs are attached while these are open */
	int tx[BROKER_TX_MAX], rx[BROKER_RX_MAX];
	uint32_t txs, rxs;
	uint32_t id;
	bool had_lro, has_gro;
	struct broker_xdp xdp;
	char reason[BROKER_REASON_MAX];	/* of a failure, or of not using AF_XDP */
};

/* ---- memory of domains, on a socket of its own: see memory_file.c -------------------- */

enum memory_op {
	MEMORY_HELLO,		/* nothing but the thread's id */
	MEMORY_PASSED,		/* mib: a memory file, and its number for passthrough */
	MEMORY_CACHED,		/* name: the file in the server's directory, of which the kernel's
				   cache has the memory */
	MEMORY_CLOSE,		/* id: no file that is opened from now on uses that number */
	MEMORY_END,		/* the connection to FUSE is about to be closed: close it too */
};

struct memory_request {
	uint32_t op;		/* enum memory_op */
	uint32_t mib;		/* limit */
	uint32_t id;
	char name[36];
};

/* A descriptor follows. */
struct memory_reply {
	int32_t err;		/* 0 or -errno */
	int32_t id;
	int32_t tid;		/* of the broker's thread */
};

/* ---- BPF --------------------------------------------------------------------------- */

/* Flags that the BPF programs look up for each frame; nonzero: the engine takes it. */
struct netdev_flags {
	uint8_t wire[256];	/* received from the wire, by receive queue */
	uint8_t stack;		/* sent by the stack */
};

/* Transmit rings of packet sockets: number of slots and bytes of each. */
#define BROKER_TX_SLOTS		512u
#define BROKER_TX_SLOT		2048u
#define BROKER_JUMBO_SLOTS	8u
#define BROKER_JUMBO_SLOT	(72u << 10)

#endif
