/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open netmap port: descriptor, mapping and the rings that were bound. Used by one
 * thread at a time. Errors carry the kernel's own reason where it gives one.
 */
#ifndef APPS_PORT_H
#define APPS_PORT_H

#include <net/netmap.h>
#include <net/netmap_user.h>

#include "portspec.h"

/* Sizes to ask for; 0 leaves the choice to the engine. */
struct port_wish {
	uint32_t tx_slots, rx_slots;
	uint16_t tx_rings, rx_rings;
	uint32_t extra_bufs;		/* linked from ni_bufs_head; reg has how many there are */
};

struct port {
	int fd;
	bool has_own_map;		/* else the map is another port's, closed after this one */
	char *map;
	struct port_spec spec;
	struct nmreq_register reg;	/* as written back by the engine */
	struct netmap_if *nifp;
	struct netmap_ring **tx, **rx;	/* the rings bound */
	unsigned int tx_count, rx_count;
};

/*
 * Opens, registers and maps. With share, an open port, its mapping is used again if the
 * region is the same one. Returns 0, or -1 with nothing left open.
 */
int port_open(struct port *port, const struct port_spec *spec, const struct port_wish *wish,
	      const struct port *share, struct errmsg *err);
void port_close(struct port *port);

/* Length of the virtio-net header before each packet: what it is, and a new one. */
int port_header_get(const struct port *port, unsigned int *len);
int port_header_set(const struct port *port, unsigned int len, struct errmsg *err);

/* How many buffer numbers the region can have: every valid one is below it. */
uint32_t port_buffer_limit(const struct port *port);

/* NIOCTXSYNC or NIOCRXSYNC; -1 with err set if the port has failed. */
int port_sync(const struct port *port, unsigned long request, struct errmsg *err);

/* Slots that were given to be sent and have not come back. */
unsigned int port_pending(const struct port *port);

/*
 * Sends what is ready and returns port_pending(). If there is any, cur is set so that POLLOUT
 * waits for some of it to go: a poll() without POLLOUT may sleep while the other side makes
 * room. UINT_MAX with err set if the port has failed.
 */
unsigned int port_push(const struct port *port, struct errmsg *err);

/* Syncs until all that was sent is gone or none went for ms; returns the slots that are left. */
unsigned int port_drain(const struct port *port, unsigned int ms);

/* Describes errno of a failed call on this port, with the reason the engine recorded. */
int port_explain(const struct port *port, const char *what, struct errmsg *err);

#endif
