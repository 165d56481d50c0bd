// SPDX-License-Identifier: BSD-2-Clause
/*
 * Clients, one per open file: open, close, sync. Requests are in request/request.c, poll in poll.c.
 */
#include "client/client.h"
#include "base/objects.h"

/* Return a client that counts for its domain, or NULL with a reason. */
static struct nm_client *client_make(struct os_domain *domain, struct nm_reason *reason)
{
	struct nm_client *c = os_alloc(sizeof(*c));

	if (!c) {
		nm_refuse_nomem(reason, "an open file");
		return NULL;
	}
	c->domain = nm_domain_of(domain, reason);
	if (!c->domain) {
		os_free(c);
		return NULL;
	}
	if (nm_quota_charge(c->domain, NM_QUOTA_CLIENTS, 1, reason)) {
		nm_domain_put(c->domain);
		os_free(c);
		return NULL;
	}
	return c;
}

int nm_client_open(struct os_ns *ns, struct os_domain *domain, struct os_caller *caller,
		   struct nm_client **out)
{
	struct nm_reason reason;
	struct nm_client *c = client_make(domain, &reason);

	if (!c) {
		nm_failures_add(ns, domain, caller, 0, "", &reason);
		return reason.err;
	}
	c->ns = os_ns_get(ns);
	os_mutex_init(&c->lock, "nm_client");
	os_mutex_init(&c->reason_lock, "nm_client_reason");
	os_spin_init(&c->calls_lock, "nm_client_calls");
	nm_object_made(NM_OBJ_CLIENT);
	*out = c;
	return 0;
}

static void client_detach(struct nm_binding *b)
{
	nm_lock();
	nm_unbind(b);
	nm_unlock();
}

void nm_client_detach(struct nm_client *c)
{
	if (c->binding)
		client_detach(c->binding);
}

/* What takes long is done without the engine lock: the port is free when that is released. */
void nm_client_unbind(struct nm_client *c, struct nm_binding *b)
{
	if (b->port)
		client_detach(b);
	nm_extra_bufs_free(c, b);
	nm_binding_free(b);
}

/* The platform guarantees that no other call of this client runs, so no sync of it runs either. */
void nm_client_close(struct nm_client *c)
{
	if (c->binding)
		nm_client_unbind(c, c->binding);
	os_spin_destroy(&c->calls_lock);
	os_mutex_destroy(&c->reason_lock);
	os_mutex_destroy(&c->lock);
	nm_quota_uncharge(c->domain, NM_QUOTA_CLIENTS, 1);
	nm_domain_put(c->domain);
	os_ns_put(c->ns);
	os_free(c);
	nm_object_ended(NM_OBJ_CLIENT);
}

void nm_client_failed(struct nm_client *c, struct os_caller *caller, uint16_t reqtype,
		      const char *name, const struct nm_reason *reason)
{
	bool is_logged;

	os_mutex_lock(&c->reason_lock);
	/*
	 * Do not fill the log with a ring that is corrupted repeatedly. The end of a listing is
	 * not a failure.
	 */
	is_logged = !(c->reason.err && !c->reason_reqtype && !reqtype) &&
		    !(reqtype == NETMAP_REQ_VALE_LIST && reason->err == -ENOENT);
	c->reason = *reason;
	c->reason_reqtype = reqtype;
	os_mutex_unlock(&c->reason_lock);
	if (is_logged)
		nm_failures_add(c->ns, c->domain->os, caller, reqtype, name, reason);
}

int nm_client_sync(struct nm_client *c, struct os_caller *caller, bool tx)
{
	struct nm_binding *b = nm_client_binding(c);
	const enum nm_dir dir = tx ? NM_TX : NM_RX;
	struct nm_reason reason NM_UNINITIALIZED;
	struct nm_sync s = { .caller = caller, .reason = &reason };
	uint32_t i;
	int err = 0, ret;

	nm_reason_init(&reason);
	if (unlikely(!b)) {
		err = nm_refuse(&reason, -ENXIO,
				"sync of a file that is not bound to a port: register first");
		nm_client_failed(c, caller, 0, "", &reason);
		return err;
	}
	if (unlikely(nm_binding_csb(b))) {
		err = nm_csb_refuse_sync(b, &reason);
		nm_client_failed(c, caller, 0, b->port->name, &reason);
		return err;
	}
	s.mem = b->mem;
	for (i = b->first[dir]; i < b->end[dir]; i++) {
		ret = nm_kring_sync(&b->port->kring[dir][i], &s);
		if (unlikely(ret))
			err = ret;
	}
	if (unlikely(err))
		nm_client_failed(c, caller, 0, b->port->name, &reason);
	return err;
}

static bool nm_client_ring_has_moved(struct nm_kring *k)
{
	if (os_load32(&k->ring->head) != os_load32(&k->rhead))
		return true;
	return k->dir == NM_RX ? os_load32(&k->hwtail) != os_load32(&k->rtail) :
				 !nm_kring_is_idle(k);
}

bool nm_client_has_moved(struct nm_client *c, bool tx)
{
	const struct nm_binding *b = nm_client_binding(c);
	const enum nm_dir dir = tx ? NM_TX : NM_RX;
	uint32_t i;

	if (b && nm_binding_csb(b))
		return false;
	for (i = b ? b->first[dir] : 0; b && i < b->end[dir]; i++)
		if (nm_client_ring_has_moved(&b->port->kring[dir][i]))
			return true;
	return false;
}

struct nm_region *nm_client_region(struct nm_client *c)
{
	struct nm_binding *b = nm_client_binding(c);

	if (!b)
		return NULL;
	nm_region_get(b->port->region);
	return b->port->region;
}

int nm_client_charge(struct nm_client *c, enum nm_quota quota, struct nm_reason *reason)
{
	return nm_quota_charge(c->domain, quota, 1, reason);
}

void nm_client_uncharge(struct nm_client *c, enum nm_quota quota)
{
	nm_quota_uncharge(c->domain, quota, 1);
}
