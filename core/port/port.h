/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A port: an object with a name and rings that clients open. Its operations define its kind;
 * everything else is here. Ports are found by name and network namespace.
 *
 * Guard: the engine lock, for every field and every list, unless noted. Rings exist from the first
 * client's binding (start) to the end of the last one (stop).
 */
#ifndef NM_PORT_H
#define NM_PORT_H

#include "base/lock.h"
#include "ring/kring.h"
#include "base/name.h"

struct nm_monitor;

struct nm_port_ops {
	const char *kind;		/* for messages: "VALE port" */
	enum nm_info_kind info_kind;
	struct nm_ring_ops ring;	/* of its rings */
	bool has_peer;			/* start makes the rings of a second port like it */
	/*
	 * Called for the first client: make the rings (nm_port_rings_make) and start traffic.
	 * Returns 0, or an error with everything undone.
	 */
	int (*start)(struct nm_port *p, struct nm_reason *reason);
	/* Called after the last client: free the rings. There is no traffic after this returns. */
	void (*stop)(struct nm_port *p);
	/* Called after the last reference: call nm_port_fini(), then free the port. */
	void (*destroy)(struct nm_port *p);
	/*
	 * Return the flags NM_INFO_* of the kind; with NM_INFO_ATTACHED, set the switch's name and
	 * the index there. NULL for kinds without flags.
	 */
	uint32_t (*info_flags)(const struct nm_port *p, char name[NETMAP_REQ_IFNAMSIZ],
			       uint32_t *index);
	/* Fill what else the kind knows; NULL for nothing. Caller holds the engine lock. */
	void (*info)(const struct nm_port *p, struct nm_info_port *out);
	/* Return whether the device of the name is gone: no new client. NULL for kinds without. */
	bool (*is_stale)(const struct nm_port *p);
	/*
	 * Called after rings of a started port got clients or lost them. NULL for kinds that need
	 * no notice. Caller holds the engine lock.
	 */
	void (*rings_used)(struct nm_port *p);
};

struct nm_port {
	struct nm_port *next;		/* in its hash bucket */
	struct nm_port *newer, *older;	/* of all ports in the list, by serial */
	uint64_t serial;		/* const; increases with each port made, for listings */
	char name[NETMAP_REQ_IFNAMSIZ];	/* const */
	struct os_ns *ns;		/* const */
	struct nm_domain *domain;	/* that made it; const */
	const struct nm_port_ops *ops;	/* const */
	uint32_t refs;			/* of clients, switch, its pipes, persistence */
	uint32_t clients;		/* bound */
	struct nm_region *region;	/* const, unless vale_port_adopt() changes it */
	struct nm_monitor *monitors;	/* of its rings; only while it has clients */
	bool is_listed;			/* in the hash */
	bool is_anonymous;		/* belongs to a client: never found by name */
	bool is_persistent;
	uint32_t rings[2];		/* by enum nm_dir; const */
	uint32_t host_rings[2];		/* const */
	uint32_t slots[2];		/* of each ring; const */
	bool device_bufs;		/* its rings get buffers that a device can use; const */
	struct nm_offsets offsets;
	uint32_t hdr_len;		/* virtio-net header; read atomically by the data path */
	struct nm_kring *kring[2];	/* rings[] then host_rings[] of them; NULL while stopped */
	struct nm_ring_stats past[2];	/* of freed rings, for totals */
};

/* Return the struct of a kind that contains the port as its member `port`; const if p is. */
#define nm_port_container(p, type)								\
	_Generic((p),										\
		 struct nm_port *: (type *)((uintptr_t)(p) - __builtin_offsetof(type, port)),	\
		 const struct nm_port *:							\
			(const type *)((uintptr_t)(p) - __builtin_offsetof(type, port)))

/* Parameters of a request for a port that it may create. Zero: a default. */
struct nm_port_spec {
	uint32_t rings[2], slots[2];
	uint32_t host_rings[2];	/* of a network card */
	uint16_t mem_id;
	uint32_t extra_bufs;
	bool is_null;		/* a null port of this name, for this client alone */
	bool is_old;		/* from an old request */
};

