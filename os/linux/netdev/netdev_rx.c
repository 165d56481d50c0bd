// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Deliver frames to the engine: the netfilter hooks, and the engine's access to packets.
 *
 * The hooks run on any CPU, with softirqs off and under the RCU read lock. An skb may hold several
 * segments, an unfinished checksum, a VLAN tag beside the data, or scattered data. The engine
 * finishes such a frame where it can; otherwise the kernel's own functions do it here.
 */
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

#include "netdev.h"

/* Bytes of a frame before its VLAN tag. */
#define TAG_AT	(2 * ETH_ALEN)

static const struct sk_buff *skb_of(const struct os_packet *pkt)
{
	return (const struct sk_buff *)pkt;
}

uint32_t os_packet_data(const struct os_packet *pkt, const uint8_t **data)
{
	const struct xdp_frame *frame = nm_xdp_frame_of_packet(pkt);
	const struct sk_buff *skb = skb_of(pkt);

	if (frame) {
		*data = frame->data;
		return frame->len;
	}
	if (unlikely(skb_vlan_tag_present(skb))) {
		*data = NULL;
		return skb->len + VLAN_HLEN;
	}
	*data = skb_is_nonlinear(skb) ? NULL : skb->data;
	return skb->len;
}

/* Return the time the card's clock gave the skb, or 0. Some drivers compute it on demand only. */
static ktime_t skb_card_time(const struct sk_buff *skb)
{
	const struct skb_shared_hwtstamps *stamps = skb_hwtstamps((struct sk_buff *)skb);

	if (unlikely(skb_shinfo(skb)->tx_flags & SKBTX_HW_TSTAMP_NETDEV))
		return netdev_get_tstamp(skb->dev, stamps, false);
	return stamps->hwtstamp;
}

uint64_t os_packet_time(const struct os_packet *pkt)
{
	/* XDP frames carry no hardware timestamp. */
	const ktime_t card = nm_xdp_frame_of_packet(pkt) ? 0 : skb_card_time(skb_of(pkt));

	return card ? ktime_to_ns(card) : ktime_get_real_ns();
}

static void skb_copy_range(const struct sk_buff *skb, u32 off, void *dst, u32 n)
{
	if (likely(off + n <= skb_headlen(skb)))
		memcpy(dst, skb->data + off, n);
	else
		WARN_ON_ONCE(skb_copy_bits(skb, off, dst, n));
}

/*
 * Intersect [off, off + n) with [at, at + len), into *begin and *count. Returns false if it is
 * empty.
 */
static bool range_overlap(u32 off, u32 n, u32 at, u32 len, u32 *begin, u32 *count)
{
	u32 first = max(off, at), end = min(off + n, at + len);

	*begin = first;
	*count = end > first ? end - first : 0;
	return *count;
}

/*
 * Copy part of a frame whose VLAN tag lies beside the data: it becomes bytes [TAG_AT, TAG_AT + 4).
 */
static noinline void skb_copy_tagged(const struct sk_buff *skb, u32 off, u8 *dst, u32 n)
{
	const __be16 tag[2] = { skb->vlan_proto, htons(skb_vlan_tag_get(skb)) };
	u32 begin, count;

	if (range_overlap(off, n, 0, TAG_AT, &begin, &count))
		skb_copy_range(skb, begin, dst + begin - off, count);
	if (range_overlap(off, n, TAG_AT, VLAN_HLEN, &begin, &count))
		memcpy(dst + begin - off, (const u8 *)tag + begin - TAG_AT, count);
	if (range_overlap(off, n, TAG_AT + VLAN_HLEN, skb->len - TAG_AT, &begin, &count))
		skb_copy_range(skb, begin - VLAN_HLEN, dst + begin - off, count);
}

/* The packet is an skb: an XDP frame is linear, so the engine reads it directly. */
void os_packet_copy(const struct os_packet *pkt, uint32_t off, void *dst, uint32_t n)
{
	if (skb_vlan_tag_present(skb_of(pkt)))
		skb_copy_tagged(skb_of(pkt), off, dst, n);
	else
		skb_copy_range(skb_of(pkt), off, dst, n);
}

/* Complete skbs, not shared. Softirqs are off, so they may be freed to the per-CPU cache. */
struct rx_batch {
	struct sk_buff *skb[16];
	u32 n;
};

static void rx_batch_deliver(struct os_netdev *nd, enum os_netdev_side from, u32 queue,
			     struct rx_batch *b)
{
	u32 i;

