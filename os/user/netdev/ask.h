/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server asks its broker. Any thread may call these. */
#ifndef NETDEV_ASK_H
#define NETDEV_ASK_H

#include "../broker/messages.h"

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

#endif
