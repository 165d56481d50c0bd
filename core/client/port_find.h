/* SPDX-License-Identifier: BSD-2-Clause */
/* From a name to a port of whatever kind it means. */
#ifndef NM_PORT_FIND_H
#define NM_PORT_FIND_H

#include "port/port.h"

/*
 * Find the port, or make it where its name allows that. Returns it with a reference for the caller, NULL with a
 * reason. Engine lock held.
 */
struct nm_port *nm_port_find_or_make(const struct nm_name *name, struct os_ns *ns,
				     const struct nm_port_spec *spec, struct nm_reason *reason);

#endif
