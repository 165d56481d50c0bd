// SPDX-License-Identifier: BSD-2-Clause
/* Reading the drop counters of a port's tx rings. */
#include "drops.h"

#include <string.h>

#include "port.h"
#include "request.h"

#define PAGE_RINGS	64u
#define DIR_TX		0u	/* nm_info_ring.dir */

static const char *const words[NM_DROP_CAUSES] = {
	[NM_DROP_NOROOM] = "noroom",
	[NM_DROP_NODEST] = "nodest",
	[NM_DROP_BADFRAME] = "badframe",
	[NM_DROP_TOOLONG] = "toolong",
	[NM_DROP_FAULT] = "fault",
	[NM_DROP_HEADER] = "header",
};

/* Host rings are numbered after the card's. */
static bool port_sends_by(const struct port *port, const struct nm_info_ring *ring)
{
	const uint32_t id = port->reg.nr_ringid;

	if (ring->dir != DIR_TX || port->spec.flags & NR_RX_RINGS_ONLY)
		return false;
	switch (port->spec.mode) {
	case NR_REG_ALL_NIC:
		return !ring->host;
	case NR_REG_SW:
		return ring->host;
	case NR_REG_ONE_NIC:
		return !ring->host && ring->ringid == id;
	case NR_REG_ONE_SW:
		return ring->host && ring->ringid == port->reg.nr_tx_rings + id;
	default:
		return true;
	}
}

static void add_ring(struct drops *d, const struct nm_info_ring *ring)
{
	unsigned int i;

	for (i = 0; i < NM_DROP_CAUSES; i++)
		d->by_cause[i] += ring->drops[i];
}

/* Read the counters as they are. An incomplete listing counts as far as it goes. */
static void read_rings(const struct port *port, struct drops *d)
{
	struct nm_info_ring page[PAGE_RINGS];
	struct nmreq_inspect req = { .what = NM_INSPECT_RINGS, .rec_size = sizeof(page[0]) };
	uint64_t before;
	uint32_t i;

	memset(d, 0, sizeof(*d));
	do {
		before = req.cursor;
		req.count = PAGE_RINGS;
		req.data = (uintptr_t)page;
		if (request_send(port->fd, NETMAP_REQ_INSPECT, port->spec.name, &req, NULL) ||
		    req.count > PAGE_RINGS)
			return;
		for (i = 0; i < req.count; i++) {
			if (port_sends_by(port, &page[i]))
				add_ring(d, &page[i]);
		}
	} while (req.count > 0 && req.cursor != before);
}

void drops_begin(struct port *port)
{
	memset(&port->drops_before, 0, sizeof(port->drops_before));
	if (port->tx_count > 0)
		read_rings(port, &port->drops_before);
}

/* A counter cannot shrink, but a device that has gone may be listed no longer. */
void drops_collect(const struct port *port, struct drops *d)
{
	struct drops now;
	unsigned int i;

	if (port->tx_count == 0)
		return;
	read_rings(port, &now);
	for (i = 0; i < NM_DROP_CAUSES; i++) {
		if (now.by_cause[i] > port->drops_before.by_cause[i])
			d->by_cause[i] += now.by_cause[i] - port->drops_before.by_cause[i];
	}
}

uint64_t drops_total(const struct drops *d)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < NM_DROP_CAUSES; i++)
		sum += d->by_cause[i];
	return sum;
}

int drops_refuse(uint64_t packets, uint64_t slots, struct errmsg *err)
{
	if (packets == 0 && slots == 0)
		return 0;
	return errmsg_set(err, "not all was sent: %llu packets dropped, %llu slots still queued",
			  (unsigned long long)packets, (unsigned long long)slots);
}

void drops_print(FILE *out, const char *name, const struct drops *d)
{
	const char *before = ":";
	unsigned int i;

	if (drops_total(d) == 0)
		return;
	fprintf(out, "Dropped:\t%s\t%llu packets", name, (unsigned long long)drops_total(d));
	for (i = 0; i < NM_DROP_CAUSES; i++) {
		if (d->by_cause[i] == 0)
			continue;
		fprintf(out, "%s %llu %s", before, (unsigned long long)d->by_cause[i], words[i]);
		before = ",";
	}
	fputc('\n', out);
}
