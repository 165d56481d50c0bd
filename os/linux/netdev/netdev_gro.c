// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Merging of received frames by the stack (GRO) comes before its hooks, and would be undone there, each
 * frame merged only to be cut again. So it is off in a card while programs have all of its rx rings; a
 * queue that is the stack's keeps it, and with that the whole card. Devices without a bus are left alone:
 * for veth it is a switch between ways of working.
 */
#include "netdev.h"

static bool all_is_wanted(const struct os_netdev *nd, const struct net_device *dev)
{
	u32 i;

	for (i = 0; i < dev->real_num_rx_queues; i++) {
		if (!nd->ops->wants(nd->arg, OS_NETDEV_WIRE, i))
			return false;
	}
	return true;
}

void nm_gro_settle(struct os_netdev *nd)
{
	struct net_device *dev;
	bool off;

	rtnl_lock();
	dev = rtnl_dereference(nd->dev);
	if (dev && nd->ops && dev->dev.parent) {
		off = all_is_wanted(nd, dev);
		if (!off) {
			nm_gro_restore_locked(nd, dev_net(dev));
		} else if (!nd->gro_off && dev->features & NETIF_F_GRO) {
			WRITE_ONCE(nd->gro_off, dev->ifindex);
			nm_feature_set_locked(dev, NETIF_F_GRO, false);
		}
	}
	rtnl_unlock();
}

void nm_gro_restore_locked(struct os_netdev *nd, struct net *net)
{
	struct net_device *dev = net && nd->gro_off ? __dev_get_by_index(net, nd->gro_off) : NULL;

	WRITE_ONCE(nd->gro_off, 0);
	if (dev && dev->reg_state == NETREG_REGISTERED)
		nm_feature_set_locked(dev, NETIF_F_GRO, true);
}
