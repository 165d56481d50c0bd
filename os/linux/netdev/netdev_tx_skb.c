// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Hand frames to a driver as skbs, by its ndo_start_xmit(), under the lock of its queue.
 *
 * A driver that allows shared skbs, as those of most cards do, gets the same skb again once its
 * only reference is ours. For other drivers the skb comes from the kernel's per-CPU cache each
 * time, and only the page below it is reused.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

#include "netdev.h"

/*
 * nm_txq.retained rises by RETAINED_STEP for a page that a receiver still has and falls by 1 for
 * one that came back. Above RETAINED_MANY, short frames get no page.
 */
#define RETAINED_STEP	8u
#define RETAINED_MANY	64u
#define RETAINED_MAX	1024u

/* A batch of frames on their way to a driver's queue. */
struct skb_batch {
	struct net_device *dev;
	struct nm_txq *q;
	const struct os_frag *frag;
	u32 at, n;		/* the next piece in frag[], the number of pieces */
	u32 queue;
	u32 headroom, max_len;	/* bytes before a frame; the longest frame that fits a page */
	bool shares;		/* the driver allows shared skbs */
};

static u32 dev_headroom(const struct net_device *dev)
{
	return max_t(u32, NET_SKB_PAD, ALIGN(READ_ONCE(dev->needed_headroom), 16)) + NET_IP_ALIGN;
}

static void skb_batch_init(struct skb_batch *b, struct nm_txq *q, struct net_device *dev, u32 queue)
{
	b->q = q;
	b->dev = dev;
	b->queue = queue < READ_ONCE(dev->real_num_tx_queues) ? queue : 0;
	b->headroom = dev_headroom(dev);
	b->max_len = SKB_WITH_OVERHEAD(PAGE_SIZE) - b->headroom - READ_ONCE(dev->needed_tailroom);
	b->shares = dev->priv_flags & IFF_TX_SKB_SHARING;
}

/* Return an empty skb around the page, taking over one reference to it; NULL without memory. */
static struct sk_buff *skb_around_page(struct page *page, u32 headroom)
{
	struct sk_buff *skb = page ? napi_build_skb(page_address(page), PAGE_SIZE) : NULL;

	if (likely(skb))
		skb_reserve(skb, headroom);
	return skb;
}

/*
 * Return the buffer's skb with one more reference; its length is that of its last frame. Replaces
 * an skb that is still referenced. A shared skb's data pointer must not move, so the headroom has
 * to match exactly.
 */
static struct sk_buff *tx_buf_skb_locked(struct nm_tx_buf *buf, u32 headroom)
{
	struct sk_buff *skb = buf->skb;

	if (likely(skb && refcount_read(&skb->users) == 1 && !skb_cloned(skb) &&
		   !skb_is_nonlinear(skb) && skb_headroom(skb) == headroom)) {
		/* Order our writes after the last user's accesses: it dropped its reference. */
		smp_acquire__after_ctrl_dep();
	} else {
		struct page *page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);

		nm_tx_buf_drop(buf);
		skb = skb_around_page(page, headroom);
		buf->skb = skb;
		if (unlikely(!skb)) {
			if (page)
				put_page(page);
			return NULL;
		}
	}
	return skb_get(skb);
}

/*
 * True if receivers kept most recent pages, as a socket with a slow reader does. Do not spend a
 * whole page per short frame then: clearing pages dominates the cost, and the page's truesize is
 * charged to the socket.
 */
static bool txq_pages_are_retained_locked(struct nm_txq *q, const struct nm_tx_buf *buf)
{
	if (likely(!buf->page || page_ref_count(buf->page) == 1)) {
		q->retained -= q->retained > 0;
		return false;
	}
	q->retained = min(q->retained + RETAINED_STEP, RETAINED_MAX);
	return q->retained > RETAINED_MANY;
}

/* Allocate an skb as drivers do for frames they receive, sized for this frame. */
static struct sk_buff *skb_alloc_short(const struct skb_batch *b, u32 len)
{
	const u32 more = b->headroom - NET_SKB_PAD;
	const u32 size = more + len + READ_ONCE(b->dev->needed_tailroom);
	struct sk_buff *skb = __netdev_alloc_skb(b->dev, size, GFP_ATOMIC | __GFP_NOWARN);

	if (likely(skb))
		skb_reserve(skb, more);
	return skb;
}

