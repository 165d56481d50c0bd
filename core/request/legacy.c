// SPDX-License-Identifier: BSD-2-Clause
/*
 * The old ioctls, NIOCREGIF and NIOCGINFO, which have one struct nmreq for everything: converted to
 * requests of NIOCCTRL and back. Rings, slots and the interface object have not changed since API
 * version 11, so all versions from there on are accepted.
 */
#include "request/request.h"

#define OLDEST_API	11
#define OLD_NAME	16	/* bytes of nmreq.nr_name */

/* The new request that an old one means, and the conversions of both directions. */
struct nm_legacy_conversion {
	uint16_t reqtype;
	void (*to_request)(const struct nmreq *old, union nm_body *body);
	void (*from_request)(struct nmreq *old, const union nm_body *body);
};

static uint32_t nm_legacy_size(uint64_t bytes)
{
	return bytes > UINT32_MAX ? UINT32_MAX & ~(OS_PAGE_SIZE - 1) : (uint32_t)bytes;
}

/* The low bits of nr_flags select the rings; older programs used the high bits of nr_ringid. */
static void nm_legacy_to_register(const struct nmreq *old, union nm_body *body)
{
	struct nmreq_register *reg = &body->reg;

	reg->nr_tx_slots = old->nr_tx_slots;
	reg->nr_rx_slots = old->nr_rx_slots;
	reg->nr_tx_rings = old->nr_tx_rings;
	reg->nr_rx_rings = old->nr_rx_rings;
	reg->nr_mem_id = old->nr_arg2;
	reg->nr_extra_bufs = old->nr_arg3;
	reg->nr_ringid = old->nr_ringid & NETMAP_RING_MASK;
	reg->nr_mode = old->nr_flags & NR_REG_MASK;
	reg->nr_flags = old->nr_flags & ~(uint32_t)NR_REG_MASK;
	if (reg->nr_mode == NR_REG_DEFAULT)
		reg->nr_mode = old->nr_ringid & NETMAP_HW_RING ? NR_REG_ONE_NIC :
			       old->nr_ringid & NETMAP_SW_RING ? NR_REG_SW : NR_REG_ALL_NIC;
	if (old->nr_ringid & NETMAP_NO_TX_POLL)
		reg->nr_flags |= NR_NO_TX_POLL;
	if (old->nr_ringid & NETMAP_DO_RX_POLL)
		reg->nr_flags |= NR_DO_RX_POLL;
}

static void nm_legacy_from_register(struct nmreq *old, const union nm_body *body)
{
	const struct nmreq_register *reg = &body->reg;

	old->nr_offset = (uint32_t)reg->nr_offset;
	old->nr_memsize = nm_legacy_size(reg->nr_memsize);
	old->nr_tx_slots = reg->nr_tx_slots;
	old->nr_rx_slots = reg->nr_rx_slots;
	old->nr_tx_rings = reg->nr_tx_rings;
	old->nr_rx_rings = reg->nr_rx_rings;
	old->nr_arg2 = reg->nr_mem_id;
	old->nr_arg3 = reg->nr_extra_bufs;
}

static void nm_legacy_from_port_info(struct nmreq *old, const union nm_body *body)
{
	const struct nmreq_port_info_get *info = &body->port_info;

	old->nr_memsize = nm_legacy_size(info->nr_memsize);
	old->nr_tx_slots = info->nr_tx_slots;
	old->nr_rx_slots = info->nr_rx_slots;
	old->nr_tx_rings = info->nr_tx_rings;
	old->nr_rx_rings = info->nr_rx_rings;
	old->nr_arg2 = info->nr_mem_id;
}

static void nm_legacy_to_attach(const struct nmreq *old, union nm_body *body)
{
	body->attach.reg.nr_mode = old->nr_arg1 & NETMAP_BDG_HOST ? NR_REG_NIC_SW : NR_REG_ALL_NIC;
	body->attach.reg.nr_mem_id = old->nr_arg2;
}

static void nm_legacy_to_list(const struct nmreq *old, union nm_body *body)
{
	body->list.nr_bridge_idx = old->nr_arg1;
	body->list.nr_port_idx = old->nr_arg2;
}

