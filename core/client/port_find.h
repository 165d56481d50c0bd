/* SPDX-License-Identifier: BSD-2-Clause */
/* Find a port of any kind by its name, or make it. */
#ifndef NM_PORT_FIND_H
#define NM_PORT_FIND_H

#include "port/port.h"

/*
 * Find the port, or make it if its name allows that. Returns it with a reference, or NULL with a
 * reason. Caller holds the engine lock.
 */
struct nm_port *nm_port_find_or_make(const struct nm_name *name, struct os_ns *ns,
				     const struct nm_port_spec *spec, struct nm_reason *reason);

#endif
