// SPDX-License-Identifier: BSD-2-Clause
/* Layouts of regions. See region_layout.h. */
#include "memory/region_layout.h"
#include "base/settings.h"

#define SIZE_MAX_MIB	4095ull	/* old requests tell sizes and offsets in 32 bits */
#define OLD_MIB		64ull	/* of room to grow for a region among those they reach, in one map */
#define USERMEM_MIN	65536ull
#define IF_SHIFT	2
#define RING_SHIFT	4
#define USERMEM_BUF_SHIFT	6
#define IF_LIMIT	16384u
#define EXTRA_MAX	(1u << 20)	/* extra buffers that a private region is laid out for */
#define RING_LIMIT	8192u

static uint32_t larger32(uint32_t a, uint64_t b)
{
	return a > b ? a : b > UINT32_MAX ? UINT32_MAX : (uint32_t)b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Rings and interface objects take at most an eighth and a sixty-fourth of the whole. */
static uint64_t layout_if_share(const struct nm_layout *l)
{
	return smaller(l->size / 64 / l->if_size, IF_LIMIT);
}

static uint64_t layout_ring_share(const struct nm_layout *l)
{
	return smaller(l->size / 8 / l->ring_size, RING_LIMIT);
}

static void layout_grow_to_shares(struct nm_layout *l)
{
	l->if_num = larger32(l->if_num, layout_if_share(l));
	l->ring_num = larger32(l->ring_num, layout_ring_share(l));
}

uint32_t nm_layout_bufs(const struct nm_layout *l, uint64_t at)
{
	uint64_t room = l->size > at ? (l->size - at) / l->buf_size : 0;

	if (l->is_user)
		return (uint32_t)smaller(room, l->buf_num ? l->buf_num : UINT32_MAX);
	return larger32(l->buf_num, room);
}

void nm_layout_global(struct nm_layout *l)
{
	*l = (struct nm_layout){
		.if_size = nm_setting(NM_SET_IF_SIZE) / 64 * 64,
		.if_num = nm_setting(NM_SET_IF_NUM),
		.if_shift = IF_SHIFT,
		.ring_size = nm_setting(NM_SET_RING_SIZE) / OS_PAGE_SIZE * OS_PAGE_SIZE,
		.ring_num = nm_setting(NM_SET_RING_NUM),
		.ring_shift = RING_SHIFT,
		.buf_size = nm_setting(NM_SET_BUF_SIZE) / 64 * 64,
		.buf_num = nm_setting(NM_SET_BUF_NUM),
		.buf_shift = 8,
		.size = nm_setting(NM_SET_REGION_MB) * NM_MIB,
		.is_low = true,
	};
	layout_grow_to_shares(l);
}

int nm_layout_private(struct nm_layout *l, const struct nm_region_need *need, struct nm_reason *reason)
{
	const uint64_t bufs = need->bufs + smaller(need->extra_bufs, EXTRA_MAX) + NM_BUFS_RESERVED;
	uint64_t want;

	*l = (struct nm_layout){
		.if_size = nm_setting(NM_SET_PRIV_IF_SIZE) / 64 * 64,
		.if_num = nm_setting(NM_SET_PRIV_IF_NUM),
		.if_shift = IF_SHIFT,
		.ring_size = nm_setting(NM_SET_PRIV_RING_SIZE) / OS_PAGE_SIZE * OS_PAGE_SIZE,
		.ring_shift = RING_SHIFT,
		.buf_size = nm_setting(NM_SET_PRIV_BUF_SIZE) / 64 * 64,
		.buf_shift = 7,
		.size = nm_setting(NM_SET_PRIV_REGION_MB) * NM_MIB,
		.is_low = need->is_old,
	};
	/* Many shall find a place where old requests reach. */
	if (need->is_old && os_space_is_shared() && l->size > OLD_MIB * NM_MIB)
		l->size = OLD_MIB * NM_MIB;

	/* A ring takes whole objects; twice as many, since a run must not cross a chunk. */
	l->ring_num = larger32(nm_setting(NM_SET_PRIV_RING_NUM),
			       2 * need->rings * (nm_layout_align(need->ring_bytes, l->ring_size) / l->ring_size));
	l->buf_num = larger32(nm_setting(NM_SET_PRIV_BUF_NUM),
			      nm_layout_align(bufs, 1u << l->buf_shift));
	want = (uint64_t)l->ring_num * l->ring_size + (uint64_t)l->buf_num * l->buf_size;
	if (want > SIZE_MAX_MIB * NM_MIB)
		return nm_refuse(reason, -ENOMEM, "these rings and buffers take %llu MiB: a memory region has at most %llu",
			      (unsigned long long)(want / NM_MIB), SIZE_MAX_MIB);
	layout_grow_to_shares(l);
	return 0;
}

/* What was asked for, rounded up to what objects are multiples of, or the setting; 0 if it is out of bounds. */
static uint32_t layout_object_size(uint32_t wanted, enum nm_setting_id setting, uint32_t unit, const char *what,
			    struct nm_reason *reason)
{
	const struct nm_setting *t = &nm_settings[setting];
	uint32_t size = wanted ? wanted : nm_setting(setting);

	if (size < t->min || size > t->max) {
		nm_refuse(reason, -EINVAL, "external memory: %s objects have %u to %u bytes, not %u", what, t->min,
		       t->max, size);
		return 0;
	}
	return (uint32_t)nm_layout_align(size, unit);
}

/* The largest chunks, up to those of 1 << most objects, that num of them make one of. */
static uint32_t layout_fit_shift(uint32_t num, uint32_t max_shift)
{
	uint32_t shift = max_shift;

	while (shift && num >> shift == 0)
		shift--;
	return shift;
}

int nm_layout_user(struct nm_layout *l, uint64_t size, const struct nmreq_pools_info *wanted,
		   struct nm_reason *reason)
{
	*l = (struct nm_layout){ .size = size, .is_user = true, .buf_num = wanted->nr_buf_pool_objtotal };
	if (size < USERMEM_MIN)
		return nm_refuse(reason, -EINVAL, "external memory of %llu bytes is too small: %llu are the least",
			      (unsigned long long)size, USERMEM_MIN);
	l->if_size = layout_object_size(wanted->nr_if_pool_objsize, NM_SET_PRIV_IF_SIZE, 64, "interface", reason);
	l->ring_size = layout_object_size(wanted->nr_ring_pool_objsize, NM_SET_PRIV_RING_SIZE, OS_PAGE_SIZE,
				   "ring", reason);
	l->buf_size = layout_object_size(wanted->nr_buf_pool_objsize, NM_SET_PRIV_BUF_SIZE, 64, "buffer", reason);
	if (!l->if_size || !l->ring_size || !l->buf_size)
		return reason->err;
	l->if_num = wanted->nr_if_pool_objtotal;
	if (!l->if_num)
		l->if_num = larger32(nm_setting(NM_SET_PRIV_IF_NUM), layout_if_share(l));
	l->ring_num = wanted->nr_ring_pool_objtotal;
	if (!l->ring_num)
		l->ring_num = larger32(nm_setting(NM_SET_PRIV_RING_NUM), layout_ring_share(l));
	/* The pools add what fills their last pages: they say no then. */
	if ((uint64_t)l->if_num * l->if_size + (uint64_t)l->ring_num * l->ring_size +
	    (uint64_t)(NM_BUFS_RESERVED + 1) * l->buf_size > size)
		return nm_refuse(reason, -ENOMEM,
			      "external memory of %llu bytes is too small: %u interface objects of %u, %u rings of %u",
			      (unsigned long long)size, l->if_num, l->if_size, l->ring_num, l->ring_size);
	l->if_shift = layout_fit_shift(l->if_num, IF_SHIFT);
	l->ring_shift = layout_fit_shift(l->ring_num, RING_SHIFT);
	l->buf_shift = USERMEM_BUF_SHIFT;
	return 0;
}
