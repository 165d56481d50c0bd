/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client as small as can be, valid in every standard of C and C++ from C89 on: opens the
 * port named, echoes what comes in, prints now and then.
 */
#define NETMAP_WITH_LIBS
#include <poll.h>
#include <net/netmap_user.h>

static void echo(unsigned char *arg, const struct nm_pkthdr *hdr, const unsigned char *buf)
{
	struct nm_desc *d = (struct nm_desc *)(void *)arg;

	if (nm_inject(d, buf, hdr->caplen) == 0)
		RD(5, "no room for %u bytes", hdr->len);
	ND("never printed %d", 0);
}

int main(int argc, char **argv)
{
	struct nm_desc *d;
	struct nm_pkthdr hdr;
	struct pollfd fd;

	if (argc != 2) {
		D("one argument: a port");
		return 2;
	}
	d = nm_open(argv[1], NULL, 0, NULL);
	if (d == NULL)
		return 1;
	fd.fd = NETMAP_FD(d);
	fd.events = POLLIN;
	while (poll(&fd, 1, 1000) > 0) {
		nm_dispatch(d, 100, echo, (unsigned char *)d);
		while (nm_nextpkt(d, &hdr) != NULL)
			D("%u bytes more", hdr.len);
	}
	return nm_close(d);
}
