// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kloop: the thread that requests it syncs all rings of its client by the pointers in the CSB
 * blocks (client/csb.h), until it is asked to stop, gets a signal, or a ring fails. Without
 * eventfds it sleeps a fixed time between rounds; with them, until the application or a peer does
 * something. Guard: struct nm_kloop belongs to that thread.
 */
#include "base/objects.h"
#include "client/csb.h"
#include "request/request.h"

#define SLEEP_US_MAX	1000000u
#define SPIN_NS		20000u		/* polling before a sleep, in a direct mode */
#define NO_EVENTFD		(-1)

struct nm_kloop_ring {
	struct nm_kring *k;
	struct nm_csb_atok *atok;
	struct nm_csb_ktoa *ktoa;
	struct os_event *kick;		/* the application wakes the loop; or NULL */
	struct os_event *call;		/* the loop wakes the application; or NULL */
	uint32_t last_tail;			/* tail that was last published */
	uint32_t last_hwtail;	/* before the last sync; a monitor may keep the tail below it */
	bool is_direct;
};

struct nm_kloop {
	struct nm_csb *csb;
	const struct nm_loop_call *call;
	struct os_caller *caller;
	const struct os_mem *mem;
	struct nm_reason *reason;
	struct os_sleeper *sleeper;
	struct nm_domain *domain;	/* charged; the client's */
	uint64_t sleep_ns;
	bool has_events;
	bool is_direct;			/* some ring is direct */
	uint32_t n;
	struct nm_kloop_ring ring[];
};

static void nm_kloop_free(struct nm_kloop *l)
{
	uint32_t i;

	if (l->sleeper)
		os_sleeper_free(l->sleeper);
	for (i = 0; i < l->n; i++) {
		if (l->ring[i].kick)
			os_event_put(l->ring[i].kick);
		if (l->ring[i].call)
			os_event_put(l->ring[i].call);
	}
	nm_quota_uncharge(l->domain, NM_QUOTA_KLOOPS, 1);
	os_free(l);
	nm_object_ended(NM_OBJ_KLOOP);
}

static struct os_event *nm_kloop_event_get(struct nm_request *rq, uint32_t ring, const char *what,
					   int32_t fd)
{
	struct os_event *e = os_event_get(rq->caller, fd, rq->reason);

	if (!e)
		nm_reason_prefix(rq->reason, "the %s of ring %u, %d: ", what, ring, fd);
	return e;
}

/* Get each ring's two events, if the request has eventfds. */
static int nm_kloop_read_events(struct nm_request *rq, struct nm_kloop *l)
{
	const struct nmreq_opt_sync_kloop_eventfds *o =
		nm_option(rq->opts, NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS);
	uint32_t i;

	if (!o)
		return 0;
	l->has_events = true;
	if (o->nro_opt.nro_size != sizeof(*o) + l->n * sizeof(o->eventfds[0]))
		return nm_refuse(rq->reason, -EINVAL,
				 "the option with eventfds has %llu bytes, but %u rings need %llu",
				 (unsigned long long)o->nro_opt.nro_size, l->n,
				 (unsigned long long)(sizeof(*o) + l->n * sizeof(o->eventfds[0])));
	for (i = 0; i < l->n; i++) {
		struct nm_kloop_ring *r = &l->ring[i];

		if (o->eventfds[i].ioeventfd > NO_EVENTFD)
			r->kick = nm_kloop_event_get(rq, i, "ioeventfd", o->eventfds[i].ioeventfd);
		if (!rq->reason->err && o->eventfds[i].irqfd > NO_EVENTFD)
			r->call = nm_kloop_event_get(rq, i, "irqfd", o->eventfds[i].irqfd);
		if (rq->reason->err)
			return rq->reason->err;
	}
	return 0;
}

