// SPDX-License-Identifier: BSD-2-Clause
/*
 * The slow path of vale_classify(): frames of several slots, with NS_INDIRECT data, offsets, or
 * flags that say where they go. Slots are read into the batch one by one; NS_INDIRECT data is
 * copied into the bounce buffer.
 */
#include "vale/vale_batch.h"
#include "ring/slot.h"

/*
 * Copy NS_INDIRECT data into the bounce buffer, so that vale_deliver() does not access the caller's
 * memory. Returns 0, -ENOMEM, -EFAULT, or -EIO if this sync must not read it.
 */
static int vale_bounce_slot(struct vale_sender *s, struct nm_sync *sync, struct vale_item *it,
			    uint64_t ptr)
{
	struct vale_pending *out = s->out;
	uint8_t *to;
	int err;

	if (!out->bounce)
		out->bounce = os_alloc((size_t)NETMAP_MAX_FRAGS * s->bufs.unit);
	if (!out->bounce)
		return -ENOMEM;
	to = out->bounce + (size_t)out->bounced * s->bufs.unit;
	err = nm_sync_read_indirect(sync, s->k, to, ptr, it->len);
	if (err) {
		sync->fault_addr = ptr;
		sync->fault_len = it->len;
		return err;
	}
	out->bounced++;
	it->data = to;
	return 0;
}

/*
 * Read the slots of one frame from pos on into the items after those of the batch. *first_flags
 * gets the flags of its first slot, plus NS_INDIRECT if any slot has it.
 */
static int vale_read_frame(const struct vale_sender *s, uint32_t pos, uint32_t *frags,
			   uint16_t *first_flags)
{
	struct vale_item *it = &s->out->item[s->out->items];
	union nm_slot slot;
	uint32_t n;

	for (n = 0; n < NETMAP_MAX_FRAGS; n++, it++) {
		*frags = n;
		if (pos == s->k->rhead)
			return VALE_READ_INCOMPLETE;
		slot = nm_slot_load(&s->k->ring->slot[pos]);
		it->data = nm_slot_data(s->k, &s->bufs, &s->k->ring->slot[pos], slot);
		if (!it->data)
			return -EIO;
		if (slot.flags & NS_INDIRECT) {
			/* A slot's ptr cannot be both an offset and an address. */
			if (s->k->offsets)
				return -EIO;
			it->data = NULL;
		}
		it->len = slot.len;
		*first_flags |= n ? slot.flags & NS_INDIRECT : slot.flags;
		pos = nm_next(pos, s->k->num_slots);
		if (!(slot.flags & NS_MOREFRAG)) {
			*frags = n + 1;
			return VALE_READ_OK;
		}
	}
	*frags = n;
	return VALE_READ_INCOMPLETE;
}

/* Copy the data of the frame's NS_INDIRECT slots into the bounce buffer. */
static int vale_bounce_frame(struct vale_sender *s, struct nm_sync *sync, uint32_t pos,
			     uint32_t frags)
{
	struct vale_item *it = &s->out->item[s->out->items];
	const uint32_t bounced = s->out->bounced;
	uint32_t i;
	int err = 0;

	for (i = 0; i < frags && !err; i++, pos = nm_next(pos, s->k->num_slots)) {
		if (it[i].data)
			continue;
		if (s->out->bounced == NETMAP_MAX_FRAGS)
			err = VALE_READ_BATCH_FULL;
		else
			err = vale_bounce_slot(s, sync, &it[i],
					       os_load64(&s->k->ring->slot[pos].ptr));
	}
	if (err)
		s->out->bounced = bounced;
	if (err == -EFAULT && !sync->give_up)
		return VALE_READ_FAULT;
	return err;
}

int vale_classify_slow(struct vale_sender *s, struct nm_sync *sync, uint32_t pos, uint32_t *used)
{
	uint16_t flags = 0;
	uint32_t frags, i;
	int ret = vale_read_frame(s, pos, &frags, &flags);

	*used = 0;
	if (ret == VALE_READ_INCOMPLETE &&
	    (frags == NETMAP_MAX_FRAGS || frags + 1 == s->k->num_slots)) {
		/*
		 * Longer than any frame may be: drop these slots, and then those up to the frame's
		 * end.
		 */
		s->out->is_skipping = true;
		s->drops[NM_DROP_BADFRAME]++;
		*used = frags;
		return VALE_READ_OK;
	}
	if (ret == VALE_READ_OK && flags & NS_INDIRECT) {
		ret = vale_bounce_frame(s, sync, pos, frags);
		if (ret < 0 && ret != -EIO) {
			sync->give_up = false;
			s->drops[NM_DROP_FAULT]++;
			*used = frags;
			return VALE_READ_OK;
		}
	}
	if (ret != VALE_READ_OK)
		return ret;
	*used = frags;
	for (i = 0; i < frags; i++)
		s->bytes += s->out->item[s->out->items + i].len;
	vale_classify_frame(s, s->out->items, frags, flags);
	/* vale_classify_run() does not handle offsets. */
	if (s->k->offsets)
		s->run = NULL;
	s->out->items += frags;
	return VALE_READ_OK;
}

uint32_t vale_skip_rest(struct vale_sender *s, uint32_t pos)
{
	while (pos != s->k->rhead && s->out->is_skipping) {
		s->out->is_skipping = nm_slot_load(&s->k->ring->slot[pos]).flags & NS_MOREFRAG;
		pos = nm_next(pos, s->k->num_slots);
	}
	return pos;
}
