/* SPDX-License-Identifier: BSD-2-Clause */
/* The privileges that netmapd keeps while it serves. */
#ifndef NETMAPD_PRIVILEGE_H
#define NETMAPD_PRIVILEGE_H

/* Look up the user and the group of the settings. Returns 0, or -1 with the reason logged. */
int privilege_names(unsigned int *uid, unsigned int *gid, unsigned int *device_gid);
/*
 * Become that user and drop all privileges that are not needed. Called before threads start.
 * Returns 0, or -1 with the reason logged.
 */
int privilege_drop(unsigned int uid, unsigned int gid);

#endif
