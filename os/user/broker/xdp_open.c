// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the broker opens for AF_XDP: memory for frames, a socket for each queue of the device, and
 * the program that turns frames to them. All of it goes with its descriptors.
 */
#define OS_PLATFORM
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

/* A queue that was left lately is taken for a while after its last descriptor was closed. */
#define BUSY_TRIES	30
#define BUSY_MS		50

#define ROOM_FRONT	256u	/* what the kernel keeps free before a frame that comes */
/* A page: of 2 KiB less the room, some cards use the largest power of two. */
#define FRAME		4096u
#define FRAME_HEAD	22u	/* addresses, type, two VLAN tags */
#define HUGE_PAGE	(2u << 20)

/* ---- a socket ----------------------------------------------------------------------- */

static int rings_set(int fd)
{
	static const int rings[] = { XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING, XDP_TX_RING };
	const int slots = BROKER_XDP_SLOTS;
	uint32_t i;

	for (i = 0; i < 4; i++)
		if (setsockopt(fd, SOL_XDP, rings[i], &slots, sizeof(slots)))
			return -errno;
	return 0;
}

/* Memory of the sockets: each one's own, in a row, or what is lent to all of them. */
struct frames {
	uint8_t *at;
	size_t size;			/* of one's own, of all that is lent */
	const struct xdp_device_bufs *device_bufs;	/* NULL: their own */
};

/* Where the i-th frame begins that socket number queue receives into. */
static uint64_t frame_at(const struct frames *f, uint32_t queue, uint32_t i)
{
	if (f->device_bufs)
		return ((uint64_t)f->device_bufs->fill[queue * BROKER_XDP_SLOTS + i] - 1) * BROKER_BUF_UNIT;
	return (uint64_t)i * FRAME;
}

/* Before the driver looks for the first time: some look again only when a frame has come. */
static int frames_give(const struct frames *f, uint32_t queue, int fd)
{
	struct xdp_mmap_offsets off;
	socklen_t len = sizeof(off);
	size_t size;
	char *map;
	uint32_t i;

	if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &len))
		return -errno;
	size = off.fr.desc + BROKER_XDP_SLOTS * sizeof(uint64_t);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, XDP_UMEM_PGOFF_FILL_RING);
	if (map == MAP_FAILED)
		return -errno;
	for (i = 0; i < BROKER_XDP_SLOTS; i++)
		((uint64_t *)(void *)(map + off.fr.desc))[i] = frame_at(f, queue, i);
	__atomic_store_n((uint32_t *)(void *)(map + off.fr.producer), BROKER_XDP_SLOTS, __ATOMIC_RELEASE);
	munmap(map, size);
	return 0;
}

static int bind_patiently(int fd, const struct sockaddr_xdp *addr)
{
	int tries;

	for (tries = 0; bind(fd, (const void *)addr, sizeof(*addr)); tries++) {
		if (errno != EBUSY || tries == BUSY_TRIES)
			return -errno;
		usleep(BUSY_MS * 1000);
	}
	return 0;
}

/* What is lent is registered once. Frames come in the second half of a page of it. */
static int memory_register(const struct frames *f, uint32_t queue, int fd)
{
	const struct xdp_umem_reg reg = {
		.addr = (uintptr_t)f->at + (f->device_bufs ? 0 : queue * f->size), .len = f->size, .chunk_size = FRAME,
		.headroom = f->device_bufs ? BROKER_BUF_UNIT - ROOM_FRONT : 0,
	};

	if (f->device_bufs && queue)
		return 0;
	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)) ? -errno : 0;
}

/* The next socket of x; flags of the first one hold for all that share its memory. */
static int socket_open(const struct broker_xdp *x, const struct frames *f, uint32_t ifindex, uint16_t flags)
{
	const uint32_t queue = x->told.queues;
	const bool shares = f->device_bufs && queue;
	const struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP, .sxdp_flags = shares ? XDP_SHARED_UMEM : flags | XDP_USE_NEED_WAKEUP,
		.sxdp_ifindex = ifindex, .sxdp_queue_id = queue,
		.sxdp_shared_umem_fd = shares ? (uint32_t)x->xsk[0] : 0,
	};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = memory_register(f, queue, fd);
	if (!err)
		err = rings_set(fd);
	if (!err)
		err = frames_give(f, queue, fd);
	if (!err)
		err = bind_patiently(fd, &addr);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* ---- all of them -------------------------------------------------------------------- */

