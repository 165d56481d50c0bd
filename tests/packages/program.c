// SPDX-License-Identifier: BSD-2-Clause
/* A program of a user: one packet through a pipe, with what libnetmap-dev installs. */
#include <string.h>

#include <libnetmap.h>
#include <net/netmap_user.h>

int main(void)
{
	static const char frame[] =
		"a frame of a package's program, sixty bytes or so of it, yes";
	struct nmport_d *in = nmport_open("netmap:package{1");
	struct nmport_d *out = nmport_open("netmap:package}1");
	struct netmap_ring *rx;

	if (!in || !out)
		return 1;
	if (nmport_inject(in, frame, 60) != 60)
		return 2;
	rx = NETMAP_RXRING(out->nifp, out->first_rx_ring);
	if (ioctl(in->fd, NIOCTXSYNC) || ioctl(out->fd, NIOCRXSYNC))
		return 3;
	if (nm_ring_space(rx) != 1 ||
	    memcmp(NETMAP_BUF(rx, rx->slot[rx->head].buf_idx), frame, 7))
		return 4;
	nmport_close(in);
	nmport_close(out);
	return 0;
}
