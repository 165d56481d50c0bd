/* SPDX-License-Identifier: BSD-2-Clause */
/* pcap_create(), pcap_open_live(), pcap_activate(), pcap_close(). */
#include "shim.h"

#include <stdio.h>
#include <string.h>

pcap_t *pcap_create(const char *name, char *errbuf)
{
	struct handle *h;

	if (!port_is_named(name))
		return SYSTEM(pcap_create)(name, errbuf);
	h = handle_new(name, SNAPLEN_MAX, errbuf);
	return h != NULL ? h->face : NULL;
}

static int handle_activate(struct handle *h)
{
	int ret;

	if (h->port != NULL)
		return handle_fail(h, PCAP_ERROR_ACTIVATED, "%.64s: already activated", h->name);
	if (h->rfmon)
		return handle_fail(h, PCAP_ERROR_RFMON_NOTSUP,
				   "%.64s: netmap ports have no monitor mode", h->name);
	ret = port_open(h);
	if (ret != 0)
		return ret;
	if (h->promisc && !promisc_on(h))
		return handle_fail(h, PCAP_WARNING_PROMISC_NOTSUP,
				   "%.64s: cannot switch promiscuous mode on: %m", h->name);
	return 0;
}

int pcap_activate(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h != NULL ? handle_activate(h) : SYSTEM(pcap_activate)(p);
}

void pcap_close(pcap_t *p)
{
	struct handle *h = handle_of(p);

	if (h == NULL) {
		SYSTEM(pcap_close)(p);
		return;
	}
	send_rest(h);
	promisc_off(h);
	port_close(h);
	handle_free(h);
}

pcap_t *pcap_open_live(const char *name, int snaplen, int promisc, int timeout_ms, char *errbuf)
{
	struct handle *h;

	if (!port_is_named(name))
		return SYSTEM(pcap_open_live)(name, snaplen, promisc, timeout_ms, errbuf);
	h = handle_new(name, snaplen, errbuf);
	if (h == NULL)
		return NULL;
	h->promisc = promisc != 0;
	h->timeout_ms = timeout_ms;
	if (handle_activate(h) < 0) {
		snprintf(errbuf, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(h->face));
		pcap_close(h->face);
		return NULL;
	}
	errbuf[0] = '\0';
	return h->face;
}
