// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ports of VALE switches. An ephemeral port is made and attached when its name is first opened and
 * ends with its last client. A persistent port is made, attached, detached and deleted by requests.
 * Guard: the engine lock.
 */
#include "vale/vale.h"
#include "ring/lease.h"

static void vale_queues_free(struct nm_port *p)
{
	uint32_t i;

	for (i = 0; i < p->rings[NM_TX]; i++)
		vale_pending_free(p->kring[NM_TX][i].pending);
	nm_leases_free(p->kring[NM_RX], nm_port_all_rings(p, NM_RX));
}

static bool vale_queues_make(struct nm_port *p)
{
	uint32_t i;

	for (i = 0; i < p->rings[NM_TX]; i++) {
		struct nm_kring *k = &p->kring[NM_TX][i];

		k->pending = vale_pending_make(k);
		if (!k->pending)
			return false;
	}
	return nm_leases_make(p->kring[NM_RX], nm_port_all_rings(p, NM_RX));
}

static int vale_start(struct nm_port *p, struct nm_reason *reason)
{
	int err = nm_port_rings_make(p, reason);

	if (err)
		return err;
	if (!vale_queues_make(p)) {
		vale_queues_free(p);
		nm_port_rings_free(p);
		return nm_refuse_nomem(reason, "the queues of a VALE port");
	}
	/*
	 * Release: the rings are initialised; pairs with the acquire in vale_deliver_to_port() and
	 * vale_poll_run().
	 */
	os_store32_release(&vale_port_of(p)->is_open, 1);
	vale_poll_opened(vale_port_of(p));
	return 0;
}

/*
 * Unpublish, wait for concurrent users, free. Senders read is_open under their ring's lock, polling
 * threads under their own lock. The port has no clients.
 */
static void vale_stop(struct nm_port *p)
{
	struct vale_port *vp = vale_port_of(p);

	os_store32_release(&vp->is_open, 0);
	vale_poll_quiesce(vp);
	vale_quiesce(vp);
	vale_queues_free(p);
	nm_port_rings_free(p);
	/* The next client's user may be another. */
	os_store32(&p->hdr_len, vp->owner_hdr_len);
}

static int vale_rxsync(struct nm_kring *k, struct nm_sync *s)
{
	(void)s;
	if (unlikely(os_load32(&k->corrupt))) {
		os_store32(&k->corrupt, 0);
		return -EIO;
	}
	/*
	 * Release: the receiver is done with these slots; pairs with the acquire in
	 * nm_lease_take().
	 */
	os_store32_release(&k->hwcur, k->rhead);
	return 0;
}

static void vale_destroy(struct nm_port *p)
{
	struct vale_port *vp = vale_port_of(p);
	struct nm_reason reason;

	if (vp->poller)
		vale_poll_stop(vp, &reason);
	if (vp->sw)
		vale_detach(vp);
	nm_port_fini(p);
	os_free(vp);
}

static uint32_t vale_info_flags(const struct nm_port *p, char name[NETMAP_REQ_IFNAMSIZ],
			       uint32_t *index)
{
	const struct vale_port *vp = vale_port_of(p);
	const struct vale_switch *sw = vp->sw;

	if (!sw)
		return vp->poller ? NM_INFO_POLLING : 0;
	nm_name_copy(name, sw->name);
	*index = vp->index;
	return NM_INFO_ATTACHED | (vp->poller ? NM_INFO_POLLING : 0);
}

static const struct nm_port_ops vale_ops = {
	.kind = "VALE port",
	.info_kind = NM_KIND_VALE,
	.start = vale_start,
	.stop = vale_stop,
	.ring = { .txsync = vale_txsync, .rxsync = vale_rxsync, .takes_indirect = true },
	.destroy = vale_destroy,
	.info_flags = vale_info_flags,
};

bool vale_is_port(const struct nm_port *p)
{
	return p->ops == &vale_ops;
}

static struct nm_region *vale_region_for(const struct nm_scope *scope,
					 const struct nm_port_spec *filled,
					 struct nm_reason *reason)
{
	uint32_t max_slots = filled->slots[NM_TX] > filled->slots[NM_RX] ? filled->slots[NM_TX] :
									   filled->slots[NM_RX];
	const struct nm_region_need need = {
		.rings = filled->rings[NM_TX] + filled->rings[NM_RX],
		.ring_bytes = nm_ring_bytes(max_slots),
		.bufs = (uint64_t)filled->rings[NM_TX] * filled->slots[NM_TX] +
			(uint64_t)filled->rings[NM_RX] * filled->slots[NM_RX],
		.extra_bufs = filled->extra_bufs,
		.is_old = filled->is_old,
	};

