/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of objects made and ended, by kind: a platform checks when it ends that none is left. */
#ifndef NM_OBJECTS_H
#define NM_OBJECTS_H

#include "os.h"
#include "../../include/net/netmap_inspect.h"

enum nm_object {
	NM_OBJ_CLIENT, NM_OBJ_BINDING, NM_OBJ_PORT, NM_OBJ_PIPE, NM_OBJ_SWITCH,
	NM_OBJ_REGION, NM_OBJ_CHUNK, NM_OBJ_RING, NM_OBJ_POLLER, NM_OBJ_UPLINK,
	NM_OBJ_MIRRORS,	/* of a ring */
	NM_OBJ_CSB, NM_OBJ_KLOOP, NM_OBJ_DOMAIN,
	NM_OBJ_KINDS
};

void nm_objects_init(void);
void nm_objects_exit(void);
void nm_object_made(enum nm_object kind);
void nm_object_ended(enum nm_object kind);
/* Fill the kind'th record; returns false past the last. */
bool nm_objects_info(uint32_t kind, struct nm_info_object *out);

#endif
