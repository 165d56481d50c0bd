// SPDX-License-Identifier: BSD-2-Clause
/* Network devices: holding them, taking them over, giving them back. See device.h. */
#define OS_PLATFORM
#include <stdlib.h>
#include <time.h>

#include "../../../core/engine.h"
#include "../netmapd/netns.h"
#include "device_bufs.h"
#include "device.h"

#define VLAN_HLEN	4u

struct os_netdev *os_netdev_get(struct os_ns *ns, const char *name, struct os_netdev_info *info,
				struct nm_reason *reason)
{
	struct os_netdev *nd = calloc(1, sizeof(*nd));
	struct broker_link link;
	const char *text;
	int err;

	if (!nd) {
		nm_refuse_nomem(reason, "the device of that name");
		return NULL;
	}
	err = broker_find(netns_fd(ns), name, &link, &nd->events, &text);
	if (err) {
		nm_refuse(reason, err, "%s", text);
		free(nd);
		return NULL;
	}
	nd->ns = os_ns_get(ns);
	nd->ifindex = link.ifindex;
	memcpy(nd->name, link.name, sizeof(nd->name));
	nd->state = link.flags & IFF_UP ? OS_NETDEV_UP : OS_NETDEV_DOWN;
	nd->has_carrier = !!(link.flags & IFF_LOWER_UP);
	nd->mtu = link.mtu;
	nd->queues[0] = info->queues[0] = link.queues[0];
	nd->queues[1] = info->queues[1] = link.queues[1];
	nd->may_use_device_bufs = device_bufs_are_on() && nm_setting_get("xdp") != BROKER_XDP_NEVER &&
		       (link.has_zero_copy || nm_setting_get("xdp") == BROKER_XDP_ANYHOW);
	info->device_bufs = nd->may_use_device_bufs;
	nd->end = -1;
	pthread_mutex_init(&nd->lock, NULL);
	err = watch_start(nd);
	if (!err)
		return nd;
	nm_refuse(reason, err, "there is no thread to watch the device of that name");
	watch_forget(nd);
	pthread_mutex_destroy(&nd->lock);
	os_ns_put(nd->ns);
	free(nd);
	return NULL;
}

void os_netdev_put(struct os_netdev *nd)
{
	os_assert(!nd->ops);
	watch_stop(nd);
	watch_forget(nd);
	pthread_mutex_destroy(&nd->lock);
	os_ns_put(nd->ns);
	free(nd);
}

enum os_netdev_state os_netdev_state(const struct os_netdev *nd)
{
	return __atomic_load_n(&nd->state, __ATOMIC_ACQUIRE);
}

uint32_t os_netdev_traits(const struct os_netdev *nd)
{
	return (__atomic_load_n(&nd->has_carrier, __ATOMIC_RELAXED) ? 0 : NM_INFO_NO_LINK) |
	       (__atomic_load_n(&nd->is_lro_off, __ATOMIC_RELAXED) ? NM_INFO_LRO_OFF : 0) |
	       __atomic_load_n(&nd->xdp_traits, __ATOMIC_RELAXED);
}

const char *os_netdev_xdp_reason(const struct os_netdev *nd)
{
	return nd->ops ? nd->taken.no_xdp : "";
}

uint32_t os_netdev_frame_max(const struct os_netdev *nd)
{
	return __atomic_load_n(&nd->mtu, __ATOMIC_RELAXED) + ETH_HLEN + VLAN_HLEN;
}

void os_netdev_refresh(struct os_netdev *nd)
{
	watch_catch_up(nd);
}

/* What was kept back may be wanted no more. */
void os_netdev_wants_changed(struct os_netdev *nd)
{
	host_tell(nd);
	os_netdev_resume(nd, OS_NETDEV_WIRE);
}

/* With copies, the kernel makes a packet of each frame to be sent. */
static void traits_set(struct os_netdev *nd)
{
	const struct broker_xdp_told *t = &nd->taken.xdp.told;
	uint32_t traits = 0;

	if (t->queues)
		traits = t->is_zero_copy ? NM_INFO_XDP_TX | NM_INFO_XDP_RX | NM_INFO_ZERO_COPY :
			 NM_INFO_XDP_RX;
	if (t->has_device_bufs)
		traits |= NM_INFO_LENT;
	__atomic_store_n(&nd->xdp_traits, traits, __ATOMIC_RELAXED);
}

static void tell(const struct os_netdev *nd)
{
	const struct broker_taken *t = &nd->taken;

	if (t->xdp.told.queues)
		os_log(OS_INFO, "%s: by AF_XDP, %s copies by the kernel, with %s", nd->name,
		       t->xdp.told.is_zero_copy ? "without" : "with",
		       t->xdp.told.has_device_bufs ? "the slots' own buffers" : "memory of its own");
	else
		os_log(OS_INFO, "%s: by packet sockets%s%s", nd->name, *t->no_xdp ? ", not AF_XDP: " : "",
		       t->no_xdp);
}

static struct device_bufs *device_bufs_begin(const struct os_netdev *nd, struct nm_region *bufs)
{
	const char *why_not;
	struct device_bufs *l;