static int nm_kloop_read_mode(struct nm_request *rq, struct nm_kloop *l)
{
	const struct nmreq_opt_sync_kloop_mode *o =
		nm_option(rq->opts, NETMAP_REQ_OPT_SYNC_KLOOP_MODE);
	uint32_t i;

	if (!o)
		return 0;
	if (o->mode & ~(uint32_t)(NM_OPT_SYNC_KLOOP_DIRECT_TX | NM_OPT_SYNC_KLOOP_DIRECT_RX))
		return nm_refuse(rq->reason, -EINVAL, "there is no kloop mode 0x%x", o->mode);
	if (o->mode && !l->has_events)
		return nm_refuse(
			rq->reason, -EINVAL,
			"direct modes need eventfds: without them the loop is never notified");
	for (i = 0; i < l->n; i++) {
		struct nm_kloop_ring *r = &l->ring[i];

		r->is_direct = o->mode & (r->k->dir == NM_TX ? NM_OPT_SYNC_KLOOP_DIRECT_TX :
							       NM_OPT_SYNC_KLOOP_DIRECT_RX);
		l->is_direct |= r->is_direct;
	}
	return 0;
}

/*
 * Set up the wakeups of the loop: its stop and, with eventfds, what happens on either side of a
 * ring.
 */
static int nm_kloop_make_sleeper(struct nm_kloop *l)
{
	struct os_poller *p;
	int err = 0;
	uint32_t i;

	l->sleeper = os_sleeper_make(l->caller);
	if (!l->sleeper)
		return nm_refuse_nomem(l->reason, "a kloop");
	p = os_sleeper_poller(l->sleeper);
	os_poll_register(p, &l->csb->stopped);
	for (i = 0; l->has_events && i < l->n && !err; i++) {
		os_poll_register(p, &l->ring[i].k->waitq);
		if (l->ring[i].kick)
			err = os_sleeper_watch(l->sleeper, l->ring[i].kick);
	}
	return err ? nm_refuse(l->reason, err, "cannot wait for the ioeventfd of ring %u", i - 1) :
		     0;
}

static struct nm_kloop *nm_kloop_make(struct nm_request *rq, struct nm_binding *b,
				      struct nm_csb *csb)
{
	const uint32_t n = nm_csb_count(csb);
	struct nm_kloop *l = os_alloc(sizeof(*l) + n * sizeof(l->ring[0]));
	uint32_t i;

	if (!l) {
		nm_refuse_nomem(rq->reason, "a kloop");
		return NULL;
	}
	if (nm_quota_charge(rq->c->domain, NM_QUOTA_KLOOPS, 1, rq->reason)) {
		os_free(l);
		return NULL;
	}
	nm_object_made(NM_OBJ_KLOOP);
	l->domain = rq->c->domain;
	l->csb = csb;
	l->call = rq->loop_call;
	l->caller = rq->caller;
	l->mem = b->mem;
	l->reason = rq->reason;
	l->n = n;
	l->sleep_ns = rq->body->kloop.sleep_us * 1000ull;
	for (i = 0; i < n; i++) {
		l->ring[i].k = nm_csb_ring(b, csb, i);
		l->ring[i].atok = &csb->atok[i];
		l->ring[i].ktoa = &csb->ktoa[i];
		l->ring[i].last_tail = os_load32(&l->ring[i].k->rtail);
		l->ring[i].last_hwtail = l->ring[i].last_tail;
	}
	if (nm_kloop_read_events(rq, l)) {
		nm_option_refuse(rq->opts, NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS, rq->reason->err);
	} else if (nm_kloop_read_mode(rq, l)) {
		nm_option_refuse(rq->opts, NETMAP_REQ_OPT_SYNC_KLOOP_MODE, rq->reason->err);
	} else if (!nm_kloop_make_sleeper(l)) {
		return l;
	}
	nm_kloop_free(l);
	return NULL;
}

/* Caller holds the client lock. */
int nm_do_kloop_start(struct nm_request *rq)
{
	struct nm_binding *b = nm_client_binding(rq->c);
	struct nm_csb *csb = b ? nm_binding_csb(b) : NULL;

	if (!b)
		return nm_refuse(rq->reason, -ENXIO,
				 "kloop of a file that is not bound to a port: register first");
	if (!csb)
		return nm_refuse(
			rq->reason, -EINVAL,
			"a kloop needs CSB mode: enable it first, with NETMAP_REQ_OPT_CSB");
	if (os_load32(&csb->is_running))
		return nm_refuse(rq->reason, -EBUSY, "this file has a kloop already");
	if (rq->body->kloop.sleep_us > SLEEP_US_MAX)
		return nm_refuse(rq->reason, -EINVAL, "a kloop sleeps at most %u us, not %u",
				 SLEEP_US_MAX, rq->body->kloop.sleep_us);
	rq->loop = nm_kloop_make(rq, b, csb);
	if (!rq->loop)
		return rq->reason->err;
	os_store32(&csb->is_running, 1);
	return 0;
}

