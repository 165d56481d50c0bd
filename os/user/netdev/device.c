// SPDX-License-Identifier: BSD-2-Clause
/* A network device: getting, attaching and detaching it, sending. See device.h. */
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
	int err;

	if (!nd) {
		nm_refuse_nomem(reason, "the device of that name");
		return NULL;
	}
	if (broker_find(netns_fd(ns), name, &link, &nd->events, reason)) {
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
	nd->may_use_device_bufs =
		device_bufs_are_on() && nm_setting_get("xdp") != BROKER_XDP_NEVER &&
		(link.has_zero_copy || nm_setting_get("xdp") == BROKER_XDP_ALWAYS);
	info->device_bufs = nd->may_use_device_bufs;
	nd->end = -1;
	pthread_mutex_init(&nd->lock, NULL);
	err = watch_start(nd);
	if (!err)
		return nd;
	nm_refuse(reason, err, "cannot start a thread to watch the device of that name");
	watch_close(nd);
	pthread_mutex_destroy(&nd->lock);
	os_ns_put(nd->ns);
	free(nd);
	return NULL;
}

void os_netdev_put(struct os_netdev *nd)
{
	os_assert(!nd->ops);
	watch_stop(nd);
	watch_close(nd);
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
	return nd->ops ? nd->opened.reason : "";
}

uint32_t os_netdev_frame_max(const struct os_netdev *nd)
{
	return __atomic_load_n(&nd->mtu, __ATOMIC_RELAXED) + ETH_HLEN + VLAN_HLEN;
}

void os_netdev_refresh(struct os_netdev *nd)
{
	watch_catch_up(nd);
}

/* The engine may no longer take frames that are in a backlog: make the receivers retry. */
void os_netdev_wants_changed(struct os_netdev *nd)
{
	host_flags_set(nd);
	os_netdev_resume(nd, OS_NETDEV_WIRE);
}

/* With copies the kernel makes an skb of each frame that is sent, so only receiving is by XDP. */
static void netdev_set_traits(struct os_netdev *nd)
{
	const struct broker_xdp_info *xdp = &nd->opened.xdp.info;
	uint32_t traits = 0;

	if (xdp->queues)
		traits = NM_INFO_XDP_RX;
	if (xdp->is_zero_copy)
		traits |= NM_INFO_XDP_TX | NM_INFO_ZERO_COPY;
	if (xdp->has_device_bufs)
		traits |= NM_INFO_LENT;
	__atomic_store_n(&nd->xdp_traits, traits, __ATOMIC_RELAXED);
}

static void netdev_log_wire(const struct os_netdev *nd)
{
	const struct broker_opened *o = &nd->opened;

	if (o->xdp.info.queues)
		os_log(OS_INFO, "%s: by AF_XDP, %s copies by the kernel, with %s", nd->name,
		       o->xdp.info.is_zero_copy ? "without" : "with",
		       o->xdp.info.has_device_bufs ? "its region's buffers" : "memory of its own");
	else
		os_log(OS_INFO, "%s: by packet sockets%s%s", nd->name,
		       *o->reason ? ", not AF_XDP: " : "", o->reason);
}

static struct device_bufs *netdev_make_bufs(const struct os_netdev *nd, struct nm_region *bufs)
{
	const char *unfit;
	struct device_bufs *d;

	if (!nd->may_use_device_bufs)
		return NULL;
	d = device_bufs_make(bufs, nd->queues[1], &unfit);
	if (!d)
		os_log(OS_INFO, "%s: it cannot use its region's buffers: %s", nd->name, unfit);
	return d;
}

/*
 * Free device buffers that are not used: later, if the kernel has had them and may still use them.
 */
static void netdev_free_bufs(struct os_netdev *nd)
{
	if (!nd->opened.xdp.had_device_bufs)
		device_bufs_free(nd->device_bufs);
	else
		deferred_close_start(nd->ns, nd->ifindex, NULL, nd->device_bufs);
	nd->device_bufs = NULL;
}

