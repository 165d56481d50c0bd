/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETMAPD_SERVER_H
#define NETMAPD_SERVER_H

/*
 * Serve the device until the end. fuse: the connection to the kernel; memory: the file that regions
 * are parts of; ready: written to once clients can use the device, then closed. Returns the exit
 * status.
 */
int server_run(int fuse, int memory, int ready);

#endif
