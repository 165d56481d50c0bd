// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ports of network devices: each is made when its name is opened and ends with its last client. The
 * device is attached from the first client's binding to the end of the last one. Guard: the engine
 * lock.
 */
#include "nic/nic.h"
#include "base/settings.h"

/*
 * Rings of a card in each direction. The buffers of a region with default settings suffice for
 * them.
 */
#define NIC_MAX_RINGS	64u

/* The setting admode: native support only. */
#define ADMODE_NATIVE	1u

int nic_check_state(const struct nm_port *p, struct nm_reason *reason)
{
	struct os_netdev *dev = nm_nic_of(p)->dev;

	if (likely(os_netdev_state(dev) == OS_NETDEV_UP))
		return 0;
	os_netdev_refresh(dev);
	switch (os_netdev_state(dev)) {
	case OS_NETDEV_UP:
		return 0;
	case OS_NETDEV_DOWN:
		return nm_refuse(reason, -ENETDOWN, "%s is down: bring it up (ip link set %s up)",
				 p->name, p->name);
	case OS_NETDEV_RENAMED:
		return nm_refuse(reason, -ENXIO, "%s was renamed: open it by its new name",
				 p->name);
	case OS_NETDEV_MOVED:
		return nm_refuse(reason, -ENXIO,
				 "%s was moved to another network namespace: open it there",
				 p->name);
	case OS_NETDEV_REQUEUED:
		return nm_refuse(reason, -ENXIO,
				 "the number of queues of %s changed: close it and open it again",
				 p->name);
	case OS_NETDEV_GONE:
		break;
	}
	return nm_refuse(reason, -ENXIO, "%s is gone: the device or its driver was removed",
			 p->name);
}

static void nic_wake_all(struct nm_port *p, enum nm_dir dir)
{
	uint32_t i;

	for (i = 0; i < nm_port_all_rings(p, dir); i++)
		nm_kring_wake(&p->kring[dir][i]);
}

static void nic_changed(void *arg)
{
	struct nm_port *p = arg;

	nic_wake_all(p, NM_TX);
	nic_wake_all(p, NM_RX);
}

static const struct os_netdev_ops nic_netdev_ops = {
	.wants = nic_wants,
	.deliver = nic_deliver,
	.deliver_open = nic_deliver_open,
	.has_backpressure = nic_has_backpressure,
	.lost = nic_lost,
	.changed = nic_changed,
};

static void nic_rings_free(struct nm_port *p, enum nm_dir dir)
{
	uint32_t i;

	for (i = 0; i < nm_port_all_rings(p, dir); i++) {
		struct nic_ring *r = p->kring[dir][i].nic;

		if (!r)
			continue;
		nm_pace_end(&r->pace);
		os_spin_destroy(&r->lock);
		os_free(r);
	}
}

static bool nic_rings_make(struct nm_port *p, enum nm_dir dir)
{
	uint32_t i;

	for (i = 0; i < nm_port_all_rings(p, dir); i++) {
		struct nm_kring *k = &p->kring[dir][i];
		struct nic_ring *r = os_alloc(sizeof(*r));

		if (!r)
			return false;
		r->queue = k->is_host ? i - p->rings[dir] : i;
		r->batch_slots = NIC_BATCH;
		os_spin_init(&r->lock, "nm_nic_rx");
		nm_pace_init(&r->pace, k);
		k->nic = r;
	}
	return true;
}

static void nic_all_rings_free(struct nm_port *p)
{
	nic_rings_free(p, NM_TX);
	nic_rings_free(p, NM_RX);
	nm_port_rings_free(p);
}

static int nic_start(struct nm_port *p, struct nm_reason *reason)
{
	int err = nm_port_rings_make(p, reason);

	if (err)
		return err;
	if (!nic_rings_make(p, NM_TX) || !nic_rings_make(p, NM_RX)) {
		nic_all_rings_free(p);
		return nm_refuse_nomem(reason, "the queues of a network card");
	}
	if (os_netdev_attach(nm_nic_of(p)->dev, &nic_netdev_ops, p, p->region, reason)) {
		nic_all_rings_free(p);
		if (!nic_check_state(p, reason))
			nm_reason_prefix(reason, "cannot attach %s: ", p->name);
		return reason->err;
	}
	return 0;
}

static void nic_stop(struct nm_port *p)
{
	os_netdev_detach(nm_nic_of(p)->dev);
	nic_all_rings_free(p);
}

static void nic_destroy(struct nm_port *p)
{
	struct nm_nic *nic = nm_nic_of(p);

	os_netdev_put(nic->dev);
	nm_port_fini(p);
	os_free(nic);
}

static bool nic_is_stale(const struct nm_port *p)
{
	os_netdev_refresh(nm_nic_of(p)->dev);
	return os_netdev_is_final(os_netdev_state(nm_nic_of(p)->dev));
}

static void nic_rings_used(struct nm_port *p)
{
	os_netdev_wants_changed(nm_nic_of(p)->dev);
}

