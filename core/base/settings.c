// SPDX-License-Identifier: BSD-2-Clause
/*
 * The one list of settings. Values are single words, read at any time; what sizes the
 * global region changes only while that region does not exist, so that nothing half-old
 * is ever built.
 */
#include "base/settings.h"

struct nm_setting nm_settings[] = {
	[NM_SET_IF_SIZE] = { "if_size",
		"bytes of an interface object of the global region", 256, 65536, 1024, 1024 },
	[NM_SET_IF_NUM] = { "if_num",
		"interface objects the global region has room for at least", 1, 16384, 100, 100 },
	[NM_SET_RING_SIZE] = { "ring_size",
		"bytes of a ring object of the global region; longer rings take several", 4096, 1048576, 36864, 36864 },
	[NM_SET_RING_NUM] = { "ring_num",
		"ring objects the global region has room for at least", 1, 65536, 200, 200 },
	[NM_SET_BUF_SIZE] = { "buf_size",
		"bytes of a packet buffer of the global region", 64, 65536, 2048, 2048 },
	[NM_SET_BUF_NUM] = { "buf_num",
		"buffers the global region has room for at least", 64, 16777216, 163840, 163840 },
	[NM_SET_REGION_MB] = { "region_mb",
		"MiB the global region may grow to, if that is more than its objects need", 16, 4095, 4032, 4032 },
	[NM_SET_PRIV_IF_SIZE] = { "priv_if_size",
		"bytes of an interface object of a private region", 256, 65536, 1024, 1024 },
	[NM_SET_PRIV_IF_NUM] = { "priv_if_num",
		"interface objects a private region has room for at least", 1, 16384, 2, 2 },
	[NM_SET_PRIV_RING_SIZE] = { "priv_ring_size",
		"bytes of a ring object of a private region", 4096, 1048576, 20480, 20480 },
	[NM_SET_PRIV_RING_NUM] = { "priv_ring_num",
		"ring objects a private region has room for at least", 1, 65536, 4, 4 },
	[NM_SET_PRIV_BUF_SIZE] = { "priv_buf_size",
		"bytes of a packet buffer of a private region", 64, 65536, 2048, 2048 },
	[NM_SET_PRIV_BUF_NUM] = { "priv_buf_num",
		"buffers a private region has room for at least", 64, 16777216, 4098, 4098 },
	[NM_SET_PRIV_REGION_MB] = { "priv_region_mb",
		"MiB a private region may grow to, if that is more than its objects need", 16, 4095, 1024, 1024 },
	[NM_SET_BRIDGE_BATCH] = { "bridge_batch",
		"slots a VALE port forwards at a time", 1, 4096, 1024, 1024 },
	[NM_SET_WAKE_DELAY] = { "wake_delay",
		"least us between two wakeups of a VALE receiver that gets bursts; 0: none", 0, 1000, 50, 50 },
	[NM_SET_DEFAULT_PIPES] = { "default_pipes",
		"kept for old scripts: pipes need no reservation", 0, 65535, 0, 0 },
	[NM_SET_ADMODE] = { "admode",
		"network cards: 0 best, 1 native only, 2 emulated only", 0, 2, 0, 0 },
	[NM_SET_XDP] = { "xdp",
		"network cards: frames by XDP, 0 never, 1 where exact, 2 wherever it works", 0, 2, 1, 1 },
	[NM_SET_FWD] = { "fwd",
		"network cards: 1 forwards NS_FORWARD slots always", 0, 1, 0, 0 },
	[NM_SET_MITIGATE] = { "mitigate",
		"network cards: 1 holds wakeups of a receiver apart by generic_mit", 0, 1, 1, 1 },
	[NM_SET_GENERIC_RINGSIZE] = { "generic_ringsize",
		"emulated cards: slots of a ring", 64, 16384, 1024, 1024 },
	[NM_SET_GENERIC_RINGS] = { "generic_rings",
		"emulated cards: rings at most, 0 as the device has", 0, 256, 0, 0 },
	[NM_SET_GENERIC_MIT] = { "generic_mit",
		"emulated cards: least ns between two wakeups of a receiver; 0: none", 0, 1000000000, 100000, 100000 },
	[NM_SET_VERBOSE] = { "verbose",
		"1 logs refusals and resets", 0, 2, 0, 0 },
};

const uint32_t nm_setting_count = NM_SET_COUNT;

static struct nm_setting *find(const char *name)
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
	const struct nm_setting *t = find(name);

	return t ? os_load32(&t->value) : 0;
}

struct nm_setting *nm_setting_check(const char *name, uint32_t value, int *err)
{
	struct nm_setting *t = find(name);

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
