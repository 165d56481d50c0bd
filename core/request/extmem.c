// SPDX-License-Identifier: BSD-2-Clause
/*
 * External memory: the option NETMAP_REQ_OPT_EXTMEM of register. The program's own memory becomes a
 * region, and the port is made in it as if the request had named its id. The request has a
 * reference to the region until the port has one.
 */
#include "request/request.h"

#define USERMEM_MAX	(16ull << 30)	/* bytes; bounds the work of one request */

static struct os_usermem *nm_extmem_pin(struct nm_request *rq, uint64_t addr, uint64_t size)
{
	struct os_usermem *mem;

	if (addr % OS_PAGE_SIZE) {
		nm_refuse(rq->reason, -EINVAL, "external memory at 0x%llx must begin at a page",
			  (unsigned long long)addr);
		return NULL;
	}
	if (!addr || !size || size > USERMEM_MAX || addr + size < addr) {
		nm_refuse(rq->reason, -EINVAL,
			  "external memory at 0x%llx has %llu bytes: one page to %llu are allowed",
			  (unsigned long long)addr, (unsigned long long)size, USERMEM_MAX);
		return NULL;
	}
	mem = os_usermem_pin(rq->caller, addr, size, rq->reason);
	if (!mem)
		nm_reason_prefix(rq->reason,
				 "external memory at 0x%llx: ", (unsigned long long)addr);
	return mem;
}

int nm_extmem_make(struct nm_request *rq)
{
	const struct nmreq_opt_extmem *o = nm_option(rq->opts, NETMAP_REQ_OPT_EXTMEM);
	/* Round down: the file may end inside its last page. */
	const uint64_t size = o->nro_info.nr_memsize / OS_PAGE_SIZE * OS_PAGE_SIZE;
	struct nmreq_register *reg = &rq->body->reg;
	struct os_usermem *mem = nm_extmem_pin(rq, o->nro_usrptr, size);

	if (mem)
		rq->user_region =
			nm_region_from_user(&rq->scope, mem, size, &o->nro_info, rq->reason);
	if (rq->user_region && reg->nr_mem_id && reg->nr_mem_id != rq->user_region->id)
		nm_refuse(
			rq->reason, -EINVAL,
			"the request names memory region %u, but the external memory is region %u",
			reg->nr_mem_id, rq->user_region->id);
	else if (rq->user_region)
		reg->nr_mem_id = rq->user_region->id;
	return rq->reason->err ?
		       nm_option_refuse(rq->opts, NETMAP_REQ_OPT_EXTMEM, rq->reason->err) :
		       0;
}

void nm_extmem_fill_reply(struct nm_request *rq)
{
	struct nmreq_opt_extmem *o = nm_option(rq->opts, NETMAP_REQ_OPT_EXTMEM);

	nm_pools_describe(rq->user_region, &o->nro_info);
}
