// SPDX-License-Identifier: BSD-2-Clause
/* The stub for programs without network devices, such as tests; netmapd has netdev/ instead. */
#define OS_PLATFORM
#include "os_user.h"

struct os_netdev *os_netdev_get(struct os_ns *ns, const char *name, struct os_netdev_info *info,
				struct nm_reason *reason)
{
	(void)ns;
	(void)name;
	(void)info;
	nm_refuse(reason, -ENXIO, "this program has no network devices");
	return NULL;
}

/* The functions below are never called, because there is no device. */

void os_netdev_put(struct os_netdev *nd)
{
	os_assert(!nd);
}

enum os_netdev_state os_netdev_state(const struct os_netdev *nd)
{
	os_assert(!nd);
	return OS_NETDEV_GONE;
}

uint32_t os_netdev_traits(const struct os_netdev *nd)
{
	os_assert(!nd);
	return 0;
}

uint32_t os_netdev_frame_max(const struct os_netdev *nd)
{
	os_assert(!nd);
	return 0;
}

const char *os_netdev_xdp_reason(const struct os_netdev *nd)
{
	os_assert(!nd);
	return "";
}

void os_netdev_refresh(struct os_netdev *nd)
{
	os_assert(!nd);
}

void os_netdev_wants_changed(struct os_netdev *nd)
{
	os_assert(!nd);
}

int os_netdev_attach(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg,
		     struct nm_region *bufs, struct nm_reason *reason)
{
	(void)nd;
	(void)ops;
	(void)arg;
	(void)bufs;
	return nm_refuse(reason, -EOPNOTSUPP, "this program has no network devices");
}

void os_netdev_detach(struct os_netdev *nd)
{
	os_assert(!nd);
}

uint32_t os_netdev_send(struct os_netdev *nd, enum os_netdev_side to, uint32_t queue,
			const struct os_frag *frag, uint32_t n, uint32_t *in_flight)
{
	(void)in_flight;
	(void)nd;
	(void)to;
	(void)queue;
	(void)frag;
	(void)n;
	return 0;
}

uint32_t os_packet_data(const struct os_packet *pkt, const uint8_t **data)
{
	os_assert(!pkt);
	*data = NULL;
	return 0;
}

uint64_t os_packet_time(const struct os_packet *pkt)
{
	os_assert(!pkt);
	return 0;
}

void os_packet_copy(const struct os_packet *pkt, uint32_t off, void *dst, uint32_t n)
{
	(void)pkt;
	(void)off;
	(void)dst;
	(void)n;
}

bool os_packet_is_device_buf(const struct os_packet *pkt)
{
	os_assert(!pkt);
	return false;
}

uint32_t os_packet_exchange(const struct os_packet *pkt, uint32_t buf)
{
	(void)pkt;
	(void)buf;
	return 0;
}
