// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Switch GRO off while it would be useless. The stack merges received frames (GRO) before the hooks
 * run, and the frames would have to be cut again there. So GRO is off in a card while programs have
 * all of its rx rings open. As GRO is a property of the whole card, it stays on while one queue is
 * the stack's. Virtual devices, those without a bus, keep their setting: veth also selects its
 * receive path by it.
 */
#include "netdev.h"

static bool dev_all_queues_wanted(const struct os_netdev *nd, const struct net_device *dev)
{
	u32 i;

	for (i = 0; i < dev->real_num_rx_queues; i++) {
		if (!nd->ops->wants(nd->arg, OS_NETDEV_WIRE, i))
			return false;
	}
	return true;
}

void nm_gro_update(struct os_netdev *nd)
{
	struct net_device *dev;
	bool off;

	rtnl_lock();
	dev = rtnl_dereference(nd->dev);
	if (dev && nd->ops && dev->dev.parent) {
		off = dev_all_queues_wanted(nd, dev);
		if (!off) {
			nm_gro_restore_locked(nd, dev_net(dev));
		} else if (!nd->gro_ifindex && dev->features & NETIF_F_GRO) {
			WRITE_ONCE(nd->gro_ifindex, dev->ifindex);
			nm_feature_set_locked(dev, NETIF_F_GRO, false);
		}
	}
	rtnl_unlock();
}

void nm_gro_restore_locked(struct os_netdev *nd, struct net *net)
{
	struct net_device *dev = NULL;

	if (net && nd->gro_ifindex)
		dev = __dev_get_by_index(net, nd->gro_ifindex);
	WRITE_ONCE(nd->gro_ifindex, 0);
	if (dev && dev->reg_state == NETREG_REGISTERED)
		nm_feature_set_locked(dev, NETIF_F_GRO, true);
}
