// SPDX-License-Identifier: BSD-2-Clause
/*
 * Binding: from a register request to a port's rings in a client's memory map, and back. Callers
 * of all but nm_client_bind() and nm_binding_free() hold the engine lock; a step that fails undoes
 * those before it.
 */
#include "client/client.h"
#include "client/csb.h"
#include "client/port_find.h"
#include "monitor/monitor.h"
#include "base/objects.h"

/*
 * True for a monitor's name as listings show it: a port's name, a slash and letters. No request
 * accepts it.
 */
static bool nm_bind_is_monitor_name(const char raw[NETMAP_REQ_IFNAMSIZ])
{
	uint32_t i;

	for (i = 0; i < NETMAP_REQ_IFNAMSIZ && raw[i] && raw[i] != '/'; i++)
		;
	return i && i < NETMAP_REQ_IFNAMSIZ - 1 && raw[i] == '/' &&
	       (raw[i + 1] == 'r' || raw[i + 1] == 't');
}

/*
 * Parse the name of a register request. The old pipe modes name the parent and give the pipe's
 * number.
 */
static int nm_bind_full_name(const char raw[NETMAP_REQ_IFNAMSIZ], const struct nmreq_register *reg,
			     struct nm_name *name, struct nm_reason *reason)
{
	char pipe[NETMAP_REQ_IFNAMSIZ + 8];
	int err = nm_name_parse(raw, name, reason);

	if (err && nm_bind_is_monitor_name(raw))
		return nm_refuse(
			reason, -EINVAL,
			"that is a monitor's name: monitors cannot be monitored or shared");
	if (err || name->kind == NM_NAME_PIPE ||
	    (reg->nr_mode != NR_REG_PIPE_MASTER && reg->nr_mode != NR_REG_PIPE_SLAVE))
		return err;
	nm_format(pipe, sizeof(pipe), "%s%c%u", name->full,
		  reg->nr_mode == NR_REG_PIPE_MASTER ? '{' : '}', reg->nr_ringid);
	if (os_strlen(pipe) >= NETMAP_REQ_IFNAMSIZ)
		return nm_refuse(reason, -ENAMETOOLONG,
				 "the pipe's name '%s' is longer than %d characters", pipe,
				 NETMAP_REQ_IFNAMSIZ - 1);
	return nm_name_parse(pipe, name, reason);
}

#define NR_MONITOR	(NR_MONITOR_TX | NR_MONITOR_RX)

static int nm_bind_check_flags(const struct nmreq_register *reg, struct nm_reason *reason)
{
	if (reg->nr_flags & NR_ZCOPY_MON && !(reg->nr_flags & NR_MONITOR))
		return nm_refuse(reason, -EINVAL,
				 "NR_ZCOPY_MON without NR_MONITOR_TX or NR_MONITOR_RX");
	if (reg->nr_flags & NR_MONITOR && reg->nr_mode == NR_REG_NULL)
		return nm_refuse(reason, -EINVAL,
				 "a null port cannot be monitored: it is private to its client");
	if (reg->nr_flags & NR_MONITOR && reg->nr_flags & NR_TX_RINGS_ONLY)
		return nm_refuse(reason, -EINVAL,
				 "a monitor only receives: NR_TX_RINGS_ONLY leaves it no ring");
	if (reg->nr_flags & NR_TX_RINGS_ONLY && reg->nr_flags & NR_RX_RINGS_ONLY)
		return nm_refuse(reason, -EINVAL,
				 "NR_TX_RINGS_ONLY with NR_RX_RINGS_ONLY leaves no ring");
	return 0;
}

/*
 * Set rings [first, end) of one direction by the mode; *any_ring is set if the mode selects any
 * ring.
 */
static int nm_bind_pick_rings(struct nm_binding *b, const struct nmreq_register *reg,
			      enum nm_dir dir, bool *any_ring, struct nm_reason *reason)
{
	const struct nm_port *p = b->port;
	const uint32_t nic = p->rings[dir], all = nm_port_all_rings(p, dir);
	uint32_t first = 0, end = nic;

