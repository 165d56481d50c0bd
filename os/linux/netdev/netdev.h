/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * A network device in the engine's hands: what netdev.c, netdev_rx.c and netdev_tx.c share.
 *
 * dev is cleared when the device leaves, after which its readers are waited for: who reads it
 * under RCU (softirqs off) may use it until he lets go. All else is guarded by rtnl, which may be
 * taken under the engine lock; the notifier, which runs under rtnl, never takes the engine lock.
 */
#ifndef NM_NETDEV_H
#define NM_NETDEV_H

#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>

#include "../../../core/base/copy.h"
#include "compat.h"
#include "platform.h"
#include "xdp.h"

/* Pages that frames are sent in, one after another: more than a card's queue holds. */
#define TX_PAGES	512u

/* A place of a queue holds one or the other. */
struct tx_place {
	struct page *page;		/* where devices must not be sent shared packets */
	struct sk_buff *skb;		/* where they may */
};

struct nm_txq {
	spinlock_t lock;		/* taken with softirqs off, nothing is taken under it */
	u32 at;				/* the next page */
	u32 kept;			/* how much receivers keep the pages they get */
	u32 rest;			/* batches that XDP is not tried with, for the driver refused */
	u32 stuck;			/* batches in a row that it took nothing of */
	struct tx_place *place;		/* TX_PAGES; NULL until wanted */
};

/* Devices whose merging of received frames is off on our account: ours, and those it stands on. rtnl. */
#define LRO_MOST	16u

struct nm_lro {
	u32 n;				/* also read without rtnl */
	int ifindex[LRO_MOST];
};

/* What has come from one side and has no room in its ring yet. */
struct nm_backlog {
	struct os_netdev *nd;		/* const */
	enum os_netdev_side from;	/* const */
	bool is_used;			/* const while the hooks are there */
	spinlock_t lock;		/* taken with softirqs off; rings' short locks are taken under it */
	struct sk_buff_head skbs;
	u32 bytes;			/* of memory, in all of them */
	bool is_busy;			/* somebody takes them out */
	bool is_active;			/* there are some, or he has the last; also read without the lock */
	bool is_shut;			/* none is put in any more */
	struct delayed_work again;
};

enum nm_sent { NM_SENT_NOTHING, NM_SENT_FRAMES, NM_SENT_REFUSED };

struct os_netdev {
	struct list_head list;		/* of all held; rtnl */
	struct os_ns *ns;		/* where it was found; held */
	struct net_device __rcu *dev;	/* held by tracker; NULL once state is final */
	netdevice_tracker tracker;
	enum os_netdev_state state;	/* written under rtnl */
	const struct os_netdev_ops *ops;/* while taken; const while the hooks are there */
	void *arg;
	struct nf_hook_ops hook[2];	/* by enum os_netdev_side: where frames come from */
	struct nm_backlog backlog[2];	/* by enum os_netdev_side: where frames come from */
	struct nm_lro lro;
	int gro_off;			/* rtnl, read by all: the device's number while its GRO is off by us */
	u32 queues[2];			/* how many the engine was told of, or XDP made of it: tx, rx */
	bool is_settling;		/* a program comes or goes: drivers change queues for it */
	struct nm_xdp xdp;
	u8 *pass;			/* xdp.prog's, while hooks and target may use it: RCU by READ_ONCE() */
	enum nm_sent sent;		/* what the driver did when XDP was tried last; any context */
	u32 txqs;			/* const */
	struct nm_txq txq[];
};

/* netdev.c: a program has come or gone; what queues there are now is what there should be. Takes rtnl. */
void nm_queues_settle(struct os_netdev *nd);

/* netdev_gro.c: what rings have clients may have changed. Takes rtnl. */
void nm_gro_settle(struct os_netdev *nd);
/* As it was; net is where the device was found, NULL when that has ended. Rtnl held. */
void nm_gro_restore_locked(struct os_netdev *nd, struct net *net);

/* netdev_lro.c: rtnl held, but not from the notifier of devices. */
void nm_feature_set_locked(struct net_device *dev, netdev_features_t feature, bool on);
void nm_lro_off_locked(struct nm_lro *lro, struct net_device *dev);
/* As it was; net is where the device was found, NULL when that has ended. */
void nm_lro_restore_locked(struct nm_lro *lro, struct net *net);