#define NM_MAX_RINGS		1024u	/* per direction: limits what a request allocates */
#define NM_MIN_SLOTS		4u
#define NM_MAX_SLOTS		65536u	/* the size of ring objects may allow less */
#define NM_DEFAULT_SLOTS	1024u

void nm_ports_init(void);
void nm_ports_exit(void);

/* Return the port of a name, with a reference for the caller, or NULL. */
struct nm_port *nm_port_find(const char *name, struct os_ns *ns);
void nm_port_get(struct nm_port *p);
void nm_port_put(struct nm_port *p);		/* the last reference destroys the port */

/* Check the rings and slots of a request. Returns 0, or -EINVAL with a reason. */
int nm_port_check_spec(const struct nm_port_spec *spec, struct nm_reason *reason);
/*
 * Check that a client of the scope may bind to the port or use it as a pipe's parent; mem_id is
 * that of its request. Returns 0, or -EPERM with a reason. Caller holds the engine lock.
 */
int nm_port_check_join(const struct nm_port *p, const struct nm_scope *scope, uint16_t mem_id,
		       struct nm_reason *reason);
/*
 * Check that a client of the scope may alter the port for others: it made the port or is an
 * administrator. Returns 0, or -EPERM with a reason. Caller holds the engine lock.
 */
int nm_port_check_owner(const struct nm_port *p, const struct nm_scope *scope,
			struct nm_reason *reason);
/*
 * Allocate size zeroed bytes, which contain n ports of the scope's user: nm_port_init()
 * each of them; after nm_port_fini() of each, os_free() the memory. Returns NULL with a
 * reason, in which `what` names the object, and puts the region.
 */
void *nm_port_alloc(size_t size, uint32_t n, const char *what, const struct nm_scope *scope,
		    struct nm_region *region, struct nm_reason *reason);
/* Initialise a zeroed port, with one reference. Takes over the caller's reference to region. */
void nm_port_init(struct nm_port *p, const char *name, const struct nm_scope *scope,
		  const struct nm_port_ops *ops, struct nm_region *region,
		  const struct nm_port_spec *spec);
/* Put a port in the list, where lookups find it. */
void nm_port_list(struct nm_port *p);
/* Undo both; the caller frees the port's memory. */
void nm_port_fini(struct nm_port *p);

/*
 * Apply a client's option for offsets: it sets the rules of a port without rings; a port with rings
 * must have the same rules. Returns 0, or -EINVAL or -EBUSY with a reason. Caller holds the engine
 * lock.
 */
int nm_port_agree_offsets(struct nm_port *p, struct nm_options *opts, struct nm_reason *reason);

/*
 * Return whether the rings that a start would make now have room in the memory that the region has.
 * Caller holds the engine lock.
 */
bool nm_port_has_room(const struct nm_port *p);
/*
 * Allocate memory in the region for all rings. Returns 0 or an error with a reason. Caller has a
 * reference, and does not hold the engine lock: this may take long.
 */
int nm_port_reserve(const struct nm_port *p, struct nm_reason *reason);
/* Make and free all rings, for start and stop of a kind. */
int nm_port_rings_make(struct nm_port *p, struct nm_reason *reason);
void nm_port_rings_free(struct nm_port *p);

static inline uint32_t nm_port_all_rings(const struct nm_port *p, enum nm_dir dir)
{
	return p->rings[dir] + p->host_rings[dir];
}

/* Return a request's value, or the default if it is 0. */
static inline uint32_t nm_or(uint32_t value, uint32_t dflt)
{
	return value ? value : dflt;
}

/*
 * Return any persistent port of a namespace, or of any with ns NULL, without a reference; or NULL.
 */
struct nm_port *nm_port_any_persistent(const struct os_ns *ns);
/*
 * Return the port of a namespace with the smallest serial >= *cursor, and advance *cursor; or NULL.
 */
struct nm_port *nm_port_next(uint64_t *cursor, struct os_ns *ns);
/* Return the next port of the namespace after p; or NULL. */
struct nm_port *nm_port_after(const struct nm_port *p, const struct os_ns *ns);
void nm_port_info(const struct nm_port *p, struct nm_info_port *out);
void nm_kring_info(const struct nm_kring *k, struct nm_info_ring *out);

#endif