/* Return an skb around the buffer's page, with its own reference to the page. */
static struct sk_buff *tx_buf_page_skb_locked(const struct skb_batch *b, struct nm_tx_buf *buf,
					      u32 len)
{
	struct sk_buff *skb;

	if (unlikely(txq_pages_are_retained_locked(b->q, buf)))
		return skb_alloc_short(b, len);
	skb = skb_around_page(nm_tx_buf_page_locked(buf), b->headroom);
	if (likely(skb))
		get_page(buf->page);
	return skb;
}

/* Frames that do not fit a page are rare, so they come from the heap. */
static noinline struct sk_buff *skb_alloc_long(const struct skb_batch *b, u32 len)
{
	const u32 size = b->headroom + len + READ_ONCE(b->dev->needed_tailroom);
	struct sk_buff *skb = alloc_skb(size, GFP_ATOMIC | __GFP_NOWARN);

	if (skb)
		skb_reserve(skb, b->headroom);
	return skb;
}

/* Return an empty skb with room for len bytes; NULL without memory. */
static struct sk_buff *skb_for_frame_locked(const struct skb_batch *b, u32 len)
{
	struct nm_txq *q = b->q;
	struct nm_tx_buf *buf;

	if (unlikely(len > b->max_len))
		return skb_alloc_long(b, len);
	buf = &q->bufs[q->next];
	q->next = (q->next + 1) % NM_TX_BUFS;
	if (b->shares)
		return tx_buf_skb_locked(buf, b->headroom);
	return tx_buf_page_skb_locked(b, buf, len);
}

/* Frames copied to skbs, with the number of pieces of each. */
struct skb_frames {
	struct sk_buff *skb[16];
	u8 pieces[16];
	u32 n;
};

/* Copy the next frames of the batch to skbs. Returns false at the end, or without memory. */
static bool skb_batch_fill(struct skb_batch *b, struct skb_frames *f)
{
	struct sk_buff *skb;
	u32 len, pieces;

	f->n = 0;
	spin_lock(&b->q->lock);
	while (likely(b->q->bufs) && b->at < b->n && f->n < ARRAY_SIZE(f->skb)) {
		len = nm_frame_len(b->frag + b->at, &pieces);
		skb = skb_for_frame_locked(b, len);
		if (unlikely(!skb))
			break;
		nm_frame_fill(skb, b->frag + b->at, len);
		b->at += pieces;
		skb->dev = b->dev;
		skb_reset_mac_header(skb);
		skb->protocol = eth_hdr(skb)->h_proto;
		skb_set_network_header(skb, ETH_HLEN);
		skb_set_queue_mapping(skb, b->queue);
		f->skb[f->n] = skb;
		f->pieces[f->n++] = pieces;
	}
	spin_unlock(&b->q->lock);
	return f->n;
}

/* Hand the skb to the driver, or free it. Returns whether the driver took it. */
static bool skb_xmit(const struct skb_batch *b, struct netdev_queue *txq, struct sk_buff *skb,
		     bool more)
{
	if (likely(!netif_xmit_frozen_or_drv_stopped(txq) &&
		   dev_xmit_complete(netdev_start_xmit(skb, b->dev, txq, more))))
		return true;
	kfree_skb(skb);
	return false;
}

/*
 * Send the batch. A frame goes out with xmit_more only once the next one is ready, because the
 * driver may delay its doorbell until then. Returns the number of pieces sent.
 */
static u32 skb_batch_xmit(struct skb_batch *b, struct netdev_queue *txq)
{
	u32 sent = 0, pieces = 0, i;
	struct sk_buff *skb = NULL;
	struct skb_frames f;

	while (!netif_xmit_frozen_or_drv_stopped(txq) && skb_batch_fill(b, &f)) {
		for (i = 0; i < f.n; i++) {
			if (skb && !skb_xmit(b, txq, skb, true))
				goto full;
			sent += pieces;
			pieces = f.pieces[i];
			skb = f.skb[i];
		}
	}
	if (skb && skb_xmit(b, txq, skb, false))
		sent += pieces;
	return sent;
full:
	for (; i < f.n; i++)
		kfree_skb(f.skb[i]);
	return sent;
}

u32 nm_skb_send(struct nm_txq *q, struct net_device *dev, u32 queue, const struct os_frag *frag,
		u32 n)
{
	struct skb_batch b = { .frag = frag, .n = n };
	struct netdev_queue *txq;
	u32 sent;

	skb_batch_init(&b, q, dev, queue);
	txq = netdev_get_tx_queue(dev, b.queue);
	HARD_TX_LOCK(dev, txq, smp_processor_id());
	sent = skb_batch_xmit(&b, txq);
	HARD_TX_UNLOCK(dev, txq);
	return sent;
}
