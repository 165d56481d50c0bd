/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inspection of a running netmap: reasons of failed requests, ports, rings, regions,
 * switches, object counters and settings. Two more requests of NIOCCTRL, numbered far
 * above those of the published ABI; the engine answers them on every platform.
 *
 * Records only grow at their end: the caller passes the size of its records, the engine
 * fills that many bytes of each and zeroes fields that it does not know.
 */
#ifndef NET_NETMAP_INSPECT_H
#define NET_NETMAP_INSPECT_H

#include "netmap.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	NETMAP_REQ_INSPECT	= 0x1001,	/* body: struct nmreq_inspect */
	NETMAP_REQ_REASON_GET	= 0x1002	/* body: struct nmreq_reason */
};

/* The listings of NETMAP_REQ_INSPECT. */
enum nm_inspect_what {
	NM_INSPECT_PORTS	= 1,	/* struct nm_info_port */
	NM_INSPECT_RINGS	= 2,	/* struct nm_info_ring; of port nr_name, or "" for all */
	NM_INSPECT_REGIONS	= 3,	/* struct nm_info_region */
	NM_INSPECT_SWITCHES	= 4,	/* struct nm_info_switch */
	NM_INSPECT_FAILURES	= 5,	/* struct nm_info_failure, oldest first */
	NM_INSPECT_OBJECTS	= 6,	/* struct nm_info_object */
	NM_INSPECT_TUNABLES	= 7	/* struct nm_info_tunable */
};

/**
 * struct nmreq_inspect - one page of a listing
 * @what: enum nm_inspect_what
 * @rec_size: bytes of one record in the caller's array
 * @count: in: records that fit in the array; out: records filled
 * @pad: 0
 * @cursor: in: where to continue, initially 0; out: the value for the next page
 * @data: user pointer to the array
 *
 * Set cursor to 0 for the first page, then to the value returned; the listing has ended when
 * the returned count is 0. Objects created or deleted during a listing may be missed, but no
 * object is shown twice. Ports, rings and switches are those of the caller's network namespace.
 */
struct nmreq_inspect {
	uint32_t what;
	uint32_t rec_size;
	uint32_t count;
	uint32_t pad;
	uint64_t cursor;
	uint64_t data;
};

#define NM_REASON_LEN	160

/**
 * struct nmreq_reason - the reason of the last failed request
 * @pid: 0: the last failure of this open file; else the newest failure of any file opened by
 *	the process pid
 * @err: out: errno of the failure
 * @reqtype: out: the request that failed; 0 for a sync or poll
 * @pad: 0
 * @text: out: the reason, NUL terminated
 *
 * Fails with ENOENT if there was no failure.
 */
struct nmreq_reason {
	uint32_t pid;
	int32_t err;
	uint16_t reqtype;
	uint16_t pad[3];
	char text[NM_REASON_LEN];
};

enum nm_info_kind {
	NM_KIND_VALE	= 1,	/* port of a VALE switch, ephemeral or persistent */
	NM_KIND_PIPE	= 2,	/* one end of a pipe */
	NM_KIND_NULL	= 3,	/* null port: discards what is sent, never receives */
	NM_KIND_NIC	= 4,	/* network device */
	NM_KIND_MONITOR	= 5	/* monitor of another port */
};

/*
 * F(NAME, value, word): the flags of a port, NM_INFO_NAME, with the words that nmctl prints, in its
 * order. Those of a network device come from os_netdev_traits() as they are.
 */
#define NM_INFO_FLAGS(F) \
	F(PERSISTENT, 0x1, "persistent")	/* created by NETMAP_REQ_VALE_NEWIF */ \
	F(ATTACHED, 0x2, "attached")		/* on switch_name, as port_index */ \
	F(POLLING, 0x4, "polling")		/* kernel threads sync its rings */ \
	F(EXCLUSIVE, 0x8, "exclusive")		/* a client has it exclusively */ \
	F(EMULATED, 0x10, "emulated")		/* frames are skbs, in at least one direction */ \
	F(XDP_TX, 0x200, "xdp-tx")		/* its driver takes frames by XDP */ \
	F(XDP_RX, 0x400, "xdp-rx")		/* its frames arrive by XDP */ \
	F(ZERO_COPY, 0x800, "zero-copy")	/* both by AF_XDP without a copy (netmapd) */ \
	F(LENT, 0x2000, "device-bufs")		/* reads and writes the buffers of slots itself */ \
	F(DOWN, 0x20, "down")			/* a device that is down */ \
	F(GONE, 0x40, "gone")			/* removed, or queues changed: close the port */ \
	F(NO_LINK, 0x80, "no-link")		/* a device that is up without a link */ \
	F(LRO_OFF, 0x100, "lro-off")		/* netmap switched off the device's LRO */ \
	F(GRO_OFF, 0x1000, "gro-off")		/* netmap switched off the stack's GRO for it */

