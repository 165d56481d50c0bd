// SPDX-License-Identifier: BSD-2-Clause
/* Counts of objects made and ended, guarded by a spin lock of their own. Never on a data path. */
#include "base/objects.h"
#include "engine.h"

static const char *const kind_name[NM_OBJ_KINDS] = {
	[NM_OBJ_CLIENT] = "client",
	[NM_OBJ_BINDING] = "binding",
	[NM_OBJ_PORT] = "port",
	[NM_OBJ_PIPE] = "pipe",
	[NM_OBJ_SWITCH] = "switch",
	[NM_OBJ_REGION] = "region",
	[NM_OBJ_CHUNK] = "chunk",
	[NM_OBJ_RING] = "ring",
	[NM_OBJ_POLLER] = "poller",
	[NM_OBJ_UPLINK] = "cable",
	[NM_OBJ_MIRRORS] = "mirrors",
	[NM_OBJ_CSB] = "csb",
	[NM_OBJ_KLOOP] = "kloop",
};

static struct os_spin lock;
static uint64_t made[NM_OBJ_KINDS], ended[NM_OBJ_KINDS];

void nm_objects_init(void)
{
	os_spin_init(&lock, "nm_objects");
	os_memset(made, 0, sizeof(made));
	os_memset(ended, 0, sizeof(ended));
}

void nm_objects_exit(void)
{
	os_spin_destroy(&lock);
}

void nm_object_made(enum nm_object kind)
{
	os_spin_lock(&lock);
	made[kind]++;
	os_spin_unlock(&lock);
}

void nm_object_ended(enum nm_object kind)
{
	os_spin_lock(&lock);
	ended[kind]++;
	os_assert(ended[kind] <= made[kind]);
	os_spin_unlock(&lock);
}

bool nm_objects_info(uint32_t kind, struct nm_info_object *out)
{
	if (kind >= NM_OBJ_KINDS)
		return false;
	os_memset(out, 0, sizeof(*out));
	os_memcpy(out->name, kind_name[kind], os_strlen(kind_name[kind]));
	os_spin_lock(&lock);
	out->created = made[kind];
	out->destroyed = ended[kind];
	os_spin_unlock(&lock);
	return true;
}

/* Also after nm_engine_exit(), when nobody counts any more: hence without the lock. */
void nm_engine_totals(uint64_t *created, uint64_t *destroyed)
{
	uint32_t kind;

	*created = 0;
	*destroyed = 0;
	for (kind = 0; kind < NM_OBJ_KINDS; kind++) {
		*created += made[kind];
		*destroyed += ended[kind];
	}
}
