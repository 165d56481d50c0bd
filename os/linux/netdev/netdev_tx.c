// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Frames on their way from the engine to the driver.
 *
 * A frame to the driver is copied to a page of the queue's own. Devices that allow shared packets, as most
 * cards do, get the same packet again when its only reference is ours. For the others the packet
 * around the page comes from the kernel's cache for each CPU, and it is the page that may be used again when
 * its only reference is ours. What somebody keeps is his, and a new one takes its place. So
 * nothing of this outlives the module.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "netdev.h"

/* Of nm_txq.kept: a page that is with somebody weighs as much as some that are not. */
#define KEPT_STEP	8u
#define KEPT_MANY	64u
#define KEPT_MOST	1024u

/* Of a CPU's queue of received packets: near the thousand that the kernel allows by default. */
#define BACKLOG_LONG	900u

void nm_txq_init(struct nm_txq *q)
{
	spin_lock_init(&q->lock);
}

void nm_place_empty(struct tx_place *p)
{
	if (p->page)
		put_page(p->page);
	consume_skb(p->skb);
	*p = (struct tx_place){ NULL };
}

void nm_txq_free(struct nm_txq *q)
{
	u32 i;

	for (i = 0; q->place && i < TX_PAGES; i++)
		nm_place_empty(&q->place[i]);
	kvfree(q->place);
}

/* May sleep. Without it, frames are not sent, and the next sync tries again. */
static void places_make(struct nm_txq *q)
{
	struct tx_place *place;

	if (likely(READ_ONCE(q->place)))
		return;
	place = kvcalloc(TX_PAGES, sizeof(*place), GFP_KERNEL_ACCOUNT);
	spin_lock_bh(&q->lock);
	if (!q->place) {
		WRITE_ONCE(q->place, place);
		place = NULL;
	}
	spin_unlock_bh(&q->lock);
	kvfree(place);
}

/* A packet around a page, which is its own but for what references the caller took. */
static struct sk_buff *skb_around(struct page *page, u32 headroom)
{
	struct sk_buff *skb = page ? napi_build_skb(page_address(page), PAGE_SIZE) : NULL;

	if (likely(skb))
		skb_reserve(skb, headroom);
	return skb;
}

/*
 * The place's packet, of whatever length it had, with one more reference. Who shares a packet may
 * not change where it begins.
 */
static struct sk_buff *skb_again_locked(struct tx_place *p, u32 headroom)
{
	struct sk_buff *skb = p->skb;

	if (likely(skb && refcount_read(&skb->users) == 1 && !skb_cloned(skb) &&
		   !skb_is_nonlinear(skb) && skb_headroom(skb) == headroom)) {
		/* Whoever had it before has let it go; what he did comes before what we do. */
		smp_acquire__after_ctrl_dep();
	} else {
		struct page *page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);

		nm_place_empty(p);
		skb = skb_around(page, headroom);
		p->skb = skb;
		if (unlikely(!skb)) {
			if (page)
				put_page(page);
			return NULL;
		}
	}
	return skb_get(skb);
}

static u32 headroom_of(const struct net_device *dev)
{
	return max_t(u32, NET_SKB_PAD, ALIGN(READ_ONCE(dev->needed_headroom), 16)) + NET_IP_ALIGN;
}

/* What is left of a batch. */
struct todo {
	struct net_device *dev;
	struct nm_txq *q;
	const struct os_frag *frag;
	u32 at, n;
	u32 queue;
	u32 headroom, most;	/* bytes before a frame; bytes of the longest that fits a page */
	bool shares;		/* the device allows shared packets */
};

static void todo_begin(struct todo *t, u32 queue)
{
	t->queue = queue < READ_ONCE(t->dev->real_num_tx_queues) ? queue : 0;
	t->headroom = headroom_of(t->dev);
	t->most = SKB_WITH_OVERHEAD(PAGE_SIZE) - t->headroom - READ_ONCE(t->dev->needed_tailroom);
	t->shares = t->dev->priv_flags & IFF_TX_SKB_SHARING;
}

/*
 * Is the page with somebody who has kept most of the last ones too, as a socket does whose reader waits? Such
 * a one is not given whole pages for short frames: clearing them costs most of what there is to pay then, and
 * he has their size on his account.
 */
static bool is_kept_locked(struct nm_txq *q, const struct tx_place *p)
{
	if (likely(!p->page || page_ref_count(p->page) == 1)) {
		q->kept -= q->kept > 0;
		return false;
	}
	q->kept = min(q->kept + KEPT_STEP, KEPT_MOST);
	return q->kept > KEPT_MANY;
}

/* As drivers make packets for what they receive. */
static struct sk_buff *skb_short(const struct todo *t, u32 len)
{
	const u32 more = t->headroom - NET_SKB_PAD;
	struct sk_buff *skb = __netdev_alloc_skb(t->dev, more + len + READ_ONCE(t->dev->needed_tailroom),
						 GFP_ATOMIC | __GFP_NOWARN);

	if (likely(skb))
		skb_reserve(skb, more);
	return skb;
}

/* A packet around the place's page, with a reference of its own. */
static struct sk_buff *skb_of_page_locked(const struct todo *t, struct tx_place *p, u32 len)
{
	struct sk_buff *skb;

