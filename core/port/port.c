// SPDX-License-Identifier: BSD-2-Clause
/* Ports: the list by name, references, rings. Guard: the engine lock, for everything. */
#include "port/port.h"
#include "base/lock.h"
#include "base/objects.h"

#define BUCKETS	1024u

static struct {
	uint64_t serial;
	struct nm_port *oldest, *newest;	/* the ends of the list of all ports */
	struct nm_port *bucket[BUCKETS];
} ports;

void nm_ports_init(void)
{
	ports.serial = 0;
}

void nm_ports_exit(void)
{
	uint32_t i;

	for (i = 0; i < BUCKETS; i++)
		os_assert(!ports.bucket[i]);
}

/* FNV-1a, 32 bits (Fowler, Noll, Vo; RFC 9923). */
static struct nm_port **port_bucket(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return &ports.bucket[h % BUCKETS];
}

static void port_unlist(struct nm_port *p)
{
	struct nm_port **at = port_bucket(p->name);

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	*(p->older ? &p->older->newer : &ports.oldest) = p->newer;
	*(p->newer ? &p->newer->older : &ports.newest) = p->older;
	p->is_listed = false;
}

/* A port whose device is gone exists until its clients close it; its name is available again. */
static bool port_is_stale(const struct nm_port *p)
{
	return p->ops->is_stale && p->ops->is_stale(p);
}

struct nm_port *nm_port_find(const char *name, struct os_ns *ns)
{
	struct nm_port *p;

	nm_assert_locked();
	for (p = *port_bucket(name); p; p = p->next) {
		if (p->ns == ns && !p->is_anonymous && !os_strcmp(p->name, name) &&
		    !port_is_stale(p)) {
			nm_port_get(p);
			return p;
		}
	}
	return NULL;
}

void nm_port_get(struct nm_port *p)
{
	nm_assert_locked();
	p->refs++;
}

void nm_port_put(struct nm_port *p)
{
	nm_assert_locked();
	os_assert(p->refs > 0);
	if (!--p->refs)
		p->ops->destroy(p);
}

int nm_port_check_join(const struct nm_port *p, const struct nm_scope *scope, uint16_t mem_id,
		       struct nm_reason *reason)
{
	nm_assert_locked();
	return nm_region_check_join(p->region, scope, mem_id, p->name, reason);
}

int nm_port_check_owner(const struct nm_port *p, const struct nm_scope *scope,
			struct nm_reason *reason)
{
	nm_assert_locked();
	if (p->domain == scope->domain || nm_scope_is_admin(scope))
		return 0;
	return nm_refuse(reason, -EPERM,
			 "%s was made by user %u: only that user, or an administrator "
			 "of the network namespace, may alter it",
			 p->name, os_domain_user(p->domain->os));
}

static int port_check_rings(uint32_t rings, uint32_t slots, struct nm_reason *reason)
{
	if (rings > NM_MAX_RINGS)
		return nm_refuse(reason, -EINVAL, "%u rings are too many: at most %u", rings,
				 NM_MAX_RINGS);
	if (slots && (slots < NM_MIN_SLOTS || slots > NM_MAX_SLOTS))
		return nm_refuse(reason, -EINVAL,
				 "a ring cannot have %u slots: at least %u, at most %u", slots,
				 NM_MIN_SLOTS, NM_MAX_SLOTS);
	return 0;
}

int nm_port_check_spec(const struct nm_port_spec *spec, struct nm_reason *reason)
{
	int err = port_check_rings(spec->rings[NM_TX], spec->slots[NM_TX], reason);

	return err ? err : port_check_rings(spec->rings[NM_RX], spec->slots[NM_RX], reason);
}

void *nm_port_alloc(size_t size, uint32_t n, const char *what, const struct nm_scope *scope,
		    struct nm_region *region, struct nm_reason *reason)
{
	void *p;

	if (!nm_quota_charge(scope->domain, NM_QUOTA_PORTS, n, reason)) {
		p = os_alloc(size);
		if (p)
			return p;
		nm_quota_uncharge(scope->domain, NM_QUOTA_PORTS, n);
		nm_refuse_nomem(reason, what);
	}
	nm_region_put(region);
	return NULL;
}

void nm_port_init(struct nm_port *p, const char *name, const struct nm_scope *scope,
		  const struct nm_port_ops *ops, struct nm_region *region,
		  const struct nm_port_spec *spec)
{
	int dir;

	nm_name_copy(p->name, name);
	p->ns = os_ns_get(scope->ns);
	p->domain = nm_domain_get(scope->domain);
	p->ops = ops;
	p->region = region;
	p->serial = ++ports.serial;
	p->refs = 1;
	for (dir = NM_TX; dir <= NM_RX; dir++) {
		p->rings[dir] = spec->rings[dir];
		p->slots[dir] = spec->slots[dir];
	}
	nm_object_made(NM_OBJ_PORT);
}

