/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pace: wakeups of a ring's pollers held apart, or put off for a while. Each wakeup costs as much as
 * moving a hundred frames, so a receiver that gets burst after burst has them at most so often.
 */
#ifndef NM_PACE_H
#define NM_PACE_H

#include "ring/kring.h"

struct nm_pace {
	struct nm_kring *k;	/* const */
	struct os_timer timer;	/* wakes the ring's pollers */
	uint32_t is_armed;	/* atomic; set by one at a time, cleared by the timer */
	uint64_t woken_at;	/* os_nanoseconds(); guard: the lock given to nm_pace_defers() */
};

void nm_pace_init(struct nm_pace *p, struct nm_kring *k);
void nm_pace_end(struct nm_pace *p);	/* nobody arms it any more; after this it wakes nobody */

/* Wake the ring's pollers after that time, unless they are to be woken already. One caller at a time. */
void nm_pace_arm(struct nm_pace *p, uint64_t ns);

/*
 * Frames were delivered: shall the receiver wait? Not if it was not woken for apart ns, nor if its ring
 * fills up. When it shall, the timer was armed when this looked. The lock is that of who delivers.
 *
 * Whoever calls this had a full barrier after the delivery (os_waitq_has_sleeper()): if the timer is still armed
 * here, it clears is_armed and looks for sleepers after that, and they see the frames.
 */
bool nm_pace_defers(struct nm_pace *p, struct os_spin *lock, uint64_t apart);

#endif