	switch (reg->nr_mode) {
	case NR_REG_ALL_NIC:
	case NR_REG_PIPE_MASTER:
	case NR_REG_PIPE_SLAVE:
	case NR_REG_NULL:
		*any_ring = true;
		break;
	case NR_REG_SW:
		first = nic;
		end = all;
		break;
	case NR_REG_NIC_SW:
		end = all;
		break;
	case NR_REG_ONE_NIC:
		first = reg->nr_ringid;
		end = first < nic ? first + 1 : first;
		break;
	case NR_REG_ONE_SW:
		first = nic + reg->nr_ringid;
		end = first < all ? first + 1 : first;
		break;
	default:
		return nm_refuse(reason, -EINVAL, "there is no register mode %u", reg->nr_mode);
	}
	if ((reg->nr_mode == NR_REG_SW || reg->nr_mode == NR_REG_NIC_SW ||
	     reg->nr_mode == NR_REG_ONE_SW) && !p->host_rings[dir])
		return nm_refuse(reason, -EINVAL, "%s is a %s: it has no host rings", p->name,
				 p->ops->kind);
	if (first != end)
		*any_ring = true;
	if (first == end || (dir == NM_TX && reg->nr_flags & NR_RX_RINGS_ONLY) ||
	    (dir == NM_RX && reg->nr_flags & NR_TX_RINGS_ONLY))
		first = end = 0;
	b->first[dir] = first;
	b->end[dir] = end;
	return 0;
}

static int nm_bind_pick_all(struct nm_binding *b, const struct nmreq_register *reg,
			    struct nm_reason *reason)
{
	bool any_ring = false;
	int err;

	if (nm_is_monitor(b->port)) {
		nm_monitor_rings(b->port, b->first, b->end);
		if (reg->nr_flags & NR_RX_RINGS_ONLY)
			b->end[NM_TX] = 0;
		return 0;
	}
	err = nm_bind_pick_rings(b, reg, NM_TX, &any_ring, reason);
	if (!err)
		err = nm_bind_pick_rings(b, reg, NM_RX, &any_ring, reason);
	if (!err && !any_ring)
		err = nm_refuse(reason, -EINVAL, "%s has no ring %u: %u tx, %u rx rings",
				b->port->name, reg->nr_ringid, b->port->rings[NM_TX],
				b->port->rings[NM_RX]);
	return err;
}

/* Check that the bindings of other clients allow this one. Returns 0 or -EBUSY with a reason. */
static int nm_bind_check_sharing(const struct nm_binding *b, struct nm_reason *reason)
{
	uint32_t dir, i;

	for (dir = NM_TX; dir <= NM_RX; dir++) {
		for (i = b->first[dir]; b->port->clients && i < b->end[dir]; i++) {
			const struct nm_kring *k = &b->port->kring[dir][i];

			if (k->exclusive || (b->is_exclusive && k->users))
				return nm_refuse(reason, -EBUSY, "%s ring %u of %s is %s",
						 dir == NM_TX ? "tx" : "rx", i, b->port->name,
						 k->exclusive ?
							 "bound exclusively by another client" :
							 "in use: it cannot be bound exclusively");
		}
	}
	return 0;
}

static int64_t nm_bind_ring_offset(const struct nm_binding *b, enum nm_dir dir, uint32_t i)
{
	if (i < b->first[dir] || i >= b->end[dir])
		return 0;
	return (int64_t)(b->port->kring[dir][i].ring_off - b->nifp_off);
}

static int nm_bind_alloc_nifp(struct nm_binding *b, struct nm_reason *reason)
{
	const struct nm_port *p = b->port;

	b->nifp_bytes = sizeof(*b->nifp) +
			(nm_port_all_rings(p, NM_TX) + nm_port_all_rings(p, NM_RX)) *
				sizeof(b->nifp->ring_ofs[0]);
	b->nifp = nm_region_if_alloc(p->region, b->nifp_bytes, &b->nifp_off, reason);
	return b->nifp ? 0 : reason->err;
}

/* The port has been started. */
static void nm_bind_fill_nifp(struct nm_binding *b)
{
	const struct nm_port *p = b->port;
	const uint32_t tx = nm_port_all_rings(p, NM_TX), rx = nm_port_all_rings(p, NM_RX);
	size_t len = os_strlen(p->name);
	struct netmap_if *nifp = b->nifp;
	uint32_t i;

	/* For display only: 16 bytes, truncated. Requests carry the full name. */
	os_memcpy(nifp->ni_name, p->name,
		  len < sizeof(nifp->ni_name) ? len : sizeof(nifp->ni_name) - 1);
	nifp->ni_version = NETMAP_API;
	nifp->ni_flags = p->region->is_global ? 0 : NI_PRIV_MEM;
	nifp->ni_tx_rings = p->rings[NM_TX];
	nifp->ni_rx_rings = p->rings[NM_RX];
	nifp->ni_host_tx_rings = p->host_rings[NM_TX];
	nifp->ni_host_rx_rings = p->host_rings[NM_RX];
	for (i = 0; i < tx; i++)
		nifp->ring_ofs[i] = nm_bind_ring_offset(b, NM_TX, i);
	for (i = 0; i < rx; i++)
		nifp->ring_ofs[tx + i] = nm_bind_ring_offset(b, NM_RX, i);
}

