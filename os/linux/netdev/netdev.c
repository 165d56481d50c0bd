// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The life cycle of a network device: get it, attach to it by the netfilter hooks on its ingress
 * and egress, detach, put it. A device that is removed, renamed or moved, or whose number of queues
 * changes, is detached from here too.
 */
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "netdev.h"

/* Jiffies between polls of the devices' numbers of queues: no event reports a change. */
#define QUEUES_POLL_DELAY	(HZ / 4)

static LIST_HEAD(netdevs);	/* every struct os_netdev; guarded by rtnl */

static void queues_poll(struct work_struct *work);
static DECLARE_DELAYED_WORK(queues_poll_work, queues_poll);

static const char *dev_refusal(const struct net_device *dev)
{
	if (dev->flags & IFF_LOOPBACK)
		return "the loopback device has no wire: use a pipe, or a veth pair";
	if (dev->type != ARPHRD_ETHER)
		return "the device of that name does not carry Ethernet frames";
	return NULL;
}

static struct net_device *dev_find_locked(struct os_ns *ns, const char *name,
					  struct nm_reason *reason)
{
	struct net *net = nm_net_of_locked(ns);
	struct net_device *dev;
	const char *refusal;

	dev = net && strlen(name) < IFNAMSIZ ? __dev_get_by_name(net, name) : NULL;
	if (!dev || dev->reg_state != NETREG_REGISTERED) {
		nm_refuse(reason, -ENXIO, "no network device");
		return NULL;
	}
	refusal = dev_refusal(dev);
	if (!refusal)
		return dev;
	nm_refuse(reason, -EOPNOTSUPP, "%s", refusal);
	return NULL;
}

static bool nd_has_other_queues(const struct os_netdev *nd, const struct net_device *dev)
{
	return (READ_ONCE(dev->real_num_tx_queues) != READ_ONCE(nd->queues[0]) ||
		READ_ONCE(dev->real_num_rx_queues) != READ_ONCE(nd->queues[1])) &&
	       !READ_ONCE(nd->xdp_is_changing);
}

void nm_queues_update(struct os_netdev *nd)
{
	const struct net_device *dev;

	rtnl_lock();
	dev = rtnl_dereference(nd->dev);
	if (dev) {
		WRITE_ONCE(nd->queues[0], dev->real_num_tx_queues);
		WRITE_ONCE(nd->queues[1], dev->real_num_rx_queues);
	}
	smp_store_release(&nd->xdp_is_changing, false);
	rtnl_unlock();
}

static struct os_netdev *nd_make_locked(struct os_ns *ns, struct net_device *dev)
{
	u32 n = dev->num_tx_queues, i;
	struct os_netdev *nd = kvzalloc(struct_size(nd, txq, n), GFP_KERNEL_ACCOUNT);

	if (!nd)
		return NULL;
	nd->txqs = n;
	for (i = 0; i < n; i++)
		nm_txq_init(&nd->txq[i]);
	nm_backlogs_init(nd);
	netdev_hold(dev, &nd->tracker, GFP_KERNEL);
	rcu_assign_pointer(nd->dev, dev);
	nd->ns = os_ns_get(ns);
	nd->queues[0] = dev->real_num_tx_queues;
	nd->queues[1] = dev->real_num_rx_queues;
	nd->state = dev->flags & IFF_UP ? OS_NETDEV_UP : OS_NETDEV_DOWN;
	list_add(&nd->list, &netdevs);
	return nd;
}

static void hooks_unregister_locked(struct os_netdev *nd, struct net_device *dev)
{
	if (!nd->ops)
		return;
	nf_unregister_net_hook(dev_net(dev), &nd->hook[OS_NETDEV_STACK]);
	nf_unregister_net_hook(dev_net(dev), &nd->hook[OS_NETDEV_WIRE]);
}

/*
 * Detach nd from its device and put the device. When this returns, no context uses the device
 * through nd.
 */
static void dev_detach_locked(struct os_netdev *nd, enum os_netdev_state state)
{
	struct net_device *dev = rtnl_dereference(nd->dev);

	if (!dev)
		return;
	WRITE_ONCE(nd->state, state);
	hooks_unregister_locked(nd, dev);
	nm_backlogs_close(nd);
	RCU_INIT_POINTER(nd->dev, NULL);
	synchronize_net();
	netdev_put(dev, &nd->tracker);
}

