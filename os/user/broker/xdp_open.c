// SPDX-License-Identifier: BSD-2-Clause
/*
 * Opening AF_XDP for a device: memory for frames, a socket for each queue, and the program that
 * redirects frames to them. All of it ends with its descriptors.
 */
#define OS_PLATFORM
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

/* A queue stays busy for a while after its last socket was closed. */
#define BUSY_TRIES	30
#define BUSY_MS		50	/* between them */

#define HEADROOM	256u	/* XDP_PACKET_HEADROOM: what the kernel leaves before a frame */
/* A page: with 2 KiB, some cards use the largest power of two that fits after the headroom. */
#define FRAME		4096u
#define FRAME_HEAD	22u	/* addresses, type, two VLAN tags */
#define HUGE_PAGE	(2u << 20)

/* ---- a socket ----------------------------------------------------------------------- */

static int socket_set_rings(int fd)
{
	static const int rings[] = {
		XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING, XDP_TX_RING,
	};
	const int slots = BROKER_XDP_SLOTS;
	uint32_t i;

	for (i = 0; i < 4; i++)
		if (setsockopt(fd, SOL_XDP, rings[i], &slots, sizeof(slots)))
			return -errno;
	return 0;
}

/* Memory of the sockets: each has its own, one after the other, or all share the device buffers. */
struct frames {
	uint8_t *base;
	size_t size;			/* of one socket's, or of all device buffers */
	const struct xdp_device_bufs *device_bufs;	/* NULL: each has its own */
};

/* Return the address of the i-th frame in the first fill ring of a queue's socket. */
static uint64_t frames_addr(const struct frames *f, uint32_t queue, uint32_t i)
{
	const uint32_t *fill;

	if (!f->device_bufs)
		return (uint64_t)i * FRAME;
	fill = f->device_bufs->fill + queue * BROKER_XDP_SLOTS;
	return ((uint64_t)fill[i] - 1) * BROKER_BUF_UNIT;
}

/*
 * Caller has not bound the socket: some drivers read the fill ring then, and again only after a
 * frame.
 */
static int socket_fill(const struct frames *f, uint32_t queue, int fd)
{
	struct xdp_mmap_offsets off;
	socklen_t len = sizeof(off);
	uint64_t *addr;
	uint32_t i, *producer;
	size_t size;
	char *map;

	if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &len))
		return -errno;
	size = off.fr.desc + BROKER_XDP_SLOTS * sizeof(*addr);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, XDP_UMEM_PGOFF_FILL_RING);
	if (map == MAP_FAILED)
		return -errno;
	addr = (void *)(map + off.fr.desc);
	producer = (void *)(map + off.fr.producer);
	for (i = 0; i < BROKER_XDP_SLOTS; i++)
		addr[i] = frames_addr(f, queue, i);
	__atomic_store_n(producer, BROKER_XDP_SLOTS, __ATOMIC_RELEASE);
	munmap(map, size);
	return 0;
}

static int socket_bind(int fd, const struct sockaddr_xdp *addr)
{
	int tries;

	for (tries = 0; bind(fd, (const void *)addr, sizeof(*addr)); tries++) {
		if (errno != EBUSY || tries == BUSY_TRIES)
			return -errno;
		usleep(BUSY_MS * 1000);
	}
	return 0;
}

/* Register a socket's memory. The first socket does so for all that share device buffers. */
static int socket_register(const struct frames *f, uint32_t queue, int fd)
{
	const struct xdp_umem_reg reg = {
		.addr = (uintptr_t)f->base + (f->device_bufs ? 0 : queue * f->size), .len = f->size,
		.chunk_size = FRAME,
		/* Puts received frames into the second half of a page. */
		.headroom = f->device_bufs ? BROKER_BUF_UNIT - HEADROOM : 0,
	};

	if (f->device_bufs && queue)
		return 0;
	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)) ? -errno : 0;
}

/* Open the next socket of x. Sockets that share memory have the flags of the first. */
static int socket_open(const struct broker_xdp *x, const struct frames *f, uint32_t ifindex,
		       uint16_t flags)
{
	const uint32_t queue = x->info.queues;
	const bool shares = f->device_bufs && queue;
	const struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = shares ? XDP_SHARED_UMEM : flags | XDP_USE_NEED_WAKEUP,
		.sxdp_ifindex = ifindex, .sxdp_queue_id = queue,
		.sxdp_shared_umem_fd = shares ? (uint32_t)x->xsk[0] : 0,
	};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = socket_register(f, queue, fd);
	if (!err)
		err = socket_set_rings(fd);
	if (!err)
		err = socket_fill(f, queue, fd);
	if (!err)
		err = socket_bind(fd, &addr);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* ---- all sockets --------------------------------------------------------------------- */

static int info_get_offsets(struct broker_xdp *x)
{
	socklen_t size = sizeof(x->info.off);

	return getsockopt(x->xsk[0], SOL_XDP, XDP_MMAP_OFFSETS, &x->info.off, &size) ? -errno : 0;
}

/* The first socket decides whether the kernel copies frames; all others do the same. */
static int sockets_open(struct broker_xdp *x, const struct frames *f, const struct xdp_request *rq)
{
	uint16_t flags = XDP_ZEROCOPY;
	bool may_copy;
	int fd;

	while (x->info.queues < rq->queues) {
		fd = socket_open(x, f, rq->ifindex, flags);
		may_copy = rq->allows_inexact && !x->info.queues && flags == XDP_ZEROCOPY;
		if (fd < 0 && fd != -EBUSY && may_copy) {
			flags = XDP_COPY;
			continue;
		}
		if (fd < 0)
			return fd;
		x->xsk[x->info.queues++] = fd;
		x->had_device_bufs = f->device_bufs;
	}
	x->info.is_zero_copy = flags == XDP_ZEROCOPY;
	return info_get_offsets(x);
}

