/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The broker: a process of netmapd that keeps its rights, to open what devices need of the kernel
 * in the network namespace of whoever asks: sockets, TAPs, programs in BPF. The server, which has
 * none, asks it by messages on a socket, one at a time, and gets open descriptors. It ends with the server,
 * and takes away what does not go with the descriptors by itself.
 */
#ifndef NETDEV_BROKER_H
#define NETDEV_BROKER_H

#include <sys/socket.h>

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

/* ---- the server's side; any thread ------------------------------------------------- */

void broker_connect(int sock);
/* Sockets of netlink, the receiver's to close. */
struct broker_events {
	int links;
	int queues;	/* of generic netlink, ethtool's messages; -1: this kernel has none */
};

/* 0 or -errno with a sentence, which is for ever, in *reason. */
int broker_find(int ns, const char *name, struct broker_link *link, struct broker_events *events,
		const char **reason);
/* How many it has now; 0 or -errno. */
int broker_queues(int ns, uint32_t ifindex, uint32_t queues[2]);
struct device_bufs;
/* Likewise; the sentence is in t. lend: NULL, or what may be lent. */
int broker_take(int ns, uint32_t ifindex, enum broker_policy xdp, const struct device_bufs *device_bufs,
		struct broker_taken *t, const char **reason);
/* 0, or -EBUSY as long as the kernel has sockets of AF_XDP at the first of its queues; others: it cannot be told. */
int broker_is_left(int ns, uint32_t ifindex, uint32_t queues);
/* Take the programs away; the rest stays. */
void broker_leave_links(struct broker_taken *t);
/* Close all of it, programs first. */
void broker_leave(struct broker_taken *t);
/* The device is not where it was: nothing of ours shall stand in the way of who takes it there. */
void broker_forget(int ns, uint32_t ifindex, struct broker_taken *t);

/* ---- both ---------------------------------------------------------------------------- */

/* fn(arg, 0) to fn(arg, n - 1), all at once. */
void parallel(uint32_t n, void (*fn)(void *arg, uint32_t i), void *arg);

/* ---- the broker's ------------------------------------------------------------------ */

/* Serve sock until its other end closes. */
int broker_run(int sock);

/* net.c: in the broker's namespace of the moment; descriptors, or -errno. */
int net_find(const char *name, struct broker_link *link);
int net_events(void);
/* The TAP beside a device. Its name is taken as long as the TAP is there: -EBUSY, another daemon has the device. */
int net_tap(uint32_t ifindex, uint32_t *tap);
int net_tap_end(uint32_t ifindex);
int net_tx(uint32_t ifindex, uint32_t slots, uint32_t slot_size, int32_t mark);
int net_rx(uint32_t ifindex, int filter);
int net_ioctl(unsigned long what, struct ifreq *ifr);	/* 0 or -errno */
int net_name(uint32_t ifindex, char name[IFNAMSIZ]);

/* net_ethtool.c: likewise */
uint32_t net_queues(const char *name, bool rx);
/* As many as there are rings for. */
void net_queues_told(const char *name, struct broker_link *link);
/* A socket that is told when a device gets more or fewer; -EOPNOTSUPP: this kernel tells nobody. */
int net_queue_events(void);
/* Whether the device's hardware merges what it receives. 1: that was changed, 0: it was so, or -errno. */
int net_lro(const char *name, bool on);
/* Whether the stack merges what the device receives. */
bool net_gro(const char *name);

/* programs.c */
struct programs {
	int map;
	int32_t mark;			/* of our frames, on the way to stack or wire */
	int prog[BROKER_LINKS];		/* TAP's ingress, device's ingress and egress */
	int link[BROKER_LINKS];		/* -1 where the kernel has no links for them */
	uint32_t at[BROKER_LINKS];	/* ifindex, where tc holds the program; 0: nowhere */
	bool has_made_qdisc[BROKER_LINKS];
};
int programs_load(struct programs *p, uint32_t ifindex, uint32_t tap);
/* The i-th of BROKER_LINKS; any order, also at once. */
int programs_attach(struct programs *p, uint32_t i, uint32_t ifindex, uint32_t tap);
/* The filter of socket i of n, which lets through what the engine wants of its queue. */
int programs_filter(const struct programs *p, uint32_t i, uint32_t n);
/* Take away what tc holds, in its namespace; close the rest. */
void programs_close(struct programs *p);

/* tc.c: a program at a device's ingress or egress; has_made: there was no place for it before. */
int tc_attach(uint32_t ifindex, bool egress, int prog, bool *has_made);
void tc_detach(uint32_t ifindex, bool egress, bool has_made);

/* xdp_open.c: AF_XDP for a device; flags is the map of struct netdev_flags. 0, or -errno with a reason. */
struct xdp_device_bufs {
	int fd;
	struct broker_bufs where;
	const uint32_t *fill;		/* BROKER_XDP_SLOTS for each queue */
};
struct xdp_wanted {
	uint32_t ifindex, queues;
	bool is_anyhow;
	int flags;
	const struct xdp_device_bufs *device_bufs;	/* NULL: nothing is */
};
int xdp_open(struct broker_xdp *x, const char *name, const struct xdp_wanted *w, char reason[BROKER_REASON_MAX]);
void xdp_close(struct broker_xdp *x);

/* xdp_left.c: what broker_is_left() says. */
int xdp_left(uint32_t ifindex, uint32_t queues);

/* net_xdp.c: does the driver of that device say that it can do without copies? */
bool net_has_zero_copy(uint32_t ifindex);

#endif