static void queues_poll_locked(void)
{
	struct os_netdev *nd;

	list_for_each_entry(nd, &netdevs, list) {
		struct net_device *dev = rtnl_dereference(nd->dev);

		if (!dev || !nd_has_other_queues(nd, dev))
			continue;
		dev_detach_locked(nd, OS_NETDEV_REQUEUED);
		if (nd->ops)
			nd->ops->changed(nd->arg);
	}
}

/* Only try to take rtnl: its holder may be waiting for this work to end. */
static void queues_poll(struct work_struct *work)
{
	bool again = true;

	if (rtnl_trylock()) {
		queues_poll_locked();
		again = !list_empty(&netdevs);
		rtnl_unlock();
	}
	if (again)
		schedule_delayed_work(&queues_poll_work, QUEUES_POLL_DELAY);
}

/*
 * Restore LRO and GRO of devices that were detached by an event. They may exist under another name,
 * and another port may be about to get them.
 */
static void features_restore_locked(void)
{
	struct os_netdev *nd;

	list_for_each_entry(nd, &netdevs, list) {
		if (rtnl_dereference(nd->dev))
			continue;
		nm_lro_restore_locked(&nd->lro, nm_net_of_locked(nd->ns));
		nm_gro_restore_locked(nd, nm_net_of_locked(nd->ns));
	}
}

struct os_netdev *os_netdev_get(struct os_ns *ns, const char *name, struct os_netdev_info *info,
				struct nm_reason *reason)
{
	struct os_netdev *nd = NULL;
	struct net_device *dev;

	rtnl_lock();
	dev = dev_find_locked(ns, name, reason);
	if (dev) {
		queues_poll_locked();
		features_restore_locked();
		info->queues[0] = dev->real_num_tx_queues;
		info->queues[1] = dev->real_num_rx_queues;
		nd = nd_make_locked(ns, dev);
		if (!nd)
			nm_refuse_nomem(reason, "the device of that name");
	}
	rtnl_unlock();
	return nd;
}

void os_netdev_put(struct os_netdev *nd)
{
	u32 i;

	rtnl_lock();
	dev_detach_locked(nd, OS_NETDEV_GONE);
	list_del(&nd->list);
	rtnl_unlock();
	for (i = 0; i < nd->txqs; i++)
		nm_txq_free(&nd->txq[i]);
	os_ns_put(nd->ns);
	kvfree(nd);
}

enum os_netdev_state os_netdev_state(const struct os_netdev *nd)
{
	enum os_netdev_state state = READ_ONCE(nd->state);
	const struct net_device *dev;

	if (os_netdev_is_final(state))
		return state;
	rcu_read_lock();
	dev = rcu_dereference(nd->dev);
	if (dev && unlikely(nd_has_other_queues(nd, dev)))
		state = OS_NETDEV_REQUEUED;
	rcu_read_unlock();
	return state;
}

uint32_t os_netdev_traits(const struct os_netdev *nd)
{
	u32 traits = (READ_ONCE(nd->lro.n) ? NM_INFO_LRO_OFF : 0) |
		     (READ_ONCE(nd->gro_ifindex) ? NM_INFO_GRO_OFF : 0);
	const struct net_device *dev;

	rcu_read_lock();
	dev = rcu_dereference(nd->dev);
	if (dev && !netif_carrier_ok(dev))
		traits |= NM_INFO_NO_LINK;
	if (dev)
		traits |= nm_xdp_traits(nd, dev);
	rcu_read_unlock();
	return traits;
}

uint32_t os_netdev_frame_max(const struct os_netdev *nd)
{
	const struct net_device *dev;
	u32 max = 0;

	rcu_read_lock();
	dev = rcu_dereference(nd->dev);
	if (dev)
		max = READ_ONCE(dev->mtu) + ETH_HLEN + VLAN_HLEN;
	rcu_read_unlock();
	return max;
}

/* Nothing to do: device events arrive synchronously, under rtnl. */
void os_netdev_refresh(struct os_netdev *nd)
{
}

/* The hooks ask wants() for each frame; GRO and the backlogs depend on an earlier answer. */
void os_netdev_wants_changed(struct os_netdev *nd)
{
	nm_gro_update(nd);
	os_netdev_resume(nd, OS_NETDEV_WIRE);
	os_netdev_resume(nd, OS_NETDEV_STACK);
}

