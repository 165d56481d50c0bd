// SPDX-License-Identifier: BSD-2-Clause
/* Rate limit of wakeups. See pace.h. */
#include "ring/pace.h"

#define RING_PART	4u	/* a ring with more than 1/4 of its slots used is filling up */

/*
 * Clear before waking: a sender that sees the timer armed has already published its frames.
 */
static void pace_fire(void *arg)
{
	struct nm_pace *p = arg;

	os_store32(&p->is_armed, 0);
	nm_kring_wake(p->k);
}

void nm_pace_init(struct nm_pace *p, struct nm_kring *k)
{
	p->k = k;
	os_timer_init(&p->timer, pace_fire, p);
}

void nm_pace_end(struct nm_pace *p)
{
	os_timer_cancel(&p->timer);
}

void nm_pace_arm(struct nm_pace *p, uint64_t ns)
{
	if (os_load32(&p->is_armed))
		return;
	os_store32(&p->is_armed, 1);
	os_timer_arm(&p->timer, ns);
}

static bool pace_ring_is_filling(const struct nm_kring *k)
{
	const uint32_t used = nm_span(os_load32(&k->hwcur), os_load32(&k->hwtail), k->num_slots);

	return used > k->num_slots / RING_PART;
}

bool nm_pace_defers(struct nm_pace *p, struct os_spin *lock, uint64_t apart)
{
	const bool filling_up = pace_ring_is_filling(p->k);
	uint64_t now, since;
	bool is_deferred = false;

	if (!filling_up && os_load32(&p->is_armed))
		return true;
	os_spin_lock(lock);
	now = os_nanoseconds();
	since = now - p->woken_at;
	if (filling_up || (since >= apart && !os_load32(&p->is_armed))) {
		p->woken_at = now;
	} else {
		is_deferred = true;
		if (!os_load32(&p->is_armed)) {
			nm_pace_arm(p, apart - since);
			p->woken_at += apart;	/* when the timer will have fired */
		}
	}
	os_spin_unlock(lock);
	return is_deferred;
}
