// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The target: a device of ours to which the program redirects a device's frames. It delivers them
 * to the engine, or, if the engine does not want them, to the stack of the device they arrived on.
 * Targets are visible as netmap0, netmap1, ... in the initial namespace. Frames that the stack
 * sends to a target are dropped.
 *
 * Frames arrive in the softirq of their receiver, in small batches from one device.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>

#include "netdev.h"

/* Frames delivered at a time. The kernel's redirect queues gather this many for a device. */
#define BATCH	16

struct xdp_target {
	struct os_netdev *nd;	/* const; outlives the target */
};

/* Return the rx queue, which the program wrote in front of the frame. */
static u32 frame_queue(const struct xdp_frame *frame)
{
	return frame->metasize >= sizeof(u32) ? *((const u32 *)frame->data - 1) : 0;
}

/*
 * Give the frame to the stack, and make the program pass the queue's next frames there itself. A
 * device that is being removed stays valid until the RCU grace period ends, in which we run.
 */
static void target_to_stack(struct os_netdev *nd, struct xdp_frame *frame, u32 queue)
{
	struct net_device *dev = READ_ONCE(nd->xdp.dev);
	struct sk_buff *skb;

	nm_xdp_pass_set(nd, queue, 1);
	frame->metasize = 0;
	skb = dev ? xdp_build_skb_from_frame(frame, dev) : NULL;
	if (!skb) {
		xdp_return_frame_rx_napi(frame);
		return;
	}
	skb_record_rx_queue(skb, queue);
	netif_receive_skb(skb);
}

/*
 * Deliver n frames of one queue to the engine, if it wants them. The device may have been renamed
 * or moved and is no longer the port's then.
 */
static void target_deliver(struct os_netdev *nd, struct xdp_frame **frames, u32 n, u32 queue)
{
	const struct os_packet *pkt[BATCH];
	u32 i;

	if (unlikely(!READ_ONCE(nd->xdp.usable)))
		nm_xdp_pass_set(nd, queue, 1);
	if (unlikely(!rcu_access_pointer(nd->dev) ||
		     !nd->ops->wants(nd->arg, OS_NETDEV_WIRE, queue))) {
		for (i = 0; i < n; i++)
			target_to_stack(nd, frames[i], queue);
		return;
	}
	for (i = 0; i < n; i++)
		pkt[i] = nm_packet_of_xdp_frame(frames[i]);
	nd->ops->deliver(nd->arg, OS_NETDEV_WIRE, queue, pkt, n);
	for (i = 0; i < n; i++)
		xdp_return_frame_rx_napi(frames[i]);
}

/* Return how many leading frames are of this queue and linear; at most n and BATCH. */
static int target_run(struct xdp_frame **frames, int n, u32 queue)
{
	int i;

	for (i = 0; i < min_t(int, n, BATCH); i++) {
		if (unlikely(xdp_frame_has_frags(frames[i]) || frame_queue(frames[i]) != queue))
			break;
	}
	return i;
}

static int target_xdp_xmit(struct net_device *target, int n, struct xdp_frame **frames, u32 flags)
{
	struct os_netdev *nd = ((struct xdp_target *)netdev_priv(target))->nd;
	int done = 0, run;
	u32 queue;

	while (done < n) {
		queue = frame_queue(frames[done]);
		run = target_run(frames + done, n - done, queue);
		if (unlikely(!run))
			break;
		target_deliver(nd, frames + done, run, queue);
		done += run;
	}
	return done;
}

static netdev_tx_t target_start_xmit(struct sk_buff *skb, struct net_device *target)
{
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops target_ops = {
	.ndo_start_xmit = target_start_xmit,
	.ndo_xdp_xmit = target_xdp_xmit,
};

static void target_setup(struct net_device *target)
{
	target->netdev_ops = &target_ops;
	target->type = ARPHRD_VOID;
	target->flags = IFF_NOARP;
	target->priv_flags |= IFF_NO_QUEUE;
	target->hard_header_len = ETH_HLEN;
	target->mtu = ETH_MAX_MTU;
	target->max_mtu = ETH_MAX_MTU;
	target->needs_free_netdev = true;
	nm_dev_set_xdp_xmit(target);
}

struct net_device *nm_xdp_target_make_locked(struct os_netdev *nd)
{
	struct net_device *target;

	target = alloc_netdev(sizeof(struct xdp_target), "netmap%d", NET_NAME_ENUM, target_setup);
	if (!target)
		return NULL;
	((struct xdp_target *)netdev_priv(target))->nd = nd;
	if (register_netdevice(target)) {
		free_netdev(target);
		return NULL;
	}
	if (dev_open(target, NULL)) {
		unregister_netdevice(target);
		return NULL;
	}
	return target;
}

void nm_xdp_target_free_locked(struct net_device *target)
{
	if (target)
		unregister_netdevice(target);
}
