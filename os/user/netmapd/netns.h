/* SPDX-License-Identifier: BSD-2-Clause */
/* Network namespaces of those who open the device: where the names of their ports live. */
#ifndef NETMAPD_NETNS_H
#define NETMAPD_NETNS_H

#include "../os_user.h"

/* That of a thread, held until os_ns_release(); NULL if it cannot be told. */
struct os_ns *netns_of(pid_t tid);

#endif
