/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pager, for connections without passthrough. There the kernel sends messages to read pages
 * into its cache, and a thread of this process that waits for a page may hold the lock of its
 * memory map. So one thread, which touches no memory for the first time, reads all messages: it
 * answers those for pages itself and queues all others for the workers.
 */
#ifndef NETMAPD_PAGER_H
#define NETMAPD_PAGER_H

#include <stdbool.h>

#include "conn.h"

/* Called after conn_start(), before memory is mapped through the cache. Returns 0 or -errno. */
int pager_start(void);
/* True if there is a pager: then the workers read its queue, not the connection. */
bool pager_is_running(void);
/* As conn_read(), but from the queue. */
int pager_take(void *buf, struct request *rq);
/* Return the eventfd that is readable while the queue has messages: one count for each. */
int pager_fd(void);

#endif
