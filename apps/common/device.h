/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one place that touches the device: everything else goes through these three.
 */
#ifndef APPS_DEVICE_H
#define APPS_DEVICE_H

#include <net/netmap.h>

#define DEVICE_PATH	"/dev/netmap"

int device_open(const char *path);	/* a descriptor, or -errno */
void device_close(int fd);
int device_ctrl(int fd, struct nmreq_header *hdr);	/* NIOCCTRL: 0 or -errno */

#endif
