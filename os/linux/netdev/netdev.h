/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * A network device that a port of the engine uses: what the files of this folder share.
 *
 * The engine and softirqs read os_netdev.dev under RCU (softirqs off) and may use the device until
 * they enable softirqs again. Detaching a device clears the pointer and then waits for these
 * readers. Everything else is guarded by rtnl, unless its comment says otherwise. Rtnl may be
 * taken under the engine lock; the notifier, which runs under rtnl, never takes the engine lock.
 */
#ifndef NM_NETDEV_H
#define NM_NETDEV_H

#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>

#include "../../../core/frame.h"
#include "compat.h"
#include "platform.h"
#include "xdp.h"

/* Transmit buffers of a queue, used in turn: more than a card's queue holds. */
#define NM_TX_BUFS	512u

/* A transmit buffer, kept for reuse once the driver has dropped its reference. */
struct nm_tx_buf {
	struct page *page;		/* for XDP, and for drivers that must not get shared skbs */
	struct sk_buff *skb;		/* for drivers that may; only one of the two is set */
};

struct nm_txq {
	spinlock_t lock;		/* taken with softirqs off; no lock is taken under it */
	u32 next;			/* index of the next buffer in bufs */
	u32 retained;			/* score: how often receivers keep the pages sent to them */
	u32 xdp_pause;			/* batches left that skip XDP, because the driver refused */
	u32 xdp_stalls;			/* batches in a row of which the driver took no frame */
	struct nm_tx_buf *bufs;		/* NM_TX_BUFS; NULL until the first send */
};

/* The most devices, ours and those below it, in which LRO is switched off for one port. */
#define NM_LRO_MAX	16u

/* Devices that had LRO on before we switched it off. Guarded by rtnl. */
struct nm_lro {
	u32 n;				/* also read without rtnl */
	int ifindex[NM_LRO_MAX];
};

/* Packets from one side that wait for room in their ring. */
struct nm_backlog {
	struct os_netdev *nd;		/* const */
	enum os_netdev_side from;	/* const */
	bool is_used;			/* const while the hooks are registered */
	spinlock_t lock;		/* softirqs off; rx rings' spinlocks nest inside */
	struct sk_buff_head skbs;
	u32 bytes;			/* truesize of all skbs */
	bool is_draining;		/* one context is taking packets out */
	/*
	 * Packets are queued, or the draining context holds the last one. Written under the lock,
	 * also read without it.
	 */
	bool is_active;
	bool is_closed;			/* refuses new packets */
	struct delayed_work drain;
};

/* How the driver answered the last attempt to transmit by XDP. */
enum nm_xdp_xmit { NM_XDP_XMIT_UNTRIED, NM_XDP_XMIT_WORKS, NM_XDP_XMIT_REFUSED };

struct os_netdev {
	struct list_head list;		/* in the list of all; rtnl */
	struct os_ns *ns;		/* where it was found; referenced */
	struct net_device __rcu *dev;	/* referenced by tracker; NULL once state is final */
	netdevice_tracker tracker;
	enum os_netdev_state state;	/* written under rtnl */
	const struct os_netdev_ops *ops;/* NULL unless attached; const while hooks are registered */
	void *arg;
	struct nf_hook_ops hook[2];	/* by enum os_netdev_side: where frames come from */
	struct nm_backlog backlog[2];	/* by enum os_netdev_side: where frames come from */
	struct nm_lro lro;
	int gro_ifindex;		/* where GRO is off by us, or 0; read without rtnl */
	u32 queues[2];			/* tx, rx: as the engine or XDP set them */
	bool xdp_is_changing;		/* attaching or detaching a program may change the queues */
	struct nm_xdp xdp;
	u8 *xdp_pass;			/* xdp.prog.pass while hooks and target may use it; RCU */
	enum nm_xdp_xmit xdp_xmit;	/* read and written in any context */
	u32 txqs;			/* const */
	struct nm_txq txq[];
};

/*
 * netdev.c: accept the queues that the device has now, after a program was attached or detached.
 * Takes rtnl.
 */
void nm_queues_update(struct os_netdev *nd);

/* netdev_gro.c: switch GRO off or on after the set of rings with clients changed. Takes rtnl. */
void nm_gro_update(struct os_netdev *nd);
/*
 * Switch GRO on again where we switched it off. net is the namespace the device was found in, or
 * NULL if that has ended. Caller holds rtnl.
 */
void nm_gro_restore_locked(struct os_netdev *nd, struct net *net);

/* netdev_lro.c. Caller holds rtnl, and is not the notifier of device events. */
void nm_feature_set_locked(struct net_device *dev, netdev_features_t feature, bool on);
void nm_lro_off_locked(struct nm_lro *lro, struct net_device *dev);
/* As nm_gro_restore_locked(), for LRO. */
void nm_lro_restore_locked(struct nm_lro *lro, struct net *net);

/*
 * Make the program pass the queue's frames to the stack (1) or redirect them to the target (0).
 * Caller has softirqs off.
 */
