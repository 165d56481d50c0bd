// SPDX-License-Identifier: BSD-2-Clause
/*
 * The engine's settings, made of settings_table.h. A value is a single word, read at any time.
 * Settings that size the global region can change only while it does not exist: see
 * nm_setting_set().
 */
#include "base/settings.h"

#define ENTRY(id, name, min, max, initial, help) \
	[NM_SET_##id] = { #name, help, min, max, initial, initial },
struct nm_setting nm_settings[] = { NM_SETTINGS(ENTRY) };

const uint32_t nm_setting_count = NM_SET_COUNT;

static struct nm_setting *nm_setting_find(const char *name)
{
	uint32_t i;

	for (i = 0; i < NM_SET_COUNT; i++) {
		if (!os_strcmp(nm_settings[i].name, name))
			return &nm_settings[i];
	}
	return NULL;
}

uint32_t nm_setting_get(const char *name)
{
	const struct nm_setting *t = nm_setting_find(name);

	return t ? os_load32(&t->value) : 0;
}

struct nm_setting *nm_setting_check(const char *name, uint32_t value, int *err)
{
	struct nm_setting *t = nm_setting_find(name);

	*err = !t ? -ENOENT : value < t->min || value > t->max ? -ERANGE : 0;
	return *err ? NULL : t;
}

bool nm_settings_info(uint32_t i, struct nm_info_tunable *out)
{
	const struct nm_setting *t;

	if (i >= NM_SET_COUNT)
		return false;
	t = &nm_settings[i];
	os_memset(out, 0, sizeof(*out));
	os_memcpy(out->name, t->name, os_strlen(t->name));
	os_memcpy(out->help, t->help, os_strlen(t->help));
	out->value = os_load32(&t->value);
	out->min = t->min;
	out->max = t->max;
	out->initial = t->initial;
	return true;
}