	if (unlikely(is_kept_locked(t->q, p)))
		return skb_short(t, len);
	skb = skb_around(nm_place_page_locked(p), t->headroom);
	if (likely(skb))
		get_page(p->page);
	return skb;
}

/* Long ones are rare, and come from the heap. */
static noinline struct sk_buff *skb_long(const struct todo *t, u32 len)
{
	const u32 all = t->headroom + len + READ_ONCE(t->dev->needed_tailroom);
	struct sk_buff *skb = alloc_skb(all, GFP_ATOMIC | __GFP_NOWARN);

	if (skb)
		skb_reserve(skb, t->headroom);
	return skb;
}

/* An empty packet with room for len bytes. */
static struct sk_buff *skb_make_locked(const struct todo *t, u32 len)
{
	struct nm_txq *q = t->q;
	struct tx_place *p;

	if (unlikely(len > t->most))
		return skb_long(t, len);
	p = &q->place[q->at];
	q->at = (q->at + 1) % TX_PAGES;
	return t->shares ? skb_again_locked(p, t->headroom) : skb_of_page_locked(t, p, len);
}

/* Frames as the driver wants them. */
struct made {
	struct sk_buff *skb[16];
	u8 pieces[16];
	u32 n;
};

/* The next ones. False at the end, or without memory. */
static bool frames_make(struct todo *t, struct made *m)
{
	struct sk_buff *skb;
	u32 len, pieces;

	m->n = 0;
	spin_lock(&t->q->lock);
	while (likely(t->q->place) && t->at < t->n && m->n < ARRAY_SIZE(m->skb)) {
		len = nm_frame_len(t->frag + t->at, &pieces);
		skb = skb_make_locked(t, len);
		if (unlikely(!skb))
			break;
		nm_frame_fill(skb, t->frag + t->at, len);
		t->at += pieces;
		skb->dev = t->dev;
		skb_reset_mac_header(skb);
		skb->protocol = eth_hdr(skb)->h_proto;
		skb_set_network_header(skb, ETH_HLEN);
		skb_set_queue_mapping(skb, t->queue);
		m->skb[m->n] = skb;
		m->pieces[m->n++] = pieces;
	}
	spin_unlock(&t->q->lock);
	return m->n;
}

/* Takes the packet over. */
static bool xmit(const struct todo *t, struct netdev_queue *txq, struct sk_buff *skb, bool more)
{
	if (likely(!netif_xmit_frozen_or_drv_stopped(txq) &&
		   dev_xmit_complete(netdev_start_xmit(skb, t->dev, txq, more))))
		return true;
	kfree_skb(skb);
	return false;
}

/*
 * The driver is told that more comes only when the next frame is ready: it may wait for it before
 * it tells the card. Returns the pieces sent.
 */
static u32 xmit_batch(struct todo *t, struct netdev_queue *txq)
{
	u32 sent = 0, pieces = 0, i;
	struct sk_buff *skb = NULL;
	struct made m;

	while (!netif_xmit_frozen_or_drv_stopped(txq) && frames_make(t, &m)) {
		for (i = 0; i < m.n; i++) {
			if (skb && !xmit(t, txq, skb, true))
				goto full;
			sent += pieces;
			pieces = m.pieces[i];
			skb = m.skb[i];
		}
	}
	if (skb && xmit(t, txq, skb, false))
		sent += pieces;
	return sent;
full:
	for (; i < m.n; i++)
		kfree_skb(m.skb[i]);
	return sent;
}

/* Packets of the stack's kind, under the lock of the driver's queue. */
static u32 send_packets(struct todo *t, u32 queue)
{
	struct netdev_queue *txq;
	u32 sent;

	todo_begin(t, queue);
	txq = netdev_get_tx_queue(t->dev, t->queue);
	HARD_TX_LOCK(t->dev, txq, smp_processor_id());
	sent = xmit_batch(t, txq);
	HARD_TX_UNLOCK(t->dev, txq);
	return sent;
}

/*
 * The wire of a veth pair is a queue of this CPU's, of which the kernel drops what is over a thousand packets. When
 * its reader is the thread for that, he waits for this one.
 */
static void queue_let_run(void)
{
	if (unlikely(skb_queue_len_lockless(&raw_cpu_ptr(&softnet_data)->input_pkt_queue) > BACKLOG_LONG))
		cond_resched();
}

static u32 send_to_wire(struct os_netdev *nd, u32 queue, const struct os_frag *frag, u32 n)
{
	struct todo t = { .frag = frag, .n = n };
	int sent = 0;

	queue = queue < nd->txqs ? queue : 0;
	t.q = &nd->txq[queue];
	places_make(t.q);
	local_bh_disable();
	t.dev = rcu_dereference_bh(nd->dev);
	if (likely(t.dev && netif_running(t.dev) && netif_carrier_ok(t.dev))) {
		sent = nm_xdp_sends(nd, t.dev) ? nm_xdp_send(nd, t.q, t.dev, frag, n) : -1;
		if (sent < 0)
			sent = send_packets(&t, queue);
	}
	local_bh_enable();
	queue_let_run();
	return sent;
}

uint32_t os_netdev_send(struct os_netdev *nd, enum os_netdev_side to, uint32_t queue,
			const struct os_frag *frag, uint32_t n, uint32_t *in_flight)
{
	return to == OS_NETDEV_STACK ? nm_send_to_stack(nd, queue, frag, n) :
				       send_to_wire(nd, queue, frag, n);
}
