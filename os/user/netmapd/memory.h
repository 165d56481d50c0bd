/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that all regions are pieces of. */
#ifndef NETMAPD_MEMORY_H
#define NETMAPD_MEMORY_H

/* A file in memory as the settings want it; -1 with the reason on the log. Needs CAP_SYS_ADMIN. */
int memory_open(void);
/* Let regions be made there (passthrough), or, if fd is -1, in what the kernel caches of the device. */
int memory_use(int fd, const char *device);

#endif
