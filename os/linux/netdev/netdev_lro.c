// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Switch LRO off while a device is attached. Frames merged by a device (LRO) cannot be cut again
 * exactly. LRO is also switched off in the devices below the attached one, such as the members of
 * a bond. Afterwards it is switched on again where it was on; devices are found by ifindex, so one
 * that was removed or moved is skipped.
 */
#include "netdev.h"

void nm_feature_set_locked(struct net_device *dev, netdev_features_t feature, bool on)
{
	if (on)
		dev->wanted_features |= feature;
	else
		dev->wanted_features &= ~feature;
	netdev_lock_ops(dev);
	netdev_update_features(dev);
	netdev_unlock_ops(dev);
}

static void lro_add(struct nm_lro *lro, const struct net_device *dev)
{
	if (dev->features & NETIF_F_LRO && lro->n < NM_LRO_MAX) {
		lro->ifindex[lro->n] = dev->ifindex;
		WRITE_ONCE(lro->n, lro->n + 1);
	}
}

static int lro_add_lower(struct net_device *lower, struct netdev_nested_priv *priv)
{
	lro_add(priv->data, lower);
	return 0;
}

void nm_lro_off_locked(struct nm_lro *lro, struct net_device *dev)
{
	struct netdev_nested_priv priv = { .data = lro };
	struct net_device *one;
	u32 i;

	lro_add(lro, dev);
	netdev_walk_all_lower_dev(dev, lro_add_lower, &priv);
	for (i = 0; i < lro->n; i++) {
		one = __dev_get_by_index(dev_net(dev), lro->ifindex[i]);
		if (one)
			nm_feature_set_locked(one, NETIF_F_LRO, false);
	}
}

void nm_lro_restore_locked(struct nm_lro *lro, struct net *net)
{
	struct net_device *dev;
	u32 i;

	for (i = 0; i < lro->n; i++) {
		dev = net ? __dev_get_by_index(net, lro->ifindex[i]) : NULL;
		if (dev && dev->reg_state == NETREG_REGISTERED)
			nm_feature_set_locked(dev, NETIF_F_LRO, true);
	}
	WRITE_ONCE(lro->n, 0);
}
