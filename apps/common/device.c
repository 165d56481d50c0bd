// SPDX-License-Identifier: BSD-2-Clause
/* The device: the only file that opens it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "device.h"

int device_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void device_close(int fd)
{
	close(fd);
}

int device_ctrl(int fd, struct nmreq_header *hdr)
{
	return ioctl(fd, NIOCCTRL, hdr) < 0 ? -errno : 0;
}
