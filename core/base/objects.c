// SPDX-License-Identifier: BSD-2-Clause
/* Counts of objects made and ended, guarded by a spinlock of their own. Not on a data path. */
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
	[NM_OBJ_UPLINK] = "uplink",
	[NM_OBJ_MIRRORS] = "mirrors",
	[NM_OBJ_CSB] = "csb",
	[NM_OBJ_KLOOP] = "kloop",
	[NM_OBJ_DOMAIN] = "domain",
};

static struct os_spin count_lock;
static uint64_t count_made[NM_OBJ_KINDS], count_ended[NM_OBJ_KINDS];

void nm_objects_init(void)
{
	os_spin_init(&count_lock, "nm_objects");
	os_memset(count_made, 0, sizeof(count_made));
	os_memset(count_ended, 0, sizeof(count_ended));
}

void nm_objects_exit(void)
{
	os_spin_destroy(&count_lock);
}

void nm_object_made(enum nm_object kind)
{
	os_spin_lock(&count_lock);
	count_made[kind]++;
	os_spin_unlock(&count_lock);
}

void nm_object_ended(enum nm_object kind)
{
	os_spin_lock(&count_lock);
	count_ended[kind]++;
	os_assert(count_ended[kind] <= count_made[kind]);
	os_spin_unlock(&count_lock);
}

bool nm_objects_info(uint32_t kind, struct nm_info_object *out)
{
	if (kind >= NM_OBJ_KINDS)
		return false;
	os_memset(out, 0, sizeof(*out));
	os_memcpy(out->name, kind_name[kind], os_strlen(kind_name[kind]));
	os_spin_lock(&count_lock);
	out->created = count_made[kind];
	out->destroyed = count_ended[kind];
	os_spin_unlock(&count_lock);
	return true;
}

/* Also works after nm_engine_exit(), when counts no longer change: takes no lock. */
void nm_engine_totals(uint64_t *created, uint64_t *destroyed)
{
	uint32_t kind;

	*created = 0;
	*destroyed = 0;
	for (kind = 0; kind < NM_OBJ_KINDS; kind++) {
		*created += count_made[kind];
		*destroyed += count_ended[kind];
	}
}