static void nm_legacy_from_list(struct nmreq *old, const union nm_body *body)
{
	old->nr_arg1 = body->list.nr_bridge_idx;
	old->nr_arg2 = (uint16_t)body->list.nr_port_idx;
}

static void nm_legacy_to_hdr(const struct nmreq *old, union nm_body *body)
{
	body->hdr.nr_hdr_len = old->nr_arg1;
}

static void nm_legacy_from_hdr(struct nmreq *old, const union nm_body *body)
{
	old->nr_arg1 = (uint16_t)body->hdr.nr_hdr_len;
}

static void nm_legacy_to_newif(const struct nmreq *old, union nm_body *body)
{
	body->newif.nr_tx_slots = old->nr_tx_slots;
	body->newif.nr_rx_slots = old->nr_rx_slots;
	body->newif.nr_tx_rings = old->nr_tx_rings;
	body->newif.nr_rx_rings = old->nr_rx_rings;
	body->newif.nr_mem_id = old->nr_arg2;
}

static void nm_legacy_from_newif(struct nmreq *old, const union nm_body *body)
{
	old->nr_tx_slots = body->newif.nr_tx_slots;
	old->nr_rx_slots = body->newif.nr_rx_slots;
	old->nr_tx_rings = body->newif.nr_tx_rings;
	old->nr_rx_rings = body->newif.nr_rx_rings;
	old->nr_arg2 = body->newif.nr_mem_id;
}

/* The register mode selects one thread for all rings, or one thread for each. */
static void nm_legacy_to_polling(const struct nmreq *old, union nm_body *body)
{
	body->polling.nr_mode = (old->nr_flags & NR_REG_MASK) == NR_REG_ONE_NIC ?
				NETMAP_POLLING_MODE_MULTI_CPU : NETMAP_POLLING_MODE_SINGLE_CPU;
	body->polling.nr_first_cpu_id = old->nr_ringid & NETMAP_RING_MASK;
	body->polling.nr_num_polling_cpus = old->nr_arg1;
}

static void nm_legacy_to_none(const struct nmreq *old, union nm_body *body)
{
	(void)old;
	(void)body;
}

static void nm_legacy_from_none(struct nmreq *old, const union nm_body *body)
{
	(void)old;
	(void)body;
}

static const struct nm_legacy_conversion nm_legacy_register = {
	NETMAP_REQ_REGISTER, nm_legacy_to_register, nm_legacy_from_register,
};

static const struct nm_legacy_conversion nm_legacy_port_info = {
	NETMAP_REQ_PORT_INFO_GET, nm_legacy_to_none, nm_legacy_from_port_info,
};

/* By nmreq.nr_cmd. */
static const struct nm_legacy_conversion nm_legacy_commands[] = {
	[NETMAP_BDG_ATTACH] = { NETMAP_REQ_VALE_ATTACH, nm_legacy_to_attach, nm_legacy_from_none },
	[NETMAP_BDG_DETACH] = { NETMAP_REQ_VALE_DETACH, nm_legacy_to_none, nm_legacy_from_none },
	[NETMAP_BDG_LIST] = { NETMAP_REQ_VALE_LIST, nm_legacy_to_list, nm_legacy_from_list },
	[NETMAP_BDG_VNET_HDR] = { NETMAP_REQ_PORT_HDR_SET, nm_legacy_to_hdr, nm_legacy_from_hdr },
	[NETMAP_VNET_HDR_GET] = { NETMAP_REQ_PORT_HDR_GET, nm_legacy_to_none, nm_legacy_from_hdr },
	[NETMAP_BDG_NEWIF] = { NETMAP_REQ_VALE_NEWIF, nm_legacy_to_newif, nm_legacy_from_newif },
	[NETMAP_BDG_DELIF] = { NETMAP_REQ_VALE_DELIF, nm_legacy_to_none, nm_legacy_from_none },
	[NETMAP_BDG_POLLING_ON] = { NETMAP_REQ_VALE_POLLING_ENABLE, nm_legacy_to_polling,
				    nm_legacy_from_none },
	[NETMAP_BDG_POLLING_OFF] = { NETMAP_REQ_VALE_POLLING_DISABLE, nm_legacy_to_none,
				     nm_legacy_from_none },
};

