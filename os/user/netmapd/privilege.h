/* SPDX-License-Identifier: BSD-2-Clause */
/* What netmapd keeps of its rights once it serves. */
#ifndef NETMAPD_PRIVILEGE_H
#define NETMAPD_PRIVILEGE_H

/* Numbers of the settings' user and group; 0, or -1 with the reason on the log. */
int privilege_names(unsigned int *uid, unsigned int *gid, unsigned int *device_gid);
/* Become that user, with nothing left but what is needed. Before any thread is started. */
int privilege_drop(unsigned int uid, unsigned int gid);

#endif
