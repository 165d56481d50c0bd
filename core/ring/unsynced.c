// SPDX-License-Identifier: BSD-2-Clause
/* Watching for slots that a reader has released without a sync. See unsynced.h. */
#include "ring/unsynced.h"

/* A look costs less than reading a ring that is half full; one that is not read costs little. */
#define FIRST_LOOK_NS	200000u
#define LAST_LOOK_NS	(FIRST_LOOK_NS << 7)

/*
 * Stop before looking again: a poll that found the watch running has synced before it read
 * is_running, and a sleeper is worth a wakeup in vain.
 */
static void unsynced_look(void *arg)
{
	struct nm_kring *k = arg;
	struct nm_unsynced *u = &k->unsynced;

	if (nm_unsynced_matters(k) && os_load32(&k->ring->head) == os_load32(&k->rhead) &&
	    os_waitq_has_sleeper(&k->waitq)) {
		if (u->period < LAST_LOOK_NS)
			u->period *= 2;
		os_timer_arm(&u->timer, u->period);
		return;
	}
	os_store32_release(&u->is_running, 0);
	if (os_waitq_has_sleeper(&k->waitq) && nm_unsynced_matters(k))
		nm_kring_wake(k);
}

void nm_unsynced_init(struct nm_kring *k)
{
	os_timer_init(&k->unsynced.timer, unsynced_look, k);
}

void nm_unsynced_end(struct nm_kring *k)
{
	os_timer_cancel(&k->unsynced.timer);
}

void nm_unsynced_watch(struct nm_kring *k)
{
	struct nm_unsynced *u = &k->unsynced;

	/* This has a full barrier; pairs with the one in unsynced_look(). */
	if (!os_waitq_has_sleeper(&k->waitq) || os_load32_acquire(&u->is_running))
		return;
	os_mutex_lock(&k->lock);
	if (!os_load32_acquire(&u->is_running)) {
		os_store32(&u->is_running, 1);
		u->period = FIRST_LOOK_NS;
		os_timer_arm(&u->timer, u->period);
	}
	os_mutex_unlock(&k->lock);
}
