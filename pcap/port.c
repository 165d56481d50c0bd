/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the port of a handle, by libnetmap, and reading the engine's counters of it. */
#include "shim.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <net/netmap_inspect.h>

#define PORTS_A_PAGE	16

/* A shorter prefix: some programs refuse 'netmap:', and some limit names to 15 characters. */
#define SHORT	"nm:"

static __thread char error_text[PCAP_ERRBUF_SIZE];

static void store_error(struct nmctx *ctx, const char *text)
{
	(void)ctx;
	snprintf(error_text, sizeof(error_text), "%s", text);
}

/* This copy of libnetmap is private to this library, and so is its default context. */
__attribute__((constructor)) static void set_context(void)
{
	static struct nmctx ctx = { .error = store_error };

	nmctx_set_default(&ctx);
	nmctx_set_threadsafe();
}

const char *port_error(void)
{
	return error_text;
}

bool port_is_named(const char *name)
{
	if (name == NULL)
		return false;
	if (strncmp(name, "netmap:", 7) == 0)
		return name[7] != '\0';
	if (strncmp(name, SHORT, sizeof(SHORT) - 1) == 0)
		return name[sizeof(SHORT) - 1] != '\0';
	if (strncmp(name, "vale", 4) != 0)
		return false;
	for (name += 4; isalnum((unsigned char)*name) || *name == '_'; name++)
		;
	return name[0] == ':' && name[1] != '\0';
}

static int port_request(struct handle *h, uint16_t type, void *body)
{
	struct nmreq_header hdr;

	nmreq_header_init(&hdr, type, body);
	memcpy(hdr.nr_name, h->port->hdr.nr_name, sizeof(hdr.nr_name));
	return ioctl(h->port->fd, NIOCCTRL, &hdr);
}

uint64_t port_drops(struct handle *h)
{
	struct nm_info_port page[PORTS_A_PAGE];
	struct nmreq_inspect req = { .what = NM_INSPECT_PORTS, .rec_size = sizeof(page[0]) };
	const char *name = h->port->hdr.nr_name;
	uint32_t i;

	for (;;) {
		req.count = PORTS_A_PAGE;
		req.data = (uintptr_t)page;
		if (port_request(h, NETMAP_REQ_INSPECT, &req) != 0 || req.count == 0 ||
		    req.count > PORTS_A_PAGE)
			return 0;
		for (i = 0; i < req.count; i++) {
			if (strncmp(page[i].name, name, sizeof(page[i].name)) == 0)
				return page[i].rx_drops;
		}
	}
}

/* Returns 0, or PCAP_ERROR with its text set. */
static int port_find_rings(struct handle *h)
{
	const struct nmport_d *d = h->port;
	const unsigned int first = (unsigned int)d->reg.nr_tx_rings + d->reg.nr_host_tx_rings;
	unsigned int i;

	h->rx = calloc((size_t)d->last_rx_ring + 1, sizeof(h->rx[0]));
	if (h->rx == NULL)
		return handle_fail(h, PCAP_ERROR, "%.64s: out of memory", h->name);
	for (i = d->first_rx_ring; i <= d->last_rx_ring && d->last_rx_ring >= d->first_rx_ring;
	     i++) {
		const ssize_t ofs =
			__atomic_load_n(&d->nifp->ring_ofs[first + i], __ATOMIC_RELAXED);
		struct rx *rx = &h->rx[h->rx_count];

		if (ofs == 0)
			continue;	/* not bound */
		if (!ring_init(&rx->ring, d->mem->mem, d->mem->size,
			       d->reg.nr_offset + (uint64_t)ofs))
			return handle_fail(h, PCAP_ERROR, "%.64s: its memory is corrupt: another "
					   "program has written to it", h->name);
		rx->seen_tail = UINT32_MAX;
		h->rx_count++;
	}
	return 0;
}

static bool port_find_header(struct handle *h)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = 0 };

	if (port_request(h, NETMAP_REQ_PORT_HDR_GET, &body) != 0 || body.nr_hdr_len == 0)
		return true;
	h->header = body.nr_hdr_len;
	h->out = calloc(1, h->header + (size_t)SNAPLEN_MAX);
	return h->out != NULL;
}

static int pcap_error_of(int err)
{
	switch (err) {
	case EACCES:
	case EPERM:
		return PCAP_ERROR_PERM_DENIED;
	case ENXIO:
	case ENODEV:
		return PCAP_ERROR_NO_SUCH_DEVICE;
	default:
		return PCAP_ERROR;
	}
}

/* Parse a name; nm:NAME is netmap:NAME, and nm:valeS:NAME is valeS:NAME. */
static struct nmport_d *port_prepare(const char *name)
{
	char longer[PCAP_ERRBUF_SIZE];

	if (strncmp(name, SHORT, sizeof(SHORT) - 1) != 0)
		return nmport_prepare(name);
	name += sizeof(SHORT) - 1;
	if (strncmp(name, "vale", 4) == 0 && port_is_named(name))
		return nmport_prepare(name);
	snprintf(longer, sizeof(longer), "netmap:%.200s", name);
	return nmport_prepare(longer);
}

int port_open(struct handle *h)
{
	struct nmport_d *d = port_prepare(h->name);

	if (d == NULL)
		return handle_fail(h, PCAP_ERROR, "%s", error_text);
	/* send_packet() syncs, so poll() need not. */
	d->reg.nr_flags |= NR_NO_TX_POLL | NR_ACCEPT_VNET_HDR |
			   (h->only_sends ? NR_TX_RINGS_ONLY : 0);
	if (nmport_open_desc(d) != 0) {
		handle_fail(h, 0, "%s", error_text);
		nmport_undo_prepare(d);
		return pcap_error_of(errno);
	}
	h->port = d;
	if (port_find_rings(h) != 0) {
		port_close(h);
		return PCAP_ERROR;
	}
	if (!port_find_header(h)) {
		port_close(h);
		return handle_fail(h, PCAP_ERROR, "%.64s: out of memory", h->name);
	}
	h->drops_before = port_drops(h);
	return 0;
}

void port_close(struct handle *h)
{
	nmport_close(h->port);
	free(h->rx);
	free(h->whole);
	free(h->out);
	h->port = NULL;
	h->rx = NULL;
	h->whole = h->out = NULL;
	h->rx_count = 0;
}
