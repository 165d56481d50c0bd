// SPDX-License-Identifier: BSD-2-Clause
/* Ports: allocated, cloned, freed; functions that combine several steps. */
#include "lib.h"

#include <errno.h>

static struct nmport_d *port_new(struct nmctx *ctx)
{
	struct port *p = ctx_alloc(ctx, sizeof(*p));
	struct nmport_d *d;

	if (p == NULL)
		return NULL;
	d = &p->d;
	nmreq_header_init(&d->hdr, NETMAP_REQ_REGISTER, &d->reg);
	d->ctx = ctx;
	d->fd = -1;
	return d;
}

struct nmport_d *nmport_new(void)
{
	return port_new(nmctx_get());
}

void nmport_delete(struct nmport_d *d)
{
	nmctx_free(d->ctx, d);
}

struct nmport_d *nmport_prepare(const char *portspec)
{
	struct nmport_d *d = nmport_new();
	int err;

	if (d == NULL)
		return NULL;
	if (nmport_parse(d, portspec) == 0)
		return d;
	err = errno;
	nmport_undo_prepare(d);
	errno = err;
	return NULL;
}

void nmport_undo_prepare(struct nmport_d *d)
{
	nmport_undo_parse(d);
	nmport_delete(d);
}

int nmport_open_desc(struct nmport_d *d)
{
	int err;

	if (nmport_register(d))
		return -1;
	if (nmport_mmap(d) == 0)
		return 0;
	err = errno;
	nmport_undo_register(d);
	errno = err;
	return -1;
}

void nmport_undo_open_desc(struct nmport_d *d)
{
	nmport_undo_mmap(d);
	nmport_undo_register(d);
}

struct nmport_d *nmport_open(const char *portspec)
{
	struct nmport_d *d = nmport_prepare(portspec);
	int err;

	if (d == NULL)
		return NULL;
	if (nmport_open_desc(d) == 0)
		return d;
	err = errno;
	nmport_undo_prepare(d);
	errno = err;
	return NULL;
}

void nmport_close(struct nmport_d *d)
{
	if (d == NULL)
		return;
	nmport_undo_open_desc(d);
	nmport_undo_prepare(d);
}

struct nmport_d *nmport_clone(struct nmport_d *d)
{
	struct nmport_d *c;

	if (d->extmem != NULL && !d->register_done) {
		ctx_fail(d->ctx, EINVAL,
			 "%.63s: cannot clone a port with external memory before it is "
			 "registered: register it first",
			 d->hdr.nr_name);
		return NULL;
	}
	c = port_new(d->ctx);
	if (c == NULL)
		return NULL;
	/* Once registered, reg has the region; options, extmem among them, are not cloned. */
	c->hdr = d->hdr;
	c->hdr.nr_options = 0;
	c->hdr.nr_body = (uintptr_t)&c->reg;
	c->reg = d->reg;
	return c;
}
