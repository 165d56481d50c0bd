// SPDX-License-Identifier: BSD-2-Clause
/* Buffers of a region in the hands of a device. See device_bufs.h. */
#define OS_PLATFORM
#include <stdlib.h>
#include <unistd.h>

#include "../netmapd/settings.h"
#include "device_bufs.h"

/* A device that is not there any more has ended its sockets by itself, or is about to. */
#define TIMEOUT_US	500000u

bool device_bufs_are_on(void)
{
	return settings.has_device_bufs && os_pages_are_memory();
}

static bool queue_fill(struct device_bufs *l, struct device_bufs_queue *q)
{
	if (!nm_region_device_bufs_alloc(l->region, q->fill, BROKER_XDP_SLOTS, true))
		return false;
	if (nm_region_device_bufs_alloc(l->region, q->own, DEVICE_BUFS_OWN, false))
		return true;
	nm_region_device_bufs_free(l->region, q->fill, BROKER_XDP_SLOTS);
	return false;
}

struct device_bufs *device_bufs_make(struct nm_region *r, uint32_t queues, const char **reason)
{
	struct device_bufs *l = NULL;

	*reason = "its region is not of such buffers";
	if (nm_region_device_bufs_enable(r))
		l = calloc(1, sizeof(*l) + queues * sizeof(l->queue[0]));
	if (!l)
		return NULL;
	*reason = "its region has no room for them";
	nm_region_get(r);
	l->region = r;
	for (; l->queues < queues; l->queues++)
		if (!queue_fill(l, &l->queue[l->queues])) {
			device_bufs_free(l);
			return NULL;
		}
	nm_region_device_bufs(r, &l->bufs);
	return l;
}

struct broker_bufs device_bufs_where(const struct device_bufs *l)
{
	return (struct broker_bufs){
		.at = (uint64_t)os_pages_offset(l->bufs.first),
		.size = (uint64_t)l->bufs.total * l->bufs.unit, .queues = l->queues,
	};
}

void device_bufs_keep(struct device_bufs *l, uint32_t queue)
{
	nm_region_device_bufs_keep(l->region, l->queue[queue].kept, l->queue[queue].keeps, true);
}

void device_bufs_free(struct device_bufs *l)
{
	const struct device_bufs_queue *q;

	for (q = l->queue; q < l->queue + l->queues; q++) {
		nm_region_device_bufs_keep(l->region, q->kept, q->keeps, false);
		nm_region_device_bufs_free(l->region, q->fill, BROKER_XDP_SLOTS);
		nm_region_device_bufs_free(l->region, q->own, DEVICE_BUFS_OWN);
	}
	nm_region_put(l->region);
	free(l);
}

/* Without the broker nobody knows. */
bool device_bufs_free_later(struct device_bufs *l, int ns, uint32_t ifindex, const bool *is_over, uint32_t looks)
{
	int err = -EBUSY;

	while (!__atomic_load_n(is_over, __ATOMIC_RELAXED)) {
		err = looks-- ? broker_is_left(ns, ifindex, l->queues) : -EIO;
		if (err == -EIO)
			return false;
		if (err != -EBUSY)
			break;
		usleep(DEVICE_BUFS_POLL_US);
	}
	if (err && err != -EBUSY)
		usleep(TIMEOUT_US);
	device_bufs_free(l);
	return true;
}
