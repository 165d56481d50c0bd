// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * os_netdev_send(): choose how frames leave the engine, and the transmit buffers.
 *
 * Frames for the stack go to netdev_tx_stack.c. Frames for the wire go to the driver by XDP
 * (xdp_tx.c) where that works, otherwise as skbs (netdev_tx_skb.c). Both copy a frame to a buffer
 * of the queue and reuse the buffer once its only reference is ours. A buffer that is still
 * referenced when its turn comes is replaced, so no page or skb of ours outlives the module.
 */
#include <linux/slab.h>

#include "netdev.h"

/* Yield when a CPU's backlog is longer: the kernel drops above 1000 packets by default. */
#define CPU_BACKLOG_MAX	900u

void nm_txq_init(struct nm_txq *q)
{
	spin_lock_init(&q->lock);
}

void nm_tx_buf_drop(struct nm_tx_buf *buf)
{
	if (buf->page)
		put_page(buf->page);
	consume_skb(buf->skb);
	*buf = (struct nm_tx_buf){ NULL };
}

void nm_txq_free(struct nm_txq *q)
{
	u32 i;

	for (i = 0; q->bufs && i < NM_TX_BUFS; i++)
		nm_tx_buf_drop(&q->bufs[i]);
	kvfree(q->bufs);
}

/*
 * Allocate the queue's buffers. Without memory, no frame is sent; the next sync tries again. May
 * sleep.
 */
static void txq_bufs_alloc(struct nm_txq *q)
{
	struct nm_tx_buf *bufs;

	if (likely(READ_ONCE(q->bufs)))
		return;
	bufs = kvcalloc(NM_TX_BUFS, sizeof(*bufs), GFP_KERNEL_ACCOUNT);
	spin_lock_bh(&q->lock);
	if (!q->bufs) {
		WRITE_ONCE(q->bufs, bufs);
		bufs = NULL;
	}
	spin_unlock_bh(&q->lock);
	kvfree(bufs);
}

/*
 * Let this CPU's backlog drain. A veth peer receives through it, and the kernel drops packets that
 * exceed its limit. Where a thread drains it, that thread has to run.
 */
static void cpu_backlog_yield(void)
{
	const struct sk_buff_head *backlog = &raw_cpu_ptr(&softnet_data)->input_pkt_queue;

	if (unlikely(skb_queue_len_lockless(backlog) > CPU_BACKLOG_MAX))
		cond_resched();
}

static u32 wire_send(struct os_netdev *nd, u32 queue, const struct os_frag *frag, u32 n)
{
	struct net_device *dev;
	struct nm_txq *q;
	int sent = 0;

	queue = queue < nd->txqs ? queue : 0;
	q = &nd->txq[queue];
	txq_bufs_alloc(q);
	local_bh_disable();
	dev = rcu_dereference_bh(nd->dev);
	if (likely(dev && netif_running(dev) && netif_carrier_ok(dev))) {
		sent = nm_xdp_can_send(nd, dev) ? nm_xdp_send(nd, q, dev, frag, n) : -1;
		if (sent < 0)
			sent = nm_skb_send(q, dev, queue, frag, n);
	}
	local_bh_enable();
	cpu_backlog_yield();
	return sent;
}

uint32_t os_netdev_send(struct os_netdev *nd, enum os_netdev_side to, uint32_t queue,
			const struct os_frag *frag, uint32_t n, uint32_t *in_flight)
{
	return to == OS_NETDEV_STACK ? nm_stack_send(nd, queue, frag, n) :
				       wire_send(nd, queue, frag, n);
}
