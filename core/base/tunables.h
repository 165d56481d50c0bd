/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings, as the engine reads them. Homes use nm_tunable_get() and nm_tunable_set() of engine.h. */
#ifndef NM_TUNABLES_H
#define NM_TUNABLES_H

#include "engine.h"
#include "../../include/net/netmap_inspect.h"

enum nm_tunable_id {
	/* Up to NM_TUN_REGION_MB: they size the global region, fixed while it exists. */
	NM_TUN_IF_SIZE, NM_TUN_IF_NUM, NM_TUN_RING_SIZE, NM_TUN_RING_NUM,
	NM_TUN_BUF_SIZE, NM_TUN_BUF_NUM, NM_TUN_REGION_MB,
	NM_TUN_PRIV_IF_SIZE, NM_TUN_PRIV_IF_NUM, NM_TUN_PRIV_RING_SIZE, NM_TUN_PRIV_RING_NUM,
	NM_TUN_PRIV_BUF_SIZE, NM_TUN_PRIV_BUF_NUM, NM_TUN_PRIV_REGION_MB,
	NM_TUN_BRIDGE_BATCH, NM_TUN_WAKE_DELAY, NM_TUN_DEFAULT_PIPES, NM_TUN_ADMODE, NM_TUN_XDP,
	NM_TUN_FWD, NM_TUN_MITIGATE,
	NM_TUN_GENERIC_RINGSIZE, NM_TUN_GENERIC_RINGS, NM_TUN_GENERIC_MIT, NM_TUN_VERBOSE,
	NM_TUN_COUNT
};

/* Cheap enough for each packet. */
static inline uint32_t nm_tunable(enum nm_tunable_id id)
{
	return os_load32(&nm_tunables[id].value);
}

/* The setting of that name, if it takes that value. NULL with *err: -ENOENT, -ERANGE. */
struct nm_tunable *nm_tunable_check(const char *name, uint32_t value, int *err);

/* The i'th record of NM_INSPECT_TUNABLES; false past the last. */
bool nm_tunables_info(uint32_t i, struct nm_info_tunable *out);

#endif
