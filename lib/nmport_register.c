// SPDX-License-Identifier: BSD-2-Clause
/* Binding a port's rings to its descriptor, and the syncs of these rings. */
#include "lib.h"

#include <errno.h>
#include <unistd.h>

#include <net/netmap_inspect.h>

static struct port *to_port(struct nmport_d *d)
{
	return (struct port *)(void *)d;
}

int nmport_register(struct nmport_d *d)
{
	struct nmreq_register requested = d->reg;
	int err;

	if (d->register_done)
		return ctx_fail(d->ctx, EINVAL, "%.63s: is already registered", d->hdr.nr_name);
	d->fd = device_open(d->ctx);
	if (d->fd < 0)
		return -1;
	if (device_request(d->fd, &d->hdr, "cannot register", d->ctx) == 0) {
		to_port(d)->requested = requested;
		d->register_done = 1;
		return 0;
	}
	err = errno;
	d->reg = requested;
	close(d->fd);
	d->fd = -1;
	errno = err;
	return -1;
}

void nmport_undo_register(struct nmport_d *d)
{
	if (!d->register_done)
		return;
	close(d->fd);
	d->fd = -1;
	d->reg = to_port(d)->requested;
	d->register_done = 0;
}

static int port_sync(struct nmport_d *d, unsigned long cmd, const char *what)
{
	char reason[NM_REASON_LEN + 128];
	int err;

	if (!d->register_done)
		return ctx_fail(d->ctx, EINVAL, "%.63s: cannot sync %s: the port is not registered",
				d->hdr.nr_name, what);
	if (device_sync(d->fd, cmd) == 0)
		return 0;
	err = errno;
	device_reason(d->fd, reason, sizeof(reason));
	return ctx_fail(d->ctx, err, "%.63s: %s: %s", d->hdr.nr_name, what, reason);
}

int nmport_txsync(struct nmport_d *d)
{
	return port_sync(d, NIOCTXSYNC, "transmit rings");
}

int nmport_rxsync(struct nmport_d *d)
{
	return port_sync(d, NIOCRXSYNC, "receive rings");
}
