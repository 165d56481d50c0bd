// SPDX-License-Identifier: BSD-2-Clause
/* Taps on rings: put on, taken off, and what a sync does for them. See tap.h. */
#include "ring/tap.h"
#include "base/objects.h"
#include "base/lock.h"

static struct nm_taps *taps_make(void)
{
	struct nm_taps *taps = os_alloc(sizeof(*taps));

	if (taps)
		nm_object_made(NM_OBJ_TAPS);
	return taps;
}

static void taps_free(struct nm_taps *taps)
{
	if (!taps)
		return;
	os_free(taps->bounce);
	os_free(taps);
	nm_object_ended(NM_OBJ_TAPS);
}

/* From now on: what the application has queued or been told of before is not seen. */
static void put_on_locked(struct nm_tap *t, struct nm_kring *k)
{
	struct nm_taps *taps = k->taps;

	os_assert_held(&k->lock);
	if (t->is_swap) {
		taps->swapped = (struct nm_tap_cursor){ .at = k->hwcur };
		taps->swap = t;
		return;
	}
	if (!taps->copies)
		taps->copied = (struct nm_tap_cursor){ .at = k->dir == NM_TX ? k->rhead : k->rtail };
	t->next = taps->copies;
	taps->copies = t;
}

int nm_tap_attach(struct nm_tap *t, struct nm_kring *from, struct nm_reason *reason)
{
	struct nm_taps *made = NULL;

	nm_assert_locked();
	if (t->is_swap && from->taps && from->taps->swap)
		return nm_refuse(reason, -EBUSY, "%s ring %u of %s has a zero-copy monitor already: one is the most",
			      from->dir == NM_TX ? "tx" : "rx", from->id, from->name);
	if (!from->taps) {
		made = taps_make();
		if (!made)
			return nm_refuse_nomem(reason, "a monitor's tap");
	}
	os_mutex_lock(&from->lock);
	if (made)
		from->taps = made;
	put_on_locked(t, from);
	os_mutex_unlock(&from->lock);
	os_mutex_lock(&t->to->lock);
	t->from = from;
	os_mutex_unlock(&t->to->lock);
	return 0;
}

static void take_off_locked(struct nm_tap *t, struct nm_kring *k)
{
	struct nm_tap **at = &k->taps->copies;

	os_assert_held(&k->lock);
	if (t->is_swap) {
		k->taps->swap = NULL;
		/* What waited for the monitor is free. */
		if (k->dir == NM_TX)
			k->hwtail = nm_tx_tail(k, k->hwcur);
		return;
	}
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
}

void nm_tap_detach(struct nm_tap *t)
{
	struct nm_kring *k = t->from;
	struct nm_taps *unused = NULL;

	nm_assert_locked();
	if (!k)
		return;
	/* Once the lock is left no sync finds the tap, nor is one that did still at it. */
	os_mutex_lock(&k->lock);
	take_off_locked(t, k);
	if (!k->taps->copies && !k->taps->swap) {
		unused = k->taps;
		k->taps = NULL;
	}
	os_mutex_unlock(&k->lock);
	taps_free(unused);
	os_mutex_lock(&t->to->lock);
	t->from = NULL;
	os_mutex_unlock(&t->to->lock);
	if (t->is_swap)
		nm_kring_wake(k);
}

static void drop_copies(const struct nm_taps *taps, enum nm_drop cause, uint32_t frames)
{
	const struct nm_tap *t;

	for (t = taps->copies; t; t = t->next)
		nm_tap_drop(t, cause, frames);
}

/* Frames of slots up to end to all who copy. */
static void copy_up_to(struct nm_kring *k, uint32_t end, struct nm_sync *s)
{
	struct nm_taps *taps = k->taps;
	const struct nm_tap *t;
	uint32_t bad = 0;

	while (nm_tap_gather(k, &taps->copied, end, s, &bad)) {
		for (t = taps->copies; t; t = t->next)
			nm_tap_copy(t, taps);
	}
	drop_copies(taps, NM_DROP_BADFRAME, bad);
}

