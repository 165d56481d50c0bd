/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uplinks: network cards attached to switches. An uplink binds a card's rings, optionally its host
 * rings too, and for each of the two a port of the switch, all in one region. Its thread moves
 * buffers between them. Callers hold the engine lock.
 */
#ifndef NM_UPLINK_H
#define NM_UPLINK_H

#include "client/client.h"
#include "vale/vale.h"

/*
 * Attach the device name->rest to the switch name->base as port name->full, and with host also its
 * stack, as that name plus '^'. reg gives the region and sizes and gets the actual values. Returns
 * 0 or an error with a reason.
 */
int nm_uplink_make(const struct nm_name *name, const struct nm_scope *scope, bool host,
		   struct nmreq_register *reg, uint32_t *port_index, struct nm_reason *reason);
/* End the uplink of port p. Returns false if there is none. */
bool nm_uplink_end(const struct nm_port *p);
/* End uplinks whose devices are gone. */
void nm_uplinks_prune(void);
/* End uplinks of a namespace, or of all namespaces if ns is NULL. */
void nm_uplinks_end(const struct os_ns *ns);

#endif
