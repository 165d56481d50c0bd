// SPDX-License-Identifier: BSD-2-Clause
/*
 * Requests about switches: attach, detach, list, headers, persistent ports, polling. Callers hold
 * the engine lock.
 */
#include "nic/nic.h"
#include "request/request.h"
#include "uplink/uplink.h"

/*
 * Return the VALE port that the request names or, for "", the one this file is bound to, with a
 * reference. NULL with a reason.
 */
static struct vale_port *vale_admin_port(struct nm_request *rq)
{
	struct nm_binding *b = rq->c->binding;
	struct nm_port *p = NULL;
	struct nm_name name;

	if (!rq->name[0] && b) {
		p = b->port;
		nm_port_get(p);
	} else {
		if (nm_name_parse(rq->name, &name, rq->reason))
			return NULL;
		p = nm_port_find(name.full, rq->c->ns);
		/* An attached persistent port is found by either of its names. */
		if (!p && name.kind == NM_NAME_VALE)
			p = nm_port_find(name.rest, rq->c->ns);
		if (p && name.kind == NM_NAME_VALE && vale_is_port(p)) {
			const struct vale_switch *sw = vale_port_of(p)->sw;

			if (!sw || os_strcmp(sw->name, name.base)) {
				nm_port_put(p);
				p = NULL;
			}
		}
		if (!p) {
			nm_refuse(rq->reason, -ENXIO, "there is no port '%s'", name.full);
			return NULL;
		}
	}
	if (vale_is_port(p))
		return vale_port_of(p);
	nm_refuse(rq->reason, -EOPNOTSUPP, "%s is a %s, not a VALE port", p->name, p->ops->kind);
	nm_port_put(p);
	return NULL;
}

/* As vale_admin_port(), if the client may alter the port for its users. */
static struct vale_port *vale_admin_own_port(struct nm_request *rq)
{
	struct vale_port *vp = vale_admin_port(rq);

	if (!vp || !nm_port_check_owner(&vp->port, &rq->scope, rq->reason))
		return vp;
	nm_port_put(&vp->port);
	return NULL;
}

static void vale_admin_put(struct vale_port *vp)
{
	nm_port_put(&vp->port);
}

int vale_do_attach(struct nm_request *rq)
{
	struct nmreq_vale_attach *req = &rq->body->attach;
	struct nm_name name;
	struct nm_port *p;
	int err;

	if (nm_name_parse(rq->name, &name, rq->reason))
		return rq->reason->err;
	if (name.kind != NM_NAME_VALE)
		return nm_refuse(rq->reason, -EINVAL,
				 "cannot attach '%s': the name must be valeS:PORT", name.full);
	if (req->reg.nr_mode != NR_REG_ALL_NIC && req->reg.nr_mode != NR_REG_NIC_SW)
		return nm_refuse(rq->reason, -EINVAL,
				 "cannot attach in mode %u: use NR_REG_ALL_NIC or NR_REG_NIC_SW",
				 req->reg.nr_mode);
	nm_uplinks_prune();
	p = nm_port_find(name.full, rq->c->ns);
	if (p) {
		nm_port_put(p);
		return nm_refuse(rq->reason, -EBUSY, "%s is on the switch already", name.full);
	}
	p = nm_port_find(name.rest, rq->c->ns);
	if (!p || !vale_is_port(p)) {
		if (p)
			nm_port_put(p);
		return nm_uplink_make(&name, &rq->scope, req->reg.nr_mode == NR_REG_NIC_SW,
				      &req->reg, &req->port_index, rq->reason);
	}
	if (nm_port_check_owner(p, &rq->scope, rq->reason))
		err = rq->reason->err;
	else if (req->reg.nr_mode == NR_REG_NIC_SW)
		err = nm_refuse(rq->reason, -EINVAL, "%s has no host rings to attach", p->name);
	else
		err = vale_attach(vale_port_of(p), name.base, rq->reason);
	if (err) {
		nm_port_put(p);
		return err;
	}
	/* The reference from nm_port_find() is the switch's now. */
	req->port_index = vale_port_of(p)->index;
	req->reg.nr_mem_id = p->region->id;
	req->reg.nr_memsize = nm_region_map_size(p->region);
	req->reg.nr_tx_rings = (uint16_t)p->rings[NM_TX];
	req->reg.nr_rx_rings = (uint16_t)p->rings[NM_RX];
	req->reg.nr_tx_slots = p->slots[NM_TX];
	req->reg.nr_rx_slots = p->slots[NM_RX];
	return 0;
}