static uint32_t nic_info_flags(const struct nm_port *p, char name[NETMAP_REQ_IFNAMSIZ],
			       uint32_t *index)
{
	const enum os_netdev_state state = os_netdev_state(nm_nic_of(p)->dev);
	const uint32_t xdp = NM_INFO_XDP_TX | NM_INFO_XDP_RX;
	uint32_t flags = os_netdev_traits(nm_nic_of(p)->dev);

	(void)name;
	(void)index;
	if ((flags & xdp) != xdp)
		flags |= NM_INFO_EMULATED;
	if (state == OS_NETDEV_UP)
		return flags;
	flags &= ~(uint32_t)NM_INFO_NO_LINK;
	return flags | (state == OS_NETDEV_DOWN ? NM_INFO_DOWN : NM_INFO_GONE);
}

static void nic_info(const struct nm_port *p, struct nm_info_port *out)
{
	const char *reason = os_netdev_xdp_reason(nm_nic_of(p)->dev);
	size_t n = os_strlen(reason);

	os_memcpy(out->xdp_why, reason, n < sizeof(out->xdp_why) ? n : sizeof(out->xdp_why) - 1);
}

static const struct nm_port_ops nic_ops = {
	.kind = "network card",
	.info_kind = NM_KIND_NIC,
	.start = nic_start,
	.stop = nic_stop,
	.rings_used = nic_rings_used,
	.ring = { .txsync = nic_txsync, .rxsync = nic_rxsync, .forward = nic_forward },
	.destroy = nic_destroy,
	.info_flags = nic_info_flags,
	.info = nic_info,
	.is_stale = nic_is_stale,
};

static uint32_t nic_ring_count(uint32_t queues)
{
	uint32_t max = nm_setting(NM_SET_GENERIC_RINGS);

	if (!max || max > NIC_MAX_RINGS)
		max = NIC_MAX_RINGS;
	return queues < max ? queues : max;
}

/*
 * Fill in the spec: the device determines the number of rings, the request the host rings and
 * slots.
 */
static int nic_fill_spec(struct nm_port_spec *filled, const struct nm_port_spec *spec,
			 const struct os_netdev_info *info, struct nm_reason *reason)
{
	enum nm_dir dir;
	int err = nm_port_check_spec(spec, reason);

	if (err)
		return err;
	*filled = *spec;
	for (dir = NM_TX; dir <= NM_RX; dir++) {
		filled->rings[dir] = nic_ring_count(info->queues[dir]);
		filled->slots[dir] = nm_or(spec->slots[dir], nm_setting(NM_SET_GENERIC_RINGSIZE));
		filled->host_rings[dir] = nm_or(spec->host_rings[dir], 1);
		if (filled->host_rings[dir] > NIC_MAX_RINGS)
			return nm_refuse(reason, -EINVAL,
					 "too many host rings: %u, the limit is %u",
					 filled->host_rings[dir], NIC_MAX_RINGS);
	}
	return 0;
}

/* Make the port. Takes over the references to dev and region, even if it fails. */
static struct nm_port *nic_port_make(const char *name, const struct nm_scope *scope,
				     const struct nm_port_spec *filled, struct os_netdev *dev,
				     bool device_bufs, struct nm_region *region,
				     struct nm_reason *reason)
{
	struct nm_nic *nic = nm_port_alloc(sizeof(*nic), 1, "the port of a network card", scope,
					   region, reason);

	if (!nic) {
		os_netdev_put(dev);
		return NULL;
	}
	nic->dev = dev;
	nm_port_init(&nic->port, name, scope, &nic_ops, region, filled);
	nic->port.device_bufs = device_bufs && nm_region_device_bufs_enable(region);
	nic->port.host_rings[NM_TX] = filled->host_rings[NM_TX];
	nic->port.host_rings[NM_RX] = filled->host_rings[NM_RX];
	nm_port_list(&nic->port);
	return &nic->port;
}

struct nm_port *nm_nic_make(const char *name, const struct nm_scope *scope,
			    const struct nm_port_spec *spec, struct nm_reason *reason)
{
	struct os_netdev_info info = { .device_bufs = false };
	struct nm_port_spec filled;
	struct nm_region *region;
	struct os_netdev *dev;

	if (nm_setting(NM_SET_ADMODE) == ADMODE_NATIVE) {
		nm_refuse(reason, -EOPNOTSUPP,
			  "%s has no native support: set admode, now %u, to 0 or 2", name,
			  ADMODE_NATIVE);
		return NULL;
	}
	dev = os_netdev_get(scope->ns, name, &info, reason);
	if (!dev) {
		nm_reason_prefix(
			reason,
			"there is no port '%s': no persistent VALE port has that name, and ", name);
		return NULL;
	}
	if (nic_fill_spec(&filled, spec, &info, reason)) {
		os_netdev_put(dev);
		return NULL;
	}
	region = nm_region_find((uint16_t)nm_or(spec->mem_id, NM_REGION_GLOBAL), scope, reason);
	if (!region) {
		os_netdev_put(dev);
		return NULL;
	}
	return nic_port_make(name, scope, &filled, dev, info.device_bufs, region, reason);
}

int nm_nic_check_free(const char *name, struct os_ns *ns, struct nm_reason *reason)
{
	struct os_netdev_info info;
	struct os_netdev *dev = os_netdev_get(ns, name, &info, reason);

	if (dev) {
		os_netdev_put(dev);
	} else if (reason->err == -ENXIO) {
		nm_reason_init(reason);
		return 0;
	} else if (reason->err == -ENOMEM) {
		return -ENOMEM;
	}
	return nm_refuse(reason, -EEXIST,
			 "there is a network device '%s': choose another name for the port", name);
}
