// SPDX-License-Identifier: BSD-2-Clause
/* All calls of libpcap. */
#include "side.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>

#define SNAPLEN		262144
#define ROOM_MS		1000	/* for a full interface to make room */

/* Return libpcap's error if it refuses any of these. */
static int set_up(pcap_t *p)
{
	int ret = pcap_set_snaplen(p, SNAPLEN);

	if (ret == 0)
		ret = pcap_set_promisc(p, 1);
	if (ret == 0)
		ret = pcap_set_immediate_mode(p, 1);
	if (ret == 0)
		ret = pcap_set_timeout(p, 1);
	return ret == 0 ? pcap_activate(p) : ret;
}

int side_open(struct side *s, const char *name, struct errmsg *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	int ret;

	s->name = name;
	s->pcap = pcap_create(name, text);
	if (!s->pcap)
		return errmsg_set(err, "%s: %s", name, text);
	ret = set_up(s->pcap);
	if (ret < 0) {
		errmsg_set(err, "%s: %s: %s", name, pcap_statustostr(ret), pcap_geterr(s->pcap));
		side_close(s);
		return -1;
	}
	/* Interfaces of the system would return the packets that we send; netmap ports never do. */
	if (pcap_setdirection(s->pcap, PCAP_D_IN) != 0 || pcap_setnonblock(s->pcap, 1, text) != 0 ||
	    pcap_get_selectable_fd(s->pcap) < 0) {
		errmsg_set(err, "%s: %s%s", name, pcap_geterr(s->pcap), text);
		side_close(s);
		return -1;
	}
	return 0;
}

void side_close(struct side *s)
{
	if (s->pcap)
		pcap_close(s->pcap);
	s->pcap = NULL;
}

/* Send a packet, waiting for a full interface to make room. */
static bool send_to(struct side *to, const u_char *data, size_t size)
{
	struct pollfd p = { .fd = pcap_get_selectable_fd(to->pcap), .events = POLLOUT };

	while (pcap_inject(to->pcap, data, size) < 0) {
		if ((errno != EAGAIN && errno != ENOBUFS) || poll(&p, 1, ROOM_MS) <= 0 ||
		    (p.revents & (POLLERR | POLLHUP | POLLNVAL)))
			return false;
	}
	return true;
}

static void forward(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	struct side *s = (struct side *)(void *)user;

	if (h->caplen == h->len && send_to(s->other, data, h->len)) {
		s->counts.packets++;
		s->counts.bytes += h->len;
		return;
	}
	if (s->counts.drops++ == 0)
		snprintf(s->reason, sizeof(s->reason), "%s",
			 h->caplen < h->len ? "longer than libpcap takes" :
					      pcap_geterr(s->other->pcap));
}

int side_move(struct side *s, unsigned int max, struct errmsg *err)
{
	int n = pcap_dispatch(s->pcap, (int)max, forward, (u_char *)s);

	if (n < 0)
		return errmsg_set(err, "%s: %s", s->name, pcap_geterr(s->pcap));
	return n;
}
