// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whether the kernel has released AF_XDP sockets that were closed. It unbinds them from the
 * device's queues some time after close(), and stops using their memory only then. Until then no
 * other socket can be bound to the queue, so try one.
 */
#define OS_PLATFORM
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

#define FRAME	4096u

/* Give the socket the least that bind() needs: a frame and rings of one slot. */
static int socket_setup(int fd, const void *frame)
{
	static const int rings[] = { XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING };
	const struct xdp_umem_reg reg = { .addr = (uintptr_t)frame,
					  .len = FRAME,
					  .chunk_size = FRAME };
	const int slots = 1;
	uint32_t i;

	if (setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)))
		return -errno;
	for (i = 0; i < 3; i++)
		if (setsockopt(fd, SOL_XDP, rings[i], &slots, sizeof(slots)))
			return -errno;
	return 0;
}

/* Bind in copy mode, which does not involve the driver. */
static int queue_probe(uint32_t ifindex, uint32_t queue, const void *frame)
{
	const struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = XDP_COPY,
		.sxdp_ifindex = ifindex,
		.sxdp_queue_id = queue,
	};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = socket_setup(fd, frame);
	if (!err && bind(fd, (const void *)&addr, sizeof(addr)))
		err = -errno;
	close(fd);
	return err;
}

int xdp_probe(uint32_t ifindex, uint32_t queues)
{
	void *frame = mmap(NULL, FRAME, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err = 0;
	uint32_t i;

	if (frame == MAP_FAILED)
		return -errno;
	for (i = 0; i < queues && !err; i++)
		err = queue_probe(ifindex, i, frame);
	munmap(frame, FRAME);
	return err;
}