static const struct nm_legacy_conversion *nm_legacy_find(uint32_t cmd, const struct nmreq *old)
{
	if (!old->nr_cmd)
		return cmd == NIOCREGIF ? &nm_legacy_register : &nm_legacy_port_info;
	if (old->nr_cmd < sizeof(nm_legacy_commands) / sizeof(nm_legacy_commands[0]) &&
	    nm_legacy_commands[old->nr_cmd].reqtype)
		return &nm_legacy_commands[old->nr_cmd];
	return NULL;
}

/* Old names have 16 bytes. One without a terminator may have been cut: refuse it. */
static int nm_legacy_read_name(const struct nmreq *old, char name[NETMAP_REQ_IFNAMSIZ],
			       struct nm_reason *reason)
{
	uint32_t i;

	for (i = 0; i < OLD_NAME && old->nr_name[i]; i++)
		name[i] = old->nr_name[i];
	if (i == OLD_NAME)
		return nm_refuse(reason, -ENAMETOOLONG,
				 "the name is not terminated within %d bytes", OLD_NAME);
	return 0;
}

static int nm_legacy_write_name(struct nmreq *old, const char *name, struct nm_reason *reason)
{
	size_t n = os_strlen(name);

	if (n >= OLD_NAME)
		return nm_refuse(reason, -ENAMETOOLONG,
				 "the name '%s' does not fit in %d bytes: use NIOCCTRL", name,
				 OLD_NAME);
	os_memset(old->nr_name, 0, OLD_NAME);
	os_memcpy(old->nr_name, name, n);
	return 0;
}

/*
 * NIOCGINFO without a name asks for the size of the shared memory. There was only one then: the
 * global region.
 */
static int nm_legacy_global_info(struct nm_request *rq, struct nmreq *old)
{
	struct nm_region *r = nm_region_find(NM_REGION_GLOBAL, &rq->scope, rq->reason);

	if (!r)
		return rq->reason->err;
	old->nr_memsize = nm_legacy_size(nm_region_map_size(r));
	old->nr_arg2 = r->id;
	nm_region_put(r);
	return 0;
}

static int nm_legacy_convert(struct nm_request *rq, uint32_t cmd, struct nmreq *old)
{
	const struct nm_legacy_conversion *conv = nm_legacy_find(cmd, old);
	int err;

	if (old->nr_version < OLDEST_API) {
		err = nm_refuse(rq->reason, -EINVAL,
				"request of API version %u: versions from %u on are supported",
				old->nr_version, OLDEST_API);
		old->nr_version = NETMAP_API;
		return err;
	}
	if (!conv)
		return nm_refuse(rq->reason, -EOPNOTSUPP, "there is no old command %u",
				 old->nr_cmd);
	err = nm_legacy_read_name(old, rq->name, rq->reason);
	if (err)
		return err;
	if (conv == &nm_legacy_port_info && !rq->name[0] && !rq->c->binding)
		return nm_legacy_global_info(rq, old);
	conv->to_request(old, rq->body);
	err = nm_request_run(rq, conv->reqtype);
	if (!err && conv->reqtype == NETMAP_REQ_VALE_LIST)
		err = nm_legacy_write_name(old, rq->name, rq->reason);
	if (!err)
		conv->from_request(old, rq->body);
	return err;
}

int nm_client_legacy(struct nm_client *c, struct os_caller *caller, uint32_t cmd, struct nmreq *old)
{
	char name[NETMAP_REQ_IFNAMSIZ] = { 0 };
	union nm_body body;
	struct nm_reason reason;
	struct nm_request rq = { .c = c,
				 .caller = caller,
				 .scope = { c->ns, c->domain, caller },
				 .name = name,
				 .body = &body,
				 .reason = &reason,
				 .is_old = true };
	int err;

	nm_reason_init(&reason);
	os_memset(&body, 0, sizeof(body));
	os_mutex_lock(&c->lock);
	err = nm_legacy_convert(&rq, cmd, old);
	os_mutex_unlock(&c->lock);
	if (err) {
		name[sizeof(name) - 1] = '\0';
		nm_client_failed(c, caller,
				 cmd == NIOCREGIF ? NETMAP_REQ_REGISTER : NETMAP_REQ_PORT_INFO_GET,
				 name, &reason);
	}
	return err;
}
