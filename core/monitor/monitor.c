// SPDX-License-Identifier: BSD-2-Clause
/*
 * Monitors: the port that a monitor's client binds, and its mirrors. Passing frames by mirrors is
 * in ring/mirror.c. See monitor.h.
 *
 * Rx ring i of a monitor gets the traffic of tx ring i and rx ring i of its subject; so do host
 * rings. There is one tx ring, for programs that expect one: it never has a free slot.
 */
#include "monitor/monitor.h"
#include "base/objects.h"
#include "ring/mirror.h"
#include "ring/lease.h"

struct nm_monitor {
	struct nm_port port;
	struct nm_monitor *next;	/* of the same subject; guard: engine lock */
	struct nm_port *subject;	/* NULL after its last client; guard: engine lock */
	uint32_t is_gone;		/* subject is NULL; released after the last mirror */
	uint32_t first[2], end[2];	/* of the subject's rings; const */
	bool is_swap;			/* const */
	struct nm_mirror *mirror;	/* two per rx ring, by enum nm_dir; const while started */
};

#define monitor_of(p)	nm_port_container(p, struct nm_monitor)

/* Return the index of the rx ring for a ring of the subject. */
static uint32_t monitor_ring_for(const struct nm_monitor *m, enum nm_dir dir, uint32_t i)
{
	const uint32_t card = m->subject->rings[dir];

	return i < card ? i : m->port.rings[NM_RX] + i - card;
}

/* Leave the tx ring without a free slot. */
static void monitor_close_tx(struct nm_port *p)
{
	struct nm_kring *k = &p->kring[NM_TX][0];

	k->hwtail = k->hwcur;
	nm_kring_rewind(k);
}

/*
 * Return the ring to mirror. A pipe exchanges buffers when it sends: the sent ones are in the other
 * end's rx ring, and are released by its reader.
 */
static struct nm_kring *monitor_mirrored_ring(const struct nm_monitor *m, enum nm_dir dir,
					      uint32_t i)
{
	struct nm_kring *k = &m->subject->kring[dir][i];

	return m->is_swap && dir == NM_TX && m->subject->ops->info_kind == NM_KIND_PIPE ?
		       k->pipe_peer :
		       k;
}

static void monitor_mirrors_detach(struct nm_monitor *m)
{
	uint32_t i;

	for (i = 0; i < 2 * nm_port_all_rings(&m->port, NM_RX); i++)
		nm_mirror_detach(&m->mirror[i]);
}

static int monitor_mirrors_attach(struct nm_monitor *m, struct nm_reason *reason)
{
	enum nm_dir dir;
	uint32_t i;
	int err;

	for (dir = NM_TX; dir <= NM_RX; dir++) {
		for (i = m->first[dir]; i < m->end[dir]; i++) {
			const uint32_t ring = monitor_ring_for(m, dir, i);
			struct nm_mirror *t = &m->mirror[2 * ring + dir];

			t->to = &m->port.kring[NM_RX][ring];
			t->flags = dir == NM_TX ? NS_TXMON : 0;
			t->is_swap = m->is_swap;
			err = nm_mirror_attach(t, monitor_mirrored_ring(m, dir, i), reason);
			if (err) {
				monitor_mirrors_detach(m);
				return err;
			}
		}
	}
	return 0;
}

static int monitor_start(struct nm_port *p, struct nm_reason *reason)
{
	struct nm_monitor *m = monitor_of(p);
	int err;

	if (m->is_swap && !nm_offsets_are_same(&p->offsets, &m->subject->offsets))
		return nm_refuse(
			reason, -EINVAL,
			"a zero-copy monitor of %s needs its offsets: "
			"mask 0x%llx, initial %u, max %u",
			m->subject->name, (unsigned long long)m->subject->offsets.mask,
			m->subject->offsets.initial, m->subject->offsets.max);
	err = nm_port_rings_make(p, reason);
	if (err)
		return err;
	m->mirror = os_alloc(2 * nm_port_all_rings(p, NM_RX) * sizeof(m->mirror[0]));
	if (!m->mirror || !nm_leases_make(p->kring[NM_RX], nm_port_all_rings(p, NM_RX))) {
		err = nm_refuse_nomem(reason, "a monitor");
		goto fail;
	}
	monitor_close_tx(p);
	err = monitor_mirrors_attach(m, reason);
	if (err)
		goto fail;
	m->next = m->subject->monitors;
	m->subject->monitors = m;
	return 0;

fail:
	nm_leases_free(p->kring[NM_RX], nm_port_all_rings(p, NM_RX));
	os_free(m->mirror);
	m->mirror = NULL;
	nm_port_rings_free(p);
	return err;
}

