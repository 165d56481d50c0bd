/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest client of the library, valid in every standard of C and C++ from C89 on. Uses each
 * kind of function and the macro. Exits with 1 where there is no device.
 */
#include <poll.h>
#include <libnetmap.h>

static void be_silent(struct nmctx *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static int echo(struct nmport_d *d)
{
	struct netmap_ring *rx = NETMAP_RXRING(d->nifp, d->first_rx_ring);
	int n = 0;

	for (; !nm_ring_empty(rx); rx->head = rx->cur = nm_ring_next(rx, rx->head)) {
		struct netmap_slot *slot = &rx->slot[rx->head];

		n += nmport_inject(d, NETMAP_BUF(rx, slot->buf_idx), slot->len);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct nmctx ctx = *nmctx_get();
	struct nmreq_option *opt;
	struct nmport_d *d;
	struct pollfd fd;

	ctx.error = be_silent;
	nmctx_set_default(&ctx);
	d = nmport_prepare(argc > 1 ? argv[1] : "vale0:small");
	if (d == NULL)
		return 2;
	nmreq_foreach_option(&d->hdr, opt)
		return 2;
	if (nmport_open_desc(d) != 0) {
		nmport_undo_prepare(d);
		return 1;
	}
	fd.fd = d->fd;
	fd.events = POLLIN;
	while (poll(&fd, 1, 100) > 0)
		echo(d);
	nmport_close(d);
	return 0;
}
