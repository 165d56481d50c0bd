/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's FUSE protocol, with what is newer than the headers of the oldest system that
 * netmapd builds on (Linux 6.1, protocol 7.37). Numbers as in the kernel's
 * include/uapi/linux/fuse.h, where each is named with the protocol that brought it.
 */
#ifndef NETMAPD_FUSE_ABI_H
#define NETMAPD_FUSE_ABI_H

#include <linux/fuse.h>
#include <sys/ioctl.h>

/* 7.40, Linux 6.9: reads, writes and maps of an open file go to a file that the server names. */
#define NMD_INIT_PASSTHROUGH	(1ull << 37)
#define NMD_OPEN_PASSTHROUGH	(1u << 7)

struct nmd_backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};

#define NMD_BACKING_OPEN	_IOW(229, 1, struct nmd_backing_map)
#define NMD_BACKING_CLOSE	_IOW(229, 2, uint32_t)

/* struct fuse_init_out: max_stack_depth is the first word of what was unused before 7.40. */
static inline void nmd_init_set_stack_depth(struct fuse_init_out *out, uint32_t depth)
{
	char *end = (char *)&out->flags2 + sizeof(out->flags2);

	__builtin_memcpy(end, &depth, sizeof(depth));
}

/* struct fuse_open_out: the backing file's number is where padding was. */
static inline void nmd_open_set_backing(struct fuse_open_out *out, int32_t id)
{
	char *end = (char *)&out->open_flags + sizeof(out->open_flags);

	__builtin_memcpy(end, &id, sizeof(id));
}

#endif
