// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Network namespaces. A struct os_ns stands for a struct net and may outlive it: the engine's
 * references do not keep a namespace alive, or a persistent port would do so permanently. The
 * kernel's per-namespace pointer is set before a task can enter the namespace and cleared after the
 * last one has left it.
 */
#include <linux/nsproxy.h>
#include <linux/refcount.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "platform.h"

struct os_ns {
	refcount_t refs;	/* one of the namespace, the others of the engine */
	struct net *net;	/* NULL when it has ended; guarded by rtnl */
	struct user_namespace *user_ns;	/* that owns it; with a reference; const */
};

static unsigned int ns_id;	/* const while registered */

static struct os_ns **ns_of(const struct net *net)
{
	return net_generic(net, ns_id);
}

static int __net_init ns_begin(struct net *net)
{
	struct os_ns *ns = kzalloc(sizeof(*ns), GFP_KERNEL);

	if (!ns)
		return -ENOMEM;
	refcount_set(&ns->refs, 1);
	ns->net = net;
	ns->user_ns = get_user_ns(net->user_ns);
	*ns_of(net) = ns;
	return 0;
}

static void __net_exit ns_end(struct net *net)
{
	struct os_ns *ns = *ns_of(net);

	nm_engine_ns_gone(ns);
	rtnl_lock();
	ns->net = NULL;
	rtnl_unlock();
	*ns_of(net) = NULL;
	os_ns_put(ns);
}

static struct pernet_operations ns_ops = {
	.init = ns_begin,
	.exit = ns_end,
	.id = &ns_id,
	.size = sizeof(struct os_ns *),
};

int nm_netns_start(void)
{
	return register_pernet_subsys(&ns_ops);
}

void nm_netns_stop(void)
{
	unregister_pernet_subsys(&ns_ops);
}

/* No reference is taken: the running task keeps its namespace until the engine takes its own. */
struct os_ns *nm_current_ns(void)
{
	return *ns_of(current->nsproxy->net_ns);
}

struct net *nm_net_of_locked(const struct os_ns *ns)
{
	ASSERT_RTNL();
	return ns->net;
}

struct user_namespace *nm_user_ns_of(const struct os_ns *ns)
{
	return ns->user_ns;
}

struct os_ns *os_ns_get(struct os_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void os_ns_put(struct os_ns *ns)
{
	if (!refcount_dec_and_test(&ns->refs))
		return;
	put_user_ns(ns->user_ns);
	kfree(ns);
}
