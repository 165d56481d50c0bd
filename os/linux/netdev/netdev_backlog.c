// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Packets that wait because their ring is full.
 *
 * A packet from the stack stays charged to its socket while it waits, so the socket is limited as
 * by a driver's queue. Packets from the wire wait too if their sender is near: on
 * this machine, or on its host, as unfinished segments show. Reading the ring drains the backlog.
 * One context drains at a time and others only add their packets: so packets stay in order, and the
 * room that has_backpressure() reported is still there.
 */
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/dst.h>
#include <net/sock.h>

#include "netdev.h"

/*
 * Backlog limit. Socket accounting normally keeps the stack below it; this bounds senders that
 * ignore it.
 */
#define BACKLOG_PACKETS_MAX	1024u
#define BACKLOG_BYTES_MAX	(8u << 20)

/* Packets drained in one go: softirqs are off meanwhile. */
#define DRAIN_BATCH	32u

/* Bytes of a segment's headers: an estimate on the large side. */
#define HEADERS_LEN	128u

/* Jiffies until the ring is asked again, if it is not read before. */
#define RETRY_DELAY	max(1ul, nsecs_to_jiffies(OS_NETDEV_BACKLOG_NS))

static u32 skb_frames(const struct sk_buff *skb)
{
	const u32 size = skb_shinfo(skb)->gso_size;

	return size ? DIV_ROUND_UP(skb->len, size) : 1;
}

/*
 * Return the packet's queue: for the stack the flow's hash, where the kernel computed one, which
 * keeps a flow in one queue. The wire's backlog is used with a single queue only.
 */
static u32 backlog_queue(const struct nm_backlog *b, const struct sk_buff *skb)
{
	return b->from == OS_NETDEV_STACK ? skb->hash : 0;
}

static bool backlog_has_backpressure(const struct nm_backlog *b, const struct sk_buff *skb)
{
	const u32 frames = skb_frames(skb);

	return b->nd->ops->has_backpressure(b->nd->arg, b->from, backlog_queue(b, skb), frames,
					     skb->len + (frames - 1) * HEADERS_LEN);
}

/* Take out the first packet if its ring has room; otherwise try again later and return NULL. */
static struct sk_buff *backlog_pop_locked(struct nm_backlog *b)
{
	struct sk_buff *skb = skb_peek(&b->skbs);

	if (!skb)
		return NULL;
	if (backlog_has_backpressure(b, skb)) {
		schedule_delayed_work(&b->drain, RETRY_DELAY);
		return NULL;
	}
	__skb_unlink(skb, &b->skbs);
	b->bytes -= skb->truesize;
	return skb;
}

/*
 * Deliver up to DRAIN_BATCH packets, dropping the lock around each delivery. The rest is left to
 * the next caller, or to the work. Caller holds the lock, with softirqs off.
 */
static void backlog_drain_locked(struct nm_backlog *b)
{
	struct sk_buff *skb;
	u32 n;

	if (b->is_draining)
		return;
	b->is_draining = true;
	for (n = 0; n < DRAIN_BATCH && (skb = backlog_pop_locked(b)); n++) {
		spin_unlock(&b->lock);
		nm_deliver(b->nd, b->from, backlog_queue(b, skb), skb);
		spin_lock(&b->lock);
	}
	b->is_draining = false;
	if (n == DRAIN_BATCH && !skb_queue_empty(&b->skbs))
		mod_delayed_work(system_wq, &b->drain, 0);
	WRITE_ONCE(b->is_active, !skb_queue_empty(&b->skbs));
}

static bool backlog_add_locked(struct nm_backlog *b, struct sk_buff *skb)
{
	if (b->is_closed || skb_queue_len(&b->skbs) >= BACKLOG_PACKETS_MAX ||
	    b->bytes > BACKLOG_BYTES_MAX)
		return false;
	/*
	 * skb->dst and a prefetched skb->sk may be unreferenced and valid only during this call:
	 * drop them before queueing.
	 */
	skb_dst_drop(skb);
	if (skb_sk_is_prefetched(skb))
		skb_orphan(skb);
	__skb_queue_tail(&b->skbs, skb);
	b->bytes += skb->truesize;
	WRITE_ONCE(b->is_active, true);
	return true;
}

void nm_backlog_deliver(struct nm_backlog *b, struct sk_buff *skb)
{
	bool is_queued;

	spin_lock(&b->lock);
	is_queued = backlog_add_locked(b, skb);
	if (likely(is_queued))
		backlog_drain_locked(b);
	spin_unlock(&b->lock);
	if (likely(is_queued))
		return;
	b->nd->ops->lost(b->nd->arg, b->from, backlog_queue(b, skb), skb_frames(skb));
	kfree_skb(skb);
}

static void backlog_drain(struct nm_backlog *b)
{
	spin_lock_bh(&b->lock);
	backlog_drain_locked(b);
	spin_unlock_bh(&b->lock);
}

static void backlog_drain_work(struct work_struct *work)
{
	backlog_drain(container_of(to_delayed_work(work), struct nm_backlog, drain));
}

void os_netdev_resume(struct os_netdev *nd, enum os_netdev_side from)
{
	backlog_drain(&nd->backlog[from]);
}

void nm_backlogs_init(struct os_netdev *nd)
{
	enum os_netdev_side from;

	for (from = OS_NETDEV_WIRE; from <= OS_NETDEV_STACK; from++) {
		struct nm_backlog *b = &nd->backlog[from];

		b->nd = nd;
		b->from = from;
		spin_lock_init(&b->lock);
		__skb_queue_head_init(&b->skbs);
		INIT_DELAYED_WORK(&b->drain, backlog_drain_work);
	}
}

/* The wire's backlog needs a single rx ring: an unread ring would block packets for the others. */
void nm_backlogs_open(struct os_netdev *nd)
{
	enum os_netdev_side from;

	for (from = OS_NETDEV_WIRE; from <= OS_NETDEV_STACK; from++) {
		nd->backlog[from].is_closed = nd->backlog[from].is_active = false;
		nd->backlog[from].is_used = (from == OS_NETDEV_STACK || nd->queues[1] == 1) &&
					    nd->ops->has_backpressure(nd->arg, from, 0, 0, 0);
	}
}

static void backlog_close(struct nm_backlog *b)
{
	struct sk_buff_head dropped;
	struct sk_buff *skb;

	__skb_queue_head_init(&dropped);
	spin_lock_bh(&b->lock);
	skb_queue_walk(&b->skbs, skb)
		b->nd->ops->lost(b->nd->arg, b->from, backlog_queue(b, skb), skb_frames(skb));
	b->is_closed = true;
	b->bytes = 0;
	skb_queue_splice_init(&b->skbs, &dropped);
	spin_unlock_bh(&b->lock);
	__skb_queue_purge(&dropped);
}

void nm_backlogs_close(struct os_netdev *nd)
{
	backlog_close(&nd->backlog[OS_NETDEV_WIRE]);
	backlog_close(&nd->backlog[OS_NETDEV_STACK]);
}

void nm_backlogs_cancel(struct os_netdev *nd)
{
	cancel_delayed_work_sync(&nd->backlog[OS_NETDEV_WIRE].drain);
	cancel_delayed_work_sync(&nd->backlog[OS_NETDEV_STACK].drain);
}
