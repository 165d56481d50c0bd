// SPDX-License-Identifier: BSD-2-Clause
/* Mirrors of rings: attaching, detaching, and their part of a sync. See mirror.h. */
#include "ring/mirror.h"
#include "base/objects.h"
#include "base/lock.h"

static struct nm_mirrors *mirrors_make(void)
{
	struct nm_mirrors *mirrors = os_alloc(sizeof(*mirrors));

	if (mirrors)
		nm_object_made(NM_OBJ_MIRRORS);
	return mirrors;
}

static void mirrors_free(struct nm_mirrors *mirrors)
{
	if (!mirrors)
		return;
	os_free(mirrors->bounce);
	os_free(mirrors);
	nm_object_ended(NM_OBJ_MIRRORS);
}

/* Start mirroring: frames that the application queued or received before are not passed. */
static void mirror_attach_locked(struct nm_mirror *t, struct nm_kring *k)
{
	struct nm_mirrors *mirrors = k->mirrors;

	os_assert_held(&k->lock);
	if (t->is_swap) {
		mirrors->swapped = (struct nm_mirror_cursor){ .at = k->hwcur };
		mirrors->swap = t;
		return;
	}
	if (!mirrors->copies)
		mirrors->copied =
			(struct nm_mirror_cursor){ .at = k->dir == NM_TX ? k->rhead : k->rtail };
	t->next = mirrors->copies;
	mirrors->copies = t;
}

int nm_mirror_attach(struct nm_mirror *t, struct nm_kring *from, struct nm_reason *reason)
{
	struct nm_mirrors *made = NULL;

	nm_assert_locked();
	if (t->is_swap && from->mirrors && from->mirrors->swap)
		return nm_refuse(reason, -EBUSY,
				 "%s ring %u of %s has a zero-copy monitor already: at most one",
				 from->dir == NM_TX ? "tx" : "rx", from->id, from->name);
	if (!from->mirrors) {
		made = mirrors_make();
		if (!made)
			return nm_refuse_nomem(reason, "a monitor's mirror");
	}
	os_mutex_lock(&from->lock);
	if (made)
		from->mirrors = made;
	mirror_attach_locked(t, from);
	os_mutex_unlock(&from->lock);
	os_mutex_lock(&t->to->lock);
	t->from = from;
	os_mutex_unlock(&t->to->lock);
	return 0;
}

static void mirror_detach_locked(struct nm_mirror *t, struct nm_kring *k)
{
	struct nm_mirror **at = &k->mirrors->copies;

	os_assert_held(&k->lock);
	if (t->is_swap) {
		k->mirrors->swap = NULL;
		/* Release the slots that waited for the monitor. */
		if (k->dir == NM_TX)
			k->hwtail = nm_tx_tail(k, k->hwcur);
		return;
	}
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
}

void nm_mirror_detach(struct nm_mirror *t)
{
	struct nm_kring *k = t->from;
	struct nm_mirrors *unused = NULL;

	nm_assert_locked();
	if (!k)
		return;
	/* After this lock is released, no sync uses the mirror. */
	os_mutex_lock(&k->lock);
	mirror_detach_locked(t, k);
	if (!k->mirrors->copies && !k->mirrors->swap) {
		unused = k->mirrors;
		k->mirrors = NULL;
	}
	os_mutex_unlock(&k->lock);
	mirrors_free(unused);
	os_mutex_lock(&t->to->lock);
	t->from = NULL;
	os_mutex_unlock(&t->to->lock);
	if (t->is_swap)
		nm_kring_wake(k);
}

static void mirrors_drop_copies(const struct nm_mirrors *mirrors, enum nm_drop cause,
				uint32_t frames)
{
	const struct nm_mirror *t;

	for (t = mirrors->copies; t; t = t->next)
		nm_mirror_drop(t, cause, frames);
}

/* Pass the frames of slots up to end to all copying mirrors. */
static void mirrors_copy_to(struct nm_kring *k, uint32_t end, struct nm_sync *s)
{
	struct nm_mirrors *mirrors = k->mirrors;
	const struct nm_mirror *t;
	uint32_t bad = 0;

	while (nm_mirror_gather(k, &mirrors->copied, end, s, &bad)) {
		for (t = mirrors->copies; t; t = t->next)
			nm_mirror_copy(t, mirrors);
	}
	mirrors_drop_copies(mirrors, NM_DROP_BADFRAME, bad);
}

/*
 * Skip slots before at, which may no longer be read: an incomplete frame that began there is
 * dropped.
 */
