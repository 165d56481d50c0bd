// SPDX-License-Identifier: BSD-2-Clause
/* Making, freeing and repairing rings. Syncs are in sync.c. */
#include "ring/kring.h"
#include "base/objects.h"
#include "ring/slot.h"
#include "ring/mirror.h"
#include "ring/unsynced.h"

/* Buffers are allocated a few at a time, which needs no array as long as the ring. */
#define BUFS_BATCH	64u

/* Free the buffers of slots [0, n); a client may have written any index there. */
static void kring_slots_empty(struct nm_kring *k, uint32_t n)
{
	uint32_t idx[BUFS_BATCH], done, batch, freed, i;

	for (done = 0; done < n; done += freed) {
		batch = n - done < BUFS_BATCH ? n - done : BUFS_BATCH;
		for (i = 0; i < batch; i++)
			idx[i] = os_load32(&k->ring->slot[done + i].buf_idx);
		freed = nm_region_bufs_free(k->region, idx, batch);
		freed += freed < batch;		/* pass over the bad one */
	}
}

/* For a port with device buffers, prefer buffers that the device can write in place. */
static int kring_bufs_alloc(struct nm_kring *k, bool for_device, uint32_t *idx, uint32_t n,
			    struct nm_reason *reason)
{
	if (for_device && nm_region_pairs_alloc(k->region, idx, n))
		return 0;
	return nm_region_bufs_alloc(k->region, idx, n, reason);
}

static int kring_slots_fill(struct nm_kring *k, bool for_device, struct nm_reason *reason)
{
	uint32_t idx[BUFS_BATCH], done, n, i;
	int err;

	for (done = 0; done < k->num_slots; done += n) {
		n = k->num_slots - done < BUFS_BATCH ? k->num_slots - done : BUFS_BATCH;
		err = kring_bufs_alloc(k, for_device, idx, n, reason);
		if (err) {
			kring_slots_empty(k, done);
			return err;
		}
		for (i = 0; i < n; i++)
			os_store32(&k->ring->slot[done + i].buf_idx, idx[i]);
	}
	return 0;
}

int nm_kring_make(struct nm_kring *k, uint32_t num_slots, bool for_device, struct nm_reason *reason)
{
	int err;

	k->num_slots = num_slots;
	k->ring = nm_region_ring_alloc(k->region, nm_ring_bytes(num_slots), &k->ring_off, reason);
	if (!k->ring)
		return reason->err;
	err = kring_slots_fill(k, for_device, reason);
	if (err) {
		nm_region_ring_free(k->region, k->ring_off, nm_ring_bytes(num_slots));
		return err;
	}
	k->ring->num_slots = num_slots;
	k->ring->nr_buf_size = k->region->bufs.unit;
	k->ring->buf_ofs = (int64_t)(k->region->bufs.offset - k->ring_off);
	k->ring->ringid = k->id;
	k->ring->dir = k->dir;
	nm_offsets_begin(k);
	k->hwtail = k->dir == NM_TX ? num_slots - 1 : 0;
	k->grants = num_slots;
	os_mutex_init(&k->lock, "nm_ring");
	os_waitq_init(&k->waitq, "nm_ring_waitq");
	nm_unsynced_init(k);
	nm_kring_rewind(k);
	nm_object_made(NM_OBJ_RING);
	return 0;
}

void nm_kring_free(struct nm_kring *k)
{
	nm_unsynced_end(k);
	os_waitq_destroy(&k->waitq);
	os_mutex_destroy(&k->lock);
	kring_slots_empty(k, k->num_slots);
	nm_region_ring_free(k->region, k->ring_off, nm_ring_bytes(k->num_slots));
	k->ring = NULL;
	nm_object_ended(NM_OBJ_RING);
}

void nm_kring_rewind(struct nm_kring *k)
{
	if (k->mirrors)
		nm_mirrors_rewound(k);
	os_store32(&k->rhead, k->hwcur);
	os_store32(&k->rcur, k->hwcur);
	os_store32(&k->idle_head, k->rhead);
	os_store32(&k->rtail, os_load32_acquire(&k->hwtail));
	os_store32(&k->ring->head, k->rhead);
	os_store32(&k->ring->cur, k->rcur);
	/* Release: slots below tail are written; pairs with the application's read of tail. */
	os_store32_release(&k->ring->tail, k->rtail);
}

/*
 * Allocate a buffer for a slot with an illegal index. Returns 0, never a legal index, if there is
 * none.
 */
static uint32_t kring_grant_locked(struct nm_kring *k)
{
	struct nm_reason reason;
	uint32_t idx;

	if (!k->grants || nm_region_bufs_alloc(k->region, &idx, 1, &reason))
		return 0;
	k->grants--;
	return idx;
}

void nm_kring_reset_locked(struct nm_kring *k)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	union nm_slot s;
	uint32_t i;

	os_assert_held(&k->lock);
	for (i = 0; i < k->num_slots; i++) {
		struct netmap_slot *slot = &k->ring->slot[i];

		s = nm_slot_load(slot);
		if (s.len > bufs.unit)
			nm_slot_store_len_flags(slot, 0, s.flags);
		/*
		 * A sender may be exchanging buffers in the engine's slots of an rx ring meanwhile.
		 * It only overwrites legal indexes, and this function only illegal ones.
		 */
		if (!nm_bufs_has(&bufs, s.buf_idx))
			os_store32(&slot->buf_idx, kring_grant_locked(k));
	}
	nm_offsets_reset_locked(k);
	nm_kring_rewind(k);
	nm_stat_add(&k->stats.resets, 1);
}