static int told_fill(struct broker_xdp *x)
{
	socklen_t size = sizeof(x->told.off);

	return getsockopt(x->xsk[0], SOL_XDP, XDP_MMAP_OFFSETS, &x->told.off, &size) ? -errno : 0;
}

/* The first socket decides whether they are without copies. */
static int sockets_open(struct broker_xdp *x, const struct frames *f, const struct xdp_wanted *w)
{
	uint16_t flags = XDP_ZEROCOPY;
	int fd;

	while (x->told.queues < w->queues) {
		fd = socket_open(x, f, w->ifindex, flags);
		if (fd < 0 && fd != -EBUSY && w->is_anyhow && !x->told.queues && flags == XDP_ZEROCOPY) {
			flags = XDP_COPY;
			continue;
		}
		if (fd < 0)
			return fd;
		x->xsk[x->told.queues++] = fd;
		x->had_device_bufs = f->device_bufs;
	}
	x->told.is_zero_copy = flags == XDP_ZEROCOPY;
	return told_fill(x);
}

/* The memory is the kernel's and the server's: the broker's own map of it ends here. */
static int own_open(struct broker_xdp *x, const struct xdp_wanted *w)
{
	struct frames f = { .size = broker_xdp_bytes(&x->told) };
	const size_t size = w->queues * f.size;
	int err;

	x->umem = memfd_create("netmap-xdp", MFD_CLOEXEC);
	if (x->umem < 0 || ftruncate(x->umem, (off_t)size))
		return -errno;
	f.at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x->umem, 0);
	if (f.at == MAP_FAILED)
		return -errno;
	err = sockets_open(x, &f, w);
	munmap(f.at, size);
	return err;
}

/* By buffers that are there already, and the server's map of them. What is in huge pages is mapped by such. */
static int device_bufs_open(struct broker_xdp *x, const struct xdp_wanted *w)
{
	const struct broker_bufs *where = &w->device_bufs->where;
	struct frames f = { .size = where->size, .device_bufs = w->device_bufs };
	const size_t before = where->at % HUGE_PAGE;
	char *map;
	int err;

	if (where->queues != w->queues || where->at % FRAME || where->size % FRAME ||
	    where->size > OS_PAGES_WINDOW || where->at > OS_PAGES_WINDOW)
		return -EINVAL;
	map = mmap(NULL, before + f.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, w->device_bufs->fd,
		   (off_t)(where->at - before));
	if (map == MAP_FAILED)
		return -errno;
	f.at = (uint8_t *)map + before;
	x->told.frame = BROKER_BUF_UNIT;
	x->told.has_device_bufs = true;
	err = sockets_open(x, &f, w);
	munmap(map, before + f.size);
	return err;
}

/*
 * By lent buffers if it can be. If the first socket was open the kernel may have them, and it is all over. A
 * queue that is busy is so for any memory.
 */
static int memory_and_sockets_open(struct broker_xdp *x, const struct xdp_wanted *w, uint32_t frame_len)
{
	int err = -EMSGSIZE;

	if (w->device_bufs && frame_len <= BROKER_BUF_UNIT)
		err = device_bufs_open(x, w);
	if (w->device_bufs && !err)
		return 0;
	if (w->device_bufs)
		os_log(OS_INFO, "AF_XDP with memory of its own: by lent buffers it is \"%s\"", strerror(-err));
	if (x->told.queues || err == -EBUSY)
		return err;
	x->told.frame = FRAME;
	x->told.has_device_bufs = false;
	return own_open(x, w);
}

/* ---- the program -------------------------------------------------------------------- */