/* Detaching a mirror waits for its use, so nothing is delivered to the rings after it. */
static void monitor_stop(struct nm_port *p)
{
	struct nm_monitor *m = monitor_of(p), **at;

	if (m->subject) {
		for (at = &m->subject->monitors; *at != m; at = &(*at)->next)
			;
		*at = m->next;
		monitor_mirrors_detach(m);
	}
	nm_leases_free(p->kring[NM_RX], nm_port_all_rings(p, NM_RX));
	os_free(m->mirror);
	m->mirror = NULL;
	nm_port_rings_free(p);
}

static int monitor_txsync(struct nm_kring *k, struct nm_sync *s)
{
	(void)k;
	(void)s;
	return 0;
}

/* Return whether the client has read all frames of all rings. */
static bool monitor_is_drained(const struct nm_port *p)
{
	uint32_t i;

	for (i = 0; i < nm_port_all_rings(p, NM_RX); i++) {
		const struct nm_kring *k = &p->kring[NM_RX][i];

		if (nm_kring_is_active(k) && os_load32(&k->rhead) != os_load32_acquire(&k->hwtail))
			return false;
	}
	return true;
}

static int monitor_rxsync(struct nm_kring *k, struct nm_sync *s)
{
	const struct nm_monitor *m = monitor_of(k->port);
	enum nm_dir dir;

	if (unlikely(os_load32(&k->corrupt))) {
		os_store32(&k->corrupt, 0);
		return -EIO;
	}
	/* Release: the reader is done with these slots; pairs with nm_lease_take(). */
	os_store32_release(&k->hwcur, k->rhead);
	/*
	 * Wake clients that wait for room here. Under k->lock t->from is valid: a detach clears it
	 * under this lock before the mirrored ring ends.
	 */
	for (dir = NM_TX; m->is_swap && dir <= NM_RX; dir++) {
		const struct nm_mirror *t = &m->mirror[2 * k->id + dir];

		if (t->from)
			nm_kring_wake(t->from);
	}
	/* Acquire: all mirrored frames are in the rings; pairs with nm_monitors_detach(). */
	if (unlikely(os_load32_acquire(&m->is_gone)) && monitor_is_drained(k->port))
		return nm_refuse(s->reason, -ENXIO,
				 "%s: the last client of the monitored port has closed it",
				 k->port->name);
	return 0;
}

static void monitor_destroy(struct nm_port *p)
{
	nm_port_fini(p);
	os_free(p);
}

static uint32_t monitor_info_flags(const struct nm_port *p, char name[NETMAP_REQ_IFNAMSIZ],
				   uint32_t *index)
{
	(void)name;
	(void)index;
	return os_load32(&monitor_of(p)->is_gone) ? NM_INFO_GONE : 0;
}

static const struct nm_port_ops monitor_ops = {
	.kind = "monitor",
	.info_kind = NM_KIND_MONITOR,
	.start = monitor_start,
	.stop = monitor_stop,
	.ring = { .txsync = monitor_txsync, .rxsync = monitor_rxsync },
	.destroy = monitor_destroy,
	.info_flags = monitor_info_flags,
};

struct nm_port *nm_monitor_subject(const struct nm_port *p)
{
	return monitor_of(p)->subject;
}

bool nm_is_monitor(const struct nm_port *p)
{
	return p->ops == &monitor_ops;
}

static uint32_t larger(const uint32_t v[2])
{
	return v[NM_TX] > v[NM_RX] ? v[NM_TX] : v[NM_RX];
}

/* A zero-copy monitor must use the subject's region; a copying one has no access to it. */
static struct nm_region *monitor_region(const struct nm_monitor_want *want,
					const struct nm_scope *scope,
					const struct nm_port_spec *real, uint32_t host,
					struct nm_reason *reason)
{
	struct nm_region *r = want->subject->region;
	const uint32_t rx = real->rings[NM_RX] + host;
	const struct nm_region_need need = {
		.rings = rx + 1,
		.ring_bytes = nm_ring_bytes(real->slots[NM_RX]),
		.bufs = (uint64_t)rx * real->slots[NM_RX] + real->slots[NM_TX],
		.extra_bufs = real->extra_bufs,
		.is_old = real->is_old,
	};

