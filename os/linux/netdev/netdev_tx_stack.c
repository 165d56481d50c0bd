// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Send frames to the stack, as if the device had received them. Each skb has our destructor, by
 * which our ingress hook recognizes and accepts it. Where the device has GRO on, the segments of a
 * stream within a batch are merged here: the kernel's GRO runs before the hooks, and only for a
 * driver that polls.
 */
#include <linux/etherdevice.h>
#include <linux/skbuff.h>
#include <linux/wait.h>

#include "../../../core/frame.h"
#include "netdev.h"

/* Prefer contiguous pages of this order, so that a merged frame has few fragments. */
#define PAGE_ORDER	3

static atomic_t stack_skbs = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(stack_skbs_gone);

/* Also identifies our skbs: only this file sets this destructor. */
static void stack_skb_free(struct sk_buff *skb)
{
	if (atomic_dec_and_test(&stack_skbs))
		wake_up(&stack_skbs_gone);
}

bool nm_is_to_stack(const struct sk_buff *skb)
{
	return skb->destructor == stack_skb_free;
}

void nm_stack_wait(void)
{
	wait_event(stack_skbs_gone, !atomic_read(&stack_skbs));
	/* The last destructor may still be running in this module's text. */
	synchronize_net();
}

static void stack_receive(struct net_device *dev, struct sk_buff *skb, u32 queue)
{
	skb->protocol = eth_type_trans(skb, dev);
	skb_record_rx_queue(skb, queue < READ_ONCE(dev->real_num_rx_queues) ? queue : 0);
	atomic_inc(&stack_skbs);
	skb->destructor = stack_skb_free;
	netif_receive_skb(skb);
}

/* Return an skb with a copy of one frame; NULL without memory. */
static struct sk_buff *skb_of_frame(struct net_device *dev, const struct os_frag *frag, u32 *pieces)
{
	const u32 len = nm_frame_len(frag, pieces);
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, len);

	if (likely(skb))
		nm_frame_fill(skb, frag, len);
	return skb;
}

/*
 * Describe the merged segments as GRO does, by their size and a partial TCP checksum.
 * nm_merge_plan() has verified the checksums of the segments.
 */
static void skb_set_segments(struct sk_buff *skb, const struct nm_merge *m)
{
	struct skb_shared_info *info = skb_shinfo(skb);

	info->gso_type = m->is_v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
	info->gso_size = m->seg_size;
	info->gso_segs = m->frames;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + m->l4;
	skb->csum_offset = NM_MERGE_CSUM_OFFSET;
}

static struct sk_buff *skb_of_merge(const struct nm_merge *m, const struct os_frag *frag)
{
	const u32 front = NET_SKB_PAD + NET_IP_ALIGN;
	struct sk_buff *skb;
	u32 at, i, n;
	int err;

	skb = alloc_skb_with_frags(front + m->head_len, m->payload_len, PAGE_ORDER, &err,
				   GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!skb))
		return NULL;
	skb_reserve(skb, front);
	skb_put_data(skb, m->head, m->head_len);
	skb->len += m->payload_len;
	skb->data_len = m->payload_len;
	for (i = 0, at = m->head_len; i < m->frames; i++, at += n) {
		n = frag[i].len - m->head_len;
		WARN_ON_ONCE(skb_store_bits(skb, at, frag[i].data + m->head_len, n));
	}
	skb_set_segments(skb, m);
	return skb;
}

/* True if the device's GRO is on, or is off only because netdev_gro.c switched it off. */
static bool stack_merges(const struct os_netdev *nd, const struct net_device *dev)
{
	return (dev->features & NETIF_F_GRO || READ_ONCE(nd->gro_ifindex)) &&
	       !rcu_access_pointer(dev->xdp_prog);
}

u32 nm_stack_send(struct os_netdev *nd, u32 queue, const struct os_frag *frag, u32 n)
{
	u32 at = 0, pieces, frames;
	struct net_device *dev;
	struct sk_buff *skb;
	struct nm_merge m;
	bool merges;

	local_bh_disable();
	dev = rcu_dereference_bh(nd->dev);
	merges = dev && stack_merges(nd, dev);
	while (dev && netif_running(dev) && at < n) {
		frames = merges ? nm_merge_plan(&m, frag + at, n - at) : 1;
		skb = frames > 1 ? skb_of_merge(&m, frag + at) : NULL;
		pieces = frames;
		if (!skb)
			skb = skb_of_frame(dev, frag + at, &pieces);
		if (!skb)
			break;
		at += pieces;
		stack_receive(dev, skb, queue);
	}
	local_bh_enable();
	return at;
}
