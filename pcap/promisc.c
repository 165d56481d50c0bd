/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cards that take packets for others: a packet socket that receives nothing asks for it, and the
 * kernel takes that back when the socket is closed, however the program ends.
 */
#include "shim.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool promisc_on(struct handle *h)
{
	struct packet_mreq wish = { .mr_type = PACKET_MR_PROMISC };

	wish.mr_ifindex = (int)if_nametoindex(h->port->hdr.nr_name);
	if (wish.mr_ifindex == 0 || strncmp(h->name, "vale", 4) == 0)
		return true;	/* no card, and nothing to be asked for */
	h->promisc_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	return h->promisc_fd >= 0 && setsockopt(h->promisc_fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP,
						&wish, sizeof(wish)) == 0;
}

void promisc_off(struct handle *h)
{
	if (h->promisc_fd >= 0)
		close(h->promisc_fd);
	h->promisc_fd = -1;
}
