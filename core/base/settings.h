/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings, as the engine reads them. Platforms use nm_setting_get() and nm_setting_set() of
 * engine.h.
 */
#ifndef NM_SETTINGS_H
#define NM_SETTINGS_H

#include "engine.h"
#include "../../include/net/netmap_inspect.h"

#define NM_SETTING_ID(id, name, min, max, initial, help)	NM_SET_##id,
enum nm_setting_id { NM_SETTINGS(NM_SETTING_ID) NM_SET_COUNT };
#undef NM_SETTING_ID

/* One load: cheap enough for each packet. */
static inline uint32_t nm_setting(enum nm_setting_id id)
{
	return os_load32(&nm_settings[id].value);
}

/* Return the setting of that name if it accepts the value. NULL with *err: -ENOENT, -ERANGE. */
struct nm_setting *nm_setting_check(const char *name, uint32_t value, int *err);

/* Fill in the i-th record of NM_INSPECT_TUNABLES. Returns false past the last one. */
bool nm_settings_info(uint32_t i, struct nm_info_tunable *out);

#endif
