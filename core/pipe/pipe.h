/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes: two ports, what one sends the other receives, by exchange of buffers. */
#ifndef NM_PIPE_H
#define NM_PIPE_H

#include "port/port.h"

/* Both ends of a pipe, of which the named one is returned, held. NULL with a reason. */
struct nm_port *nm_pipe_make(const struct nm_name *name, struct os_ns *ns,
			     const struct nm_port_spec *spec, struct nm_why *why);

#endif
