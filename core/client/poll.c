// SPDX-License-Identifier: BSD-2-Clause
/*
 * poll, select, epoll: sync the rings as the flags ask, return which are ready. The caller
 * registers with a ring's wait queue before that ring is synced, and a sender publishes before it
 * reads the queue: one of the two sees the other (os_waitq in os.h).
 */
#include "client/client.h"
#include "ring/unsynced.h"

struct nm_poll_side {
	enum nm_dir dir;
	uint32_t events;	/* requested, of this side */
	bool must_sync;
	bool watches;		/* what a reader releases without a sync */
};

static void nm_poll_register_rings(const struct nm_binding *b, enum nm_dir dir, struct os_poller *p)
{
	uint32_t i;

	for (i = b->first[dir]; i < b->end[dir]; i++)
		os_poll_register(p, &b->port->kring[dir][i].waitq);
}

/* Sync the rings of one side. Returns its events that are ready, POLLERR for a corrupt ring. */
static uint32_t nm_poll_sync_side(const struct nm_binding *b, const struct nm_poll_side *side,
				  struct nm_sync *s, struct os_poller *p)
{
	uint32_t ready = 0, i;

	if (side->events && p)
		nm_poll_register_rings(b, side->dir, p);
	if (!side->must_sync)
		return 0;
	s->ready = false;
	for (i = b->first[side->dir]; i < b->end[side->dir]; i++) {
		struct nm_kring *k = &b->port->kring[side->dir][i];

		/*
		 * No tx sync for a caller that waits only to receive and has nothing to send.
		 */
		if (side->dir == NM_TX && !side->events && nm_kring_is_idle(k))
			continue;
		if (unlikely(nm_kring_sync(k, s)))
			ready |= POLLERR;
		else if (unlikely(side->watches) && nm_unsynced_matters(k))
			nm_unsynced_watch(k);
	}
	return ready | (s->ready ? side->events : 0);
}

uint32_t nm_client_poll(struct nm_client *c, struct os_caller *caller, uint32_t events,
			struct os_poller *p)
{
	const struct nm_binding *b = nm_client_binding(c);
	struct nm_reason reason NM_UNINITIALIZED;
	struct nm_sync s = { .caller = caller, .reason = &reason };
	struct nm_poll_side tx = { .dir = NM_TX, .events = events & (POLLOUT | POLLWRNORM) };
	struct nm_poll_side rx = { .dir = NM_RX, .events = events & (POLLIN | POLLRDNORM) };
	uint32_t ready;

	nm_reason_init(&reason);
	if (unlikely(!b)) {
		nm_refuse(&reason, -ENXIO,
			  "poll of a file that is not bound to a port: register first");
		nm_client_failed(c, caller, 0, "", &reason);
		return POLLERR;
	}
	if (unlikely(nm_binding_csb(b))) {
		nm_csb_refuse_sync(b, &reason);
		nm_client_failed(c, caller, 0, b->port->name, &reason);
		return POLLERR;
	}
	s.mem = b->mem;
	if (p && !os_load32(&c->may_skip) && os_poller_may_skip(p))
		os_store32(&c->may_skip, 1);
	rx.watches = rx.events && os_load32(&c->may_skip);
	tx.must_sync = tx.events || !(b->flags & NR_NO_TX_POLL);
	rx.must_sync = rx.events || b->flags & NR_DO_RX_POLL;
	ready = nm_poll_sync_side(b, &tx, &s, p);
	ready |= nm_poll_sync_side(b, &rx, &s, p);
	if (unlikely(ready & POLLERR))
		nm_client_failed(c, caller, 0, b->port->name, &reason);
	return ready;
}
