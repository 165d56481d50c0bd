/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Receiving by XDP: a program of ours on a device redirects its frames to a device of ours, the target,
 * whose driver is nm_xdp_receive(). What these files tell each other and netdev.c.
 *
 * Programs are loaded and put on devices by the kernel's own interfaces for that, in a worker, for these
 * take file descriptors, and those of a worker are nobody else's.
 */
#ifndef NM_XDP_H
#define NM_XDP_H

#include <linux/bpf.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <net/xdp.h>

#include "compat.h"

/* Bytes of a frame that fit a page as drivers want it: room before it, and skb_shared_info behind. */
#define XDP_FRAME_MAX	(SKB_WITH_OVERHEAD(PAGE_SIZE) - XDP_PACKET_HEADROOM)

struct os_netdev;

/* Whole frames of the device as it is now are in one piece. */
static inline bool nm_dev_mtu_fits(const struct net_device *dev)
{
	return READ_ONCE(dev->mtu) + ETH_HLEN + VLAN_HLEN <= XDP_FRAME_MAX;
}

struct nm_xdp_prog {
	struct file *file;	/* the program; NULL: there is none */
	struct bpf_map *map;	/* of pass[], held */
	u8 *pass;		/* by queue; not 0: the program leaves its frames alone. Any context */
	u32 queues;
};

/* What a device has of it. Rtnl, unless told otherwise. */
struct nm_xdp {
	struct net_device *dev;		/* the program is on it; held; NULL: on none, or it has gone */
	netdevice_tracker tracker;
	struct net_device *target;	/* written by who takes and gives back */
	struct nm_xdp_prog prog;	/* const while the target is up, but for pass[] */
	bool usable;			/* frames come in one piece, with their tags; read by anybody */
	u32 mode;			/* the setting xdp when the device was taken; const after */
	char why[96];			/* why frames do not come by XDP; written by who takes */
};

/* xdp_prog.c. To be called by a worker. */
int nm_xdp_prog_load(struct nm_xdp_prog *p, int target, u32 queues);
void nm_xdp_prog_unload(struct nm_xdp_prog *p);	/* by anybody who may sleep; nothing reads pass[] any more */

/*
 * xdp_attach.c: put a program on that device where there is none, take it away where it is that one. 0 or an
 * error, with the kernel's words in why[]. To be called by a worker, without rtnl.
 */
int nm_xdp_attach(struct net *net, int ifindex, struct file *prog, char *why, size_t size);
int nm_xdp_detach(struct net *net, int ifindex, struct file *prog);

/* xdp_target.c. Rtnl held. */
struct net_device *nm_xdp_target_make_locked(struct os_netdev *nd);
void nm_xdp_target_free_locked(struct net_device *target);

/* netdev_xdp.c */
void nm_xdp_start(struct os_netdev *nd);	/* the hooks are there; best effort */
void nm_xdp_stop(struct os_netdev *nd);		/* no frame comes by XDP any more */
void nm_xdp_judge_locked(struct os_netdev *nd);	/* something of the device changed */
u32 nm_xdp_traits(const struct os_netdev *nd, const struct net_device *dev);
void nm_xdp_leave_locked(struct os_netdev *nd);	/* xdp.dev is being removed */

#endif
