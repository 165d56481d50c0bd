/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory that is served, and the path at which clients find the device: a symbolic link to
 * the directory's entry 'netmap', which is one too, and leads each user to a file of its own.
 */
#ifndef NETMAPD_MOUNTPOINT_H
#define NETMAPD_MOUNTPOINT_H

#include <sys/types.h>

/* Return the path of the directory: the setting, or else what the device's path makes of it. */
const char *mountpoint_dir(void);
/*
 * Mount a FUSE file system on the directory, and make path the link to it. Returns the connection's
 * descriptor, non-blocking; -1 with the reason logged, such as another netmapd that serves it.
 */
int mountpoint_open(const char *path);
/* Unmount and remove them, even while clients have files open: they get errors from then on. */
void mountpoint_close(const char *path);
/* Let the kernel cache all of the files. For a connection without passthrough. */
void mountpoint_cache_all(void);

#endif