/* Open sockets with memory of their own. The kernel and the server keep it; we unmap it. */
static int sockets_open_own(struct broker_xdp *x, const struct xdp_request *rq)
{
	struct frames f = { .size = broker_xdp_bytes(&x->info) };
	const size_t size = rq->queues * f.size;
	int err;

	x->umem = memfd_create("netmap-xdp", MFD_CLOEXEC);
	if (x->umem < 0 || ftruncate(x->umem, (off_t)size))
		return -errno;
	f.base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x->umem, 0);
	if (f.base == MAP_FAILED)
		return -errno;
	err = sockets_open(x, &f, rq);
	munmap(f.base, size);
	return err;
}

/* Open sockets with the device buffers. A file of huge pages is mapped from the start of one. */
static int sockets_open_device_bufs(struct broker_xdp *x, const struct xdp_request *rq)
{
	const struct broker_bufs *part = &rq->device_bufs->part;
	struct frames f = { .size = part->size, .device_bufs = rq->device_bufs };
	const size_t before = part->offset % HUGE_PAGE;
	char *map;
	int err;

	if (part->queues != rq->queues || part->offset % FRAME || part->size % FRAME ||
	    part->size > OS_PAGES_WINDOW || part->offset > OS_PAGES_WINDOW)
		return -EINVAL;
	map = mmap(NULL, before + f.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
		   rq->device_bufs->fd, (off_t)(part->offset - before));
	if (map == MAP_FAILED)
		return -errno;
	f.base = (uint8_t *)map + before;
	x->info.frame = BROKER_BUF_UNIT;
	x->info.has_device_bufs = true;
	err = sockets_open(x, &f, rq);
	munmap(map, before + f.size);
	return err;
}

/*
 * Open sockets with the device buffers if possible, else with memory of their own. Do not retry
 * once the first socket was open, because the kernel may use the device buffers, nor for a busy
 * queue, because it is busy for any memory.
 */
static int sockets_open_any(struct broker_xdp *x, const struct xdp_request *rq, uint32_t frame_len)
{
	int err = -EMSGSIZE;

	if (rq->device_bufs && frame_len <= BROKER_BUF_UNIT)
		err = sockets_open_device_bufs(x, rq);
	if (rq->device_bufs && !err)
		return 0;
	if (rq->device_bufs)
		os_log(OS_INFO,
		       "AF_XDP with memory of its own: its region's buffers cannot be used: %s",
		       strerror(-err));
	if (x->info.queues || err == -EBUSY)
		return err;
	x->info.frame = FRAME;
	x->info.has_device_bufs = false;
	return sockets_open_own(x, rq);
}

/* ---- the device ---------------------------------------------------------------------- */

/* True if the device strips VLAN tags. AF_XDP does not report the stripped tags. */
static bool link_strips_tags(const char *name)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GFLAGS };
	struct ifreq ifr = { .ifr_data = (void *)&v };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return !link_ioctl(SIOCETHTOOL, &ifr) && v.data & ETH_FLAG_RXVLAN;
}

/* Return the length of the longest frame that the MTU allows; 0 if the MTU is unknown. */
static uint32_t link_frame_max(const char *name)
{
	struct ifreq ifr = { .ifr_ifindex = 0 };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return link_ioctl(SIOCGIFMTU, &ifr) ? 0 : (uint32_t)ifr.ifr_mtu + FRAME_HEAD;
}

/* Return the reason why the device cannot use AF_XDP, or NULL. */
static const char *link_unfit(const char *name, const struct xdp_request *rq)
{
	if (link_frame_max(name) + HEADROOM > FRAME)
		return "its frames can be longer than a page: its MTU must be at most 3818";
	if (!rq->queues || rq->queues > BROKER_QUEUES_MAX)
		return "it has more than 16 receive queues (reduce them: ethtool -L)";
	if (!rq->allows_inexact && link_strips_tags(name))
		return "it strips VLAN tags (use ethtool -K NAME rxvlan off)";
	return NULL;
}

static int xdp_refuse(char reason[BROKER_REASON_MAX], int err, const char *what)
{
	snprintf(reason, BROKER_REASON_MAX, "%s: %s", what, strerror(-err));
	return err;
}

int xdp_open(struct broker_xdp *x, const char *name, const struct xdp_request *rq,
	     char reason[BROKER_REASON_MAX])
{
	const char *unfit = link_unfit(name, rq);
	int err;

	*x = (struct broker_xdp){ .link = -1, .umem = -1 };
	x->info.frame = FRAME;
	if (unfit) {
		snprintf(reason, BROKER_REASON_MAX, "%s", unfit);
		return -EOPNOTSUPP;
	}
	err = sockets_open_any(x, rq, link_frame_max(name));
	if (err) {
		xdp_close(x);
		return xdp_refuse(reason, err, rq->allows_inexact ? "no AF_XDP socket" :
				  "no AF_XDP socket without copies");
	}
	err = xdp_program_attach(x, rq->ifindex, rq->flags);
	if (!err)
		return 0;
	xdp_close(x);
	return xdp_refuse(reason, err, "no XDP program at the device");
}

void xdp_close(struct broker_xdp *x)
{
	if (x->link >= 0)
		close(x->link);
	while (x->info.queues)
		close(x->xsk[--x->info.queues]);
	if (x->umem >= 0)
		close(x->umem);
}
