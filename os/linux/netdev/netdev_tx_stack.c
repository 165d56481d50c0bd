// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Frames on their way from the engine to the stack. Each has a destructor of ours, by which our own hook knows it.
 * Where the device's receiver would merge segments of a stream (GRO), those of a batch are merged here: a driver's
 * way to do that comes before the hooks, and is one of polling only.
 */
#include <linux/etherdevice.h>
#include <linux/skbuff.h>
#include <linux/wait.h>

#include "../../../core/offload/merge.h"
#include "netdev.h"

/* Pages in a row, where they are to be had: a merged frame has few pieces then. */
#define PAGE_ORDER	3

static atomic_t to_stack_count = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(to_stack_end);

/* Also what tells these frames apart: no one else can give a packet this destructor. */
static void to_stack_done(struct sk_buff *skb)
{
	if (atomic_dec_and_test(&to_stack_count))
		wake_up(&to_stack_end);
}

bool nm_is_to_stack(const struct sk_buff *skb)
{
	return skb->destructor == to_stack_done;
}

void nm_to_stack_wait(void)
{
	wait_event(to_stack_end, !atomic_read(&to_stack_count));
	/* The last destructor may still be on its way out of this module. */
	synchronize_net();
}

static void give_to_stack(struct net_device *dev, struct sk_buff *skb, u32 queue)
{
	skb->protocol = eth_type_trans(skb, dev);
	skb_record_rx_queue(skb, queue < READ_ONCE(dev->real_num_rx_queues) ? queue : 0);
	atomic_inc(&to_stack_count);
	skb->destructor = to_stack_done;
	netif_receive_skb(skb);
}

/* One frame as it is. */
static struct sk_buff *skb_whole(struct net_device *dev, const struct os_frag *frag, u32 *pieces)
{
	const u32 len = nm_frame_len(frag, pieces);
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, len);

	if (likely(skb))
		nm_frame_fill(skb, frag, len);
	return skb;
}

/* What GRO leaves: TCP's checksum begun, as is known to be right; and how to make the segments again. */
static void tell_segments(struct sk_buff *skb, const struct nm_merge *m)
{
	struct skb_shared_info *info = skb_shinfo(skb);

	info->gso_type = m->is_v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
	info->gso_size = m->seg_size;
	info->gso_segs = m->frames;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + m->l4;
	skb->csum_offset = NM_MERGE_CSUM_OFFSET;
}

static struct sk_buff *skb_merged(const struct nm_merge *m, const struct os_frag *frag)
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
	tell_segments(skb, m);
	return skb;
}

/* Where it is off only because of us, it is not meant to be off here. */
static bool is_to_be_merged(const struct os_netdev *nd, const struct net_device *dev)
{
	return (dev->features & NETIF_F_GRO || READ_ONCE(nd->gro_off)) && !rcu_access_pointer(dev->xdp_prog);
}

u32 nm_send_to_stack(struct os_netdev *nd, u32 queue, const struct os_frag *frag, u32 n)
{
	u32 at = 0, pieces, frames;
	struct net_device *dev;
	struct sk_buff *skb;
	struct nm_merge m;
	bool merges;

	local_bh_disable();
	dev = rcu_dereference_bh(nd->dev);
	merges = dev && is_to_be_merged(nd, dev);
	while (dev && netif_running(dev) && at < n) {
		frames = merges ? nm_merge_plan(&m, frag + at, n - at) : 1;
		skb = frames > 1 ? skb_merged(&m, frag + at) : NULL;
		pieces = frames;
		if (!skb)
			skb = skb_whole(dev, frag + at, &pieces);
		if (!skb)
			break;
		at += pieces;
		give_to_stack(dev, skb, queue);
	}
	local_bh_enable();
	return at;
}
