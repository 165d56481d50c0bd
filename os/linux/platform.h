/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* Declarations that the files of this folder share. The engine never includes them. */
#ifndef NM_PLATFORM_H
#define NM_PLATFORM_H

#include "../../core/engine.h"

struct file;
struct net;
struct user_namespace;
struct vm_area_struct;

/* The caller is always the running task; the pointer only says that there is a caller. */
static inline struct os_caller *nm_caller(void)
{
	return (struct os_caller *)current;
}

/* One call of poll, select or epoll on an open file. */
struct os_poller {
	struct file *file;
	poll_table *table;
	bool may_skip;
};

/* base/netns.c */
int nm_netns_start(void);
void nm_netns_stop(void);
/* Return the running task's namespace, without taking a reference. */
struct os_ns *nm_current_ns(void);
/*
 * Return the kernel's namespace, or NULL if it has ended. Caller holds rtnl; the result is valid
 * until it releases rtnl.
 */
struct net *nm_net_of_locked(const struct os_ns *ns);
/* Return the user namespace whose administrators administer the network namespace. */
struct user_namespace *nm_user_ns_of(const struct os_ns *ns);

/*
 * base/domain.c: return the domain of trust of a file that is being opened in that namespace, with
 * a reference; NULL if there is no memory.
 */
struct os_domain *nm_domain_of_file(const struct file *file, struct os_ns *ns);

/* netdev/netdev.c: start and stop watching device events. Stop waits for frames in flight. */
int nm_netdev_start(void);
void nm_netdev_stop(void);

/*
 * chardev/chardev.c: after start, clients may open. At stop there are none: they hold the module.
 */
int nm_chardev_start(void);
void nm_chardev_stop(void);
/* Return whether the running task has a descriptor of the client's file. */
bool nm_chardev_is_in_table(const struct nm_client *c);

/* chardev/mmap.c */
int nm_mmap(struct file *file, struct vm_area_struct *vma);

/* base/memory.c: return the page behind an address from os_pages_alloc(). */
struct page *nm_page_of(const void *addr);

/* params.c: between start and stop, a write to a parameter sets the engine's setting. */
int nm_params_start(void);
void nm_params_stop(void);

#endif
