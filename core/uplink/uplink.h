/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cables: network cards on a switch. A cable holds a card's rings, and if wanted its host rings,
 * and for each a port of the switch, all in one region; its thread moves buffers between them.
 * Engine lock held by all callers.
 */
#ifndef NM_UPLINK_H
#define NM_UPLINK_H

#include "client/client.h"
#include "vale/vale.h"

/*
 * Attach the device name->rest to the switch name->base as port name->full, and its stack, with
 * host, as that name and "^". reg tells region and sizes, and gets what there is.
 */
int nm_uplink_make(const struct nm_name *name, struct os_ns *ns, bool host,
		    struct nmreq_register *reg, uint32_t *port_index, struct nm_reason *reason);
/* End the cable that has this port; false if none has. */
bool nm_uplink_end(const struct nm_port *p);
/* End those whose devices are gone. */
void nm_uplinks_prune(void);
/* End those of a namespace, NULL for all. */
void nm_uplinks_end(const struct os_ns *ns);

#endif
