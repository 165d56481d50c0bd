/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that all regions are parts of. */
#ifndef NETMAPD_MEMORY_H
#define NETMAPD_MEMORY_H

/*
 * Make the file in memory that the settings describe. Returns -1 with the reason logged. Needs
 * CAP_SYS_ADMIN.
 */
int memory_open(void);
/*
 * Use the file fd for regions (passthrough) or, if fd is -1, the kernel's cache of the device.
 * Returns 0 or an error.
 */
int memory_use(int fd, const char *device);

#endif
