/* SPDX-License-Identifier: BSD-2-Clause */
/* The path at which clients find the device. */
#ifndef NETMAPD_MOUNTPOINT_H
#define NETMAPD_MOUNTPOINT_H

#include <sys/types.h>

/*
 * Mount a FUSE file system of one file on path, and make the file if there is none. Returns the
 * connection's descriptor, non-blocking; -1 with the reason logged, such as another netmapd that
 * serves it.
 */
int mountpoint_open(const char *path, mode_t mode);
/* Unmount path, even while clients have it open: they get errors from then on. */
void mountpoint_close(const char *path);
/* Let the kernel cache all of the file. For a connection without passthrough. */
void mountpoint_cache_all(const char *path);

#endif