static void mirrors_skip_copies(struct nm_kring *k, uint32_t at)
{
	struct nm_mirrors *mirrors = k->mirrors;
	const uint32_t last = nm_back(at, k->num_slots);

	if (!mirrors->copied.is_skipping)
		mirrors_drop_copies(mirrors, NM_DROP_BADFRAME, 1);
	mirrors->copied.at = at;
	mirrors->copied.is_skipping = nm_slot_load(&k->ring->slot[last]).flags & NS_MOREFRAG;
}

/*
 * Pass the buffers of slots up to end to the swapping mirror. Returns the first slot without room.
 */
static uint32_t mirrors_swap_to(struct nm_kring *k, uint32_t end)
{
	struct nm_mirrors *mirrors = k->mirrors;
	uint32_t bad = 0, done;

	while (nm_mirror_gather(k, &mirrors->swapped, end, NULL, &bad)) {
		done = nm_mirror_swap(mirrors->swap, k);
		if (done < mirrors->count) {
			mirrors->swapped =
				(struct nm_mirror_cursor){ .at = mirrors->item[done].at };
			break;
		}
	}
	nm_mirror_drop(mirrors->swap, NM_DROP_BADFRAME, bad);
	return mirrors->swapped.at;
}

/* Drop the frames that the swapping mirror has no room for: the ring's last client closes. */
static void mirrors_drop_swap(struct nm_kring *k, uint32_t end)
{
	struct nm_mirrors *mirrors = k->mirrors;
	uint32_t lost = 0, i;

	while (nm_mirror_gather(k, &mirrors->swapped, end, NULL, &lost)) {
		for (i = 0; i < mirrors->count; i += mirrors->item[i].frags)
			lost++;
	}
	nm_mirror_drop(mirrors->swap, NM_DROP_NOROOM, lost);
}

static void mirrors_before_rx(struct nm_kring *k, struct nm_sync *s)
{
	struct nm_mirrors *mirrors = k->mirrors;
	uint32_t end;

	/* After a reset, and for a new client, the tail may have passed the copies' cursor. */
	if (mirrors->copies && nm_span(k->hwcur, mirrors->copied.at, k->num_slots) <
			    nm_span(k->hwcur, k->rhead, k->num_slots)) {
		mirrors_copy_to(k, k->rhead, s);
		if (mirrors->copied.at != k->rhead)
			mirrors_skip_copies(k, k->rhead);
	}
	mirrors->released = k->rhead;
	if (!mirrors->swap)
		return;
	if (mirrors->swapped.at != k->hwcur)
		mirrors->swapped = (struct nm_mirror_cursor){ .at = k->hwcur };
	end = mirrors_swap_to(k, k->rhead);
	if (!s->is_last)
		os_store32(&k->rhead, end);
	else if (end != k->rhead)
		mirrors_drop_swap(k, k->rhead);
}

void nm_mirrors_before(struct nm_kring *k, struct nm_sync *s)
{
	os_assert_held(&k->lock);
	if (k->dir == NM_RX)
		mirrors_before_rx(k, s);
	else if (k->mirrors->copies)
		mirrors_copy_to(k, k->rhead, s);
}

static uint32_t mirrors_after_tx(struct nm_kring *k, bool *is_idle)
{
	struct nm_mirrors *mirrors = k->mirrors;

	/* The port may have skipped illegal frames, and sent data that was absent a moment ago. */
	if (mirrors->copies && nm_span(k->hwcur, mirrors->copied.at, k->num_slots) >
			    nm_span(k->hwcur, k->rhead, k->num_slots))
		mirrors_skip_copies(k, k->hwcur);
	if (mirrors->swap) {
		k->hwtail = nm_tx_tail(k, mirrors_swap_to(k, k->hwcur));
		if (mirrors->swapped.at != k->hwcur)
			*is_idle = false;
	}
	return k->hwtail;
}

uint32_t nm_mirrors_after(struct nm_kring *k, bool *is_idle)
{
	uint32_t tail;

	os_assert_held(&k->lock);
	if (k->dir == NM_TX)
		return mirrors_after_tx(k, is_idle);
	os_store32(&k->rhead, k->mirrors->released);
	/* Acquire: the slots are written; pairs with senders' release. Later frames: next sync. */
	tail = os_load32_acquire(&k->hwtail);
	if (k->mirrors->copies)
		mirrors_copy_to(k, tail, NULL);
	return tail;
}

void nm_mirrors_rewound(struct nm_kring *k)
{
	struct nm_mirrors *mirrors = k->mirrors;

	if (k->dir == NM_RX)
		return;
	mirrors->copied = (struct nm_mirror_cursor){ .at = k->hwcur };
	if (mirrors->swap)
		k->hwtail = nm_tx_tail(k, mirrors->swapped.at);
}
