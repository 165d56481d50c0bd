// SPDX-License-Identifier: BSD-2-Clause
/*
 * Null ports: for programs that need memory and extra buffers without a peer, or a tx ring without
 * cost. Each client has its own, which lookups by name do not find.
 */
#include "port/null.h"
#include "ring/slot.h"

static int null_start(struct nm_port *p, struct nm_reason *reason)
{
	return nm_port_rings_make(p, reason);
}

static void null_stop(struct nm_port *p)
{
	nm_port_rings_free(p);
}

static int null_txsync(struct nm_kring *k, struct nm_sync *s)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	uint64_t packets = 0, bytes = 0, slots = 0;
	int ret = 0;

	(void)s;
	for (; k->hwcur != k->rhead; k->hwcur = nm_next(k->hwcur, k->num_slots)) {
		union nm_slot slot = nm_slot_load(&k->ring->slot[k->hwcur]);

		if (!nm_slot_data(k, &bufs, &k->ring->slot[k->hwcur], slot)) {
			ret = -EIO;
			break;
		}
		slots++;
		bytes += slot.len;
		packets += !(slot.flags & NS_MOREFRAG);
	}
	k->hwtail = nm_back(k->hwcur, k->num_slots);
	nm_stat_add(&k->stats.slots, slots);
	nm_stat_add(&k->stats.bytes, bytes);
	nm_stat_add(&k->stats.packets, packets);
	return ret;
}

static int null_rxsync(struct nm_kring *k, struct nm_sync *s)
{
	(void)s;
	/* Atomic: nm_unsynced_matters() reads it without the lock. */
	os_store32(&k->hwcur, k->rhead);
	return 0;
}

static void null_destroy(struct nm_port *p)
{
	nm_port_fini(p);
	os_free(p);
}

static const struct nm_port_ops null_ops = {
	.kind = "null port",
	.info_kind = NM_KIND_NULL,
	.start = null_start,
	.stop = null_stop,
	.ring = { .txsync = null_txsync, .rxsync = null_rxsync },
	.destroy = null_destroy,
};

struct nm_port *nm_null_make(const struct nm_name *name, const struct nm_scope *scope,
			     const struct nm_port_spec *spec, struct nm_reason *reason)
{
	struct nm_port_spec real = *spec;
	struct nm_region *region;
	struct nm_port *p;
	int dir;

	if (nm_port_check_spec(spec, reason))
		return NULL;
	for (dir = NM_TX; dir <= NM_RX; dir++)
		real.slots[dir] = nm_or(spec->slots[dir], NM_DEFAULT_SLOTS);
	region = nm_region_find((uint16_t)nm_or(spec->mem_id, NM_REGION_GLOBAL), scope, reason);
	if (!region)
		return NULL;
	p = nm_port_alloc(sizeof(*p), 1, "a null port", scope, region, reason);
	if (!p)
		return NULL;
	nm_port_init(p, name->full, scope, &null_ops, region, &real);
	p->is_anonymous = true;
	nm_port_list(p);
	return p;
}
