/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A port: a named thing with rings that clients open. What kind it is, is told by its
 * operations; everything else is here. Ports are found by name and network namespace.
 *
 * Guard: the engine lock, for every field and every list, unless said otherwise. Rings
 * exist from the first client's binding (start) to the last one's end (stop).
 */
#ifndef NM_PORT_H
#define NM_PORT_H

#include "base/lock.h"
#include "ring/kring.h"
#include "base/name.h"

struct nm_monitor;

struct nm_port_ops {
	const char *kind;		/* for words: "VALE port" */
	enum nm_info_kind info_kind;
	struct nm_ring_ops ring;	/* what a sync of one of its rings does */
	/*
	 * First client: make the rings (nm_port_rings_make) and let traffic come. 0 or an error
	 * with all undone.
	 */
	int (*start)(struct nm_port *p, struct nm_reason *reason);
	/* Last client gone: no traffic comes after this returns; rings are freed. */
	void (*stop)(struct nm_port *p);
	/* The port has no clients and no holds: nm_port_fini(), then free its memory. */
	void (*destroy)(struct nm_port *p);
	/*
	 * The flags NM_INFO_* that only the kind knows, with NM_INFO_ATTACHED the switch and the index
	 * there. NULL for kinds that have none.
	 */
	uint32_t (*info_flags)(const struct nm_port *p, char name[NETMAP_REQ_IFNAMSIZ], uint32_t *index);
	/* What else is to be told of it; NULL for nothing. Engine lock held. */
	void (*info)(const struct nm_port *p, struct nm_info_port *out);
	/* What the name stood for is gone: no new client. NULL for kinds that do not go by themselves. */
	bool (*is_stale)(const struct nm_port *p);
	/* Rings got clients or lost them; the port is started. Engine lock held. NULL: the kind looks by itself. */
	void (*rings_used)(struct nm_port *p);
};

struct nm_port {
	struct nm_port *next;		/* in its hash bucket */
	uint64_t serial;		/* const; for listings: rises with each port made */
	char name[NETMAP_REQ_IFNAMSIZ];	/* const */
	struct os_ns *ns;		/* const */
	const struct nm_port_ops *ops;	/* const */
	uint32_t refs;			/* clients, switch, pipes on it, persistence */
	uint32_t clients;		/* bound */
	struct nm_region *region;	/* const */
	struct nm_monitor *monitors;	/* of its rings, only while it has clients */
	bool is_listed;			/* in the hash */
	bool is_anonymous;		/* belongs to one client: never found by name */
	bool is_persistent;
	uint32_t rings[2];		/* by enum nm_dir; const */
	uint32_t host_rings[2];		/* const */
	uint32_t slots[2];		/* of each ring; const */
	bool device_bufs;			/* its rings get buffers that a device may write to as they are; const */
	struct nm_offsets offsets;
	uint32_t hdr_len;		/* virtio-net header; read atomically by the data path */
	struct nm_kring *kring[2];	/* rings[] then host_rings[] of them; NULL while stopped */
	struct nm_ring_stats past[2];	/* of rings freed: totals go on */
};

/* The struct of its kind that has the port as its member `port`: const where p is. */
#define nm_port_container(p, type) _Generic((p),						\
	struct nm_port *: (type *)((uintptr_t)(p) - __builtin_offsetof(type, port)),		\
	const struct nm_port *: (const type *)((uintptr_t)(p) - __builtin_offsetof(type, port)))

/* What a request wants of a port that it may create. Zero means choose. */
struct nm_port_spec {
	uint32_t rings[2], slots[2];
	uint32_t host_rings[2];	/* of a network card */
	uint16_t mem_id;
	uint32_t extra_bufs;
	bool is_null;		/* a null port of this name, for this client alone */
	bool is_old;		/* wanted by an old request */
};

#define NM_MAX_RINGS		1024u	/* per direction: bounds what one request allocates */
#define NM_MIN_SLOTS		4u
#define NM_MAX_SLOTS		65536u	/* what ring objects allow may be less, and says so */
#define NM_DEFAULT_SLOTS	1024u

void nm_ports_init(void);
void nm_ports_exit(void);

struct nm_port *nm_port_find(const char *name, struct os_ns *ns);	/* held, or NULL */
void nm_port_get(struct nm_port *p);
void nm_port_put(struct nm_port *p);		/* the last hold destroys it */

/* For makers of ports: fill a zeroed port; put it in the list; undo both: the memory is its maker's. */
int nm_port_check_spec(const struct nm_port_spec *spec, struct nm_reason *reason);
void nm_port_init(struct nm_port *p, const char *name, struct os_ns *ns,
		  const struct nm_port_ops *ops, struct nm_region *region,
		  const struct nm_port_spec *spec);
void nm_port_list(struct nm_port *p);
void nm_port_fini(struct nm_port *p);

/*
 * The option that asks for offsets becomes the rule of a port without rings; one with rings must have
 * that rule already. -EINVAL or -EBUSY with a reason. Engine lock held.
 */
int nm_port_agree_offsets(struct nm_port *p, struct nm_options *opts, struct nm_reason *reason);

/* For start and stop of a kind. */
int nm_port_rings_make(struct nm_port *p, struct nm_reason *reason);
void nm_port_rings_free(struct nm_port *p);

static inline uint32_t nm_port_all_rings(const struct nm_port *p, enum nm_dir dir)
{
	return p->rings[dir] + p->host_rings[dir];
}

/* Ask for a spec's value, or else the given one. */
static inline uint32_t nm_or(uint32_t wanted, uint32_t otherwise)
{
	return wanted ? wanted : otherwise;
}

/* Any persistent port of that namespace, NULL for every one: not held; NULL when there is none. */
struct nm_port *nm_port_any_persistent(const struct os_ns *ns);
/* The listed port with the smallest serial >= *cursor that ns sees, moves *cursor behind it; NULL at the end. */
struct nm_port *nm_port_next(uint64_t *cursor, struct os_ns *ns);
void nm_port_info(const struct nm_port *p, struct nm_info_port *out);
void nm_kring_info(const struct nm_kring *k, struct nm_info_ring *out);

#endif
