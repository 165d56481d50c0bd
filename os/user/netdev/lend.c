// SPDX-License-Identifier: BSD-2-Clause
/* Buffers of a region in the hands of a device. See lend.h. */
#define OS_HOME
#include <stdlib.h>
#include <unistd.h>

#include "../netmapd/settings.h"
#include "lend.h"

/* A device that is not there any more has ended its sockets by itself, or is about to. */
#define TIMEOUT_US	500000u

bool lend_can(void)
{
	return settings.has_lending && os_pages_are_memory();
}

static bool queue_fill(struct lend *l, struct lend_queue *q)
{
	if (!nm_region_lend(l->region, q->fill, BROKER_XDP_SLOTS, true))
		return false;
	if (nm_region_lend(l->region, q->own, LEND_OWN, false))
		return true;
	nm_region_take_back(l->region, q->fill, BROKER_XDP_SLOTS);
	return false;
}

struct lend *lend_make(struct nm_region *r, uint32_t queues, const char **reason)
{
	struct lend *l = NULL;

	*reason = "its region is not of such buffers";
	if (nm_region_may_lend(r))
		l = calloc(1, sizeof(*l) + queues * sizeof(l->queue[0]));
	if (!l)
		return NULL;
	*reason = "its region has no room for them";
	nm_region_get(r);
	l->region = r;
	for (; l->queues < queues; l->queues++)
		if (!queue_fill(l, &l->queue[l->queues])) {
			lend_free(l);
			return NULL;
		}
	nm_region_lending(r, &l->bufs);
	return l;
}

struct broker_lent lend_where(const struct lend *l)
{
	return (struct broker_lent){
		.at = (uint64_t)os_pages_offset(l->bufs.first),
		.size = (uint64_t)l->bufs.total * l->bufs.unit, .queues = l->queues,
	};
}

void lend_keep(struct lend *l, uint32_t queue)
{
	nm_region_keep(l->region, l->queue[queue].kept, l->queue[queue].keeps, true);
}

void lend_free(struct lend *l)
{
	const struct lend_queue *q;

	for (q = l->queue; q < l->queue + l->queues; q++) {
		nm_region_keep(l->region, q->kept, q->keeps, false);
		nm_region_take_back(l->region, q->fill, BROKER_XDP_SLOTS);
		nm_region_take_back(l->region, q->own, LEND_OWN);
	}
	nm_region_put(l->region);
	free(l);
}

/* Without the broker nobody knows. */
bool lend_free_later(struct lend *l, int ns, uint32_t ifindex, const bool *is_over, uint32_t looks)
{
	int err = -EBUSY;

	while (!__atomic_load_n(is_over, __ATOMIC_RELAXED)) {
		err = looks-- ? broker_is_left(ns, ifindex, l->queues) : -EIO;
		if (err == -EIO)
			return false;
		if (err != -EBUSY)
			break;
		usleep(LEND_LOOK_AGAIN_US);
	}
	if (err && err != -EBUSY)
		usleep(TIMEOUT_US);
	lend_free(l);
	return true;
}
