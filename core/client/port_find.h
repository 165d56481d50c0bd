/* SPDX-License-Identifier: BSD-2-Clause */
/* Find a port of any kind by its name, or make it. */
#ifndef NM_PORT_FIND_H
#define NM_PORT_FIND_H

#include "port/port.h"

/*
 * Find the port, or make it if its name allows that. Returns it with a reference, or NULL with a
 * reason. Caller holds the engine lock.
 */
struct nm_port *nm_port_find_or_make(const struct nm_name *name, const struct nm_scope *scope,
				     const struct nm_port_spec *spec, struct nm_reason *reason);

/*
 * Check that clients of the scope may share the port's memory, having chosen it if a persistent
 * port awaits its first client. Returns 0 or an error with a reason. Caller holds the engine lock.
 */
int nm_port_join(struct nm_port *p, const struct nm_scope *scope, uint16_t mem_id,
		 struct nm_reason *reason);

#endif
