/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device buffers: buffers of a port's region that are the memory of its device's AF_XDP sockets:
 * those they receive into, those that frames are copied to for sending, and those of slots while
 * they are sent. They are freed when the kernel has released them, some time after the sockets were
 * closed.
 */
#ifndef NETDEV_DEVICE_BUFS_H
#define NETDEV_DEVICE_BUFS_H

#include "../../../core/engine.h"
#include "ask.h"

#define DEVICE_BUFS_COPY	(BROKER_XDP_SLOTS / 2)

struct device_bufs_queue {
	uint32_t fill[BROKER_XDP_SLOTS];	/* posted for receive, at open and at close */
	uint32_t copy[DEVICE_BUFS_COPY];	/* for copies to be sent; const */
	uint32_t sent[BROKER_XDP_SLOTS];	/* slots' buffers still being sent at close */
	uint32_t sents;
};

struct device_bufs {
	struct nm_region *region;	/* a reference */
	struct nm_device_bufs bufs;	/* as it was when this was made */
	uint32_t queues;
	struct device_bufs_queue queue[];
};

/* True if this daemon can use device buffers at all. */
bool device_bufs_are_on(void);
/* Allocate the buffers for that many queues. Returns NULL with a reason. */
struct device_bufs *device_bufs_make(struct nm_region *r, uint32_t queues, const char **reason);
/* Return the part of the file of all pages that has the region's buffers. */
struct broker_bufs device_bufs_part(const struct device_bufs *d);
/* Reserve the buffers in sent[] of that queue until all are freed. */
void device_bufs_keep_sent(struct device_bufs *d, uint32_t queue);
/* Free the buffers. The sockets are closed and released by the kernel, or never existed. */
void device_bufs_free(struct device_bufs *d);
/*
 * Free the buffers once the kernel has released the device's sockets, or *is_over (atomic) is set.
 * Returns false, freeing nothing, if that is unknown after `polls` polls.
 */
#define DEVICE_BUFS_POLL_US	20000u
bool device_bufs_free_later(struct device_bufs *d, int ns, uint32_t ifindex, const bool *is_over,
			    uint32_t polls);

#endif