static inline void nm_xdp_pass_set(struct os_netdev *nd, u32 queue, u8 pass)
{
	u8 *flags = READ_ONCE(nd->xdp_pass);

	if (flags && queue < nd->xdp.prog.queues && READ_ONCE(flags[queue]) != pass)
		WRITE_ONCE(flags[queue], pass);
}

/* A struct os_packet is an skb, or, if the lowest bit of its address is set, an xdp_frame. */
static inline const struct os_packet *nm_packet_of_xdp_frame(const struct xdp_frame *frame)
{
	return (const struct os_packet *)((unsigned long)frame | 1);
}

static inline const struct xdp_frame *nm_xdp_frame_of_packet(const struct os_packet *pkt)
{
	const unsigned long addr = (unsigned long)pkt;

	return addr & 1 ? (const struct xdp_frame *)(addr & ~1ul) : NULL;
}

/* netdev_rx.c: the netfilter hooks. */
unsigned int nm_hook_wire(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int nm_hook_stack(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/*
 * Deliver an skb to the engine and free it. It is not shared, and its data begins with the Ethernet
 * header. Caller has softirqs off and holds the RCU read lock, as in the hooks.
 */
void nm_deliver(struct os_netdev *nd, enum os_netdev_side from, u32 queue, struct sk_buff *skb);

/*
 * netdev_rx_open.c: deliver a frame whose segmentation or checksum the stack left to the device;
 * the engine finishes it. Returns false if the engine cannot. Does not free the skb. Context as
 * above.
 */
bool nm_deliver_open(struct os_netdev *nd, enum os_netdev_side from, u32 queue,
		     const struct sk_buff *skb);

/* netdev_backlog.c */
void nm_backlogs_init(struct os_netdev *nd);
/* Accept packets. ops is set, the hooks are not registered yet. */
void nm_backlogs_open(struct os_netdev *nd);
/*
 * Drop all packets and refuse new ones. A packet that a draining context holds is delivered before
 * the next RCU grace period ends.
 */
void nm_backlogs_close(struct os_netdev *nd);
/* Cancel the drain works. No hook runs any more. May sleep. */
void nm_backlogs_cancel(struct os_netdev *nd);
/* As nm_deliver(), but queue the skb while its ring is full. */
void nm_backlog_deliver(struct nm_backlog *b, struct sk_buff *skb);

/* netdev_tx.c */
void nm_txq_init(struct nm_txq *q);
void nm_txq_free(struct nm_txq *q);
/*
 * Drop the buffer's page or skb. Caller holds the queue's lock, or is the last user of the queue.
 */
void nm_tx_buf_drop(struct nm_tx_buf *buf);

/*
 * Return the buffer's page, whose only reference is the buffer's; NULL without memory. Replaces a
 * page that a driver or receiver still references. Caller holds the queue's lock.
 */
static inline struct page *nm_tx_buf_page_locked(struct nm_tx_buf *buf)
{
	if (unlikely(!buf->page || page_ref_count(buf->page) != 1)) {
		nm_tx_buf_drop(buf);
		buf->page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	}
	return buf->page;
}

/*
 * netdev_tx_stack.c: send frames to the stack, as if the device had received them. Returns the
 * number of pieces sent.
 */
u32 nm_stack_send(struct os_netdev *nd, u32 queue, const struct os_frag *frag, u32 n);
/* True if nm_stack_send() made this skb: the ingress hook accepts it. */
bool nm_is_to_stack(const struct sk_buff *skb);
/* Wait until the stack has freed or accepted every such skb. */
void nm_stack_wait(void);

/* Return the length of the frame that begins at frag[0], and the number of its pieces. */
static inline u32 nm_frame_len(const struct os_frag *frag, u32 *pieces)
{
	u32 len = 0, i = 0;

	do {
		len += frag[i].len;
	} while (frag[i++].more);
	*pieces = i;
	return len;
}

/* Copy the frame at frag[0], of len bytes, to the empty skb, whose linear part has room for it. */
static inline void nm_frame_fill(struct sk_buff *skb, const struct os_frag *frag, u32 len)
{
	u8 *dst = skb->data;

	do {
		nm_copy_frame(dst, frag->data, frag->len);
		dst += frag->len;
	} while (frag++->more);
	__skb_set_length(skb, len);
}

/*
 * netdev_tx_skb.c: hand frames to the driver as skbs, by its ndo_start_xmit(). Returns the number
 * of pieces sent. Caller has softirqs off.
 */
u32 nm_skb_send(struct nm_txq *q, struct net_device *dev, u32 queue, const struct os_frag *frag,
		u32 n);

/*
 * xdp_tx.c: hand frames to the driver as they are, by its ndo_xdp_xmit(). Returns the number of
 * pieces sent, or -1 if they have to be sent as skbs. Caller has softirqs off.
 */
int nm_xdp_send(struct os_netdev *nd, struct nm_txq *q, struct net_device *dev,
		const struct os_frag *frag, u32 n);

static inline bool nm_xdp_can_send(const struct os_netdev *nd, const struct net_device *dev)
{
	return READ_ONCE(nd->xdp.mode) && nm_dev_has_xdp_xmit(dev) && nm_dev_mtu_fits(dev);
}

#endif