static void nm_bind_notify_rings_used(struct nm_port *p)
{
	if (p->ops->rings_used)
		p->ops->rings_used(p);
}

static void nm_bind_attach_rings(struct nm_binding *b)
{
	uint32_t dir, i;

	for (dir = NM_TX; dir <= NM_RX; dir++) {
		for (i = b->first[dir]; i < b->end[dir]; i++) {
			struct nm_kring *k = &b->port->kring[dir][i];

			if (!k->users) {
				/*
				 * A polling thread may still be in a sync that began for the
				 * previous client.
				 */
				os_mutex_lock(&k->lock);
				nm_kring_rewind(k);
				k->is_by_csb = false;
				os_mutex_unlock(&k->lock);
			}
			k->exclusive = b->is_exclusive;
			os_store32(&k->users, k->users + 1);
		}
	}
	nm_bind_notify_rings_used(b->port);
}

/*
 * Sync an rx ring for its last client: take the head that this client wrote, so that the next one
 * does not receive the same slots again.
 */
static void nm_bind_last_sync(struct nm_kring *k)
{
	struct nm_reason reason;
	struct nm_sync s = { .reason = &reason, .is_last = true };

	nm_reason_init(&reason);
	nm_kring_sync(k, &s);
}

static void nm_bind_detach_rings(struct nm_binding *b)
{
	uint32_t dir, i;

	for (dir = NM_TX; dir <= NM_RX; dir++) {
		for (i = b->first[dir]; i < b->end[dir]; i++) {
			struct nm_kring *k = &b->port->kring[dir][i];

			if (dir == NM_RX && k->users == 1)
				nm_bind_last_sync(k);
			k->exclusive = false;
			os_store32(&k->users, k->users - 1);
		}
	}
	nm_bind_notify_rings_used(b->port);
}

static void nm_bind_fill_reply(const struct nm_binding *b, struct nmreq_register *reg)
{
	const struct nm_port *p = b->port;

	reg->nr_offset = p->region->base + b->nifp_off;
	reg->nr_memsize = nm_region_map_size(p->region);
	reg->nr_tx_slots = p->slots[NM_TX];
	reg->nr_rx_slots = p->slots[NM_RX];
	reg->nr_tx_rings = (uint16_t)p->rings[NM_TX];
	reg->nr_rx_rings = (uint16_t)p->rings[NM_RX];
	reg->nr_host_tx_rings = (uint16_t)p->host_rings[NM_TX];
	reg->nr_host_rx_rings = (uint16_t)p->host_rings[NM_RX];
	reg->nr_mem_id = p->region->id;
}

/* Start the port if this is its first client, and bind the rings. */
static int nm_bind_join(struct nm_binding *b, struct nmreq_register *reg, struct nm_options *opts,
			struct nm_reason *reason)
{
	struct nm_port *p = b->port;
	int err = nm_bind_pick_all(b, reg, reason);

	if (!err)
		err = nm_bind_check_sharing(b, reason);
	if (!err)
		err = nm_port_agree_offsets(p, opts, reason);
	if (err)
		return err;
	if (!p->clients) {
		err = p->ops->start(p, reason);
		if (err)
			return err;
	}
	nm_bind_fill_nifp(b);
	p->clients++;
	nm_bind_attach_rings(b);
	nm_bind_fill_reply(b, reg);
	return 0;
}

/*
 * Check that a client of the scope may monitor the port. A zero-copy monitor shares its memory; a
 * copying one sees what an administrator of the network can see.
 */
static int nm_bind_check_subject(const struct nm_port *p, const struct nm_scope *scope,
				 const struct nmreq_register *reg, struct nm_reason *reason)
{
	if (reg->nr_flags & NR_ZCOPY_MON)
		return nm_port_check_join(p, scope, reg->nr_mem_id, reason);
	if (nm_scope_sees(scope, p->region->domain))
		return 0;
	return nm_refuse(reason, -EPERM,
			 "%s belongs to user %u: only that user, or an administrator "
			 "of the network namespace, may monitor it",
			 p->name, os_domain_user(p->region->domain->os));
}

