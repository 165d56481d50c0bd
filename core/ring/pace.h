/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pace limits the rate of wakeups of a ring's pollers, or delays one. A wakeup costs as much as
 * moving a hundred frames, so a receiver of back-to-back bursts is woken at most once per interval.
 */
#ifndef NM_PACE_H
#define NM_PACE_H

#include "ring/kring.h"

struct nm_pace {
	struct nm_kring *k;	/* const */
	struct os_timer timer;	/* wakes the ring's pollers */
	uint32_t is_armed;	/* atomic; set by one thread at a time, cleared by the timer */
	uint64_t woken_at;	/* os_nanoseconds(); guard: the lock passed to nm_pace_defers() */
};

void nm_pace_init(struct nm_pace *p, struct nm_kring *k);
/* Cancel the timer: there are no wakeups after this. No thread arms it any more. May sleep. */
void nm_pace_end(struct nm_pace *p);

/* Wake the ring's pollers after ns, unless the timer is armed already. One caller at a time. */
void nm_pace_arm(struct nm_pace *p, uint64_t ns);

/* Return whether the timer is armed. */
static inline bool nm_pace_is_armed(const struct nm_pace *p)
{
	return os_load32(&p->is_armed);
}

/*
 * Return whether the wakeup for frames just delivered is left to the timer, which is armed then. It
 * is not if the last wakeup was more than apart ns ago or if the ring is filling up. lock is the
 * spinlock of the delivering sender, not held.
 *
 * The caller has had a full barrier after the delivery (os_waitq_has_sleeper()). If this finds the
 * timer armed, the timer clears is_armed later and looks for sleepers after that, and they see the
 * frames.
 */
bool nm_pace_defers(struct nm_pace *p, struct os_spin *lock, uint64_t apart);

#endif
