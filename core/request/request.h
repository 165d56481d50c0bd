/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of NIOCCTRL: a table of what each takes and who handles it. A request is
 * copied in once, checked, carried out on the engine's copy, copied out.
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

struct nm_request {
	struct nm_client *c;		/* its lock is held */
	struct os_caller *caller;
	char *name;			/* NETMAP_REQ_IFNAMSIZ bytes of the header, maybe not ended */
	union nm_body *body;		/* the engine's copy */
	struct nm_reason *reason;
	struct nm_options *opts;	/* NULL: none */
	struct nm_region *user_region;		/* of the extmem option, held until the request's end */
	struct nm_binding *made;	/* by register: published when all has gone well */
	struct nm_kloop *loop;		/* by kloop start: to be run without the client's lock */
	bool is_old;			/* its answer has 32 bits for sizes and offsets */
};

/*
 * Carry out a request whose body is the engine's already: what NIOCCTRL and the old
 * ioctls share. Client lock held. 0 or an error with its reason.
 */
int nm_request_run(struct nm_request *rq, uint16_t reqtype);

/* Handlers: engine lock held, but for those of inspect.c and kloop.c. */
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
 * The loop, prepared by its request and run without the client's lock; not if err says that the request
 * has failed since. It is freed. 0 or an error.
 */
int nm_kloop_run(struct nm_kloop *l, int err);

/*
 * External memory. take: the memory of the option becomes a region, held by the request, and the
 * register request's wish; answer: what the option says then. No engine lock.
 */
int nm_extmem_make(struct nm_request *rq);
void nm_extmem_fill_reply(struct nm_request *rq);

/* What a region's pools are. */
void nm_pools_describe(struct nm_region *r, struct nmreq_pools_info *info);

#endif
