/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings, as the engine reads them. Homes use nm_setting_get() and nm_setting_set() of engine.h. */
#ifndef NM_SETTINGS_H
#define NM_SETTINGS_H

#include "engine.h"
#include "../../include/net/netmap_inspect.h"

enum nm_setting_id {
	/* Up to NM_SET_REGION_MB: they size the global region, fixed while it exists. */
	NM_SET_IF_SIZE, NM_SET_IF_NUM, NM_SET_RING_SIZE, NM_SET_RING_NUM,
	NM_SET_BUF_SIZE, NM_SET_BUF_NUM, NM_SET_REGION_MB,
	NM_SET_PRIV_IF_SIZE, NM_SET_PRIV_IF_NUM, NM_SET_PRIV_RING_SIZE, NM_SET_PRIV_RING_NUM,
	NM_SET_PRIV_BUF_SIZE, NM_SET_PRIV_BUF_NUM, NM_SET_PRIV_REGION_MB,
	NM_SET_BRIDGE_BATCH, NM_SET_WAKE_DELAY, NM_SET_DEFAULT_PIPES, NM_SET_ADMODE, NM_SET_XDP,
	NM_SET_FWD, NM_SET_MITIGATE,
	NM_SET_GENERIC_RINGSIZE, NM_SET_GENERIC_RINGS, NM_SET_GENERIC_MIT, NM_SET_VERBOSE,
	NM_SET_COUNT
};

/* Cheap enough for each packet. */
static inline uint32_t nm_setting(enum nm_setting_id id)
{
	return os_load32(&nm_settings[id].value);
}

/* The setting of that name, if it takes that value. NULL with *err: -ENOENT, -ERANGE. */
struct nm_setting *nm_setting_check(const char *name, uint32_t value, int *err);

/* The i'th record of NM_INSPECT_TUNABLES; false past the last. */
bool nm_settings_info(uint32_t i, struct nm_info_tunable *out);

#endif