static int netdev_attach_broker(struct os_netdev *nd, struct nm_region *bufs,
				struct nm_reason *reason)
{
	int err;

	deferred_close_wait(nd->ns, nd->ifindex);
	nd->device_bufs = netdev_make_bufs(nd, bufs);
	nd->opened.xdp.info = (struct broker_xdp_info){ .queues = 0 };
	err = broker_attach(netns_fd(nd->ns), nd->ifindex, nm_setting_get("xdp"), nd->device_bufs,
			    &nd->opened, reason);
	deferred_close_released(nd->ns, nd->ifindex, nd->opened.xdp.info.queues);
	if (nd->device_bufs && (err || !nd->opened.xdp.info.has_device_bufs))
		netdev_free_bufs(nd);
	return err;
}

static void netdev_detach_broker(struct os_netdev *nd)
{
	deferred_close_start(nd->ns, nd->ifindex, &nd->opened, nd->device_bufs);
	nd->device_bufs = NULL;
}

/* Attach the device and open everything but the receivers' threads. */
static int netdev_open(struct os_netdev *nd, struct nm_region *bufs, struct nm_reason *reason)
{
	int err = netdev_attach_broker(nd, bufs, reason);

	if (err)
		return err;
	__atomic_store_n(&nd->is_lro_off, nd->opened.had_lro, __ATOMIC_RELAXED);
	nd->wire_ops = nd->opened.xdp.info.queues ? &wire_xdp : &wire_packet;
	netdev_set_traits(nd);
	netdev_log_wire(nd);
	nd->wire = nd->wire_ops->open(nd, &nd->opened, &err);
	if (nd->wire) {
		err = host_open(nd);
		if (!err)
			return 0;
		nd->wire_ops->close(nd->wire);
	}
	netdev_detach_broker(nd);
	return nm_refuse(reason, err, "cannot set up memory for its frames");
}

static void netdev_close(struct os_netdev *nd)
{
	host_close(nd);
	nd->wire_ops->close(nd->wire);
	netdev_detach_broker(nd);
	__atomic_store_n(&nd->is_lro_off, false, __ATOMIC_RELAXED);
	__atomic_store_n(&nd->xdp_traits, 0, __ATOMIC_RELAXED);
}

static void netdev_set_ops(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg)
{
	pthread_mutex_lock(&nd->lock);
	nd->arg = arg;
	nd->ops = ops;
	pthread_mutex_unlock(&nd->lock);
}

int os_netdev_attach(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg,
		     struct nm_region *bufs, struct nm_reason *reason)
{
	int err;

	watch_catch_up(nd);
	if (netdev_is_lost(nd))
		return nm_refuse(reason, -ENXIO, "it was removed, renamed or changed meanwhile");
	err = netdev_open(nd, bufs, reason);
	if (err)
		return err;
	netdev_set_ops(nd, ops, arg);
	err = receivers_start(nd);
	if (err) {
		netdev_set_ops(nd, NULL, NULL);
		netdev_close(nd);
		return nm_refuse(reason, err, "cannot start threads for its frames");
	}
	return 0;
}

/*
 * First clear the flags, so that frames take their normal path again. Then stop the receivers, then
 * close what they used. The watcher reads ops under its lock.
 */
void os_netdev_detach(struct os_netdev *nd)
{
	host_flags_clear(nd);
	/*
	 * Restore LRO now: in the background, it could undo a later setting of the administrator.
	 */
	if (nd->opened.had_lro) {
		pthread_mutex_lock(&nd->lock);
		broker_detach_programs(&nd->opened);
		pthread_mutex_unlock(&nd->lock);
	}
	receivers_stop(nd);
	netdev_set_ops(nd, NULL, NULL);
	netdev_close(nd);
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

uint32_t os_packet_data(const struct os_packet *pkt, const uint8_t **data)
{
	*data = pkt->data;
	return pkt->len;
}

/* There is no timestamp: the frame was received a moment ago. */
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