	return filled->mem_id ? nm_region_find(filled->mem_id, scope, reason) :
				nm_region_private(scope, &need, reason);
}

static struct vale_port *vale_port_make(const char *name, const struct nm_scope *scope,
					const struct nm_port_spec *spec, struct nm_reason *reason)
{
	struct nm_port_spec filled = *spec;
	struct nm_region *region;
	struct vale_port *vp;
	int dir;

	if (nm_port_check_spec(spec, reason))
		return NULL;
	for (dir = NM_TX; dir <= NM_RX; dir++) {
		filled.rings[dir] = nm_or(spec->rings[dir], 1);
		filled.slots[dir] = nm_or(spec->slots[dir], NM_DEFAULT_SLOTS);
	}
	region = vale_region_for(scope, &filled, reason);
	if (!region)
		return NULL;
	vp = nm_port_alloc(sizeof(*vp), 1, "a VALE port", scope, region, reason);
	if (!vp)
		return NULL;
	nm_port_init(&vp->port, name, scope, &vale_ops, region, &filled);
	nm_port_list(&vp->port);
	return vp;
}

struct nm_port *vale_port_for(const struct nm_name *name, const struct nm_scope *scope,
			      const struct nm_port_spec *spec, struct nm_reason *reason)
{
	struct nm_port *p = nm_port_find(name->rest, scope->ns);
	struct vale_port *vp;

	/* Ignore a network device of that name: only an uplink attaches it to a switch. */
	if (p && !vale_is_port(p)) {
		nm_port_put(p);
		p = NULL;
	}
	if (p) {
		const struct vale_switch *sw = vale_port_of(p)->sw;

		if (sw && !os_strcmp(sw->name, name->base))
			return p;
		nm_port_put(p);
		nm_refuse(reason, -ENXIO, "%s exists but is not attached to %s: attach it first",
			  name->rest, name->base);
		return NULL;
	}
	vp = vale_port_make(name->full, scope, spec, reason);
	if (!vp)
		return NULL;
	if (vale_attach(vp, name->base, reason)) {
		nm_port_put(&vp->port);
		return NULL;
	}
	return &vp->port;
}

struct nm_port *vale_port_new(const char *name, const struct nm_scope *scope,
			      const struct nm_port_spec *spec, struct nm_reason *reason)
{
	struct vale_port *vp = vale_port_make(name, scope, spec, reason);

	if (!vp)
		return NULL;
	vp->port.is_persistent = true;
	vp->is_for_all = nm_scope_is_admin(scope);
	return &vp->port;
}

/* Return whether only its persistence, its switch and our caller have a reference to the port. */
static bool vale_port_is_unused(const struct vale_port *vp)
{
	return vp->port.is_persistent && vp->port.refs == 2u + (vp->sw != NULL);
}

int vale_port_adopt(struct nm_port *p, const struct nm_scope *scope, uint16_t mem_id,
		    struct nm_reason *reason)
{
	const struct nm_port_spec filled = {
		.rings = { p->rings[NM_TX], p->rings[NM_RX] },
		.slots = { p->slots[NM_TX], p->slots[NM_RX] },
		.mem_id = p->region->is_global && !mem_id ? NM_REGION_GLOBAL : mem_id,
	};
	struct nm_region *region;

	nm_assert_locked();
	if (p->region->domain == scope->domain || mem_id == p->region->id || !vale_is_port(p) ||
	    !vale_port_of(p)->is_for_all || !vale_port_is_unused(vale_port_of(p)))
		return 0;
	region = vale_region_for(scope, &filled, reason);
	if (!region)
		return reason->err;
	/* It has no rings: no sender and no polling thread uses the old one. */
	nm_region_put(p->region);
	p->region = region;
	return 0;
}

int vale_port_delete(struct nm_port *p, struct nm_reason *reason)
{
	nm_assert_locked();
	if (!p->is_persistent)
		return nm_refuse(reason, -EINVAL, "%s is not a persistent port", p->name);
	if (vale_port_of(p)->sw)
		return nm_refuse(reason, -EBUSY, "%s is attached to a switch: detach it first",
				 p->name);
	/* One reference is persistence, another the caller's. */
	if (p->refs > 2)
		return nm_refuse(reason, -EBUSY, "%s is in use by %u clients and %u pipes", p->name,
			      p->clients, p->refs - 2 - p->clients);
	p->is_persistent = false;
	nm_port_put(p);
	return 0;
}

void vale_ports_end(const struct os_ns *ns)
{
	struct nm_port *p;

	while ((p = nm_port_any_persistent(ns))) {
		if (vale_port_of(p)->sw) {
			vale_detach(vale_port_of(p));
			nm_port_put(p);
		}
		p->is_persistent = false;
		nm_port_put(p);
	}
}
