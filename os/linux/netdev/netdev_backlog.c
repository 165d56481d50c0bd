// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Packets whose ring is full. What the stack sends waits here, each packet still on its socket's account, so
 * that it sends no more than it would into a driver's queue; and so does what comes from a wire that is a sender of
 * this machine or the next one to it, which leaves segments uncut. They go on when the ring is read. Whoever comes
 * while somebody takes packets out leaves his to him: so they stay in order, and the room that was asked for
 * is there.
 */
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/dst.h>
#include <net/sock.h>

#include "netdev.h"

/* What waits at most: the stack keeps to less, but for who does not mind his account. */
#define PACKETS_MOST	1024u
#define BYTES_MOST	(8u << 20)

/* Packets that one takes out before another has a turn: softirqs are off that long. */
#define TURN		32u

/* Headers of a segment: a guess that is rather too large. */
#define HEADERS		128u

#define ASK_AGAIN	max(1ul, nsecs_to_jiffies(OS_NETDEV_BACKLOG_NS))

static u32 frames_of(const struct sk_buff *skb)
{
	const u32 size = skb_shinfo(skb)->gso_size;

	return size ? DIV_ROUND_UP(skb->len, size) : 1;
}

/* A flow keeps to a queue of the stack's by its hash, where the kernel has one; a wire that waits has one queue. */
static u32 queue_of(const struct nm_backlog *b, const struct sk_buff *skb)
{
	return b->from == OS_NETDEV_STACK ? skb->hash : 0;
}

static bool has_backpressure(const struct nm_backlog *b, const struct sk_buff *skb)
{
	const u32 frames = frames_of(skb);

	return b->nd->ops->has_backpressure(b->nd->arg, b->from, queue_of(b, skb), frames,
				      skb->len + (frames - 1) * HEADERS);
}

/* The next packet that goes to the engine now. */
static struct sk_buff *take_locked(struct nm_backlog *b)
{
	struct sk_buff *skb = skb_peek(&b->skbs);

	if (!skb)
		return NULL;
	if (has_backpressure(b, skb)) {
		schedule_delayed_work(&b->again, ASK_AGAIN);
		return NULL;
	}
	__skb_unlink(skb, &b->skbs);
	b->bytes -= skb->truesize;
	return skb;
}

/* Softirqs off. What is left after a turn is for the next who comes, or for the work. */
static void run_locked(struct nm_backlog *b)
{
	struct sk_buff *skb;
	u32 n;

	if (b->is_busy)
		return;
	b->is_busy = true;
	for (n = 0; n < TURN && (skb = take_locked(b)); n++) {
		spin_unlock(&b->lock);
		nm_deliver(b->nd, b->from, queue_of(b, skb), skb);
		spin_lock(&b->lock);
	}
	b->is_busy = false;
	if (n == TURN && !skb_queue_empty(&b->skbs))
		mod_delayed_work(system_wq, &b->again, 0);
	WRITE_ONCE(b->is_active, !skb_queue_empty(&b->skbs));
}

static bool put_locked(struct nm_backlog *b, struct sk_buff *skb)
{
	if (b->is_shut || skb_queue_len(&b->skbs) >= PACKETS_MOST || b->bytes > BYTES_MOST)
		return false;
	/* Both are known without a reference, for as long as the caller sends; here they are of no use. */
	skb_dst_drop(skb);
	if (skb_sk_is_prefetched(skb))
		skb_orphan(skb);
	__skb_queue_tail(&b->skbs, skb);
	b->bytes += skb->truesize;
	WRITE_ONCE(b->is_active, true);
	return true;
}

void nm_backlog_put(struct nm_backlog *b, struct sk_buff *skb)
{
	bool is_in;

	spin_lock(&b->lock);
	is_in = put_locked(b, skb);
	if (likely(is_in))
		run_locked(b);
	spin_unlock(&b->lock);
	if (likely(is_in))
		return;
	b->nd->ops->lost(b->nd->arg, b->from, queue_of(b, skb), frames_of(skb));
	kfree_skb(skb);
}

static void backlog_run(struct nm_backlog *b)
{
	spin_lock_bh(&b->lock);
	run_locked(b);
	spin_unlock_bh(&b->lock);
}

static void backlog_again(struct work_struct *work)
{
	backlog_run(container_of(to_delayed_work(work), struct nm_backlog, again));
}

void os_netdev_resume(struct os_netdev *nd, enum os_netdev_side from)
{
	backlog_run(&nd->backlog[from]);
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
		INIT_DELAYED_WORK(&b->again, backlog_again);
	}
}

/* Of several rings, one that is not read would keep back what is for the others. */
void nm_backlogs_open(struct os_netdev *nd)
{
	enum os_netdev_side from;

	for (from = OS_NETDEV_WIRE; from <= OS_NETDEV_STACK; from++) {
		nd->backlog[from].is_shut = nd->backlog[from].is_active = false;
		nd->backlog[from].is_used = (from == OS_NETDEV_STACK || nd->queues[1] == 1) &&
					    nd->ops->has_backpressure(nd->arg, from, 0, 0, 0);
	}
}

static void backlog_shut(struct nm_backlog *b)
{
	struct sk_buff_head left;
	struct sk_buff *skb;

	__skb_queue_head_init(&left);
	spin_lock_bh(&b->lock);
	skb_queue_walk(&b->skbs, skb)
		b->nd->ops->lost(b->nd->arg, b->from, queue_of(b, skb), frames_of(skb));
	b->is_shut = true;
	b->bytes = 0;
	skb_queue_splice_init(&b->skbs, &left);
	spin_unlock_bh(&b->lock);
	__skb_queue_purge(&left);
}

void nm_backlogs_shut(struct os_netdev *nd)
{
	backlog_shut(&nd->backlog[OS_NETDEV_WIRE]);
	backlog_shut(&nd->backlog[OS_NETDEV_STACK]);
}

void nm_backlogs_end(struct os_netdev *nd)
{
	cancel_delayed_work_sync(&nd->backlog[OS_NETDEV_WIRE].again);
	cancel_delayed_work_sync(&nd->backlog[OS_NETDEV_STACK].again);
}
