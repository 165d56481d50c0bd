/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes: pairs of ports. Each receives what the other sends, by exchange of buffers. */
#ifndef NM_PIPE_H
#define NM_PIPE_H

#include "port/port.h"

/*
 * Make the pipe of a name. Pipes may be nested: parent is the port of the first len bytes of the
 * name, or NULL, and the pipes between it and the whole name are made too. Takes over the caller's
 * reference to parent, also in failure. Returns the end of that name, with a reference for the
 * caller, or NULL with a reason. Caller holds the engine lock.
 */
struct nm_port *nm_pipe_make(const struct nm_name *name, const struct nm_scope *scope,
			     struct nm_port *parent, size_t len, const struct nm_port_spec *spec,
			     struct nm_reason *reason);

#endif
