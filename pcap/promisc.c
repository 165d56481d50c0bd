/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promiscuous mode of cards: a packet socket that receives nothing switches it on, and the kernel
 * switches it off when the socket is closed, however the program ends.
 */
#include "shim.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool promisc_on(struct handle *h)
{
	struct packet_mreq mreq = { .mr_type = PACKET_MR_PROMISC };

	mreq.mr_ifindex = (int)if_nametoindex(h->port->hdr.nr_name);
	if (mreq.mr_ifindex == 0 || strncmp(h->name, "vale", 4) == 0)
		return true;	/* not a card: nothing to switch on */
	h->promisc_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	return h->promisc_fd >= 0 && setsockopt(h->promisc_fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP,
						&mreq, sizeof(mreq)) == 0;
}

void promisc_off(struct handle *h)
{
	if (h->promisc_fd >= 0)
		close(h->promisc_fd);
	h->promisc_fd = -1;
}
