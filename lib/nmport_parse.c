// SPDX-License-Identifier: BSD-2-Clause
/*
 * Port specifications: the name, the mode, and the options of ports: share, conf, extmem and
 * offset. An option is enabled or disabled for the whole program.
 */
#include "lib.h"

#include <errno.h>
#include <string.h>

/* Parse a decimal number, or after 0x a hexadecimal one. Returns 0, or -1 after reporting. */
static int parse_number(struct nmreq_parse_ctx *pctx, const char *what, const char *text,
			uint64_t max, uint64_t *out)
{
	const unsigned int base = strncmp(text, "0x", 2) == 0 ? 16 : 10;
	const char *digits = "0123456789abcdef", *p = base == 16 ? text + 2 : text;
	uint64_t n = 0;
	const char *at;

	for (; *p != '\0'; p++) {
		at = memchr(digits, *p, base);
		if (at == NULL)
			break;
		if (n > (max - (uint64_t)(at - digits)) / base)
			return ctx_fail(pctx->ctx, ERANGE, "%s=%s: at most %llu", what, text,
					(unsigned long long)max);
		n = n * base + (uint64_t)(at - digits);
	}
	if (*p != '\0' || p == text || p == text + (base == 16 ? 2 : 0))
		return ctx_fail(pctx->ctx, EINVAL, "%s=%s: not a number", what, text);
	*out = n;
	return 0;
}

/* share=PORT */

static int share_parse(struct nmreq_parse_ctx *pctx)
{
	struct nmport_d *d = pctx->token;
	const char *port = pctx->keys[0];
	int32_t id = nmreq_get_mem_id(&port, pctx->ctx);

	if (id < 0)
		return -1;
	if (*port != '\0')
		return ctx_fail(pctx->ctx, EINVAL,
				"share=%s: unexpected '%s' after the port's name", pctx->keys[0],
				port);
	if (d->reg.nr_mem_id != 0 && d->reg.nr_mem_id != id)
		return ctx_fail(pctx->ctx, EINVAL,
				"share=%s: is in region %d, but region %u is requested too",
				pctx->keys[0], (int)id, d->reg.nr_mem_id);
	d->reg.nr_mem_id = (uint16_t)id;
	return 0;
}

static struct nmreq_opt_parser share_option = {
	.prefix = "share",
	.parse = share_parse,
	.default_key = 0,
	.nr_keys = 1,
	.keys = { { "port", 0, NMREQ_OPTK_DEFAULT | NMREQ_OPTK_MUSTSET } },
};

/* conf: numbers of rings and slots; the general key of each comes before its own */

enum conf_key {
	CONF_RINGS, CONF_HOST_RINGS, CONF_SLOTS, CONF_TX_RINGS, CONF_RX_RINGS,
	CONF_HOST_TX_RINGS, CONF_HOST_RX_RINGS, CONF_TX_SLOTS, CONF_RX_SLOTS, CONF_KEYS
};

/* Parse the value of the specific key, or else of the general one; without both keep *out. */
static int conf_value(struct nmreq_parse_ctx *pctx, const char *what, enum conf_key specific,
		      enum conf_key general, uint64_t max, uint64_t *out)
{
	const char *text = pctx->keys[specific];

	if (text == NULL)
		text = pctx->keys[general];
	return text != NULL ? parse_number(pctx, what, text, max, out) : 0;
}

static int conf_rings(struct nmreq_parse_ctx *pctx, const char *what, enum conf_key specific,
		      enum conf_key general, uint16_t *out)
{
	uint64_t n = *out;
	int err = conf_value(pctx, what, specific, general, NETMAP_RING_MASK + 1, &n);

	*out = (uint16_t)n;
	return err;
}

static int conf_slots(struct nmreq_parse_ctx *pctx, const char *what, enum conf_key specific,
		      uint32_t *out)
{
	uint64_t n = *out;
	int err = conf_value(pctx, what, specific, CONF_SLOTS, UINT32_MAX, &n);

	*out = (uint32_t)n;
	return err;
}