/* A frame of a queue that the engine wants goes to the queue's socket; any other where it went before. */
static int program_load(int flags, int sockets)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1,
		  .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 4, .src_reg = 2 },
		{ .code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 4,
		  .imm = sizeof(((struct netdev_flags *)0)->wire) - 1 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 3, .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = flags },
		{ .imm = offsetof(struct netdev_flags, wire) },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = 3, .src_reg = 4 },
		{ .code = BPF_LDX | BPF_MEM | BPF_B, .dst_reg = 4, .src_reg = 3 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS },
		{ .code = BPF_JMP32 | BPF_JNE | BPF_K, .dst_reg = 4, .off = 1, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = sockets },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "netmap_wire", "BSD", code, sizeof(code) / sizeof(code[0]),
			     NULL);
}

/* By the driver itself: the kernel's own way, for all devices, would also see what the host ring hands in. */
static int attach(struct broker_xdp *x, uint32_t ifindex, int flags, int sockets)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int prog = program_load(flags, sockets);

	if (prog < 0)
		return prog;
	x->link = bpf_link_create(prog, (int)ifindex, BPF_XDP, &opts);
	close(prog);
	return x->link < 0 ? x->link : 0;
}

static int turn_frames(struct broker_xdp *x, uint32_t ifindex, int flags)
{
	int map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "netmap_xsks", sizeof(uint32_t), sizeof(int),
				 x->told.queues, NULL), err = 0;
	uint32_t i;

	if (map < 0)
		return map;
	for (i = 0; i < x->told.queues && !err; i++)
		err = bpf_map_update_elem(map, &i, &x->xsk[i], BPF_ANY);
	if (!err)
		err = attach(x, ifindex, flags, map);
	close(map);
	return err;
}

/* ---- whether ------------------------------------------------------------------------ */

/* The device takes VLAN tags out of frames, where AF_XDP cannot find them. */
static bool strips_tags(const char *name)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GFLAGS };
	struct ifreq ifr = { .ifr_data = (void *)&v };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return !net_ioctl(SIOCETHTOOL, &ifr) && v.data & ETH_FLAG_RXVLAN;
}

/* Bytes of the longest frame, as far as can be told. */
static uint32_t frame_most(const char *name)
{
	struct ifreq ifr = { .ifr_ifindex = 0 };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return net_ioctl(SIOCGIFMTU, &ifr) ? 0 : (uint32_t)ifr.ifr_mtu + FRAME_HEAD;
}

static int refuse(char reason[BROKER_REASON_MAX], int err, const char *what)
{
	snprintf(reason, BROKER_REASON_MAX, "%s: %s", what, strerror(-err));
	return err;
}

static const char *unfit(const char *name, const struct xdp_wanted *w)
{
	if (frame_most(name) + ROOM_FRONT > FRAME)
		return "its frames can be longer than a page";
	if (!w->queues || w->queues > BROKER_QUEUES_MAX)
		return "it has too many queues";
	if (!w->is_anyhow && strips_tags(name))
		return "it takes VLAN tags out of frames (ethtool -K rxvlan off)";
	return NULL;
}

int xdp_open(struct broker_xdp *x, const char *name, const struct xdp_wanted *w, char reason[BROKER_REASON_MAX])
{
	const char *why = unfit(name, w);
	int err;

	*x = (struct broker_xdp){ .link = -1, .umem = -1 };
	x->told.frame = FRAME;
	if (why) {
		snprintf(reason, BROKER_REASON_MAX, "%s", why);
		return -EOPNOTSUPP;
	}
	err = memory_and_sockets_open(x, w, frame_most(name));
	if (err) {
		xdp_close(x);
		return refuse(reason, err,
			      w->is_anyhow ? "no AF_XDP socket" : "no AF_XDP socket without copies");
	}
	err = turn_frames(x, w->ifindex, w->flags);
	if (!err)
		return 0;
	xdp_close(x);
	return refuse(reason, err, "no XDP program at the device");
}

void xdp_close(struct broker_xdp *x)
{
	if (x->link >= 0)
		close(x->link);
	while (x->told.queues)
		close(x->xsk[--x->told.queues]);
	if (x->umem >= 0)
		close(x->umem);
}