	if (!nd->may_use_device_bufs)
		return NULL;
	l = device_bufs_make(bufs, nd->queues[1], &why_not);
	if (!l)
		os_log(OS_INFO, "%s: no buffers are lent to it: %s", nd->name, why_not);
	return l;
}

/* It was not wanted, or for a moment only, and then the kernel may still have it. */
static void device_bufs_undo(struct os_netdev *nd)
{
	if (!nd->taken.xdp.had_device_bufs)
		device_bufs_free(nd->device_bufs);
	else
		leave_begin(nd->ns, nd->ifindex, NULL, nd->device_bufs);
	nd->device_bufs = NULL;
}

static int take(struct os_netdev *nd, struct nm_region *bufs, const char **reason)
{
	int err;

	leave_wait(nd->ns, nd->ifindex);
	nd->device_bufs = device_bufs_begin(nd, bufs);
	nd->taken.xdp.told = (struct broker_xdp_told){ .queues = 0 };
	err = broker_take(netns_fd(nd->ns), nd->ifindex, nm_setting_get("xdp"), nd->device_bufs, &nd->taken, reason);
	leave_is_over(nd->ns, nd->ifindex, nd->taken.xdp.told.queues);
	if (nd->device_bufs && (err || !nd->taken.xdp.told.has_device_bufs))
		device_bufs_undo(nd);
	return err == -ENODEV ? -ENXIO : err;
}

static void leave(struct os_netdev *nd)
{
	leave_begin(nd->ns, nd->ifindex, &nd->taken, nd->device_bufs);
	nd->device_bufs = NULL;
}

/* All but the threads. */
static int open_all(struct os_netdev *nd, struct nm_region *bufs, const char **reason)
{
	int err = take(nd, bufs, reason);

	if (err)
		return err;
	__atomic_store_n(&nd->is_lro_off, nd->taken.had_lro, __ATOMIC_RELAXED);
	nd->wire_ops = nd->taken.xdp.told.queues ? &wire_xdp : &wire_packet;
	traits_set(nd);
	tell(nd);
	nd->wire = nd->wire_ops->open(nd, &nd->taken, &err);
	if (nd->wire) {
		err = host_open(nd);
		if (!err)
			return 0;
		nd->wire_ops->close(nd->wire);
	}
	leave(nd);
	return err;
}

static void close_all(struct os_netdev *nd)
{
	host_close(nd);
	nd->wire_ops->close(nd->wire);
	leave(nd);
	__atomic_store_n(&nd->is_lro_off, false, __ATOMIC_RELAXED);
	__atomic_store_n(&nd->xdp_traits, 0, __ATOMIC_RELAXED);
}

static void ops_set(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg)
{
	pthread_mutex_lock(&nd->lock);
	nd->arg = arg;
	nd->ops = ops;
	pthread_mutex_unlock(&nd->lock);
}

int os_netdev_attach(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg,
		     struct nm_region *bufs, struct nm_reason *reason)
{
	const char *text = "there is no memory, or no thread, for its frames";
	int err;

	watch_catch_up(nd);
	if (os_netdev_state(nd) > OS_NETDEV_DOWN)
		return nm_refuse(reason, -ENXIO, "it is another device now, or gone");
	err = open_all(nd, bufs, &text);
	if (err)
		return nm_refuse(reason, err, "%s", text);
	ops_set(nd, ops, arg);
	err = receivers_start(nd);
	if (err) {
		ops_set(nd, NULL, NULL);
		close_all(nd);
		return nm_refuse(reason, err, "%s", text);
	}
	return 0;
}

/*
 * From the first step on frames go where they went before. Then those who deliver end, then what they
 * used. The watcher sees ops under its lock.
 */
void os_netdev_detach(struct os_netdev *nd)
{
	host_quiet(nd);
	/* At once: later it might undo what somebody has set meanwhile. */
	if (nd->taken.had_lro) {
		pthread_mutex_lock(&nd->lock);
		broker_leave_links(&nd->taken);
		pthread_mutex_unlock(&nd->lock);
	}
	receivers_stop(nd);
	ops_set(nd, NULL, NULL);
	close_all(nd);
}

uint32_t os_netdev_send(struct os_netdev *nd, enum os_netdev_side to, uint32_t queue,
			const struct os_frag *frag, uint32_t n, uint32_t *in_flight)
{
	(void)in_flight;
	if (!netdev_is_up(nd))
		return 0;
	if (to == OS_NETDEV_STACK)
		return host_send(nd, frag, n);
	if (!__atomic_load_n(&nd->has_carrier, __ATOMIC_RELAXED))
		return 0;
	return nd->wire_ops->send(nd->wire, queue, frag, n, in_flight);
}

uint32_t os_packet_look(const struct os_packet *pkt, const uint8_t **data)
{
	*data = pkt->data;
	return pkt->len;
}

/* It was received a moment ago. */
uint64_t os_packet_time(const struct os_packet *pkt)
{
	struct timespec ts;

	(void)pkt;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void os_packet_copy(const struct os_packet *pkt, uint32_t off, void *dst, uint32_t n)
{
	memcpy(dst, pkt->data + off, n);
}
