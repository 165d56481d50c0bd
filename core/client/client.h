/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client: an open file of /dev/netmap. It binds to one port, once. The binding is const from then
 * until close, so syncs and polls use it without a lock.
 */
#ifndef NM_CLIENT_H
#define NM_CLIENT_H

#include "base/scope.h"
#include "port/port.h"

struct nm_csb;
struct nm_loop_call;

/* The rings of a port that one client uses. */
struct nm_binding {
	struct nm_port *port;		/* with a reference; all const once published, except csb */
	struct os_mem *mem;		/* of the process that registered; NULL: a thread of ours */
	uint32_t first[2], end[2];	/* krings [first, end) by enum nm_dir */
	uint64_t flags;			/* NR_* */
	bool is_exclusive;
	struct nm_csb *csb;		/* in CSB mode; set once; released, acquired */
	struct netmap_if *nifp;		/* client-writable, untrusted */
	uint64_t nifp_off;
	size_t nifp_bytes;
	struct nm_region *region;	/* the port's, with a reference: it has nifp */
	uint32_t extra_bufs;		/* charged to the client's user; const once published */
};

struct nm_client {
	struct os_ns *ns;		/* const */
	struct nm_domain *domain;	/* const */
	struct os_mutex lock;		/* serializes requests; rank: above the engine lock */
	struct nm_binding *binding;	/* set once, under lock; released, acquired */
	struct os_mutex reason_lock;	/* guards the last failure */
	struct nm_reason reason;
	uint16_t reason_reqtype;
	uint32_t may_skip;		/* has had a poller of that kind (os.h); set once; atomic */
	struct os_spin calls_lock;	/* guards the next; taken alone */
	struct nm_loop_call *calls;	/* in progress: see csb.h */
};

/*
 * Acquire: the binding is initialised; pairs with the release in nm_request_commit_register().
 */
static inline struct nm_binding *nm_client_binding(struct nm_client *c)
{
	return os_load_ptr_acquire(&c->binding);
}

/* Acquire: csb is initialised; pairs with the release in nm_csb_make(). */
static inline struct nm_csb *nm_binding_csb(const struct nm_binding *b)
{
	return os_load_ptr_acquire(&b->csb);
}

/* Returns -EBUSY with a reason: only a kloop syncs rings in CSB mode. */
int nm_csb_refuse_sync(const struct nm_binding *b, struct nm_reason *reason);

/* Record a failure, for NETMAP_REQ_REASON_GET and in the log. */
void nm_client_failed(struct nm_client *c, struct os_caller *caller, uint16_t reqtype,
		      const char *name, const struct nm_reason *reason);

/*
 * Bind a client of the scope to a port and its rings. reg gets the actual values. is_old: the
 * request is an old one. opts may be NULL. Returns the binding, or NULL with a reason and
 * everything undone. Takes the engine lock, but not while memory for rings is allocated.
 */
struct nm_binding *nm_client_bind(const struct nm_scope *scope,
				  const char name[NETMAP_REQ_IFNAMSIZ],
				  struct nmreq_register *reg, bool is_old,
				  struct nm_options *opts, struct nm_reason *reason);
/* Likewise, for a thread of the engine. Caller holds the engine lock. */
struct nm_binding *nm_bind(const struct nm_scope *scope, const char name[NETMAP_REQ_IFNAMSIZ],
			   struct nmreq_register *reg, struct nm_reason *reason);
/*
 * Detach a binding from its port; nm_binding_free() comes next. No thread uses it. Caller holds the
 * engine lock.
 */
void nm_unbind(struct nm_binding *b);
/* Free a binding that is detached. May free its region: better without the engine lock. */
void nm_binding_free(struct nm_binding *b);

/*
 * Allocate the extra buffers of a register request, as many of nr_extra_bufs as the user's quota
 * and the region allow, for a binding that is not published yet; nr_extra_bufs is set to their
 * number. Caller holds the client lock, not the engine lock: the client chooses how long it takes.
 */
void nm_extra_bufs_alloc(struct nm_client *c, struct nm_binding *b, struct nmreq_register *reg);
/*
 * Free the list of extra buffers of a binding that is detached, as the client left it. Caller does
 * not hold the engine lock.
 */
void nm_extra_bufs_free(struct nm_client *c, struct nm_binding *b);
/* Detach and free a client's binding, with its extra buffers. Takes the engine lock. */
void nm_client_unbind(struct nm_client *c, struct nm_binding *b);

#endif
