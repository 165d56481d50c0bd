/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes: two ports, what one sends the other receives, by exchange of buffers. */
#ifndef NM_PIPE_H
#define NM_PIPE_H

#include "port/port.h"

/*
 * Make the pipe of that name. Pipes may be nested as deep as a name is long: parent is the port that the first
 * len bytes of the name mean, NULL if there is none, and the pipes between it and the whole name
 * are made one after another. The caller's reference to parent becomes the pipe's, and is put in failure.
 * Returns the end that the name means, with a reference for the caller; NULL with a reason. Engine lock held.
 */
struct nm_port *nm_pipe_make(const struct nm_name *name, struct os_ns *ns, struct nm_port *parent, size_t len,
			     const struct nm_port_spec *spec, struct nm_reason *reason);

#endif