static int hooks_register_locked(struct os_netdev *nd, struct net_device *dev)
{
	struct nf_hook_ops *wire = &nd->hook[OS_NETDEV_WIRE], *stack = &nd->hook[OS_NETDEV_STACK];
	int err;

	/*
	 * First on ingress, last on egress: the administrator's rules see the frames that the stack
	 * sees.
	 */
	*wire = (struct nf_hook_ops){
		.hook = nm_hook_wire, .dev = dev, .priv = nd, .pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS, .priority = INT_MIN,
	};
	*stack = (struct nf_hook_ops){
		.hook = nm_hook_stack, .dev = dev, .priv = nd, .pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_EGRESS, .priority = INT_MAX,
	};
	err = nf_register_net_hook(dev_net(dev), wire);
	if (err)
		return err;
	err = nf_register_net_hook(dev_net(dev), stack);
	if (err)
		nf_unregister_net_hook(dev_net(dev), wire);
	return err;
}

int os_netdev_attach(struct os_netdev *nd, const struct os_netdev_ops *ops, void *arg,
		     struct nm_region *bufs, struct nm_reason *reason)
{
	struct net_device *dev;
	int err = -ENXIO;

	rtnl_lock();
	dev = rtnl_dereference(nd->dev);
	if (dev) {
		nd->ops = ops;
		nd->arg = arg;
		nm_backlogs_open(nd);
		err = hooks_register_locked(nd, dev);
		if (err) {
			nm_backlogs_close(nd);
			synchronize_net();
			nm_backlogs_cancel(nd);
			nd->ops = NULL;
		} else {
			nm_lro_off_locked(&nd->lro, dev);
			schedule_delayed_work(&queues_poll_work, QUEUES_POLL_DELAY);
		}
	}
	rtnl_unlock();
	if (!dev)
		return nm_refuse(reason, err, "it was removed, renamed or changed meanwhile");
	if (err)
		return nm_refuse(reason, err, "cannot register its netfilter hooks");
	nm_xdp_start(nd);
	return 0;
}

void os_netdev_detach(struct os_netdev *nd)
{
	struct net_device *dev;

	nm_xdp_stop(nd);
	rtnl_lock();
	dev = rtnl_dereference(nd->dev);
	if (dev) {
		hooks_unregister_locked(nd, dev);
		nm_backlogs_close(nd);
		synchronize_net();
	}
	nm_backlogs_cancel(nd);
	nd->ops = NULL;
	nm_lro_restore_locked(&nd->lro, nm_net_of_locked(nd->ns));
	nm_gro_restore_locked(nd, nm_net_of_locked(nd->ns));
	rtnl_unlock();
}

static void dev_event_locked(struct os_netdev *nd, const struct net_device *dev, unsigned long what)
{
	switch (what) {
	case NETDEV_UNREGISTER:
		/* The event is the same when the device only moves to another namespace. */
		dev_detach_locked(nd, dev->reg_state == NETREG_REGISTERED ? OS_NETDEV_MOVED :
								   OS_NETDEV_GONE);
		break;
	case NETDEV_CHANGENAME:
		dev_detach_locked(nd, OS_NETDEV_RENAMED);
		break;
	case NETDEV_UP:
		WRITE_ONCE(nd->state, OS_NETDEV_UP);
		break;
	case NETDEV_GOING_DOWN:
	case NETDEV_DOWN:
		WRITE_ONCE(nd->state, OS_NETDEV_DOWN);
		break;
	case NETDEV_CHANGE:
		break;
	case NETDEV_CHANGEMTU:
	case NETDEV_FEAT_CHANGE:
		nm_xdp_update_locked(nd);
		return;
	default:
		return;
	}
	if (nd->ops)
		nd->ops->changed(nd->arg);
}

static int dev_event(struct notifier_block *block, unsigned long what, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct os_netdev *nd, *next;

	ASSERT_RTNL();
	list_for_each_entry_safe(nd, next, &netdevs, list) {
		if (rtnl_dereference(nd->dev) == dev)
			dev_event_locked(nd, dev, what);
		/* The program may still be attached although nd is detached from the device. */
		if (nd->xdp.dev == dev && what == NETDEV_UNREGISTER &&
		    dev->reg_state != NETREG_REGISTERED)
			nm_xdp_dev_put_locked(nd);
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = dev_event };

int nm_netdev_start(void)
{
	return register_netdevice_notifier(&notifier);
}

void nm_netdev_stop(void)
{
	unregister_netdevice_notifier(&notifier);
	cancel_delayed_work_sync(&queues_poll_work);
	nm_stack_wait();
}
