// SPDX-License-Identifier: BSD-2-Clause
/* NIOCCTRL: the table of requests, and the steps of each. See request.h. */
#include "client/csb.h"
#include "request/request.h"

/*
 * Without the engine lock, which nm_client_bind() takes. The extra buffers come last: a client
 * chooses how long that takes.
 */
static int nm_do_register(struct nm_request *rq)
{
	struct nmreq_register *reg = &rq->body->reg;
	struct os_mem *mem;

	if (rq->c->binding)
		return nm_refuse(rq->reason, -EBUSY,
				 "this file is bound to %s already: open another",
				 nm_client_binding(rq->c)->port->name);
	mem = os_mem_get(rq->caller, rq->reason);
	if (!mem)
		return rq->reason->err;
	rq->made = nm_client_bind(&rq->scope, rq->name, reg, rq->is_old, rq->opts, rq->reason);
	if (!rq->made) {
		os_mem_put(mem);
		return rq->reason->err;
	}
	rq->made->mem = mem;
	/*
	 * On failure nm_request_commit_register() undoes the binding. Without a base, an old reply
	 * may truncate the size, because no program maps all of it.
	 */
	if (rq->is_old && rq->made->region->base && reg->nr_memsize > UINT32_MAX)
		return nm_refuse(
			rq->reason, -EOVERFLOW,
			"%llu MiB are too much for old requests: lower region_mb or priv_region_mb",
			(unsigned long long)(reg->nr_memsize >> 20));
	nm_extra_bufs_alloc(rq->c, rq->made, reg);
	return 0;
}

struct nm_request_handler {
	uint16_t type;
	uint16_t size;		/* of the body; 0: none, nr_body is ignored */
	bool is_unlocked;	/* runs without the engine lock: it may take long */
	int (*run)(struct nm_request *rq);
};

#define BODY(member)	.size = sizeof(((union nm_body *)0)->member)

static const struct nm_request_handler nm_request_handlers[] = {
	{ NETMAP_REQ_REGISTER, BODY(reg), .is_unlocked = true, .run = nm_do_register },
	{ NETMAP_REQ_PORT_INFO_GET, BODY(port_info), .run = nm_do_port_info },
	{ NETMAP_REQ_VALE_ATTACH, BODY(attach), .run = vale_do_attach },
	{ NETMAP_REQ_VALE_DETACH, BODY(detach), .run = vale_do_detach },
	{ NETMAP_REQ_VALE_LIST, BODY(list), .run = vale_do_list },
	{ NETMAP_REQ_PORT_HDR_SET, BODY(hdr), .run = vale_do_hdr_set },
	{ NETMAP_REQ_PORT_HDR_GET, BODY(hdr), .run = vale_do_hdr_get },
	{ NETMAP_REQ_VALE_NEWIF, BODY(newif), .run = vale_do_newif },
	{ NETMAP_REQ_VALE_DELIF, .run = vale_do_delif },
	{ NETMAP_REQ_VALE_POLLING_ENABLE, BODY(polling), .run = vale_do_poll_on },
	{ NETMAP_REQ_VALE_POLLING_DISABLE, BODY(polling), .run = vale_do_poll_off },
	{ NETMAP_REQ_POOLS_INFO_GET, BODY(pools), .run = nm_do_pools_info },
	{ NETMAP_REQ_SYNC_KLOOP_START, BODY(kloop), .is_unlocked = true, .run = nm_do_kloop_start },
	{ NETMAP_REQ_SYNC_KLOOP_STOP, .is_unlocked = true, .run = nm_do_kloop_stop },
	{ NETMAP_REQ_CSB_ENABLE, .is_unlocked = true, .run = nm_do_csb_enable },
	{ NETMAP_REQ_INSPECT, BODY(inspect), .is_unlocked = true, .run = nm_do_inspect },
	{ NETMAP_REQ_REASON_GET, BODY(reason), .is_unlocked = true, .run = nm_do_reason },
};

static const struct nm_request_handler *nm_request_find(uint16_t type)
{
	uint32_t i;

	for (i = 0; i < sizeof(nm_request_handlers) / sizeof(nm_request_handlers[0]); i++) {
		if (nm_request_handlers[i].type == type)
			return &nm_request_handlers[i];
	}
	return NULL;
}

static int nm_request_call(const struct nm_request_handler *h, struct nm_request *rq)
{
	int err;

	if (h->is_unlocked)
		return h->run(rq);
	nm_lock();
	err = h->run(rq);
	nm_unlock();
	return err;
}

/* Publish the binding that register made, or undo it if the request failed. */
static void nm_request_commit_register(struct nm_request *rq, int err)
{
	if (!rq->made)
		return;
	if (!err) {
		/*
		 * Release: the binding is initialised; pairs with the acquire in
		 * nm_client_binding().
		 */
		os_store_ptr_release(&rq->c->binding, rq->made);
		return;
	}
	nm_client_unbind(rq->c, rq->made);
}

int nm_request_run(struct nm_request *rq, uint16_t reqtype)
{
	int err = nm_request_call(nm_request_find(reqtype), rq);

	nm_request_commit_register(rq, err);
	return err;
}

