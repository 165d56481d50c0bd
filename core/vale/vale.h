/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VALE switch (L. Rizzo, G. Lettieri, "VALE, a Switched Ethernet for Virtual Machines", CoNEXT
 * 2012): switches and their ports, the address table, forwarding.
 *
 * A sender holds the lock of its tx ring while it forwards. A port is therefore removed in three
 * steps: unpublish it, take and release the lock of every tx ring on the switch (vale_quiesce()),
 * free it. The data path pays no lock or counter for that.
 */
#ifndef NM_VALE_H
#define NM_VALE_H

#include "port/port.h"

#define VALE_PORTS	254u	/* ports on a switch; an index fits a byte, with two values left */
#define VALE_FLOOD	255u	/* port index: all ports */
#define VALE_NO_PORT	254u	/* port index: no port */

struct vale_port;
struct vale_table;
struct vale_poller;

struct vale_switch {
	struct vale_switch *next;	/* guard: engine lock, like all but port[] and table */
	char name[NETMAP_REQ_IFNAMSIZ];
	struct os_ns *ns;
	uint32_t index;			/* number in listings; const */
	uint32_t ports;			/* attached ports; the data path reads it too */
	/* NULL where there is none. Written under the engine lock; read with acquire. */
	struct vale_port *port[VALE_PORTS];
	struct vale_table *table;	/* const */
	uint64_t flooded, moved;	/* approximate: senders add without a lock */
};

struct vale_port {
	struct nm_port port;
	/* NULL while detached. Written under the engine lock; read with acquire. */
	struct vale_switch *sw;
	uint32_t index;		/* on the switch; guard: engine lock; const while attached */
	/* 1: the rings exist. Written under the engine lock; read with acquire. */
	uint32_t is_open;
	struct vale_poller *poller;	/* guard: engine lock */
	uint32_t owner_hdr_len;	/* of port.hdr_len, as its owner set it; guard: engine lock */
	bool is_for_all;	/* persistent: its first client may be any user's; const */
};

#define vale_port_of(p)	nm_port_container(p, struct vale_port)

/* ---- switches: vale.c. Callers hold the engine lock ------------------------------- */

void vale_init(void);
void vale_exit(void);
struct vale_switch *vale_find(const char *name, struct os_ns *ns);
/*
 * Attach vp to the switch of that name, which is made if there is none. Returns 0, -EBUSY, -ENOSPC
 * or -ENOMEM.
 */
int vale_attach(struct vale_port *vp, const char *sw_name, struct nm_reason *reason);
/* Detach vp; the switch ends with its last port. */
void vale_detach(struct vale_port *vp);
/* Wait until no sender uses what was unpublished before this call. */
void vale_quiesce(const struct vale_port *vp);
/* Return the switch with the smallest index >= from that ns sees, or NULL. */
struct vale_switch *vale_next(uint32_t from, struct os_ns *ns);
bool vale_info(uint64_t *cursor, struct os_ns *ns, struct nm_info_switch *out);

/* ---- ports: vale_port.c. Callers hold the engine lock ----------------------------- */

/*
 * Return the port for a VALE name that no listed port has, with a reference: the persistent port
 * of that name if it is on that switch, or a new ephemeral port, attached. NULL with a reason.
 */
struct nm_port *vale_port_for(const struct nm_name *name, const struct nm_scope *scope,
			      const struct nm_port_spec *spec, struct nm_reason *reason);
/*
 * Make a persistent port. Its first reference stands for its persistence. If an administrator makes
 * it, it serves all users.
 */
struct nm_port *vale_port_new(const char *name, const struct nm_scope *scope,
			      const struct nm_port_spec *spec, struct nm_reason *reason);
/*
 * Choose the memory of a persistent port that serves all users and that no client or pipe uses: the
 * scope's, in region mem_id or, if 0, a new one. Changes no other port. The caller has a reference
 * to p. Returns 0 or an error with a reason.
 */
int vale_port_adopt(struct nm_port *p, const struct nm_scope *scope, uint16_t mem_id,
		    struct nm_reason *reason);
/*
 * Undo vale_port_new(). Returns 0, -EINVAL, or -EBUSY while a client, a pipe or a switch uses it.
 */
int vale_port_delete(struct nm_port *p, struct nm_reason *reason);
/*
 * End the persistence of all ports of a namespace, or of all namespaces if ns is NULL. Ports
 * without clients are freed.
 */
void vale_ports_end(const struct os_ns *ns);
bool vale_is_port(const struct nm_port *p);

/* ---- addresses: vale_table.c. Called by senders at any time, no lock -------------- */

struct vale_table *vale_table_make(void);
void vale_table_free(struct vale_table *t);
/* Return the port index of that station, VALE_FLOOD if unknown or aged. now: os_seconds(). */
uint32_t vale_table_find(const struct vale_table *t, uint64_t mac, uint32_t now);
/* Record that the station sent from that port. Returns whether it moved there from another port. */
bool vale_table_learn(struct vale_table *t, uint64_t mac, uint32_t port, uint32_t now);
void vale_table_forget_port(struct vale_table *t, uint32_t port);
uint32_t vale_table_count(const struct vale_table *t, uint32_t now);

/* ---- frames: vale_forward.c, vale_classify.c, vale_deliver.c ---------------------- */

int vale_txsync(struct nm_kring *k, struct nm_sync *s);

struct vale_pending *vale_pending_make(const struct nm_kring *k);
void vale_pending_free(struct vale_pending *o);

/* ---- polling threads: vale_poll.c. Callers hold the engine lock -------------------- */

int vale_poll_start(struct vale_port *vp, bool many, uint32_t first_cpu, uint32_t cpus,
		    struct nm_reason *reason);
int vale_poll_stop(struct vale_port *vp, struct nm_reason *reason);
/* Wake the polling threads of vp, whose is_open has become 1. */
void vale_poll_opened(const struct vale_port *vp);
/* Wait until no polling thread of vp is in a sync. vp->is_open must be 0. */
void vale_poll_quiesce(struct vale_port *vp);

#endif
