// SPDX-License-Identifier: BSD-2-Clause
/*
 * Extra buffers: those of a register request that are in no ring. They are a list, linked through
 * their first words from ni_bufs_head, which belongs to the client. Allocating and freeing them
 * takes a region's lock for a batch at a time, and not the engine lock: the client chooses their
 * number, and may write any list.
 */
#include "client/client.h"

#define BATCH	64u

static uint32_t *extra_buf_link(struct nm_region *r, uint32_t idx)
{
	const struct nm_bufs bufs = nm_pool_bufs(&r->bufs);

	return nm_bufs_has(&bufs, idx) ? (uint32_t *)(void *)nm_bufs_at(&bufs, idx) : NULL;
}

/* Allocate up to n buffers: all, or those that are left. Returns their number. */
static uint32_t extra_bufs_get_batch(struct nm_region *r, uint32_t *idx, uint32_t n)
{
	struct nm_reason reason;
	uint32_t got;

	if (!nm_region_bufs_alloc(r, idx, n, &reason))
		return n;
	for (got = 0; got < n && !nm_region_bufs_alloc(r, &idx[got], 1, &reason); got++)
		;
	return got;
}

void nm_extra_bufs_alloc(struct nm_client *c, struct nm_binding *b, struct nmreq_register *reg)
{
	uint32_t idx[BATCH], head = 0, given = 0, want, got, i;
	const uint32_t n = (uint32_t)nm_quota_charge_some(c->domain, NM_QUOTA_EXTRA_BUFS,
							  reg->nr_extra_bufs);

	do {
		want = n - given < BATCH ? n - given : BATCH;
		got = extra_bufs_get_batch(b->region, idx, want);
		for (i = 0; i < got; i++) {
			os_store32(extra_buf_link(b->region, idx[i]), head);
			head = idx[i];
		}
		given += got;
	} while (got && got == want);
	os_store32(&b->nifp->ni_bufs_head, head);
	nm_quota_uncharge(c->domain, NM_QUOTA_EXTRA_BUFS, n - given);
	b->extra_bufs = given;
	reg->nr_extra_bufs = given;
}

/*
 * The client may have written anything there: stop at the first index that is not a buffer in use,
 * and after as many buffers as the region can have, because another client of the region may
 * allocate what is freed here.
 */
void nm_extra_bufs_free(struct nm_client *c, struct nm_binding *b)
{
	struct nm_region *r = b->region;
	uint32_t idx[BATCH], next = os_load32(&b->nifp->ni_bufs_head), left = r->bufs.limit, n;
	const uint32_t *link;

	do {
		for (n = 0; next && n < BATCH && n < left; n++) {
			idx[n] = next;
			link = extra_buf_link(r, next);
			next = link ? os_load32(link) : 0;
		}
		left -= n;
	} while (n && nm_region_bufs_free(r, idx, n) == n);
	nm_quota_uncharge(c->domain, NM_QUOTA_EXTRA_BUFS, b->extra_bufs);
}