static int nm_request_check_header(struct nmreq_header *hdr, struct nm_reason *reason)
{
	if (hdr->nr_version < NETMAP_MIN_API || hdr->nr_version > NETMAP_MAX_API) {
		int err = nm_refuse(reason, -EINVAL,
				    "request of API version %u: %u to %u are supported",
				    hdr->nr_version, NETMAP_MIN_API, NETMAP_MAX_API);

		hdr->nr_version = NETMAP_API;
		return err;
	}
	if (hdr->nr_reserved)
		return nm_refuse(reason, -EINVAL, "nr_reserved is 0x%x, must be 0",
				 hdr->nr_reserved);
	return 0;
}

/* Prepare what needs user memory besides the body. Caller does not hold the engine lock. */
static int nm_request_prepare(struct nm_request *rq, uint16_t reqtype)
{
	if (reqtype == NETMAP_REQ_REGISTER && nm_option(rq->opts, NETMAP_REQ_OPT_EXTMEM))
		return nm_extmem_make(rq);
	return 0;
}

/* Caller holds the client lock. */
static int nm_request_execute_locked(struct nm_request *rq, const struct nm_request_handler *h,
				     const struct nmreq_header *hdr)
{
	int err = nm_request_prepare(rq, h->type);

	if (!err)
		err = nm_request_call(h, rq);
	if (!err && rq->made && nm_option(rq->opts, NETMAP_REQ_OPT_CSB))
		err = nm_csb_enable(rq->made, rq->caller, rq->opts, rq->reason);
	if (!err && rq->user_region)
		nm_extmem_fill_reply(rq);
	if (!err && h->size && os_copyout(rq->caller, hdr->nr_body, rq->body, h->size))
		err = nm_refuse(rq->reason, -EFAULT, "cannot write back the body of request %u",
				h->type);
	err = nm_options_finish(rq->caller, rq->opts, err, rq->reason);
	nm_request_commit_register(rq, err);
	if (rq->user_region)
		nm_region_put(rq->user_region);
	return err;
}

/* Copy the options and the body in, call the handler, copy both out. */
static int nm_request_ctrl(struct nm_request *rq, const struct nmreq_header *hdr)
{
	const struct nm_request_handler *h = nm_request_find(hdr->nr_reqtype);
	union nm_body body;
	int err;

	if (!h)
		return nm_refuse(rq->reason, -EINVAL, "there is no request %u", hdr->nr_reqtype);
	err = nm_options_read(rq->caller, hdr->nr_options, hdr->nr_reqtype, &rq->opts, rq->reason);
	if (err)
		return err;
	os_memset(&body, 0, sizeof(body));
	rq->body = &body;
	if (h->size && os_copyin(rq->caller, &body, hdr->nr_body, h->size)) {
		err = nm_refuse(rq->reason, -EFAULT,
				"cannot read the body of request %u, %u bytes at 0x%llx",
				hdr->nr_reqtype, h->size, (unsigned long long)hdr->nr_body);
		err = nm_options_finish(rq->caller, rq->opts, err, rq->reason);
	} else {
		os_mutex_lock(&rq->c->lock);
		err = nm_request_execute_locked(rq, h, hdr);
		os_mutex_unlock(&rq->c->lock);
		if (rq->loop)
			err = nm_kloop_run(rq->loop, err);
	}
	nm_options_free(rq->opts);
	return err;
}

/* As nm_request_ctrl(), for a request that runs a loop. */
static int nm_request_start_loop(struct nm_request *rq, const struct nmreq_header *hdr)
{
	struct nm_loop_call call;
	int err;

	nm_loop_call_begin(&call, rq->c, rq->caller);
	rq->loop_call = &call;
	err = nm_request_ctrl(rq, hdr);
	nm_loop_call_end(&call, rq->c);
	return err;
}

int nm_client_ctrl(struct nm_client *c, struct os_caller *caller, struct nmreq_header *hdr)
{
	char name[NETMAP_REQ_IFNAMSIZ];
	struct nm_reason reason;
	struct nm_request rq = {
		.c = c,
		.caller = caller,
		.scope = { c->ns, c->domain, caller },
		.name = hdr->nr_name,
		.reason = &reason,
	};
	int err;

	nm_reason_init(&reason);
	err = nm_request_check_header(hdr, &reason);
	if (!err && hdr->nr_reqtype == NETMAP_REQ_SYNC_KLOOP_START)
		err = nm_request_start_loop(&rq, hdr);
	else if (!err)
		err = nm_request_ctrl(&rq, hdr);
	if (err && hdr->nr_reqtype != NETMAP_REQ_REASON_GET) {
		os_memcpy(name, hdr->nr_name, sizeof(name));
		name[sizeof(name) - 1] = '\0';
		nm_client_failed(c, caller, hdr->nr_reqtype, name, &reason);
	}
	return err;
}

int nm_client_refuse(struct nm_client *c, struct os_caller *caller, uint16_t reqtype, int err,
		     const char *text)
{
	struct nm_reason reason;

	nm_refuse(&reason, err, "%s", text);
	nm_client_failed(c, caller, reqtype, "", &reason);
	return err;
}

int nm_client_unknown(struct nm_client *c, struct os_caller *caller, uint32_t cmd)
{
	struct nm_reason reason;

	if (cmd == NIOCCONFIG)
		nm_refuse(&reason, -EOPNOTSUPP,
			  "NIOCCONFIG is not supported: no switch has a configuration");
	else
		nm_refuse(&reason, -ENOTTY, "0x%x is not a netmap request", cmd);
	nm_client_failed(c, caller, 0, "", &reason);
	return reason.err;
}
