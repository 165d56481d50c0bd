// SPDX-License-Identifier: BSD-2-Clause
/*
 * Listings of the engine's state: ports, rings, regions and so on, and the last failures. A listing
 * proceeds record by record: each is made under the locks it needs, then copied out with none held.
 */
#include "base/objects.h"
#include "client/port_find.h"
#include "request/request.h"
#include "base/settings.h"
#include "vale/vale.h"

/* Any record; a listing makes one at a time. */
union nm_inspect_record {
	struct nm_info_port port;
	struct nm_info_ring ring;
	struct nm_info_region region;
	struct nm_info_switch sw;
	struct nm_info_failure failure;
	struct nm_info_object object;
	struct nm_info_tunable setting;
};

/*
 * Return the port that the request names, or else the one this file is bound to, with a reference.
 * NULL with a reason.
 */
static struct nm_port *nm_inspect_port(struct nm_request *rq)
{
	const struct nm_port_spec defaults = { .mem_id = 0 };
	struct nm_binding *b = rq->c->binding;
	struct nm_name name;

	if (!rq->name[0] && b) {
		nm_port_get(b->port);
		return b->port;
	}
	if (nm_name_parse(rq->name, &name, rq->reason))
		return NULL;
	return nm_port_find_or_make(&name, &rq->scope, &defaults, rq->reason);
}

int nm_do_port_info(struct nm_request *rq)
{
	struct nmreq_port_info_get *info = &rq->body->port_info;
	struct nm_port *p = nm_inspect_port(rq);

	if (!p)
		return rq->reason->err;
	os_memset(info, 0, sizeof(*info));
	info->nr_memsize = nm_region_map_size(p->region);
	info->nr_tx_slots = p->slots[NM_TX];
	info->nr_rx_slots = p->slots[NM_RX];
	info->nr_tx_rings = (uint16_t)p->rings[NM_TX];
	info->nr_rx_rings = (uint16_t)p->rings[NM_RX];
	info->nr_host_tx_rings = (uint16_t)p->host_rings[NM_TX];
	info->nr_host_rx_rings = (uint16_t)p->host_rings[NM_RX];
	if (nm_scope_sees(&rq->scope, p->region->domain))
		info->nr_mem_id = p->region->id;
	nm_port_put(p);
	return 0;
}

/*
 * Return the region of the bound port, or else that of the request's id or port, with a reference.
 * NULL with a reason.
 */
static struct nm_region *nm_inspect_region(struct nm_request *rq)
{
	struct nm_binding *b = rq->c->binding;
	struct nm_region *r;
	struct nm_port *p;

	if (b) {
		nm_region_get(b->port->region);
		return b->port->region;
	}
	if (!rq->name[0] && !rq->body->pools.nr_mem_id) {
		nm_refuse(rq->reason, -ENXIO,
			  "this file is not bound, and the request names no port or region");
		return NULL;
	}
	if (rq->body->pools.nr_mem_id)
		return nm_region_find(rq->body->pools.nr_mem_id, &rq->scope, rq->reason);
	p = nm_inspect_port(rq);
	if (!p)
		return NULL;
	r = p->region;
	if (nm_scope_sees(&rq->scope, r->domain) ||
	    !nm_port_check_join(p, &rq->scope, 0, rq->reason))
		nm_region_get(r);
	else
		r = NULL;
	nm_port_put(p);
	return r;
}

void nm_pools_describe(struct nm_region *r, struct nmreq_pools_info *info)
{
	os_memset(info, 0, sizeof(*info));
	os_mutex_lock(&r->lock);
	info->nr_memsize = nm_region_map_size(r);
	info->nr_mem_id = r->id;
	info->nr_if_pool_offset = r->base + r->ifs.offset;
	info->nr_if_pool_objtotal = r->ifs.limit;
	info->nr_if_pool_objsize = r->ifs.unit;
	info->nr_ring_pool_offset = r->base + r->rings.offset;
	info->nr_ring_pool_objtotal = r->rings.limit;
	info->nr_ring_pool_objsize = r->rings.unit;
	info->nr_buf_pool_offset = r->base + r->bufs.offset;
	info->nr_buf_pool_objtotal = r->bufs.limit;
	info->nr_buf_pool_objsize = r->bufs.unit;
	os_mutex_unlock(&r->lock);
}

int nm_do_pools_info(struct nm_request *rq)
{
	struct nm_region *r = nm_inspect_region(rq);

	if (!r)
		return rq->reason->err;
	nm_pools_describe(r, &rq->body->pools);
	nm_region_put(r);
	return 0;
}

/* Cursor of a ring: its port's serial and, in the low bits, its index among the port's rings. */
#define RING_BITS	16

static struct nm_kring *nm_inspect_ring_at(struct nm_port *p, uint32_t i)
{
	uint32_t tx = nm_port_all_rings(p, NM_TX);

	if (!p->kring[NM_TX])
		return NULL;
	if (i < tx)
		return &p->kring[NM_TX][i];
	i -= tx;
	return i < nm_port_all_rings(p, NM_RX) ? &p->kring[NM_RX][i] : NULL;
}

static bool nm_inspect_next_ring(struct os_ns *ns, const char *only, uint64_t *cursor,
				 struct nm_info_ring *out)
{
	uint64_t serial = *cursor >> RING_BITS;
	uint32_t i = *cursor & ((1u << RING_BITS) - 1);
	struct nm_port *p;

