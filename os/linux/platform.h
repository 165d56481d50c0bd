/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* What the files of this folder tell each other; the engine never sees it. */
#ifndef NM_PLATFORM_H
#define NM_PLATFORM_H

#include "../../core/engine.h"

struct file;
struct net;
struct vm_area_struct;

/* Who asks is always the running task: the pointer only says that somebody does. */
static inline struct os_caller *nm_caller(void)
{
	return (struct os_caller *)current;
}

/* One call of poll, select or epoll on an open file. */
struct os_poller {
	struct file *file;
	poll_table *table;
};

int nm_netns_start(void);
void nm_netns_stop(void);
struct os_ns *nm_current_ns(void);
/* The kernel's namespace, NULL when it has ended. Rtnl held, and it is good until that is let go. */
struct net *nm_net_of_locked(const struct os_ns *ns);

/* netdev.c: events of devices are seen between start and stop. Stop waits for frames under way. */
int nm_netdev_start(void);
void nm_netdev_stop(void);

/* chardev.c: from start on, clients come; stop finds none, the module is not in use then. */
int nm_chardev_start(void);
void nm_chardev_stop(void);

/* mmap.c */
int nm_mmap(struct file *file, struct vm_area_struct *vma);

/* memory.c: the page behind an address from os_pages_alloc(). */
struct page *nm_page_of(const void *addr);

/* params.c: between start and stop, writes to parameters go to the engine. */
int nm_params_start(void);
void nm_params_stop(void);

#endif
