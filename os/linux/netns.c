// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Network namespaces: struct os_ns is struct net under another name. Held by the kernel's
 * own count; no lock.
 */
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <net/net_namespace.h>

#include "home.h"

/* The opener's. Not held: the running task keeps it alive until the engine has its own hold. */
struct os_ns *nm_current_ns(void)
{
	return (struct os_ns *)current->nsproxy->net_ns;
}

struct os_ns *os_ns_hold(struct os_ns *ns)
{
	get_net((struct net *)ns);
	return ns;
}

void os_ns_release(struct os_ns *ns)
{
	put_net((struct net *)ns);
}