/*
 * True if the application or, on an rx ring, a peer did something since the last sync. Acquire: as
 * in the sync itself; pairs with the peer's release of hwtail.
 */
static bool nm_kloop_ring_has_news(const struct nm_kloop_ring *r, uint32_t head)
{
	const struct nm_kring *k = r->k;

	return head != os_load32(&k->rhead) ||
	       (k->dir == NM_RX && os_load32_acquire(&k->hwtail) != r->last_hwtail);
}

/* True if a sync may do something: there is news, or the tail can still advance. */
static bool nm_kloop_ring_has_work(const struct nm_kloop_ring *r, uint32_t head)
{
	const struct nm_kring *k = r->k;
	const uint32_t full_tail =
		k->dir == NM_TX ? nm_back(head, k->num_slots) : os_load32(&k->hwtail);

	return nm_kloop_ring_has_news(r, head) || os_load32(&k->rtail) != full_tail;
}

/* Sync a ring. Returns whether it moved; an error ends the loop. */
static int nm_kloop_sync_ring(struct nm_kloop *l, struct nm_kloop_ring *r)
{
	/*
	 * Acquire: slots before head are written, and cur is not older than head; pairs with the
	 * application's release of head.
	 */
	struct nm_pointers pointers = { .head = os_load32_acquire(&r->atok->head) };
	struct nm_sync s = {
		.caller = l->caller, .mem = l->mem, .reason = l->reason, .at = &pointers
	};
	const uint32_t old_hwcur = os_load32(&r->k->hwcur);
	int err;

	pointers.cur = os_load32(&r->atok->cur);
	if (!nm_kloop_ring_has_work(r, pointers.head))
		return 0;
	r->last_hwtail = os_load32_acquire(&r->k->hwtail);
	err = nm_kring_sync(r->k, &s);
	nm_csb_publish(r->ktoa, r->k);
	if (err && err != -ENETDOWN)
		return err;
	if (os_load32(&r->k->rtail) == r->last_tail)
		return os_load32(&r->k->hwcur) != old_hwcur;
	r->last_tail = os_load32(&r->k->rtail);
	/*
	 * Full barrier: pairs with the application's, between setting appl_need_kick and reading
	 * hwtail.
	 */
	os_barrier();
	if (r->call && os_load32(&r->atok->appl_need_kick))
		os_event_signal(r->call);
	return 1;
}

/* Sync all rings once. Returns whether any moved, or an error. */
static int nm_kloop_sync_all(struct nm_kloop *l)
{
	bool moved = false;
	uint32_t i;
	int ret;

	for (i = 0; i < l->n; i++) {
		ret = nm_kloop_sync_ring(l, &l->ring[i]);
		if (ret < 0)
			return ret;
		moved |= ret > 0;
	}
	return moved;
}

static void nm_kloop_set_need_kick(struct nm_kloop *l, uint32_t need)
{
	uint32_t i;

	for (i = 0; i < l->n; i++)
		os_store32(&l->ring[i].ktoa->kern_need_kick, need);
}

/*
 * True if any ring has news. Room in a tx ring is not news: a ring that waits for room always has
 * work, and the loop is in its wait queue, which is woken when there is room.
 */
static bool nm_kloop_any_has_news(const struct nm_kloop *l, bool only_direct)
{
	uint32_t i;

	for (i = 0; i < l->n; i++) {
		const struct nm_kloop_ring *r = &l->ring[i];

		if ((!only_direct || r->is_direct) &&
		    nm_kloop_ring_has_news(r, os_load32_acquire(&r->atok->head)))
			return true;
	}
	return false;
}

/* In a direct mode, poll for a short while before sleeping. Returns whether there is news. */
static bool nm_kloop_spin(const struct nm_kloop *l)
{
	const uint64_t end = os_nanoseconds() + SPIN_NS;

	while (!nm_kloop_any_has_news(l, true)) {
		if (os_nanoseconds() >= end)
			return false;
	}
	return true;
}