	for (p = nm_port_next(&serial, ns); p; p = nm_port_after(p, ns)) {
		struct nm_kring *k;

		if (p->serial != *cursor >> RING_BITS)
			i = 0;
		k = !*only || !os_strcmp(only, p->name) ? nm_inspect_ring_at(p, i) : NULL;
		if (k) {
			nm_kring_info(k, out);
			*cursor = (p->serial << RING_BITS) + i + 1;
			return true;
		}
	}
	return false;
}

/* Show the region only to callers that have a use for its id. */
static bool nm_inspect_next_port(const struct nm_scope *scope, bool is_admin, uint64_t *cursor,
				 struct nm_info_port *out)
{
	struct nm_port *p = nm_port_next(cursor, scope->ns);

	if (!p)
		return false;
	nm_port_info(p, out);
	if (!is_admin && p->region->domain != scope->domain)
		out->region_id = 0;
	return true;
}

/*
 * Make the record at the cursor and advance it; *size is the record's length. Returns false at the
 * end.
 */
static bool nm_inspect_next_record(uint32_t what, const struct nm_scope *scope, bool is_admin,
				   const char *name, uint64_t *cursor, union nm_inspect_record *rec,
				   uint32_t *size)
{
	struct os_ns *ns = scope->ns;
	bool found = false;

	nm_lock();
	switch (what) {
	case NM_INSPECT_PORTS:
		found = nm_inspect_next_port(scope, is_admin, cursor, &rec->port);
		*size = sizeof(rec->port);
		break;
	case NM_INSPECT_RINGS:
		found = nm_inspect_next_ring(ns, name, cursor, &rec->ring);
		*size = sizeof(rec->ring);
		break;
	case NM_INSPECT_REGIONS:
		found = nm_regions_info(cursor, scope, is_admin, &rec->region);
		*size = sizeof(rec->region);
		break;
	case NM_INSPECT_SWITCHES:
		found = vale_info(cursor, ns, &rec->sw);
		*size = sizeof(rec->sw);
		break;
	case NM_INSPECT_FAILURES:
		found = nm_failures_next(scope, is_admin, cursor, &rec->failure);
		*size = sizeof(rec->failure);
		break;
	case NM_INSPECT_OBJECTS:
		found = nm_objects_info((uint32_t)(*cursor)++, &rec->object);
		*size = sizeof(rec->object);
		break;
	case NM_INSPECT_TUNABLES:
		found = nm_settings_info((uint32_t)(*cursor)++, &rec->setting);
		*size = sizeof(rec->setting);
		break;
	}
	nm_unlock();
	return found;
}

int nm_do_inspect(struct nm_request *rq)
{
	struct nmreq_inspect *q = &rq->body->inspect;
	char name[NETMAP_REQ_IFNAMSIZ + 1] = { 0 };
	uint32_t filled, size, n;
	bool is_admin;
	union {
		union nm_inspect_record rec;
		uint8_t byte[1024];	/* the caller's record may be longer: the rest is zero */
	} out;

	_Static_assert(sizeof(out) == 1024, "records fit");
	os_memcpy(name, rq->name, NETMAP_REQ_IFNAMSIZ);
	if (q->what < NM_INSPECT_PORTS || q->what > NM_INSPECT_TUNABLES)
		return nm_refuse(rq->reason, -EINVAL, "there is no listing %u", q->what);
	if (!q->rec_size || q->rec_size > sizeof(out))
		return nm_refuse(rq->reason, -EINVAL, "records of %u bytes: 1 to %u are allowed",
				 q->rec_size, (uint32_t)sizeof(out));
	is_admin = nm_scope_is_admin(&rq->scope);
	for (filled = 0; filled < q->count; filled++) {
		os_memset(&out, 0, sizeof(out));
		if (!nm_inspect_next_record(q->what, &rq->scope, is_admin, name, &q->cursor,
					    &out.rec, &size))
			break;
		n = q->rec_size;
		if (os_copyout(rq->caller, q->data + (uint64_t)filled * n, &out, n))
			return nm_refuse(rq->reason, -EFAULT, "cannot write record %u at 0x%llx",
					 filled,
					 (unsigned long long)(q->data + (uint64_t)filled * n));
	}
	q->count = filled;
	return 0;
}

int nm_do_reason(struct nm_request *rq)
{
	struct nmreq_reason *q = &rq->body->reason;
	struct nm_info_failure f;
	bool found;

	if (q->pid) {
		found = nm_failures_of(&rq->scope, nm_scope_is_admin(&rq->scope), q->pid, &f);
	} else {
		os_mutex_lock(&rq->c->reason_lock);
		f.err = -rq->c->reason.err;
		f.reqtype = rq->c->reason_reqtype;
		os_memcpy(f.text, rq->c->reason.text, sizeof(f.text));
		os_mutex_unlock(&rq->c->reason_lock);
		found = f.err != 0;
	}
	if (!found)
		return nm_refuse(rq->reason, -ENOENT, "no request failed");
	q->err = f.err;
	q->reqtype = f.reqtype;
	os_memcpy(q->text, f.text, sizeof(q->text));
	return 0;
}
