// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whether the kernel is done with sockets of AF_XDP that were closed: it takes them off a device's queues later, and
 * only then is their memory not used any more. Until then a queue can have no other socket.
 */
#define OS_PLATFORM
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

#define FRAME	4096u

/* A socket with one frame, which nothing is sent by, nor received. */
static int socket_set(int fd, const void *frame)
{
	static const int rings[] = { XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING };
	const struct xdp_umem_reg reg = { .addr = (uintptr_t)frame, .len = FRAME, .chunk_size = FRAME };
	const int slots = 1;
	uint32_t i;

	if (setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)))
		return -errno;
	for (i = 0; i < 3; i++)
		if (setsockopt(fd, SOL_XDP, rings[i], &slots, sizeof(slots)))
			return -errno;
	return 0;
}

/* With copies: the driver hears nothing of it. */
static int queue_left(uint32_t ifindex, uint32_t queue, const void *frame)
{
	const struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY, .sxdp_ifindex = ifindex, .sxdp_queue_id = queue,
	};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = socket_set(fd, frame);
	if (!err && bind(fd, (const void *)&addr, sizeof(addr)))
		err = -errno;
	close(fd);
	return err;
}

int xdp_left(uint32_t ifindex, uint32_t queues)
{
	void *frame = mmap(NULL, FRAME, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err = 0;
	uint32_t i;

	if (frame == MAP_FAILED)
		return -errno;
	for (i = 0; i < queues && !err; i++)
		err = queue_left(ifindex, i, frame);
	munmap(frame, FRAME);
	return err;
}
