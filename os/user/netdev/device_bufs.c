// SPDX-License-Identifier: BSD-2-Clause
/* The buffers of a region that a device uses. See device_bufs.h. */
#define OS_PLATFORM
#include <stdlib.h>
#include <unistd.h>

#include "../netmapd/settings.h"
#include "device_bufs.h"

/* The kernel releases the sockets of a removed device by itself, within this time. */
#define REMOVED_US	500000u

bool device_bufs_are_on(void)
{
	return settings.has_device_bufs && os_pages_are_memory();
}

static bool queue_alloc(struct device_bufs *d, struct device_bufs_queue *q)
{
	if (!nm_region_device_bufs_alloc(d->region, q->fill, BROKER_XDP_SLOTS, true))
		return false;
	if (nm_region_device_bufs_alloc(d->region, q->copy, DEVICE_BUFS_COPY, false))
		return true;
	nm_region_device_bufs_free(d->region, q->fill, BROKER_XDP_SLOTS);
	return false;
}

struct device_bufs *device_bufs_make(struct nm_region *r, uint32_t queues, const char **reason)
{
	struct device_bufs *d = NULL;

	*reason = "its region must have buffers of 2048 bytes, in memory of netmapd";
	if (nm_region_device_bufs_enable(r))
		d = calloc(1, sizeof(*d) + queues * sizeof(d->queue[0]));
	if (!d)
		return NULL;
	*reason = "its region has too few free buffers for its queues";
	nm_region_get(r);
	d->region = r;
	for (; d->queues < queues; d->queues++)
		if (!queue_alloc(d, &d->queue[d->queues])) {
			device_bufs_free(d);
			return NULL;
		}
	nm_region_device_bufs(r, &d->bufs);
	return d;
}

struct broker_bufs device_bufs_part(const struct device_bufs *d)
{
	return (struct broker_bufs){
		.offset = (uint64_t)os_pages_offset(d->bufs.first),
		.size = (uint64_t)d->bufs.total * d->bufs.unit, .queues = d->queues,
	};
}

void device_bufs_keep_sent(struct device_bufs *d, uint32_t queue)
{
	nm_region_device_bufs_keep(d->region, d->queue[queue].sent, d->queue[queue].sents, true);
}

void device_bufs_free(struct device_bufs *d)
{
	const struct device_bufs_queue *q;

	for (q = d->queue; q < d->queue + d->queues; q++) {
		nm_region_device_bufs_keep(d->region, q->sent, q->sents, false);
		nm_region_device_bufs_free(d->region, q->fill, BROKER_XDP_SLOTS);
		nm_region_device_bufs_free(d->region, q->copy, DEVICE_BUFS_COPY);
	}
	nm_region_put(d->region);
	free(d);
}

bool device_bufs_free_later(struct device_bufs *d, int ns, uint32_t ifindex, const bool *is_over,
			    uint32_t polls)
{
	int err = -EBUSY;

	while (!__atomic_load_n(is_over, __ATOMIC_RELAXED)) {
		err = polls-- ? broker_xdp_probe(ns, ifindex, d->queues) : -EIO;
		if (err == -EIO)
			return false;
		if (err != -EBUSY)
			break;
		usleep(DEVICE_BUFS_POLL_US);
	}
	if (err && err != -EBUSY)
		usleep(REMOVED_US);
	device_bufs_free(d);
	return true;
}
