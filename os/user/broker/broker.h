/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The broker: a process of netmapd that keeps its privileges, to open what a device needs from the
 * kernel in the caller's network namespace: sockets, TAPs, BPF programs. The server, which has no
 * privileges, sends it requests (messages.h) and receives open descriptors. The broker exits after the
 * server and removes what does not go with the descriptors by itself.
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "messages.h"

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

/* xdp_probe.c: what broker_is_left() says. */
int xdp_left(uint32_t ifindex, uint32_t queues);

/* net_xdp.c: does the driver of that device say that it can do without copies? */
bool net_has_zero_copy(uint32_t ifindex);

#endif
