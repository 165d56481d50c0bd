// SPDX-License-Identifier: BSD-2-Clause
/* Layouts of regions. See region_layout.h. */
#include "memory/region_layout.h"
#include "base/settings.h"

#define SIZE_MAX_MIB	4095ull	/* old requests have 32 bits for sizes and offsets */
#define OLD_MIB		64ull	/* size of a region that old requests must reach in a shared map */
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

/* Interface objects and rings take at most 1/64 and 1/8 of the region. */
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

int nm_layout_private(struct nm_layout *l, const struct nm_region_need *need,
		      struct nm_reason *reason)
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
	/* Small, because several must fit below the limit of old requests. */
	if (need->is_old && os_space_is_shared() && l->size > OLD_MIB * NM_MIB)
		l->size = OLD_MIB * NM_MIB;

	/* A ring takes whole objects; double their number, since a run must not cross a chunk. */
	l->ring_num =
		larger32(nm_setting(NM_SET_PRIV_RING_NUM),
			 2 * need->rings *
				 (nm_layout_align(need->ring_bytes, l->ring_size) / l->ring_size));
	l->buf_num = larger32(nm_setting(NM_SET_PRIV_BUF_NUM),
			      nm_layout_align(bufs, 1u << l->buf_shift));
	want = (uint64_t)l->ring_num * l->ring_size + (uint64_t)l->buf_num * l->buf_size;
	if (want > SIZE_MAX_MIB * NM_MIB)
		return nm_refuse(
			reason, -ENOMEM,
			"these rings and buffers take %llu MiB: a memory region has at most %llu",
			(unsigned long long)(want / NM_MIB), SIZE_MAX_MIB);
	layout_grow_to_shares(l);
	return 0;
}

/*
 * Return the wanted size of objects, or that of a setting if 0 is wanted, rounded up to a multiple
 * of unit; 0 with a reason if it is out of bounds.
 */
static uint32_t layout_object_size(uint32_t wanted, enum nm_setting_id setting, uint32_t unit,
				   const char *what, struct nm_reason *reason)
{
	const struct nm_setting *t = &nm_settings[setting];
	uint32_t size = wanted ? wanted : nm_setting(setting);

	if (size < t->min || size > t->max) {
		nm_refuse(reason, -EINVAL,
			  "external memory: %s objects have %u to %u bytes, not %u", what, t->min,
			  t->max, size);
		return 0;
	}
	return (uint32_t)nm_layout_align(size, unit);
}

/* Return log2 of the largest chunk, up to 1 << max_shift objects, that num objects fill. */
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
	*l = (struct nm_layout){
		.size = size, .is_user = true, .buf_num = wanted->nr_buf_pool_objtotal,
	};
	if (size < USERMEM_MIN)
		return nm_refuse(reason, -EINVAL,
				 "external memory of %llu bytes is too small: at least %llu",
				 (unsigned long long)size, USERMEM_MIN);
	l->if_size = layout_object_size(wanted->nr_if_pool_objsize, NM_SET_PRIV_IF_SIZE, 64,
					"interface", reason);
	l->ring_size = layout_object_size(wanted->nr_ring_pool_objsize, NM_SET_PRIV_RING_SIZE,
					  OS_PAGE_SIZE, "ring", reason);
	l->buf_size = layout_object_size(wanted->nr_buf_pool_objsize, NM_SET_PRIV_BUF_SIZE, 64,
					 "buffer", reason);
	if (!l->if_size || !l->ring_size || !l->buf_size)
		return reason->err;
	l->if_num = wanted->nr_if_pool_objtotal;
	if (!l->if_num)
		l->if_num = larger32(nm_setting(NM_SET_PRIV_IF_NUM), layout_if_share(l));
	l->ring_num = wanted->nr_ring_pool_objtotal;
	if (!l->ring_num)
		l->ring_num = larger32(nm_setting(NM_SET_PRIV_RING_NUM), layout_ring_share(l));
	/* Pools round up to whole pages: region_set_memory() checks the exact size. */
	if ((uint64_t)l->if_num * l->if_size + (uint64_t)l->ring_num * l->ring_size +
	    (uint64_t)(NM_BUFS_RESERVED + 1) * l->buf_size > size)
		return nm_refuse(
			reason, -ENOMEM,
			"external memory of %llu bytes: "
			"too small for %u interfaces of %u, %u rings of %u",
			(unsigned long long)size, l->if_num, l->if_size, l->ring_num, l->ring_size);
	l->if_shift = layout_fit_shift(l->if_num, IF_SHIFT);
	l->ring_shift = layout_fit_shift(l->ring_num, RING_SHIFT);
	l->buf_shift = USERMEM_BUF_SHIFT;
	return 0;
}