int vale_do_detach(struct nm_request *rq)
{
	struct vale_port *vp = vale_admin_own_port(rq);
	int err = 0;

	if (!vp)
		return rq->reason->err;
	rq->body->detach.port_index = vp->index;
	if (!vp->sw) {
		err = nm_refuse(rq->reason, -EINVAL, "%s is not attached to a switch",
				vp->port.name);
	} else if (vp->port.is_persistent) {
		vale_detach(vp);
		vale_admin_put(vp);	/* the switch's reference */
	} else if (!nm_uplink_end(&vp->port)) {
		err = nm_refuse(rq->reason, -EBUSY,
				"%s is ephemeral: it is detached when its last client closes it",
				vp->port.name);
	}
	vale_admin_put(vp);
	return err;
}

/* Write the name of a port on a switch. An ephemeral port's own name contains the switch. */
static void vale_admin_full_name(const struct vale_switch *sw, const struct vale_port *vp,
				 char out[NETMAP_REQ_IFNAMSIZ])
{
	char name[2 * NETMAP_REQ_IFNAMSIZ];

	if (vp->port.is_persistent)
		nm_format(name, sizeof(name), "%s:%s", sw->name, vp->port.name);
	else
		nm_format(name, sizeof(name), "%s", vp->port.name);
	nm_name_copy(out, name);
}

static int vale_admin_list_named(struct nm_request *rq)
{
	struct vale_port *vp = vale_admin_port(rq);
	const struct vale_switch *sw;

	if (!vp)
		return rq->reason->err == -ENXIO ?
			       nm_refuse(rq->reason, -ENOENT, "no port of that name is attached") :
			       rq->reason->err;
	sw = vp->sw;
	if (sw) {
		rq->body->list.nr_bridge_idx = (uint16_t)sw->index;
		rq->body->list.nr_port_idx = vp->index;
	}
	vale_admin_put(vp);
	return sw ? 0 : nm_refuse(rq->reason, -ENOENT, "the port is not attached to a switch");
}

int vale_do_list(struct nm_request *rq)
{
	struct nmreq_vale_list *req = &rq->body->list;
	const struct vale_switch *sw;
	uint32_t port = req->nr_port_idx;

	if (rq->name[0])
		return vale_admin_list_named(rq);
	for (sw = vale_next(req->nr_bridge_idx, rq->c->ns); sw;
	     sw = vale_next(sw->index + 1, rq->c->ns)) {
		if (sw->index != req->nr_bridge_idx)
			port = 0;
		for (; port < VALE_PORTS; port++) {
			if (!sw->port[port])
				continue;
			req->nr_bridge_idx = (uint16_t)sw->index;
			req->nr_port_idx = port;
			vale_admin_full_name(sw, sw->port[port], rq->name);
			return 0;
		}
	}
	return nm_refuse(rq->reason, -ENOENT, "no further ports are attached");
}

int vale_do_hdr_set(struct nm_request *rq)
{
	const uint32_t len = rq->body->hdr.nr_hdr_len;
	struct vale_port *vp;

	if (len != 0 && len != 10 && len != 12)
		return nm_refuse(rq->reason, -EINVAL,
				 "virtio-net headers have 0, 10 or 12 bytes, not %u", len);
	vp = vale_admin_port(rq);
	if (!vp)
		return rq->reason->err;
	if (!nm_port_check_owner(&vp->port, &rq->scope, rq->reason)) {
		vp->owner_hdr_len = len;
		os_store32(&vp->port.hdr_len, len);
	} else if (rq->c->binding && rq->c->binding->port == &vp->port) {
		/* It alters the port for its own user, while that has it open. */
		nm_reason_init(rq->reason);
		os_store32(&vp->port.hdr_len, len);
	}
	vale_admin_put(vp);
	return rq->reason->err;
}

