/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The broker: a process of netmapd that keeps its privileges, to open what a device needs from the
 * kernel in the caller's network namespace: sockets, a TAP, BPF programs. The server, which has no
 * privileges, sends it requests (messages.h) and receives open descriptors. The broker exits after
 * the server and undoes what does not end with the descriptors.
 *
 * Functions below work in the network namespace that the broker has entered for the request. They
 * return 0 or a descriptor, or -errno, unless their comment says otherwise.
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "messages.h"

/* ---- broker.c: the process --------------------------------------------------------- */

struct broker_call {
	struct broker_request rq;
	uint32_t fill[BROKER_QUEUES_MAX * BROKER_XDP_SLOTS];
	int ns, memory;		/* descriptors that came with it; -1: none */
};

struct reply {
	struct broker_reply r;
	int fd[BROKER_FDS_MAX];	/* closed once they are sent */
	uint32_t fds;
};

/* Sockets to the server: for each a thread of the broker serves the requests. */
enum broker_socket { BROKER_DEVICES, BROKER_PROCESS_MEM, BROKER_MEMORY_FILES, BROKER_SOCKETS };

/*
 * Serve the sockets until the other end of BROKER_DEVICES closes. fuse: the connection to FUSE,
 * whose file system is mounted on dir. Returns the exit status.
 */
int broker_run(const int sock[BROKER_SOCKETS], int fuse, const char *dir);

/* Put 'cannot WHAT: ERROR' into the reply; returns err. */
int reply_refuse(struct reply *to, int err, const char *what);
/* Add a descriptor, or refuse if fd is negative. what: how it was made, for the refusal. */
int reply_add_fd(struct reply *to, int fd, const char *what);

/* ---- process_mem.c: memory of processes --------------------------------------------- */

/*
 * Start a thread that serves sock: a request is the id of a thread, a reply 0 with a descriptor, or
 * -errno; int32_t each.
 */
int process_mem_start(int sock);

/* ---- memory_file.c: memory of domains ------------------------------------------------- */

/*
 * Make a file in memory, with at most mib MiB of it. Returns a descriptor; -ENOMEM with the reason
 * logged. Needs CAP_SYS_ADMIN.
 */
int memory_file_make(uint32_t mib);
/* Start a thread that serves sock: struct memory_request, struct memory_reply. */
int memory_files_start(int sock, int fuse, const char *dir);

/* ---- attach.c: devices that the server uses ---------------------------------------- */

int attach_open(const struct broker_call *q, struct reply *to);
/* Undo what does not end with the descriptors, for one device or all. Enters its namespace. */
void attach_close(uint32_t id);
void attach_close_all(void);

/* ---- link.c: a device --------------------------------------------------------------- */

/* An ioctl on the namespace's devices. */
int link_ioctl(unsigned long what, struct ifreq *ifr);
int link_name(uint32_t ifindex, char name[IFNAMSIZ]);
/* -ENXIO no such device, -ELOOP the loopback device, -EOPNOTSUPP not Ethernet. */
int link_find(const char *name, struct broker_link *link);
/* Open a socket that reports changes of devices. */
int link_events(void);

/* ---- ethtool.c: its queues, LRO and GRO --------------------------------------------- */

/* Returns the number of queues, 1 for a device that does not report it. */
uint32_t ethtool_queues(const char *name, bool rx);
/* Set link->queues, the receive queues limited to BROKER_QUEUES_MAX. */
void ethtool_link_queues(const char *name, struct broker_link *link);
/*
 * Open a socket that reports changes of their number; -EOPNOTSUPP: this kernel does not report
 * them.
 */
int ethtool_queue_events(void);
/*
 * Switch LRO, by which the hardware merges received frames. Returns 1 if that changed it, 0
 * if it was so before.
 */
int ethtool_lro_set(const char *name, bool on);
/* True if the stack merges the frames that the device receives. */
bool ethtool_has_gro(const char *name);

/* ---- packet_socket.c, tap.c ---------------------------------------------------------- */

int packet_tx_open(uint32_t ifindex, uint32_t slots, uint32_t slot_size, int32_t mark);
int packet_rx_open(uint32_t ifindex, int filter);

/* Make the TAP beside a device. -EBUSY: another daemon has it, and so the device. */
int tap_open(uint32_t ifindex, uint32_t *tap);
int tap_delete(uint32_t ifindex);

/* ---- programs.c, tc.c: BPF programs at the device, its TAP and the packet sockets ---- */

struct programs {
	int map;
	int32_t mark;			/* of our frames, on their way to the stack or the wire */
	int prog[BROKER_LINKS];		/* TAP ingress, device ingress, device egress */
	int link[BROKER_LINKS];		/* -1: the kernel has no links for them */
	uint32_t tc_ifindex[BROKER_LINKS];	/* where tc holds the program; 0: nowhere */
	bool has_made_qdisc[BROKER_LINKS];
};

int programs_load(struct programs *p, uint32_t ifindex, uint32_t tap);
/* Attach number i of BROKER_LINKS; in any order, also concurrently. */
int programs_attach(struct programs *p, uint32_t i, uint32_t ifindex, uint32_t tap);
/* Load the filter of packet socket i of n, which passes what the engine takes from its queue. */
int programs_filter(const struct programs *p, uint32_t i, uint32_t n);
/* Remove what tc holds, in its namespace; close the rest. */
void programs_close(struct programs *p);

/*
 * Attach a program to a device's ingress or egress. *has_made: its clsact qdisc did not exist
 * before.
 */
int tc_attach(uint32_t ifindex, bool egress, int prog, bool *has_made);
void tc_detach(uint32_t ifindex, bool egress, bool has_made);

/* ---- xdp_*.c: AF_XDP ----------------------------------------------------------------- */

struct xdp_device_bufs {
	int fd;				/* the file that holds them */
	struct broker_bufs part;	/* of it */
	const uint32_t *fill;		/* BROKER_XDP_SLOTS for each queue */
};

struct xdp_request {
	uint32_t ifindex, queues;
	bool allows_inexact;		/* copies by the kernel, frames without VLAN tags */
	int flags;			/* the map of struct netdev_flags */
	const struct xdp_device_bufs *device_bufs;	/* NULL: none */
};

/* Open AF_XDP for a device. On failure the reason is set and nothing stays open. */
int xdp_open(struct broker_xdp *x, const char *name, const struct xdp_request *rq,
	     char reason[BROKER_REASON_MAX]);
void xdp_close(struct broker_xdp *x);
/* Attach the program that redirects frames to the sockets of x. */
int xdp_program_attach(struct broker_xdp *x, uint32_t ifindex, int flags);
/* -EBUSY while the kernel has AF_XDP sockets on one of the first queues; other errors: unknown. */
int xdp_probe(uint32_t ifindex, uint32_t queues);
/* True if the driver reports AF_XDP without copies. */
bool xdp_has_zero_copy(uint32_t ifindex);

#endif