	nd->ops->deliver(nd->arg, from, queue, (const struct os_packet *const *)b->skb, b->n);
	for (i = 0; i < b->n; i++)
		napi_consume_skb(b->skb[i], 1);
	b->n = 0;
}

/* Finish the checksum. Returns false without memory for a private copy of the page it lies in. */
static bool skb_csum_finish(struct sk_buff *skb)
{
	return likely(skb->ip_summed != CHECKSUM_PARTIAL) || !skb_csum_hwoffload_help(skb, 0);
}

static noinline void rx_deliver_segments(struct os_netdev *nd, enum os_netdev_side from, u32 queue,
					 struct sk_buff *whole)
{
	struct sk_buff *segs = __skb_gso_segment(whole, 0, from == OS_NETDEV_STACK), *skb, *next;
	const ktime_t card = skb_card_time(whole);
	struct rx_batch b = { .n = 0 };

	if (IS_ERR_OR_NULL(segs)) {
		kfree_skb(whole);
		return;
	}
	consume_skb(whole);
	skb_list_walk_safe(segs, skb, next) {
		skb_mark_not_on_list(skb);
		if (!skb_csum_finish(skb)) {
			kfree_skb(skb);
			continue;
		}
		skb_hwtstamps(skb)->hwtstamp = card;
		b.skb[b.n++] = skb;
		if (b.n == ARRAY_SIZE(b.skb))
			rx_batch_deliver(nd, from, queue, &b);
	}
	if (b.n)
		rx_batch_deliver(nd, from, queue, &b);
}

void nm_deliver(struct os_netdev *nd, enum os_netdev_side from, u32 queue, struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && nm_deliver_open(nd, from, queue, skb)) {
		napi_consume_skb(skb, 1);
	} else if (unlikely(skb_is_gso(skb))) {
		rx_deliver_segments(nd, from, queue, skb);
	} else if (likely(skb_csum_finish(skb))) {
		nd->ops->deliver(nd->arg, from, queue, (const struct os_packet *const *)&skb, 1);
		napi_consume_skb(skb, 1);
	} else {
		kfree_skb(skb);
	}
}

/*
 * True if the skb may wait in the backlog: its sender is near, as the unfinished checksum shows, or
 * earlier packets wait already. For other packets, waiting costs more than it gains.
 */
static bool wire_may_wait(const struct os_netdev *nd, const struct sk_buff *skb)
{
	const struct nm_backlog *b = &nd->backlog[OS_NETDEV_WIRE];

	return READ_ONCE(b->is_active) || (skb->ip_summed == CHECKSUM_PARTIAL && b->is_used);
}

unsigned int nm_hook_wire(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	u32 queue = skb_rx_queue_recorded(skb) ? skb_get_rx_queue(skb) : 0;
	struct os_netdev *nd = priv;

	if (nm_is_to_stack(skb)) {
		skb_orphan(skb);
		return NF_ACCEPT;
	}
	/*
	 * The stack's copy of its own broadcast: it was never on the wire and has no Ethernet
	 * header.
	 */
	if (skb->pkt_type == PACKET_LOOPBACK)
		return NF_ACCEPT;
	if (!nd->ops->wants(nd->arg, OS_NETDEV_WIRE, queue))
		return NF_ACCEPT;
	if (READ_ONCE(nd->xdp.usable))
		nm_xdp_pass_set(nd, queue, 0);
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (skb) {
		__skb_push(skb, skb->data - skb_mac_header(skb));
		if (unlikely(wire_may_wait(nd, skb)))
			nm_backlog_deliver(&nd->backlog[OS_NETDEV_WIRE], skb);
		else
			nm_deliver(nd, OS_NETDEV_WIRE, queue, skb);
	}
	return NF_STOLEN;
}

/* The flow's hash, where the kernel computed one, keeps a flow in one queue. */
unsigned int nm_hook_stack(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct os_netdev *nd = priv;
	u32 queue = skb->hash;

	if (!nd->ops->wants(nd->arg, OS_NETDEV_STACK, queue))
		return NF_ACCEPT;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (skb && nd->backlog[OS_NETDEV_STACK].is_used)
		nm_backlog_deliver(&nd->backlog[OS_NETDEV_STACK], skb);
	else if (skb)
		nm_deliver(nd, OS_NETDEV_STACK, queue, skb);
	return NF_STOLEN;
}
