/* SPDX-License-Identifier: BSD-2-Clause */
/* Null ports: memory, and rings that swallow what is sent and never receive. */
#ifndef NM_NULL_H
#define NM_NULL_H

#include "port/port.h"

/* A null port for one client, held for it; in region spec->mem_id, or the global one. NULL with a reason. */
struct nm_port *nm_null_make(const struct nm_name *name, struct os_ns *ns,
			     const struct nm_port_spec *spec, struct nm_reason *reason);

#endif