/*
 * Make a monitor of an open port and of the rings that the request selects. Returns it with a
 * reference, NULL with a reason.
 */
static struct nm_port *nm_bind_get_monitor(const struct nm_name *name, const struct nm_scope *scope,
					   const struct nmreq_register *reg,
					   const struct nm_port_spec *spec,
					   struct nm_reason *reason)
{
	const struct nm_port_spec defaults = { .mem_id = 0 };
	struct nm_binding of = { .port = nm_port_find_or_make(name, scope, &defaults, reason) };
	struct nm_monitor_want want = { .subject = of.port,
					.is_swap = reg->nr_flags & NR_ZCOPY_MON,
					.spec = *spec };
	struct nmreq_register rings = *reg;
	struct nm_port *m = NULL;
	enum nm_dir dir;

	rings.nr_flags &= ~(uint64_t)NR_RX_RINGS_ONLY;	/* this flag is for the monitor's rings */
	if (!of.port)
		return NULL;
	if (!of.port->clients) {
		nm_refuse(reason, -ENXIO, "no client has %s open: open it before its monitor",
			  of.port->name);
	} else if (!nm_bind_check_subject(of.port, scope, reg, reason) &&
		   !nm_bind_pick_all(&of, &rings, reason)) {
		for (dir = NM_TX; dir <= NM_RX; dir++) {
			if (!(reg->nr_flags & (dir == NM_TX ? NR_MONITOR_TX : NR_MONITOR_RX)))
				continue;
			want.first[dir] = of.first[dir];
			want.end[dir] = of.end[dir];
		}
		if (want.first[NM_TX] == want.end[NM_TX] && want.first[NM_RX] == want.end[NM_RX])
			nm_refuse(reason, -EINVAL, "%s has no such ring to monitor", of.port->name);
		else
			m = nm_monitor_make(&want, scope, reason);
	}
	/* No reference: the monitor's mirrors are detached before the port's last client ends. */
	nm_port_put(of.port);
	return m;
}

static struct nm_port *nm_bind_get_port(const struct nm_scope *scope,
					const char raw[NETMAP_REQ_IFNAMSIZ],
					const struct nmreq_register *reg, bool is_old,
					struct nm_reason *reason)
{
	const struct nm_port_spec spec = {
		.rings = { reg->nr_tx_rings, reg->nr_rx_rings },
		.slots = { reg->nr_tx_slots, reg->nr_rx_slots },
		.host_rings = { reg->nr_host_tx_rings, reg->nr_host_rx_rings },
		.mem_id = reg->nr_mem_id,
		.extra_bufs = reg->nr_extra_bufs,
		.is_null = reg->nr_mode == NR_REG_NULL,
		.is_old = is_old,
	};
	struct nm_port *p;
	struct nm_name name;

	if (nm_bind_check_flags(reg, reason) || nm_bind_full_name(raw, reg, &name, reason))
		return NULL;
	p = reg->nr_flags & NR_MONITOR ? nm_bind_get_monitor(&name, scope, reg, &spec, reason) :
					 nm_port_find_or_make(&name, scope, &spec, reason);
	if (!p)
		return NULL;
	if (nm_port_join(p, scope, reg->nr_mem_id, reason))
		;	/* refused */
	else if (reg->nr_mem_id && !nm_region_has_id(p->region, scope, reg->nr_mem_id))
		nm_refuse(reason, -EINVAL, "%s exists and uses memory region %u, not %u", p->name,
		       p->region->id, reg->nr_mem_id);
	else if (p->region->mem && !reg->nr_mem_id)
		nm_refuse(
			reason, -EINVAL,
			"%s is in user memory: use the same NETMAP_REQ_OPT_EXTMEM or its nr_mem_id",
			p->name);
	else if (p->hdr_len && !(reg->nr_flags & NR_ACCEPT_VNET_HDR))
		nm_refuse(reason, -EIO,
			  "%s has virtio-net headers of %u bytes: register with NR_ACCEPT_VNET_HDR",
			  p->name, p->hdr_len);
	else
		return p;
	nm_port_put(p);
	return NULL;
}

/*
 * Begin a binding: find or make its port, and allocate its interface object. Returns NULL with a
 * reason.
 */
static struct nm_binding *nm_bind_begin(const struct nm_scope *scope,
					const char name[NETMAP_REQ_IFNAMSIZ],
					const struct nmreq_register *reg, bool is_old,
					struct nm_reason *reason)
{
	struct nm_binding *b = os_alloc(sizeof(*b));