static int conf_parse(struct nmreq_parse_ctx *pctx)
{
	struct nmport_d *d = pctx->token;
	struct nmreq_register *reg = &d->reg;

	if (conf_rings(pctx, "tx-rings", CONF_TX_RINGS, CONF_RINGS, &reg->nr_tx_rings) ||
	    conf_rings(pctx, "rx-rings", CONF_RX_RINGS, CONF_RINGS, &reg->nr_rx_rings) ||
	    conf_rings(pctx, "host-tx-rings", CONF_HOST_TX_RINGS, CONF_HOST_RINGS,
		       &reg->nr_host_tx_rings) ||
	    conf_rings(pctx, "host-rx-rings", CONF_HOST_RX_RINGS, CONF_HOST_RINGS,
		       &reg->nr_host_rx_rings) ||
	    conf_slots(pctx, "tx-slots", CONF_TX_SLOTS, &reg->nr_tx_slots) ||
	    conf_slots(pctx, "rx-slots", CONF_RX_SLOTS, &reg->nr_rx_slots))
		return -1;
	return 0;
}

static struct nmreq_opt_parser conf_option = {
	.prefix = "conf",
	.parse = conf_parse,
	.default_key = CONF_RINGS,
	.nr_keys = CONF_KEYS,
	.next = &share_option,
	.keys = {
		{ "rings", CONF_RINGS, NMREQ_OPTK_DEFAULT },
		{ "host-rings", CONF_HOST_RINGS, 0 },
		{ "slots", CONF_SLOTS, 0 },
		{ "tx-rings", CONF_TX_RINGS, 0 },
		{ "rx-rings", CONF_RX_RINGS, 0 },
		{ "host-tx-rings", CONF_HOST_TX_RINGS, 0 },
		{ "host-rx-rings", CONF_HOST_RX_RINGS, 0 },
		{ "tx-slots", CONF_TX_SLOTS, 0 },
		{ "rx-slots", CONF_RX_SLOTS, 0 },
	},
};

/* extmem: a file, and the numbers and sizes of the objects in its pools */

enum extmem_key {
	EXTMEM_FILE, EXTMEM_IF_NUM, EXTMEM_IF_SIZE, EXTMEM_RING_NUM, EXTMEM_RING_SIZE,
	EXTMEM_BUF_NUM, EXTMEM_BUF_SIZE, EXTMEM_KEYS
};

static int extmem_number(struct nmreq_parse_ctx *pctx, const char *what, enum extmem_key key,
			 uint32_t *out)
{
	uint64_t n = *out;

	if (pctx->keys[key] == NULL)
		return 0;
	if (parse_number(pctx, what, pctx->keys[key], UINT32_MAX, &n))
		return -1;
	*out = (uint32_t)n;
	return 0;
}

static int extmem_parse(struct nmreq_parse_ctx *pctx)
{
	struct nmport_d *d = pctx->token;
	struct nmreq_pools_info *info;

	if (nmport_extmem_from_file(d, pctx->keys[EXTMEM_FILE]))
		return -1;
	info = nmport_extmem_getinfo(d);
	if (extmem_number(pctx, "if-num", EXTMEM_IF_NUM, &info->nr_if_pool_objtotal) ||
	    extmem_number(pctx, "if-size", EXTMEM_IF_SIZE, &info->nr_if_pool_objsize) ||
	    extmem_number(pctx, "ring-num", EXTMEM_RING_NUM, &info->nr_ring_pool_objtotal) ||
	    extmem_number(pctx, "ring-size", EXTMEM_RING_SIZE, &info->nr_ring_pool_objsize) ||
	    extmem_number(pctx, "buf-num", EXTMEM_BUF_NUM, &info->nr_buf_pool_objtotal) ||
	    extmem_number(pctx, "buf-size", EXTMEM_BUF_SIZE, &info->nr_buf_pool_objsize))
		return -1;
	return 0;
}

static struct nmreq_opt_parser extmem_option = {
	.prefix = "extmem",
	.parse = extmem_parse,
	.default_key = EXTMEM_FILE,
	.nr_keys = EXTMEM_KEYS,
	.next = &conf_option,
	.keys = {
		{ "file", EXTMEM_FILE, NMREQ_OPTK_DEFAULT | NMREQ_OPTK_MUSTSET },
		{ "if-num", EXTMEM_IF_NUM, 0 },
		{ "if-size", EXTMEM_IF_SIZE, 0 },
		{ "ring-num", EXTMEM_RING_NUM, 0 },
		{ "ring-size", EXTMEM_RING_SIZE, 0 },
		{ "buf-num", EXTMEM_BUF_NUM, 0 },
		{ "buf-size", EXTMEM_BUF_SIZE, 0 },
	},
};

