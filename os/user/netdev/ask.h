/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's requests to the broker. Any thread may make them; they wait for one another. */
#ifndef NETDEV_ASK_H
#define NETDEV_ASK_H

#include "../broker/messages.h"

struct device_bufs;

/* Netlink sockets that report changes of a device. The caller closes them. */
struct broker_events {
	int links;
	int queues;	/* generic netlink, ethtool's messages; -1: this kernel has none */
};

/* Use this socket to the broker. Called once, before there are threads. */
void broker_connect(int sock);
/* Find a device. Returns 0, or -errno with a reason. */
int broker_find(int ns, const char *name, struct broker_link *link, struct broker_events *events,
		struct nm_reason *reason);
/* Get the current number of queues. Returns 0 or -errno. */
int broker_queues(int ns, uint32_t ifindex, uint32_t queues[2]);
/* Attach a device, with these device buffers or NULL. Returns 0, or -errno with a reason. */
int broker_attach(int ns, uint32_t ifindex, enum broker_policy xdp,
		  const struct device_bufs *device_bufs, struct broker_opened *o,
		  struct nm_reason *reason);
/*
 * Returns 0 if the kernel has released the AF_XDP sockets of the device's first queues, -EBUSY if
 * not yet, another error if that is unknown (-EIO: there is no broker).
 */
int broker_xdp_probe(int ns, uint32_t ifindex, uint32_t queues);
/* Detach the programs; everything else stays open. */
void broker_detach_programs(struct broker_opened *o);
/* Detach the programs, then close everything. */
void broker_detach(struct broker_opened *o);
/*
 * Detach the programs and delete the TAP of a device that was renamed, moved or removed, so that
 * they do not stop another daemon from attaching it. The descriptors stay open.
 */
void broker_detach_moved(int ns, uint32_t ifindex, struct broker_opened *o);

#endif
