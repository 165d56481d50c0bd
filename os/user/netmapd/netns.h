/* SPDX-License-Identifier: BSD-2-Clause */
/* Network namespaces of the processes that open the device: each has its own port names. */
#ifndef NETMAPD_NETNS_H
#define NETMAPD_NETNS_H

#include "../os_user.h"

/*
 * Get a reference to a thread's namespace, for os_ns_put(). Returns 0, -ESRCH, -ENOMEM, or -ENFILE
 * if this process can open no more descriptors.
 */
int netns_of(pid_t tid, struct os_ns **out);
/* Return a namespace's descriptor, which is open while there is a reference. */
int netns_fd(const struct os_ns *ns);
/* Close namespaces without references: the kernel cannot end one that is open. */
void netns_sweep(void);

#endif