int vale_do_hdr_get(struct nm_request *rq)
{
	struct vale_port *vp = vale_admin_port(rq);

	if (!vp)
		return rq->reason->err;
	rq->body->hdr.nr_hdr_len = vp->port.hdr_len;
	vale_admin_put(vp);
	return 0;
}

int vale_do_newif(struct nm_request *rq)
{
	struct nmreq_vale_newif *req = &rq->body->newif;
	const struct nm_port_spec spec = {
		.rings = { req->nr_tx_rings, req->nr_rx_rings },
		.slots = { req->nr_tx_slots, req->nr_rx_slots },
		.mem_id = req->nr_mem_id,
		.is_old = rq->is_old,
	};
	struct nm_name name;
	struct nm_port *p;

	if (nm_name_parse(rq->name, &name, rq->reason))
		return rq->reason->err;
	if (name.kind != NM_NAME_PLAIN)
		return nm_refuse(rq->reason, -EINVAL,
				 "'%s' cannot name a persistent port: it has a colon or a brace",
				 name.full);
	p = nm_port_find(name.full, rq->c->ns);
	if (p) {
		nm_port_put(p);
		return nm_refuse(rq->reason, -EEXIST, "there is a port '%s' already", name.full);
	}
	if (nm_nic_check_free(name.full, rq->c->ns, rq->reason))
		return rq->reason->err;
	p = vale_port_new(name.full, &rq->scope, &spec, rq->reason);
	if (!p)
		return rq->reason->err;
	req->nr_tx_rings = (uint16_t)p->rings[NM_TX];
	req->nr_rx_rings = (uint16_t)p->rings[NM_RX];
	req->nr_tx_slots = p->slots[NM_TX];
	req->nr_rx_slots = p->slots[NM_RX];
	req->nr_mem_id = p->region->id;
	return 0;
}

int vale_do_delif(struct nm_request *rq)
{
	struct nm_name name;
	struct nm_port *p;
	int err;

	if (nm_name_parse(rq->name, &name, rq->reason))
		return rq->reason->err;
	p = nm_port_find(name.full, rq->c->ns);
	if (!p)
		return nm_refuse(rq->reason, -ENXIO, "there is no port '%s'", name.full);
	err = nm_port_check_owner(p, &rq->scope, rq->reason);
	if (!err)
		err = vale_port_delete(p, rq->reason);
	nm_port_put(p);
	return err;
}

int vale_do_poll_on(struct nm_request *rq)
{
	const struct nmreq_vale_polling *req = &rq->body->polling;
	struct vale_port *vp;
	int err;

	if (req->nr_mode != NETMAP_POLLING_MODE_SINGLE_CPU &&
	    req->nr_mode != NETMAP_POLLING_MODE_MULTI_CPU)
		return nm_refuse(rq->reason, -EINVAL, "there is no polling mode %u", req->nr_mode);
	vp = vale_admin_own_port(rq);
	if (!vp)
		return rq->reason->err;
	err = vale_poll_start(vp, req->nr_mode == NETMAP_POLLING_MODE_MULTI_CPU,
			      req->nr_first_cpu_id, req->nr_num_polling_cpus, rq->reason);
	vale_admin_put(vp);
	return err;
}

int vale_do_poll_off(struct nm_request *rq)
{
	struct vale_port *vp = vale_admin_own_port(rq);
	int err;

	if (!vp)
		return rq->reason->err;
	err = vale_poll_stop(vp, rq->reason);
	vale_admin_put(vp);
	return err;
}