static int nm_kloop_wait_event(struct nm_kloop *l)
{
	int err = 0;

	if (l->is_direct && nm_kloop_spin(l))
		return os_sleeper_sleep(l->sleeper, 0);
	nm_kloop_set_need_kick(l, 1);
	/*
	 * Full barrier: pairs with the application's, between writing head and reading
	 * kern_need_kick.
	 */
	os_barrier();
	if (!nm_kloop_any_has_news(l, false))
		err = os_sleeper_sleep(l->sleeper, OS_FOREVER);
	nm_kloop_set_need_kick(l, 0);
	return err;
}

static int nm_kloop_sleep(struct nm_kloop *l, bool moved)
{
	if (!l->has_events)
		return os_sleeper_sleep(l->sleeper, l->sleep_ns);
	return moved ? os_sleeper_sleep(l->sleeper, 0) : nm_kloop_wait_event(l);
}

static int nm_kloop_loop(struct nm_kloop *l)
{
	int ret = 0;

	nm_kloop_set_need_kick(l, 0);
	while (ret >= 0 && !os_load32(&l->csb->stop) && !os_load32(&l->call->is_closed)) {
		ret = nm_kloop_sync_all(l);
		if (ret >= 0 && nm_kloop_sleep(l, ret))
			ret = nm_refuse(l->reason, -EINTR, "the kloop was interrupted by a signal");
	}
	nm_kloop_set_need_kick(l, 1);
	return ret < 0 ? ret : 0;
}

int nm_kloop_run(struct nm_kloop *l, int err)
{
	struct nm_csb *csb = l->csb;

	/* A stop that came before the loop ends it at once; either way it has had its effect. */
	if (!err) {
		err = nm_kloop_loop(l);
		os_store32(&csb->stop, 0);
	}
	nm_kloop_free(l);
	/* The file stays open until this returns, so csb exists. */
	os_store32(&csb->is_running, 0);
	os_waitq_wake(&csb->ended);
	return err;
}

int nm_do_csb_enable(struct nm_request *rq)
{
	struct nm_binding *b = nm_client_binding(rq->c);

	if (!b)
		return nm_refuse(rq->reason, -ENXIO,
				 "CSB mode of a file that is not bound to a port: register first");
	if (!nm_option(rq->opts, NETMAP_REQ_OPT_CSB))
		return nm_refuse(rq->reason, -EINVAL, "enabling CSB mode needs NETMAP_REQ_OPT_CSB");
	return nm_csb_enable(b, rq->caller, rq->opts, rq->reason);
}

static int nm_kloop_wait_end(struct nm_request *rq, struct nm_csb *csb)
{
	struct os_sleeper *s = os_sleeper_make(rq->caller);
	int err = 0;

	if (!s)
		return nm_refuse_nomem(rq->reason, "waiting for the kloop to stop");
	os_poll_register(os_sleeper_poller(s), &csb->ended);
	while (!err && os_load32(&csb->is_running))
		err = os_sleeper_sleep(s, OS_FOREVER);
	os_sleeper_free(s);
	return err ? nm_refuse(rq->reason, err,
			       "interrupted: the kloop was asked to stop, but still runs") :
		     0;
}

/* Caller holds the client lock, so no loop starts. */
int nm_do_kloop_stop(struct nm_request *rq)
{
	struct nm_binding *b = nm_client_binding(rq->c);
	struct nm_csb *csb = b ? nm_binding_csb(b) : NULL;
	bool is_running;
	int err;

	if (!b)
		return nm_refuse(rq->reason, -ENXIO,
				 "stop of a file that is not bound to a port: register first");
	if (!csb)
		return 0;
	is_running = os_load32(&csb->is_running);
	nm_csb_request_stop(csb);
	/* Without a loop the stop is kept for the next one: its thread may not be that far. */
	if (!is_running)
		return 0;
	err = nm_kloop_wait_end(rq, csb);
	/* The loop may have ended before it saw the stop, which is not for the next one. */
	if (!err)
		os_store32(&csb->stop, 0);
	return err;
}
