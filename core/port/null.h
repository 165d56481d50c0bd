/* SPDX-License-Identifier: BSD-2-Clause */
/* Null ports: memory, a tx ring that discards frames, an rx ring that never receives any. */
#ifndef NM_NULL_H
#define NM_NULL_H

#include "port/port.h"

/*
 * Make a null port in region spec->mem_id, or in the global one. Returns it with a reference for
 * the client, or NULL with a reason. Caller holds the engine lock.
 */
struct nm_port *nm_null_make(const struct nm_name *name, const struct nm_scope *scope,
			     const struct nm_port_spec *spec, struct nm_reason *reason);

#endif
