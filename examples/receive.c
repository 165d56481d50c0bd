// SPDX-License-Identifier: BSD-2-Clause
/* The first program of README.md: print the length of each packet that a port receives. */
#include <poll.h>
#include <stdio.h>
#define NETMAP_WITH_LIBS
#include <net/netmap_user.h>

int main(int argc, char **argv)
{
	struct nm_desc *d = nm_open(argc > 1 ? argv[1] : "vale0:me", NULL, 0, NULL);
	struct nm_pkthdr h;

	while (d && poll(&(struct pollfd){ .fd = d->fd, .events = POLLIN }, 1, -1) > 0)
		while (nm_nextpkt(d, &h))
			printf("%u bytes\n", h.len);
	return 1;
}