/* To an application's queue, or past it. Softirqs off. */
static inline void nm_pass_set(struct os_netdev *nd, u32 queue, u8 pass)
{
	u8 *flags = READ_ONCE(nd->pass);

	if (flags && queue < nd->xdp.prog.queues && READ_ONCE(flags[queue]) != pass)
		WRITE_ONCE(flags[queue], pass);
}

/* What the engine knows as a packet is one of the stack's, or a frame of XDP: then the address is odd. */
static inline const struct os_packet *nm_packet_of_frame(const struct xdp_frame *frame)
{
	return (const struct os_packet *)((unsigned long)frame | 1);
}

static inline const struct xdp_frame *nm_frame_of_packet(const struct os_packet *pkt)
{
	return (unsigned long)pkt & 1 ? (const struct xdp_frame *)((unsigned long)pkt & ~1ul) : NULL;
}

/* netdev_rx.c */
unsigned int nm_hook_wire(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int nm_hook_stack(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* A packet that is ours alone, and begins with its Ethernet header; takes it over. As the hooks. */
void nm_deliver(struct os_netdev *nd, enum os_netdev_side from, u32 queue, struct sk_buff *skb);

/* netdev_backlog.c */
void nm_backlogs_init(struct os_netdev *nd);
/* Before the hooks are there; ops is set. */
void nm_backlogs_open(struct os_netdev *nd);
/* Empty from now on, and for ever when all who are at it are done: after a grace period. */
void nm_backlogs_shut(struct os_netdev *nd);
/* The last who may be at it is done. May sleep. */
void nm_backlogs_end(struct os_netdev *nd);
/* As nm_deliver(), when there is room. */
void nm_backlog_put(struct nm_backlog *b, struct sk_buff *skb);

/* netdev_rx_open.c: an unfinished frame to the engine, which finishes it; false: it cannot. As the hooks. */
bool nm_deliver_open(struct os_netdev *nd, enum os_netdev_side from, u32 queue, const struct sk_buff *skb);

/* netdev_tx.c */
void nm_txq_init(struct nm_txq *q);
void nm_txq_free(struct nm_txq *q);
/* Give up what the place holds. The queue's lock held. */
void nm_place_empty(struct tx_place *p);

/* The queue's next page; its only reference is the queue's. NULL without memory. The queue's lock held. */
static inline struct page *nm_place_page_locked(struct tx_place *p)
{
	if (unlikely(!p->page || page_ref_count(p->page) != 1)) {
		nm_place_empty(p);
		p->page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	}
	return p->page;
}
/* netdev_tx_stack.c. Whether the engine itself hands this frame to the stack: the wire's hook lets it pass. */
bool nm_is_to_stack(const struct sk_buff *skb);
/* Every such frame has come to its end. */
void nm_to_stack_wait(void);
/* As os_netdev_send(). */
u32 nm_send_to_stack(struct os_netdev *nd, u32 queue, const struct os_frag *frag, u32 n);

static inline u32 nm_frame_len(const struct os_frag *frag, u32 *pieces)
{
	u32 len = 0, i = 0;

	do {
		len += frag[i].len;
	} while (frag[i++].more);
	*pieces = i;
	return len;
}

/* To the empty packet's data. */
static inline void nm_frame_fill(struct sk_buff *skb, const struct os_frag *frag, u32 len)
{
	u8 *at = skb->data;

	do {
		nm_copy_frame(at, frag->data, frag->len);
		at += frag->len;
	} while (frag++->more);
	__skb_set_length(skb, len);
}

/*
 * xdp_tx.c: send frames by the driver's ndo_xdp_xmit. Returns how many pieces are dealt with, -1 when they
 * are to be sent in another way. Softirqs off, the queue has places.
 */
int nm_xdp_send(struct os_netdev *nd, struct nm_txq *q, struct net_device *dev, const struct os_frag *frag,
		u32 n);

static inline bool nm_xdp_sends(const struct os_netdev *nd, const struct net_device *dev)
{
	return READ_ONCE(nd->xdp.mode) && nm_dev_sends_frames(dev) && nm_dev_mtu_fits(dev);
}

#endif
