/* SPDX-License-Identifier: BSD-2-Clause */
/* The device. All requests of the tools pass these functions, which tests replace. */
#ifndef APPS_DEVICE_H
#define APPS_DEVICE_H

#include <net/netmap.h>

#define DEVICE_PATH	"/dev/netmap"

int device_open(const char *path);	/* returns a descriptor or -errno */
void device_close(int fd);
int device_ctrl(int fd, struct nmreq_header *hdr);	/* NIOCCTRL; returns 0 or -errno */

#endif