/* offset: the offset of packets in their buffers; only for programs that support offsets */

enum offset_key { OFFSET_INITIAL, OFFSET_BITS, OFFSET_KEYS };

static int offset_parse(struct nmreq_parse_ctx *pctx)
{
	uint64_t initial = 0, bits = 0;

	if (parse_number(pctx, "initial", pctx->keys[OFFSET_INITIAL], UINT64_MAX, &initial))
		return -1;
	if (pctx->keys[OFFSET_BITS] != NULL &&
	    parse_number(pctx, "bits", pctx->keys[OFFSET_BITS], 64, &bits))
		return -1;
	return nmport_offset(pctx->token, initial, initial, bits, 0);
}

static struct nmreq_opt_parser offset_option = {
	.prefix = "offset",
	.parse = offset_parse,
	.default_key = OFFSET_INITIAL,
	.nr_keys = OFFSET_KEYS,
	.flags = NMREQ_OPTF_DISABLED,
	.next = &extmem_option,
	.keys = {
		{ "initial", OFFSET_INITIAL, NMREQ_OPTK_DEFAULT | NMREQ_OPTK_MUSTSET },
		{ "bits", OFFSET_BITS, 0 },
	},
};

static struct nmreq_opt_parser *const all_options = &offset_option;

/* Return the option of this name, or NULL after reporting. */
static struct nmreq_opt_parser *option_find(const char *name)
{
	struct nmreq_opt_parser *p;

	for (p = all_options; p != NULL; p = p->next) {
		if (strcmp(p->prefix, name) == 0)
			return p;
	}
	ctx_fail(nmctx_get(), EOPNOTSUPP, "there is no option '%s'", name);
	return NULL;
}

int nmport_enable_option(const char *name)
{
	struct nmreq_opt_parser *p = option_find(name);

	if (p == NULL)
		return -1;
	p->flags &= ~NMREQ_OPTF_DISABLED;
	return 0;
}

int nmport_disable_option(const char *name)
{
	struct nmreq_opt_parser *p = option_find(name);

	if (p == NULL)
		return -1;
	p->flags |= NMREQ_OPTF_DISABLED;
	return 0;
}

/* Undo the steps that were added to the list after mark. */
static void cleanups_undo(struct nmport_d *d, const struct nmport_cleanup_d *mark)
{
	struct nmport_cleanup_d *c;

	while (d->clist != mark && d->clist != NULL) {
		c = d->clist;
		d->clist = c->next;
		c->undo(c, d);
	}
}

static int port_parse(struct nmport_d *d, const char *spec)
{
	const char *rest = spec;

	if (nmreq_header_decode(&rest, &d->hdr, d->ctx) ||
	    nmreq_register_decode(&rest, &d->reg, d->ctx))
		return -1;
	return nmreq_options_decode(rest, all_options, d, d->ctx);
}

int nmport_parse(struct nmport_d *d, const char *portspec)
{
	const struct nmport_cleanup_d *mark = d->clist;
	const struct nmreq_register reg = d->reg;
	char name[sizeof(d->hdr.nr_name)];
	int err;

	if (d->register_done)
		return ctx_fail(d->ctx, EINVAL, "%s: the port is already registered", portspec);
	memcpy(name, d->hdr.nr_name, sizeof(name));
	if (port_parse(d, portspec) == 0)
		return 0;
	err = errno;
	nmctx_ferror(d->ctx, "%s: not a valid port specification", portspec);
	cleanups_undo(d, mark);
	d->reg = reg;
	memcpy(d->hdr.nr_name, name, sizeof(name));
	errno = err;
	return -1;
}

void nmport_undo_parse(struct nmport_d *d)
{
	cleanups_undo(d, NULL);
	memset(d->hdr.nr_name, 0, sizeof(d->hdr.nr_name));
	memset(&d->reg, 0, sizeof(d->reg));
}
