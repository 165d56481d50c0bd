/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open netmap port: descriptor, mapping and bound rings. Used by one thread at a time. Error
 * texts include the engine's reason if it gives one.
 */
#ifndef APPS_PORT_H
#define APPS_PORT_H

#include <net/netmap.h>
#include <net/netmap_user.h>

#include "drops.h"
#include "portspec.h"
#include "../../lib/ring.h"

/* Requested sizes; 0 leaves the choice to the engine. */
struct port_wish {
	uint32_t tx_slots, rx_slots;
	uint16_t tx_rings, rx_rings;
	uint32_t extra_bufs;		/* linked from ni_bufs_head; reg says how many there are */
};

struct port {
	int fd;
	bool has_own_map;		/* false: another port's, which is closed later */
	char *map;
	struct port_spec spec;
	struct nmreq_register reg;	/* as returned by the engine */
	struct netmap_if *nifp;
	struct ring *rings;
	struct ring **tx, **rx;		/* the bound ones, of rings[] */
	unsigned int tx_count, rx_count;
	struct drops drops_before;	/* the counters when it was opened; see drops.h */
};

/*
 * Open, register and map. share, if not NULL, is an open port whose mapping is shared if both are
 * in one region. Return 0, or -1 with nothing left open.
 */
int port_open(struct port *port, const struct port_spec *spec, const struct port_wish *wish,
	      const struct port *share, struct errmsg *err);
void port_close(struct port *port);

/* Get and set the length of the virtio-net header before each packet. */
int port_header_get(const struct port *port, unsigned int *len);
int port_header_set(const struct port *port, unsigned int len, struct errmsg *err);

/* NIOCTXSYNC or NIOCRXSYNC. Return -1 with err set if the port has failed. */
int port_sync(const struct port *port, unsigned long request, struct errmsg *err);

/* Return the number of slots that are queued to be sent. */
unsigned int port_pending(const struct port *port);

/*
 * Send the queued slots. Return port_pending(), or UINT_MAX with err set if the port has failed. If
 * slots are pending, cur is set so that POLLOUT waits for one of them to be sent: a poll() without
 * POLLOUT could sleep while the other side makes room.
 */
unsigned int port_push(const struct port *port, struct errmsg *err);

/* Sync until nothing is pending, or no slot was sent for ms. Return the slots left. */
unsigned int port_drain(const struct port *port, unsigned int ms);

/* Describe errno of a failed call on this port, with the engine's reason. Return -1; keep errno. */
int port_explain(const struct port *port, const char *what, struct errmsg *err);

#endif
