/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots that a reader has released without a sync. A poll syncs, but an edge-triggered epoll set
 * polls a file only after a wakeup: a reader that empties its ring and waits again causes no sync,
 * and a sender that found the ring full causes no wakeup. So a poll that leaves a ring more than
 * half full to such sleepers starts a watch, which wakes them when the reader has released slots.
 * Then their next wait syncs the ring. Callers of poll() and select() need none: each call syncs.
 */
#ifndef NM_UNSYNCED_H
#define NM_UNSYNCED_H

#include "ring/kring.h"

void nm_unsynced_init(struct nm_kring *k);
/* Cancel the watch: there are no wakeups after this. No poller uses k any more. May sleep. */
void nm_unsynced_end(struct nm_kring *k);

static inline bool nm_unsynced_matters(const struct nm_kring *k)
{
	const uint32_t used = nm_span(os_load32(&k->hwcur), os_load32(&k->hwtail), k->num_slots);

	return used > k->num_slots / 2;
}

/* Watch an rx ring that a poll has synced, if anything sleeps on it. Takes the ring's lock. */
void nm_unsynced_watch(struct nm_kring *k);

#endif
