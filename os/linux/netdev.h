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

#include "compat.h"
#include "home.h"

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
	struct tx_place *place;		/* TX_PAGES; NULL until wanted */
};

/* Devices whose merging of received frames is off on our account: ours, and those it stands on. rtnl. */
#define LRO_MOST	16u

struct nm_lro {
	u32 n;				/* also read without rtnl */
	int ifindex[LRO_MOST];
};

struct os_netdev {
	struct list_head list;		/* of all held; rtnl */
	struct os_ns *ns;		/* where it was found; held */
	struct net_device __rcu *dev;	/* held by tracker; NULL once state is final */
	netdevice_tracker tracker;
	enum os_netdev_state state;	/* written under rtnl */
	const struct os_netdev_ops *ops;/* while taken; const while the hooks are there */
	void *arg;
	struct nf_hook_ops hook[2];	/* by enum os_netdev_side: where frames come from */
	struct nm_lro lro;
	u32 queues[2];			/* const: how many the engine was told of; tx, rx */
	u32 txqs;			/* const */
	struct nm_txq txq[];
};

/* netdev_lro.c: rtnl held, but not from the notifier of devices. */
void nm_lro_off_locked(struct nm_lro *lro, struct net_device *dev);
/* As it was; net is where the device was found, NULL when that has ended. */
void nm_lro_restore_locked(struct nm_lro *lro, struct net *net);

/* netdev_rx.c */
unsigned int nm_hook_wire(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int nm_hook_stack(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* netdev_tx.c */
void nm_txq_init(struct nm_txq *q);
void nm_txq_free(struct nm_txq *q);
/* Whether the engine itself hands this frame to the stack: the wire's hook lets it pass. */
bool nm_is_to_stack(const struct sk_buff *skb);
/* Every such frame has come to its end. */
void nm_to_stack_wait(void);

#endif
