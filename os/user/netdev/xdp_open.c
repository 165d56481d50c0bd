// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the broker opens for AF_XDP: memory for frames, a socket for each queue of the device, and
 * the program that turns frames to them. All of it goes with its descriptors.
 */
#define OS_HOME
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

/* Before the driver looks for the first time: some look again only when a frame has come. */
static int frames_give(const struct broker_xdp *x, int fd)
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
		((uint64_t *)(void *)(map + off.fr.desc))[i] = (uint64_t)i * x->told.frame;
	__atomic_store_n((uint32_t *)(void *)(map + off.fr.producer), BROKER_XDP_SLOTS, __ATOMIC_RELEASE);
	munmap(map, size);
	return 0;
}

static int bind_patiently(int fd, uint32_t ifindex, uint32_t queue, uint16_t flags)
{
	const struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP, .sxdp_flags = flags | XDP_USE_NEED_WAKEUP, .sxdp_ifindex = ifindex,
		.sxdp_queue_id = queue,
	};
	int tries;

	for (tries = 0; bind(fd, (const void *)&addr, sizeof(addr)); tries++) {
		if (errno != EBUSY || tries == BUSY_TRIES)
			return -errno;
		usleep(BUSY_MS * 1000);
	}
	return 0;
}

static int socket_open(const struct broker_xdp *x, void *frames, uint32_t ifindex, uint32_t queue, uint16_t flags)
{
	const struct xdp_umem_reg reg = {
		.addr = (uintptr_t)frames, .len = broker_xdp_bytes(&x->told), .chunk_size = x->told.frame,
	};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)) ? -errno : rings_set(fd);
	if (!err)
		err = frames_give(x, fd);
	if (!err)
		err = bind_patiently(fd, ifindex, queue, flags);
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
static int sockets_open(struct broker_xdp *x, uint8_t *frames, uint32_t ifindex, uint32_t queues, bool may_copy)
{
	const size_t bytes = broker_xdp_bytes(&x->told);
	uint16_t flags = XDP_ZEROCOPY;
	int fd;

	while (x->told.queues < queues) {
		fd = socket_open(x, frames + x->told.queues * bytes, ifindex, x->told.queues, flags);
		if (fd < 0 && may_copy && !x->told.queues && flags == XDP_ZEROCOPY) {
			flags = XDP_COPY;
			continue;
		}
		if (fd < 0)
			return fd;
		x->xsk[x->told.queues++] = fd;
	}
	x->told.is_zero_copy = flags == XDP_ZEROCOPY;
	return told_fill(x);
}

/* The memory is the kernel's and the server's: the broker's own map of it ends here. */
static int memory_and_sockets_open(struct broker_xdp *x, uint32_t ifindex, uint32_t queues, bool may_copy)
{
	const size_t size = queues * broker_xdp_bytes(&x->told);
	uint8_t *frames;
	int err;

	x->umem = memfd_create("netmap-xdp", MFD_CLOEXEC);
	if (x->umem < 0 || ftruncate(x->umem, (off_t)size))
		return -errno;
	frames = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x->umem, 0);
	if (frames == MAP_FAILED)
		return -errno;
	err = sockets_open(x, frames, ifindex, queues, may_copy);
	munmap(frames, size);
	return err;
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

/* Bytes that the longest frame takes, as far as can be told. */
static uint32_t frame_most(const char *name)
{
	struct ifreq ifr = { .ifr_ifindex = 0 };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return net_ioctl(SIOCGIFMTU, &ifr) ? 0 : (uint32_t)ifr.ifr_mtu + FRAME_HEAD + ROOM_FRONT;
}

static int refuse(char reason[BROKER_REASON_MAX], int err, const char *what)
{
	snprintf(reason, BROKER_REASON_MAX, "%s: %s", what, strerror(-err));
	return err;
}

static const char *unfit(const char *name, const struct xdp_wanted *w)
{
	if (frame_most(name) > FRAME)
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
	err = memory_and_sockets_open(x, w->ifindex, w->queues, w->is_anyhow);
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
