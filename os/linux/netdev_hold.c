// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What the stack sends while its ring is full. The packets wait here, each still on its socket's account, so
 * that the stack sends no more than it would into a driver's queue; they go on when the ring is read. Whoever
 * comes while somebody takes packets out leaves his to him: so they stay in order, and the room
 * that was asked for is there.
 */
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/dst.h>

#include "netdev.h"

/* What waits at most: the stack keeps to less, but for who does not mind his account. */
#define PACKETS_MOST	1024u
#define BYTES_MOST	(8u << 20)

/* Headers of a segment: a guess that is rather too large. */
#define HEADERS		128u

#define ASK_AGAIN	max(1ul, nsecs_to_jiffies(OS_NETDEV_HOLD_NS))

static u32 frames_of(const struct sk_buff *skb)
{
	const u32 size = skb_shinfo(skb)->gso_size;

	return size ? DIV_ROUND_UP(skb->len, size) : 1;
}

static bool holds_back(const struct os_netdev *nd, const struct sk_buff *skb)
{
	const u32 frames = frames_of(skb);

	return nd->ops->holds_back(nd->arg, OS_NETDEV_STACK, skb->hash, frames,
				   skb->len + (frames - 1) * HEADERS);
}

/* The next packet that goes to the engine now. */
static struct sk_buff *take_locked(struct os_netdev *nd)
{
	struct nm_backlog *b = &nd->backlog;
	struct sk_buff *skb = skb_peek(&b->skbs);

	if (!skb)
		return NULL;
	if (holds_back(nd, skb)) {
		schedule_delayed_work(&b->again, ASK_AGAIN);
		return NULL;
	}
	__skb_unlink(skb, &b->skbs);
	b->bytes -= skb->truesize;
	return skb;
}

/* Softirqs off. */
static void run_locked(struct os_netdev *nd)
{
	struct nm_backlog *b = &nd->backlog;
	struct sk_buff *skb;

	if (b->is_busy)
		return;
	b->is_busy = true;
	while ((skb = take_locked(nd))) {
		spin_unlock(&b->lock);
		nm_deliver(nd, OS_NETDEV_STACK, skb->hash, skb);
		spin_lock(&b->lock);
	}
	b->is_busy = false;
}

static bool put_locked(struct nm_backlog *b, struct sk_buff *skb)
{
	if (b->is_shut || skb_queue_len(&b->skbs) >= PACKETS_MOST || b->bytes > BYTES_MOST)
		return false;
	/* The route is known without a reference, for as long as the caller sends; here it is of no use. */
	skb_dst_drop(skb);
	__skb_queue_tail(&b->skbs, skb);
	b->bytes += skb->truesize;
	return true;
}

void nm_backlog_put(struct os_netdev *nd, struct sk_buff *skb)
{
	struct nm_backlog *b = &nd->backlog;
	bool is_in;

	spin_lock(&b->lock);
	is_in = put_locked(b, skb);
	if (likely(is_in))
		run_locked(nd);
	spin_unlock(&b->lock);
	if (likely(is_in))
		return;
	nd->ops->lost(nd->arg, OS_NETDEV_STACK, skb->hash, frames_of(skb));
	kfree_skb(skb);
}

static void backlog_run(struct os_netdev *nd)
{
	spin_lock_bh(&nd->backlog.lock);
	run_locked(nd);
	spin_unlock_bh(&nd->backlog.lock);
}

static void backlog_again(struct work_struct *work)
{
	backlog_run(container_of(to_delayed_work(work), struct os_netdev, backlog.again));
}

void os_netdev_resume(struct os_netdev *nd, enum os_netdev_side from)
{
	if (from == OS_NETDEV_STACK)
		backlog_run(nd);
}

void nm_backlog_init(struct nm_backlog *b)
{
	spin_lock_init(&b->lock);
	__skb_queue_head_init(&b->skbs);
	INIT_DELAYED_WORK(&b->again, backlog_again);
}

void nm_backlog_open(struct os_netdev *nd)
{
	nd->backlog.is_shut = false;
	nd->keeps = nd->ops->holds_back(nd->arg, OS_NETDEV_STACK, 0, 0, 0);
}

void nm_backlog_shut(struct nm_backlog *b)
{
	struct sk_buff_head left;

	__skb_queue_head_init(&left);
	spin_lock_bh(&b->lock);
	b->is_shut = true;
	b->bytes = 0;
	skb_queue_splice_init(&b->skbs, &left);
	spin_unlock_bh(&b->lock);
	__skb_queue_purge(&left);
}

void nm_backlog_end(struct nm_backlog *b)
{
	cancel_delayed_work_sync(&b->again);
}
