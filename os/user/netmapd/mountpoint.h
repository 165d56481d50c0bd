/* SPDX-License-Identifier: BSD-2-Clause */
/* The place in the file system where clients find the device. */
#ifndef NETMAPD_MOUNTPOINT_H
#define NETMAPD_MOUNTPOINT_H

#include <sys/types.h>

/*
 * Mount a FUSE file system of one file on path, making the file if there is none. Returns the
 * connection's descriptor, non-blocking; -1 with the reason on the log: somebody else serves it.
 */
int mountpoint_open(const char *path, mode_t mode);
/* Take it away again, even while clients have it open: from then on they get errors. */
void mountpoint_close(const char *path);
/* Let the kernel cache as much of the file as there is, where it has to: the first argument is the connection's own. */
void mountpoint_cache_all(const char *path);

#endif
