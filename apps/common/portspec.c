// SPDX-License-Identifier: BSD-2-Clause
/*
 * Port specifications, parsed by libnetmap (lib/nmreq_spec.c) after adding the prefix to a bare
 * name. Unlike libnetmap, the tools accept no options after the flags.
 */
#include "portspec.h"

#include <libnetmap.h>
#include <stdio.h>
#include <string.h>

/* Receives the parser's error text. */
struct collector {
	struct nmctx ctx;	/* first */
	const char *text;
	struct errmsg *err;
};

static int refuse(struct collector *t, const char *reason)
{
	return errmsg_set(t->err, "port name '%.100s': %.300s", t->text, reason);
}

static void collect(struct nmctx *ctx, const char *reason)
{
	refuse((struct collector *)ctx, reason);
}

static bool has_prefix(const char *text)
{
	return strncmp(text, "netmap:", 7) == 0 ||
	       (strncmp(text, NM_BDG_NAME, strlen(NM_BDG_NAME)) == 0 && strchr(text, ':') != NULL);
}

int port_spec_parse(struct port_spec *spec, const char *text, struct errmsg *err)
{
	struct collector t = { .ctx = { .error = collect }, .text = text, .err = err };
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	struct nmreq_header hdr = { .nr_name = "" };
	char full[2 * NETMAP_REQ_IFNAMSIZ];
	const char *rest = full;

	memset(spec, 0, sizeof(*spec));
	if (snprintf(full, sizeof(full), "%s%s", has_prefix(text) ? "" : "netmap:", text) >=
	    (int)sizeof(full))
		return refuse(&t, "it is too long");
	if (nmreq_header_decode(&rest, &hdr, &t.ctx) || nmreq_register_decode(&rest, &reg, &t.ctx))
		return -1;
	if (*rest != '\0')
		return refuse(&t, "nothing may follow the flags, nor an '@' without a number");
	if (reg.nr_mem_id == 0 && strchr(text, '@') != NULL)
		return refuse(&t, "memory regions are numbered from 1, not from 0");
	memcpy(spec->name, hdr.nr_name, sizeof(spec->name));
	spec->mode = reg.nr_mode;
	spec->ringid = reg.nr_ringid;
	spec->mem_id = reg.nr_mem_id;
	spec->flags = reg.nr_flags;
	return 0;
}

bool port_spec_is_vale(const struct port_spec *spec)
{
	return strncmp(spec->name, NM_BDG_NAME, strlen(NM_BDG_NAME)) == 0 &&
	       strchr(spec->name, ':') != NULL;
}

bool port_spec_is_virtual(const struct port_spec *spec)
{
	return port_spec_is_vale(spec) || strpbrk(spec->name, "{}") != NULL;
}

void port_spec_listed(const struct port_spec *spec, char name[PORT_LISTED_LEN])
{
	const uint64_t f = spec->flags;

	snprintf(name, PORT_LISTED_LEN, "%s%s%s%s%s", spec->name,
		 f & (NR_MONITOR_TX | NR_MONITOR_RX) ? "/" : "", f & NR_MONITOR_RX ? "r" : "",
		 f & NR_MONITOR_TX ? "t" : "", f & NR_ZCOPY_MON ? "z" : "");
}

int port_spec_set(void *spec, const char *text, struct errmsg *err)
{
	return port_spec_parse(spec, text, err);
}
