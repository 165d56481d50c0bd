// SPDX-License-Identifier: BSD-2-Clause
/*
 * A sync of a ring: read the application's pointers once, check them, let the port's kind process
 * the slots, publish the result. The ring's lock serializes all syncs of a ring.
 */
#include "ring/kring.h"
#include "ring/mirror.h"
#include "base/settings.h"

/*
 * Attempts to fault an NS_INDIRECT frame's memory in before the frame is dropped. A platform may
 * need one for each slot, and the same number again if the first pages have been evicted meanwhile.
 */
#define FAULT_TRIES	(2 * NETMAP_MAX_FRAGS + 1)

/* Of functions that both the usual sync and sync_faulting() call: the first must not pay for it. */
#define INLINE	inline __attribute__((__always_inline__))

/*
 * Commit head and cur if they are legal: rhead <= head <= cur <= rtail in ring order. Returns
 * whether they are.
 */
static INLINE bool sync_begin_locked(struct nm_kring *k, const struct nm_sync *s)
{
	const uint32_t n = k->num_slots;
	const uint32_t head =
		unlikely(s->at != NULL) ? s->at->head : os_load32_acquire(&k->ring->head);
	const uint32_t cur = unlikely(s->at != NULL) ? s->at->cur : os_load32(&k->ring->cur);
	struct nm_reason *reason = s->reason;
	uint32_t to_head, to_cur;

	/*
	 * Acquire: slots before head are read after it; pairs with the application's write of head.
	 */
	if (unlikely(head >= n || cur >= n)) {
		nm_refuse(reason, -EIO,
			  "%s %s ring %u was reset: head %u, cur %u, but it has %u slots", k->name,
			  k->dir == NM_TX ? "tx" : "rx", k->id, head, cur, n);
		return false;
	}
	to_head = nm_span(k->rhead, head, n);
	to_cur = nm_span(k->rhead, cur, n);
	if (unlikely(to_head > to_cur || to_cur > nm_span(k->rhead, k->rtail, n))) {
		nm_refuse(reason, -EIO, "%s %s ring %u was reset: head %u, cur %u outside %u..%u",
		       k->name, k->dir == NM_TX ? "tx" : "rx", k->id, head, cur,
		       k->rhead, k->rtail);
		return false;
	}
	os_store32(&k->rhead, head);
	os_store32(&k->rcur, cur);
	return true;
}

static INLINE void sync_finish_locked(struct nm_kring *k, struct nm_sync *s)
{
	uint32_t tail = os_load32_acquire(&k->hwtail);
	bool is_idle = k->hwcur == k->rhead && !k->in_flight;

	if (unlikely(k->mirrors))
		tail = nm_mirrors_after(k, &is_idle);
	os_store32(&k->rtail, tail);
	if (unlikely(s->at != NULL))
		return;
	/*
	 * Release: slots before tail have been written; pairs with the application's read of tail.
	 */
	os_store32_release(&k->ring->tail, k->rtail);
	os_store32(&k->idle_head, is_idle ? k->rhead : k->num_slots);
	if (k->rcur != k->rtail)
		s->ready = true;
	if (k->dir == NM_RX || os_load32(&k->ring->flags) & NR_TIMESTAMP) {
		struct timeval now;

		os_wallclock(&now);
		k->ring->ts = now;
	}
}

static const char *const sync_illegal[] = {
	[NM_ILLEGAL_FIELD] = "illegal buffer index, length or offset",
	[NM_ILLEGAL_MEMORY] = "NS_INDIRECT of memory of another process: "
			      "only the process that registered may sync such slots",
	[NM_ILLEGAL_REGION] = "NS_INDIRECT in memory that other users can join: "
			      "use the port's own memory, or copy the data",
};

static void sync_refuse_slot_locked(const struct nm_kring *k, struct nm_sync *s)
{
	nm_refuse(s->reason, -EIO, "%s %s ring %u was reset: slot %u: %s", k->name,
		  k->dir == NM_TX ? "tx" : "rx", k->id, k->hwcur, sync_illegal[s->illegal]);
	s->illegal = NM_ILLEGAL_FIELD;
}

static INLINE int sync_locked(struct nm_kring *k, struct nm_sync *s)
{
	int ret = -EIO;

	/*
	 * Ignore a poll or a client's last sync: a ring in CSB mode is synced only by its kloop,
	 * which passes its own pointers.
	 */
	if (unlikely(k->is_by_csb && !s->at))
		return 0;
	nm_stat_add(&k->stats.syncs, 1);
	if (sync_begin_locked(k, s)) {
		if (unlikely(k->mirrors))
			nm_mirrors_before(k, s);
		ret = k->dir == NM_TX ? k->ops->txsync(k, s) : k->ops->rxsync(k, s);
		if (ret == -EIO)
			sync_refuse_slot_locked(k, s);
	}
	if (unlikely(ret == -EIO))
		nm_kring_reset_locked(k);
	else
		sync_finish_locked(k, s);
	return ret;
}

int nm_sync_read_indirect(struct nm_sync *s, const struct nm_kring *k, void *to, uint64_t from,
			  uint32_t len)
{
	int err = -EPERM;

	if (!nm_region_is_private(k->region)) {
		s->illegal = NM_ILLEGAL_REGION;
		return -EIO;
	}
	if (s->mem && !s->is_foreign)
		err = os_copyin_nofault(s->caller, s->mem, to, from, len);
	if (err == -EPERM) {
		s->illegal = NM_ILLEGAL_MEMORY;
		return -EIO;
	}
	return err;
}

/*
 * Fault in what a sync needs, without the ring's lock, because the caller decides how long its
 * memory takes. Returns whether to sync again.
 */
static bool sync_fault_in(struct nm_sync *s, bool is_last_try)
{
	const int err = os_fault_in(s->caller, s->mem, s->fault_addr, s->fault_len);

	if (err == -EAGAIN)
		return false;
	s->is_foreign = err == -EPERM;
	s->give_up = err || is_last_try;
	return true;
}

/* Fault memory in and sync again, until that suffices. Returns the last sync's result. */
static __attribute__((__noinline__)) int sync_faulting(struct nm_kring *k, struct nm_sync *s)
{
	uint32_t tries = 1, was_at, at = NM_NO_OBJECT;
	int ret = NM_SYNC_FAULT;

	while (ret == NM_SYNC_FAULT) {
		if (!sync_fault_in(s, tries >= FAULT_TRIES)) {
			ret = 0;
			break;
		}
		was_at = at;
		os_mutex_lock(&k->lock);
		ret = sync_locked(k, s);
		at = k->hwcur;
		os_mutex_unlock(&k->lock);
		tries++;
		if (at != was_at)
			tries = 1;	/* of another frame */
	}
	os_fault_end(s->caller);
	return ret;
}

int nm_kring_sync(struct nm_kring *k, struct nm_sync *s)
{
	int ret;

	s->give_up = false;
	os_mutex_lock(&k->lock);
	ret = sync_locked(k, s);
	os_mutex_unlock(&k->lock);
	if (unlikely(ret == NM_SYNC_FAULT))
		ret = sync_faulting(k, s);
	if (unlikely(ret) && nm_setting(NM_SET_VERBOSE))
		os_log(OS_WARN, "%s", s->reason->text);
	return ret;
}