void nm_port_list(struct nm_port *p)
{
	struct nm_port **bucket = port_bucket(p->name);

	nm_assert_locked();
	p->next = *bucket;
	*bucket = p;
	/* Serials ascend there: the engine lock is held since nm_port_init(). */
	p->older = ports.newest;
	*(p->older ? &p->older->newer : &ports.oldest) = p;
	ports.newest = p;
	p->is_listed = true;
}

void nm_port_fini(struct nm_port *p)
{
	os_assert(!p->clients && !p->kring[NM_TX] && !p->kring[NM_RX]);
	if (p->is_listed)
		port_unlist(p);
	nm_region_put(p->region);
	nm_quota_uncharge(p->domain, NM_QUOTA_PORTS, 1);
	nm_domain_put(p->domain);
	os_ns_put(p->ns);
	nm_object_ended(NM_OBJ_PORT);
}

/* Return what the rings of a port take of its region. */
static struct nm_region_need port_need(const struct nm_port *p)
{
	const uint32_t max_slots =
		p->slots[NM_TX] > p->slots[NM_RX] ? p->slots[NM_TX] : p->slots[NM_RX];
	struct nm_region_need need = { .ring_bytes = nm_ring_bytes(max_slots) };
	const uint32_t n = p->ops->has_peer ? 2 : 1;
	enum nm_dir dir;

	for (dir = NM_TX; dir <= NM_RX; dir++) {
		need.rings += (uint64_t)n * nm_port_all_rings(p, dir);
		need.bufs += (uint64_t)n * nm_port_all_rings(p, dir) * p->slots[dir];
	}
	return need;
}

bool nm_port_has_room(const struct nm_port *p)
{
	const struct nm_region_need need = port_need(p);

	nm_assert_locked();
	return p->kring[NM_TX] || nm_region_has_room(p->region, &need);
}

int nm_port_reserve(const struct nm_port *p, struct nm_reason *reason)
{
	const struct nm_region_need need = port_need(p);

	return nm_region_reserve(p->region, &need, reason);
}

static void port_rings_free_dir(struct nm_port *p, enum nm_dir dir, uint32_t made)
{
	struct nm_ring_stats *past = &p->past[dir];
	uint32_t i, cause;

	for (i = 0; i < made; i++) {
		struct nm_kring *k = &p->kring[dir][i];

		past->packets += k->stats.packets;
		past->bytes += k->stats.bytes;
		for (cause = 0; cause < NM_DROP_CAUSES; cause++)
			past->drops[cause] += k->stats.drops[cause];
		nm_kring_free(k);
	}
	os_free(p->kring[dir]);
	p->kring[dir] = NULL;
}

static int port_rings_make_dir(struct nm_port *p, enum nm_dir dir, struct nm_reason *reason)
{
	uint32_t n = nm_port_all_rings(p, dir), i;
	int err;

	p->kring[dir] = os_alloc((n ? n : 1) * sizeof(struct nm_kring));
	if (!p->kring[dir])
		return nm_refuse_nomem(reason, "the rings of a port");
	for (i = 0; i < n; i++) {
		struct nm_kring *k = &p->kring[dir][i];

		k->port = p;
		k->dir = (uint8_t)dir;
		k->id = (uint16_t)i;
		k->is_host = i >= p->rings[dir];
		k->name = p->name;
		k->ops = &p->ops->ring;
		k->region = p->region;
		k->offsets = p->offsets.mask ? &p->offsets : NULL;
		err = nm_kring_make(k, p->slots[dir], p->device_bufs, reason);
		if (err) {
			port_rings_free_dir(p, dir, i);
			return err;
		}
	}
	return 0;
}

int nm_port_rings_make(struct nm_port *p, struct nm_reason *reason)
{
	int err = port_rings_make_dir(p, NM_TX, reason);

	if (err)
		return err;
	err = port_rings_make_dir(p, NM_RX, reason);
	if (err)
		port_rings_free_dir(p, NM_TX, nm_port_all_rings(p, NM_TX));
	return err;
}

void nm_port_rings_free(struct nm_port *p)
{
	port_rings_free_dir(p, NM_RX, nm_port_all_rings(p, NM_RX));
	port_rings_free_dir(p, NM_TX, nm_port_all_rings(p, NM_TX));
}

struct nm_port *nm_port_next(uint64_t *cursor, struct os_ns *ns)
{
	struct nm_port *p;

	nm_assert_locked();
	for (p = ports.oldest; p && (p->ns != ns || p->serial < *cursor); p = p->newer)
		;
	if (p)
		*cursor = p->serial + 1;
	return p;
}

struct nm_port *nm_port_after(const struct nm_port *p, const struct os_ns *ns)
{
	struct nm_port *q;

	nm_assert_locked();
	for (q = p->newer; q && q->ns != ns; q = q->newer)
		;
	return q;
}

struct nm_port *nm_port_any_persistent(const struct os_ns *ns)
{
	struct nm_port *p;

	nm_assert_locked();
	for (p = ports.oldest; p && (!p->is_persistent || (ns && p->ns != ns)); p = p->newer)
		;
	return p;
}
