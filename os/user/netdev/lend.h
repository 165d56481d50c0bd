/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers of a port's region that the sockets of AF_XDP of its device have as their memory: those they
 * receive into, those that frames are copied to for sending, and those of slots while they are sent. They
 * come back when the kernel has let go of them, which it does some time after the sockets were closed.
 */
#ifndef NETDEV_LEND_H
#define NETDEV_LEND_H

#include "../../../core/engine.h"
#include "broker.h"

#define LEND_OWN	(BROKER_XDP_SLOTS / 2)

struct lend_queue {
	uint32_t fill[BROKER_XDP_SLOTS];	/* to receive into: as the socket gets them, and as it left them */
	uint32_t own[LEND_OWN];			/* to copy to; const */
	uint32_t kept[BROKER_XDP_SLOTS];	/* slots' buffers that it may still have been sending */
	uint32_t keeps;
};

struct lend {
	struct nm_region *region;	/* held */
	struct nm_lending bufs;		/* as they were when it was made */
	uint32_t queues;
	struct lend_queue queue[];
};

/* Can it be done by this daemon at all? */
bool lend_can(void);
/* Buffers for that many queues; NULL with a reason: not with this region, or there are not so many. */
struct lend *lend_make(struct nm_region *r, uint32_t queues, const char **reason);
/* Where the region's buffers are in the file of all pages, and how many bytes that is. */
struct broker_lent lend_where(const struct lend *l);
/* Nobody gets the buffers in kept[] of that queue before the end. */
void lend_keep(struct lend *l, uint32_t queue);
/* All go back. The sockets are closed, or never were open. */
void lend_free(struct lend *l);
/*
 * Likewise, when the kernel has no socket of that device any more; or *is_over (atomic). False: it was looked so often
 * in vain, or it cannot be told; then nothing goes back.
 */
#define LEND_LOOK_AGAIN_US	20000u
bool lend_free_later(struct lend *l, int ns, uint32_t ifindex, const bool *is_over, uint32_t looks);

#endif
