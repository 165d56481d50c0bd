// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * A device of ours that frames of another are redirected to, and what it does with them: to the engine if
 * that wants them, else to the stack, as they would have gone. It is seen as netmap0 and so on, in the first
 * namespace; what the stack sends to it is dropped.
 *
 * Frames come in softirqs of who received them, at most a few at a time, all from one device.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>

#include "netdev.h"

/* Frames that come at a time: as many as the kernel gathers for a device. */
#define BATCH	16

struct target {
	struct os_netdev *nd;	/* const; outlives the target */
};

/* What the program wrote in front of the frame. */
static u32 queue_of(const struct xdp_frame *frame)
{
	return frame->metasize >= sizeof(u32) ? *((const u32 *)frame->data - 1) : 0;
}

/*
 * Takes the frame over. The program is told to leave the queue alone from now on. A device that is being
 * removed lasts until who might have seen it is done.
 */
static void to_stack(struct os_netdev *nd, struct xdp_frame *frame, u32 queue)
{
	struct net_device *dev = READ_ONCE(nd->xdp.dev);
	struct sk_buff *skb;

	nm_pass_set(nd, queue, 1);
	frame->metasize = 0;
	skb = dev ? xdp_build_skb_from_frame(frame, dev) : NULL;
	if (!skb) {
		xdp_return_frame_rx_napi(frame);
		return;
	}
	skb_record_rx_queue(skb, queue);
	netif_receive_skb(skb);
}

/* Frames of one queue. Those that are wanted; a device that was renamed or moved is no longer the port's. */
static void take(struct os_netdev *nd, struct xdp_frame **frames, u32 n, u32 queue)
{
	const struct os_packet *pkt[BATCH];
	u32 i;

	if (unlikely(!READ_ONCE(nd->xdp.usable)))
		nm_pass_set(nd, queue, 1);
	if (unlikely(!rcu_access_pointer(nd->dev) || !nd->ops->wants(nd->arg, OS_NETDEV_WIRE, queue))) {
		for (i = 0; i < n; i++)
			to_stack(nd, frames[i], queue);
		return;
	}
	for (i = 0; i < n; i++)
		pkt[i] = nm_packet_of_frame(frames[i]);
	nd->ops->deliver(nd->arg, OS_NETDEV_WIRE, queue, pkt, n);
	for (i = 0; i < n; i++)
		xdp_return_frame_rx_napi(frames[i]);
}

/* How many of n frames from the first on are of its queue, and in one piece. */
static int run_of(struct xdp_frame **frames, int n, u32 queue)
{
	int i;

	for (i = 0; i < min_t(int, n, BATCH); i++) {
		if (unlikely(xdp_frame_has_frags(frames[i]) || queue_of(frames[i]) != queue))
			break;
	}
	return i;
}

static int receive(struct net_device *target, int n, struct xdp_frame **frames, u32 flags)
{
	struct os_netdev *nd = ((struct target *)netdev_priv(target))->nd;
	int done = 0, run;
	u32 queue;

	while (done < n) {
		queue = queue_of(frames[done]);
		run = run_of(frames + done, n - done, queue);
		if (unlikely(!run))
			break;
		take(nd, frames + done, run, queue);
		done += run;
	}
	return done;
}

static netdev_tx_t drop(struct sk_buff *skb, struct net_device *target)
{
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops target_ops = {
	.ndo_start_xmit = drop,
	.ndo_xdp_xmit = receive,
};

static void setup(struct net_device *target)
{
	target->netdev_ops = &target_ops;
	target->type = ARPHRD_VOID;
	target->flags = IFF_NOARP;
	target->priv_flags |= IFF_NO_QUEUE;
	target->hard_header_len = ETH_HLEN;
	target->mtu = ETH_MAX_MTU;
	target->max_mtu = ETH_MAX_MTU;
	target->needs_free_netdev = true;
	nm_dev_takes_frames(target);
}

struct net_device *nm_xdp_target_make_locked(struct os_netdev *nd)
{
	struct net_device *target;

	target = alloc_netdev(sizeof(struct target), "netmap%d", NET_NAME_ENUM, setup);
	if (!target)
		return NULL;
	((struct target *)netdev_priv(target))->nd = nd;
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
