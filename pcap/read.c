/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that receive packets, and the one that interrupts them. */
#include "shim.h"

#include <sys/eventfd.h>

int pcap_dispatch(pcap_t *p, int count, pcap_handler fn, u_char *user)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_dispatch)(p, count, fn, user);
	return receive(h, count, !h->nonblock, fn, user);
}

static int handle_loop(struct handle *h, int count, pcap_handler fn, u_char *user)
{
	bool is_endless = count <= 0;
	int n;

	do {
		n = receive(h, count, true, fn, user);
		if (n < 0)
			return n;
		count -= n;
	} while (is_endless || count > 0);
	return 0;
}

int pcap_loop(pcap_t *p, int count, pcap_handler fn, u_char *user)
{
	struct handle *h = handle_of(p);

	return h != NULL ? handle_loop(h, count, fn, user) : SYSTEM(pcap_loop)(p, count, fn, user);
}

int pcap_next_ex(pcap_t *p, struct pcap_pkthdr **hdr, const u_char **data)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_next_ex)(p, hdr, data);
	*hdr = &h->next_header;
	return receive_one(h, data);
}

const u_char *pcap_next(pcap_t *p, struct pcap_pkthdr *hdr)
{
	struct handle *h = handle_of(p);
	const u_char *data;

	if (h == NULL)
		return SYSTEM(pcap_next)(p, hdr);
	if (receive_one(h, &data) <= 0)
		return NULL;
	*hdr = h->next_header;
	return data;
}

/* May be called from a signal handler or from another thread. */
void pcap_breakloop(pcap_t *p)
{
	struct handle *h = handle_of(p);

	if (h == NULL) {
		SYSTEM(pcap_breakloop)(p);
		return;
	}
	__atomic_store_n(&h->is_broken, true, __ATOMIC_RELEASE);
	eventfd_write(h->break_fd, 1);
}

int pcap_setnonblock(pcap_t *p, int nonblock, char *errbuf)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_setnonblock)(p, nonblock, errbuf);
	h->nonblock = nonblock != 0;
	return 0;
}

int pcap_getnonblock(pcap_t *p, char *errbuf)
{
	struct handle *h = handle_of(p);

	return h != NULL ? h->nonblock : SYSTEM(pcap_getnonblock)(p, errbuf);
}

static int handle_fd(const struct handle *h)
{
	return h->port != NULL ? h->port->fd : PCAP_ERROR;
}

int pcap_fileno(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h != NULL ? handle_fd(h) : SYSTEM(pcap_fileno)(p);
}

int pcap_get_selectable_fd(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h != NULL ? handle_fd(h) : SYSTEM(pcap_get_selectable_fd)(p);
}

const struct timeval *pcap_get_required_select_timeout(pcap_t *p)
{
	return handle_of(p) != NULL ? NULL : SYSTEM(pcap_get_required_select_timeout)(p);
}