/* Slots before at are not ours to read any more: a frame that began there, and was not whole, is lost. */
static void copies_give_up(struct nm_kring *k, uint32_t at)
{
	struct nm_taps *taps = k->taps;
	const uint32_t last = nm_back(at, k->num_slots);

	if (!taps->copied.is_skipping)
		drop_copies(taps, NM_DROP_BADFRAME, 1);
	taps->copied.at = at;
	taps->copied.is_skipping = nm_slot_load(&k->ring->slot[last]).flags & NS_MOREFRAG;
}

/* Buffers of slots up to end to the one who swaps, as far as he has room. Returns how far that was. */
static uint32_t swap_up_to(struct nm_kring *k, uint32_t end)
{
	struct nm_taps *taps = k->taps;
	uint32_t bad = 0, done;

	while (nm_tap_gather(k, &taps->swapped, end, NULL, &bad)) {
		done = nm_tap_swap(taps->swap, k);
		if (done < taps->count) {
			taps->swapped = (struct nm_tap_cursor){ .at = taps->item[done].at };
			break;
		}
	}
	nm_tap_drop(taps->swap, NM_DROP_BADFRAME, bad);
	return taps->swapped.at;
}

/* The last client leaves: what of its slots the monitor had no room for does not pass. */
static void swap_gives_up(struct nm_kring *k, uint32_t end)
{
	struct nm_taps *taps = k->taps;
	uint32_t lost = 0, i;

	while (nm_tap_gather(k, &taps->swapped, end, NULL, &lost)) {
		for (i = 0; i < taps->count; i += taps->item[i].frags)
			lost++;
	}
	nm_tap_drop(taps->swap, NM_DROP_NOROOM, lost);
}

static void before_rx(struct nm_kring *k, struct nm_sync *s)
{
	struct nm_taps *taps = k->taps;
	uint32_t end;

	/* A reset, and a ring's new client, are told of frames past us. */
	if (taps->copies && nm_span(k->hwcur, taps->copied.at, k->num_slots) <
			    nm_span(k->hwcur, k->rhead, k->num_slots)) {
		copy_up_to(k, k->rhead, s);
		if (taps->copied.at != k->rhead)
			copies_give_up(k, k->rhead);
	}
	taps->released = k->rhead;
	if (!taps->swap)
		return;
	if (taps->swapped.at != k->hwcur)
		taps->swapped = (struct nm_tap_cursor){ .at = k->hwcur };
	end = swap_up_to(k, k->rhead);
	if (!s->is_last)
		os_store32(&k->rhead, end);
	else if (end != k->rhead)
		swap_gives_up(k, k->rhead);
}

void nm_taps_before(struct nm_kring *k, struct nm_sync *s)
{
	os_assert_held(&k->lock);
	if (k->dir == NM_RX)
		before_rx(k, s);
	else if (k->taps->copies)
		copy_up_to(k, k->rhead, s);
}

static uint32_t after_tx(struct nm_kring *k, bool *is_idle)
{
	struct nm_taps *taps = k->taps;

	/* The port may pass over what is no frame, and has data from memory that was not there a moment ago. */
	if (taps->copies && nm_span(k->hwcur, taps->copied.at, k->num_slots) >
			    nm_span(k->hwcur, k->rhead, k->num_slots))
		copies_give_up(k, k->hwcur);
	if (taps->swap) {
		k->hwtail = nm_tx_tail(k, swap_up_to(k, k->hwcur));
		if (taps->swapped.at != k->hwcur)
			*is_idle = false;
	}
	return k->hwtail;
}

uint32_t nm_taps_after(struct nm_kring *k, bool *is_idle)
{
	uint32_t tail;

	os_assert_held(&k->lock);
	if (k->dir == NM_TX)
		return after_tx(k, is_idle);
	os_store32(&k->rhead, k->taps->released);
	/* Acquire: the slots are written; pairs with whoever delivers. What comes after this is for the next sync. */
	tail = os_load32_acquire(&k->hwtail);
	if (k->taps->copies)
		copy_up_to(k, tail, NULL);
	return tail;
}

void nm_taps_rewound(struct nm_kring *k)
{
	struct nm_taps *taps = k->taps;

	if (k->dir == NM_RX)
		return;
	taps->copied = (struct nm_tap_cursor){ .at = k->hwcur };
	if (taps->swap)
		k->hwtail = nm_tx_tail(k, taps->swapped.at);
}