#define NM_INFO_FLAG(name, value, word)	NM_INFO_##name = value,
enum nm_info_flag { NM_INFO_FLAGS(NM_INFO_FLAG) NM_INFO_NONE = 0 };
#undef NM_INFO_FLAG

struct nm_info_port {
	char name[NETMAP_REQ_IFNAMSIZ];
	char switch_name[NETMAP_REQ_IFNAMSIZ];
	uint32_t kind;		/* enum nm_info_kind */
	uint32_t flags;		/* NM_INFO_* */
	uint32_t port_index;	/* on its switch */
	uint32_t region_id;
	uint32_t tx_rings, rx_rings, host_tx_rings, host_rx_rings;
	uint32_t tx_slots, rx_slots;
	uint32_t clients;	/* open files bound to it */
	uint32_t hdr_len;	/* virtio-net header, bytes */
	uint64_t tx_packets, tx_bytes, tx_drops; /* totals of its rings since creation */
	uint64_t rx_packets, rx_bytes, rx_drops;
	char xdp_why[96];	/* a card: the reason why frames do not arrive by XDP, else "" */
};

/* Causes of dropped frames: on a tx ring as the sender sees them, on an rx ring the receiver. */
enum nm_drop {
	NM_DROP_NOROOM,		/* the receiver's ring was full */
	NM_DROP_NODEST,		/* no receiver: no other port, or no port of the number given */
	NM_DROP_BADFRAME,	/* shorter than an Ethernet header, or fragments without an end */
	NM_DROP_TOOLONG,	/* does not fit the receiver's ring or buffers */
	NM_DROP_FAULT,		/* NS_INDIRECT data could not be read */
	NM_DROP_HEADER,		/* virtio-net header that cannot be converted */
	NM_DROP_CAUSES
};

struct nm_info_ring {
	char port[NETMAP_REQ_IFNAMSIZ];
	uint32_t ringid;
	uint32_t dir;		/* NR_TX 0 / NR_RX 1 as in struct netmap_ring */
	uint32_t host;		/* 1 for a host ring */
	uint32_t num_slots;
	uint32_t head, cur, tail; /* as last seen by the engine */
	uint32_t clients;
	uint64_t packets, bytes; /* frames moved; bytes without CRC */
	uint64_t slots;		/* slots moved (more than frames with NS_MOREFRAG) */
	uint64_t syncs;		/* syncs run on it, by ioctl, poll or a polling thread */
	uint64_t wakeups;	/* times it woke sleepers */
	uint64_t resets;	/* times it was corrupt and was reset */
	uint64_t drops[8];	/* by enum nm_drop */
};

struct nm_info_pool {
	uint32_t unit;		/* bytes of one object */
	uint32_t total;		/* objects with memory behind them */
	uint32_t limit;		/* objects it may grow to */
	uint32_t used;		/* objects in use */
};

struct nm_info_region {
	uint32_t id;
	uint32_t refs;		/* references by ports and maps */
	uint64_t memsize;	/* bytes an application maps */
	struct nm_info_pool ifs, rings, bufs;
	uint64_t bad_frees;	/* buffers freed twice or out of range at a close */
};

struct nm_info_switch {
	char name[NETMAP_REQ_IFNAMSIZ];
	uint32_t index;
	uint32_t ports;
	uint32_t stations;	/* addresses learnt and not expired */
	uint32_t pad;
	uint64_t flooded;	/* frames sent to every port because their address was unknown */
	uint64_t moved;		/* stations that changed port */
};

struct nm_info_failure {
	uint64_t time_us;	/* since the epoch */
	uint32_t pid;
	int32_t err;
	uint16_t reqtype;
	uint16_t pad[3];
	char comm[16];
	char name[NETMAP_REQ_IFNAMSIZ];
	char text[NM_REASON_LEN];
};

struct nm_info_object {
	char name[24];
	uint64_t created, destroyed;
};

struct nm_info_tunable {
	char name[24];
	char help[80];
	uint32_t value, min, max, initial;
};

#ifdef __cplusplus
}
#endif
#endif
