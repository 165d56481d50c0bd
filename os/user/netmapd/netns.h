/* SPDX-License-Identifier: BSD-2-Clause */
/* Network namespaces of those who open the device: where the names of their ports live. */
#ifndef NETMAPD_NETNS_H
#define NETMAPD_NETNS_H

#include "../os_user.h"

/* That of a thread, held until os_ns_put(); NULL if it cannot be told. */
struct os_ns *netns_of(pid_t tid);
/* Open as long as it is held. */
int netns_fd(const struct os_ns *ns);
/* Let those go that nobody holds any more: an open one does not end. */
void netns_sweep(void);

#endif
