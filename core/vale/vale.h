/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VALE switch (L. Rizzo, G. Lettieri, "VALE, a Switched Ethernet for Virtual Machines",
 * CoNEXT 2012): ports on switches, who is where, moving frames between them.
 *
 * Who forwards holds the lock of its tx ring all the while. So a port is taken away in three
 * steps: unpublish it, take and leave the lock of every tx ring on the switch
 * (vale_quiesce), free it. No lock or count on the data path pays for that.
 */
#ifndef NM_VALE_H
#define NM_VALE_H

#include "port/port.h"

#define VALE_PORTS	254u	/* on a switch: an index fits a byte, with two to spare */
#define VALE_FLOOD	255u	/* "all ports", where an index is wanted */
#define VALE_NO_PORT	254u	/* "no port", likewise */

struct vale_table;
struct vale_poller;

struct vale_switch {
	struct vale_switch *next;	/* guard: engine lock, like all but port[] and table */
	char name[NETMAP_REQ_IFNAMSIZ];
	struct os_ns *ns;
	uint32_t index;			/* in listings; const */
	uint32_t ports;			/* attached; also read by the data path */
	/* struct vale_port or NULL; written under the engine lock, acquired */
	void *port[VALE_PORTS];
	struct vale_table *table;	/* const */
	uint64_t flooded, moved;	/* approximate: any sender adds without a lock */
};

struct vale_port {
	struct nm_port port;		/* first */
	/* struct vale_switch, NULL while detached; written under the engine lock, acquired */
	void *sw;
	uint32_t index;			/* on the switch; guard: engine lock; const while attached */
	/* Rings exist and frames may come; written under the engine lock, acquired. */
	uint32_t is_open;
	struct vale_poller *poller;	/* guard: engine lock */
};

static inline struct vale_port *vale_port_of(const struct nm_port *p)
{
	return (struct vale_port *)(uintptr_t)p;
}

/* ---- switches: vale.c. Engine lock held by all callers ---------------------------- */

void vale_init(void);
void vale_exit(void);
struct vale_switch *vale_find(const char *name, struct os_ns *ns);
/* Put vp on the switch of that name, making it if there is none. -EBUSY, -ENOSPC, -ENOMEM. */
int vale_attach(struct vale_port *vp, const char *sw_name, struct nm_reason *reason);
/* Take vp off; the switch ends with its last port. */
void vale_detach(struct vale_port *vp);
/* Nobody is forwarding any more what was unpublished before. */
void vale_quiesce(const struct vale_port *vp);
/* The switch with the smallest index >= at that ns sees; NULL at the end. */
struct vale_switch *vale_next(uint32_t at, struct os_ns *ns);
bool vale_info(uint64_t *cursor, struct os_ns *ns, struct nm_info_switch *out);

/* ---- ports: vale_port.c. Engine lock held by all callers -------------------------- */

/*
 * What a VALE name that is not listed means: an ephemeral port, made and attached; or a
 * persistent one on that switch. Held.
 */
struct nm_port *vale_port_for(const struct nm_name *name, struct os_ns *ns,
			      const struct nm_port_spec *spec, struct nm_reason *reason);
/* A persistent port; the hold that keeps it is its persistence. */
struct nm_port *vale_port_new(const char *name, struct os_ns *ns, const struct nm_port_spec *spec,
			      struct nm_reason *reason);
/* Undo vale_port_new. -EBUSY while clients or a switch have it. */
int vale_port_delete(struct nm_port *p, struct nm_reason *reason);
/* End the persistence of all ports of a namespace, NULL for every one; those without clients end at once. */
void vale_ports_end(const struct os_ns *ns);
bool vale_is_port(const struct nm_port *p);

/* ---- addresses: vale_table.c. Called by senders at any time, no lock -------------- */

struct vale_table *vale_table_make(void);
void vale_table_free(struct vale_table *t);
/* Port of that station, VALE_FLOOD if unknown or aged. now: os_seconds(). */
uint32_t vale_table_find(const struct vale_table *t, uint64_t mac, uint32_t now);
/* The station was seen at that port. Returns whether it moved there from another. */
bool vale_table_learn(struct vale_table *t, uint64_t mac, uint32_t port, uint32_t now);
void vale_table_forget_port(struct vale_table *t, uint32_t port);
uint32_t vale_table_count(const struct vale_table *t, uint32_t now);

/* ---- frames: vale_forward.c, vale_classify.c, vale_deliver.c ---------------------- */

int vale_txsync(struct nm_kring *k, struct nm_sync *s);

struct vale_pending *vale_pending_make(const struct nm_kring *k);
void vale_pending_free(struct vale_pending *o);

/* ---- polling threads: vale_poll.c. Engine lock held ------------------------------- */

int vale_poll_start(struct vale_port *vp, bool many, uint32_t first_cpu, uint32_t cpus,
		    struct nm_reason *reason);
int vale_poll_stop(struct vale_port *vp, struct nm_reason *reason);
/* vp->is_open is 0 now: none of its threads is in a sync when this returns. */
void vale_poll_quiesce(struct vale_port *vp);

#endif
