/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of NIOCCTRL: a table gives each one's body size and handler. A request is copied in
 * once, checked, executed on the engine's copy, copied out.
 */
#ifndef NM_REQUEST_H
#define NM_REQUEST_H

#include "client/client.h"
#include "base/options.h"

union nm_body {
	struct nmreq_register reg;
	struct nmreq_port_info_get port_info;
	struct nmreq_vale_attach attach;
	struct nmreq_vale_detach detach;
	struct nmreq_vale_list list;
	struct nmreq_port_hdr hdr;
	struct nmreq_vale_newif newif;
	struct nmreq_vale_polling polling;
	struct nmreq_pools_info pools;
	struct nmreq_sync_kloop_start kloop;
	struct nmreq_inspect inspect;
	struct nmreq_reason reason;
};

struct nm_kloop;
struct nm_loop_call;

struct nm_request {
	struct nm_client *c;		/* its lock is held */
	struct os_caller *caller;
	struct nm_scope scope;		/* of c and caller */
	char *name;		/* NETMAP_REQ_IFNAMSIZ bytes of the header, maybe not terminated */
	union nm_body *body;		/* the engine's copy */
	struct nm_reason *reason;
	struct nm_options *opts;	/* or NULL */
	struct nm_region *user_region;		/* of the extmem option; with a reference */
	struct nm_binding *made;	/* by register; published if the request succeeds */
	struct nm_loop_call *loop_call;	/* of kloop start; else NULL */
	struct nm_kloop *loop;		/* by kloop start; run without the client lock */
	bool is_old;			/* its reply has 32 bits for sizes and offsets */
};

/*
 * Execute a request whose body is in engine memory: shared by NIOCCTRL and the old ioctls. Returns
 * 0 or an error with a reason. Caller holds the client lock.
 */
int nm_request_run(struct nm_request *rq, uint16_t reqtype);

/* Handlers. Called with the engine lock, except those of inspect.c and kloop.c. */
int nm_do_port_info(struct nm_request *rq);
int nm_do_pools_info(struct nm_request *rq);
int nm_do_inspect(struct nm_request *rq);
int nm_do_reason(struct nm_request *rq);
int nm_do_csb_enable(struct nm_request *rq);
int nm_do_kloop_start(struct nm_request *rq);
int nm_do_kloop_stop(struct nm_request *rq);
int vale_do_attach(struct nm_request *rq);
int vale_do_detach(struct nm_request *rq);
int vale_do_list(struct nm_request *rq);
int vale_do_hdr_set(struct nm_request *rq);
int vale_do_hdr_get(struct nm_request *rq);
int vale_do_newif(struct nm_request *rq);
int vale_do_delif(struct nm_request *rq);
int vale_do_poll_on(struct nm_request *rq);
int vale_do_poll_off(struct nm_request *rq);

/*
 * Run the loop that nm_do_kloop_start() made, unless err says that its request has failed since,
 * and free it. Returns 0 or an error. Caller does not hold the client lock.
 */
int nm_kloop_run(struct nm_kloop *l, int err);

/*
 * External memory. nm_extmem_make() makes a region of the option's memory, with a reference in the
 * request, and sets the id in the register request; nm_extmem_fill_reply() fills in the option's
 * reply. Callers do not hold the engine lock.
 */
int nm_extmem_make(struct nm_request *rq);
void nm_extmem_fill_reply(struct nm_request *rq);

/* Fill in the pools of a region. */
void nm_pools_describe(struct nm_region *r, struct nmreq_pools_info *info);

#endif
