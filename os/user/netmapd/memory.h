/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of domains, which the broker makes (../broker/memory_file.c). */
#ifndef NETMAPD_MEMORY_H
#define NETMAPD_MEMORY_H

#include "../os_user.h"

/* Use this socket to the broker. Called before threads start. */
void memory_connect(int sock);
/*
 * Set the limits; reclaim frees the memory of an unused domain, if there is one. Called after
 * conn_start(), before threads start. Returns 0 or -errno.
 */
int memory_setup(bool (*reclaim)(void));
/* True for the thread of the broker that opens a file, for which memory_open() waits. */
bool memory_is_broker(pid_t tid);

/*
 * Make the memory of the domain whose file has that name and node. *id is its number for
 * passthrough. Returns NULL with the reason logged. May wait for the broker.
 */
struct os_arena *memory_open(const char *name, uint64_t node, bool is_limited, int32_t *id);
/* Free it. All its spaces are closed. */
void memory_close(struct os_arena *a, int32_t id);
/* Make the broker close its end of the connection to FUSE. */
void memory_end(void);

#endif
