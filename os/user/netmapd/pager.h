/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where maps go through the kernel's cache, the kernel asks for pages by messages, and a
 * thread that waits for a page may hold the lock of this process's memory map meanwhile. So one
 * thread reads all messages, answers those at once, touches no memory that it has not touched
 * before, and leaves the other messages to the workers in a queue.
 */
#ifndef NETMAPD_PAGER_H
#define NETMAPD_PAGER_H

#include <stdbool.h>

#include "conn.h"

/* After conn_start(), before any memory is mapped through the cache. 0 or -errno. */
int pager_start(void);
bool pager_runs(void);
/* As conn_read(), from the queue. */
int pager_take(void *buf, struct request *rq);
/* Readable when there is something to take: one count for each message. */
int pager_fd(void);

#endif
