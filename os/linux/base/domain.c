// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Domains of trust. There is one, which all users share. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/nsproxy.h>
#include <net/net_namespace.h>

#include "platform.h"

struct os_domain {
	char unused;
};

static struct os_domain all;

struct os_domain *nm_current_domain(void)
{
	return &all;
}

struct os_domain *os_domain_get(struct os_domain *d)
{
	return d;
}

void os_domain_put(struct os_domain *d)
{
}

bool os_domain_is_shared(const struct os_domain *d)
{
	return true;
}

bool os_domain_is_limited(const struct os_domain *d)
{
	return false;
}

uint32_t os_domain_user(const struct os_domain *d)
{
	return 0;
}

bool os_caller_is_admin(struct os_caller *caller, struct os_ns *ns)
{
	return ns_capable(current->nsproxy->net_ns->user_ns, CAP_NET_ADMIN);
}