	if (!want->is_swap)
		return real->mem_id ? nm_region_find(real->mem_id, scope, reason) :
				      nm_region_private(scope, &need, reason);
	if (real->mem_id && !nm_region_has_id(r, scope, real->mem_id)) {
		nm_refuse(reason, -EINVAL,
			  "a zero-copy monitor of %s uses its memory region: %u, not %u",
			  want->subject->name, r->id, real->mem_id);
		return NULL;
	}
	nm_region_get(r);
	return r;
}

/*
 * Make the name for listings, such as "eth0/rtz", which no request can use; if that is too long,
 * use the subject's name.
 */
static void monitor_name(const struct nm_monitor_want *want, char name[NETMAP_REQ_IFNAMSIZ])
{
	const struct nm_port *p = want->subject;
	char full[NETMAP_REQ_IFNAMSIZ + 8];

	nm_format(full, sizeof(full), "%s/%s%s%s", p->name,
		  want->first[NM_RX] != want->end[NM_RX] ? "r" : "",
		  want->first[NM_TX] != want->end[NM_TX] ? "t" : "", want->is_swap ? "z" : "");
	nm_name_copy(name, os_strlen(full) < NETMAP_REQ_IFNAMSIZ ? full : p->name);
}

struct nm_port *nm_monitor_make(const struct nm_monitor_want *want, const struct nm_scope *scope,
				struct nm_reason *reason)
{
	struct nm_port *p = want->subject;
	const uint32_t host = larger(p->host_rings);
	struct nm_port_spec real = want->spec;
	char name[NETMAP_REQ_IFNAMSIZ];
	struct nm_region *region;
	struct nm_monitor *m;

	nm_assert_locked();
	if (nm_port_check_spec(&want->spec, reason))
		return NULL;
	real.rings[NM_TX] = 1;
	real.slots[NM_TX] = NM_MIN_SLOTS;
	real.rings[NM_RX] = larger(p->rings);
	real.slots[NM_RX] = nm_or(want->spec.slots[NM_RX], larger(p->slots));
	region = monitor_region(want, scope, &real, host, reason);
	if (!region)
		return NULL;
	m = nm_port_alloc(sizeof(*m), 1, "a monitor", scope, region, reason);
	if (!m)
		return NULL;
	monitor_name(want, name);
	nm_port_init(&m->port, name, scope, &monitor_ops, region, &real);
	m->port.host_rings[NM_RX] = host;
	m->port.hdr_len = os_load32(&p->hdr_len);
	m->port.is_anonymous = true;
	m->subject = p;
	os_memcpy(m->first, want->first, sizeof(m->first));
	os_memcpy(m->end, want->end, sizeof(m->end));
	m->is_swap = want->is_swap;
	nm_port_list(&m->port);
	return &m->port;
}

void nm_monitor_rings(const struct nm_port *p, uint32_t first[2], uint32_t end[2])
{
	const struct nm_monitor *m = monitor_of(p);
	enum nm_dir dir;
	uint32_t from, to;

	first[NM_TX] = 0;
	end[NM_TX] = 1;
	first[NM_RX] = UINT32_MAX;
	end[NM_RX] = 0;
	for (dir = NM_TX; dir <= NM_RX; dir++) {
		if (m->first[dir] == m->end[dir])
			continue;
		from = monitor_ring_for(m, dir, m->first[dir]);
		to = monitor_ring_for(m, dir, m->end[dir] - 1) + 1;
		first[NM_RX] = from < first[NM_RX] ? from : first[NM_RX];
		end[NM_RX] = to > end[NM_RX] ? to : end[NM_RX];
	}
}

void nm_monitors_detach(struct nm_port *p)
{
	struct nm_monitor *m;
	uint32_t i;

	nm_assert_locked();
	while ((m = p->monitors)) {
		p->monitors = m->next;
		monitor_mirrors_detach(m);
		m->subject = NULL;
		/* Release: mirrored frames are in its rings; pairs with monitor_rxsync(). */
		os_store32_release(&m->is_gone, 1);
		for (i = 0; i < nm_port_all_rings(&m->port, NM_RX); i++)
			nm_kring_wake(&m->port.kring[NM_RX][i]);
	}
}
