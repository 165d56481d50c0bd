/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers of a port's region that the sockets of AF_XDP of its device have as their memory: those they
 * receive into, those that frames are copied to for sending, and those of slots while they are sent. They
 * come back when the kernel has let go of them, which it does some time after the sockets were closed.
 */
#ifndef NETDEV_DEVICE_BUFS_H
#define NETDEV_DEVICE_BUFS_H

#include "../../../core/engine.h"
#include "ask.h"

#define DEVICE_BUFS_OWN	(BROKER_XDP_SLOTS / 2)

struct device_bufs_queue {
	uint32_t fill[BROKER_XDP_SLOTS];	/* to receive into: as the socket gets them, and as it left them */
	uint32_t own[DEVICE_BUFS_OWN];			/* to copy to; const */
	uint32_t kept[BROKER_XDP_SLOTS];	/* slots' buffers that it may still have been sending */
	uint32_t keeps;
};

struct device_bufs {
	struct nm_region *region;	/* held */
	struct nm_device_bufs bufs;		/* as they were when it was made */
	uint32_t queues;
	struct device_bufs_queue queue[];
};

/* Can it be done by this daemon at all? */
bool device_bufs_are_on(void);
/* Buffers for that many queues; NULL with a reason: not with this region, or there are not so many. */
struct device_bufs *device_bufs_make(struct nm_region *r, uint32_t queues, const char **reason);
/* Where the region's buffers are in the file of all pages, and how many bytes that is. */
struct broker_bufs device_bufs_where(const struct device_bufs *l);
/* Nobody gets the buffers in kept[] of that queue before the end. */
void device_bufs_keep(struct device_bufs *l, uint32_t queue);
/* All go back. The sockets are closed, or never were open. */
void device_bufs_free(struct device_bufs *l);
/*
 * Likewise, when the kernel has no socket of that device any more; or *is_over (atomic). False: it was looked so often
 * in vain, or it cannot be told; then nothing goes back.
 */
#define DEVICE_BUFS_POLL_US	20000u
bool device_bufs_free_later(struct device_bufs *l, int ns, uint32_t ifindex, const bool *is_over, uint32_t looks);

#endif