	nm_assert_locked();
	if (!b) {
		nm_refuse_nomem(reason, "a binding");
		return NULL;
	}
	b->flags = reg->nr_flags;
	b->is_exclusive = reg->nr_flags & NR_EXCLUSIVE;
	b->port = nm_bind_get_port(scope, name, reg, is_old, reason);
	if (!b->port) {
		os_free(b);
		return NULL;
	}
	b->region = b->port->region;
	nm_region_get(b->region);
	nm_object_made(NM_OBJ_BINDING);
	if (!nm_bind_alloc_nifp(b, reason))
		return b;
	nm_port_put(b->port);
	nm_binding_free(b);
	return NULL;
}

/* Finish a binding. On an error its port has been put: nm_binding_free() comes next. */
static int nm_bind_finish(struct nm_binding *b, const struct nm_scope *scope,
			  struct nmreq_register *reg, struct nm_options *opts,
			  struct nm_reason *reason)
{
	int err = nm_bind_join(b, reg, opts, reason);

	nm_assert_locked();
	if (err)
		nm_port_put(b->port);
	else
		nm_region_note_join(b->region, scope);
	return err;
}

struct nm_binding *nm_bind(const struct nm_scope *scope, const char name[NETMAP_REQ_IFNAMSIZ],
			   struct nmreq_register *reg, struct nm_reason *reason)
{
	struct nm_binding *b = nm_bind_begin(scope, name, reg, false, reason);

	if (!b || !nm_bind_finish(b, scope, reg, NULL, reason))
		return b;
	nm_binding_free(b);
	return NULL;
}

#define RESERVE_TRIES	16u	/* another client of the region may take what was reserved */

/*
 * Reserve memory for the rings of a new binding's port, if this starts it, without the engine lock:
 * the client chooses how much that is. Returns 0 or an error with a reason. Caller holds the
 * engine lock, before and after.
 */
static int nm_bind_reserve(struct nm_binding *b, struct nm_reason *reason)
{
	struct nm_port *p = b->port;
	uint32_t tries;
	int err = 0;

	for (tries = 0; !err && tries < RESERVE_TRIES && !nm_port_has_room(p); tries++) {
		nm_unlock();
		err = nm_port_reserve(p, reason);
		nm_lock();
	}
	return err;
}

/* A monitor may be used only while its subject exists: see nm_bind_get_monitor(). */
static int nm_bind_reserve_monitor(struct nm_binding *b, struct nm_reason *reason)
{
	struct nm_port *subject = nm_monitor_subject(b->port);
	int err;

	nm_port_get(subject);
	err = nm_bind_reserve(b, reason);
	if (!err && !subject->clients)
		err = nm_refuse(reason, -ENXIO, "the last client of %s has closed it",
				subject->name);
	nm_port_put(subject);
	return err;
}

struct nm_binding *nm_client_bind(const struct nm_scope *scope,
				  const char name[NETMAP_REQ_IFNAMSIZ],
				  struct nmreq_register *reg, bool is_old,
				  struct nm_options *opts, struct nm_reason *reason)
{
	struct nm_binding *b;
	int err = 0;

	nm_lock();
	b = nm_bind_begin(scope, name, reg, is_old, reason);
	if (b) {
		err = nm_is_monitor(b->port) ? nm_bind_reserve_monitor(b, reason) :
					       nm_bind_reserve(b, reason);
		if (err)
			nm_port_put(b->port);
		else
			err = nm_bind_finish(b, scope, reg, opts, reason);
	}
	nm_unlock();
	if (!err)
		return b;
	nm_binding_free(b);
	return NULL;
}

void nm_unbind(struct nm_binding *b)
{
	struct nm_port *p = b->port;

	nm_assert_locked();
	nm_bind_detach_rings(b);
	/* After the last sync, because slots that it releases still pass to a swapping monitor. */
	if (p->clients == 1)
		nm_monitors_detach(p);
	if (!--p->clients)
		p->ops->stop(p);
	nm_port_put(p);
	b->port = NULL;
}

void nm_binding_free(struct nm_binding *b)
{
	if (b->mem)
		os_mem_put(b->mem);
	nm_csb_free(nm_binding_csb(b));
	if (b->nifp)
		nm_region_if_free(b->region, b->nifp_off, b->nifp_bytes);
	nm_region_put(b->region);
	os_free(b);
	nm_object_ended(NM_OBJ_BINDING);
}
