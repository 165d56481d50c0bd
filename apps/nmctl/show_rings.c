// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl rings: where each ring stands, and what went through it.
 */
#include <stdio.h>

#include "listing.h"
#include "verbs.h"

static const struct column columns[] = {
	{ "port", "PORT", false },
	{ "ring", "RING", false },
	{ "slots", "SLOTS", true },
	{ "head", "HEAD", true },
	{ "cur", "CUR", true },
	{ "tail", "TAIL", true },
	{ "clients", "CLIENTS", true },
	{ "packets", "PACKETS", true },
	{ "bytes", "BYTES", true },
	{ "moved", "MOVED", true },	/* slots; more than packets where these have fragments */
	{ "syncs", "SYNCS", true },
	{ "wakeups", "WAKEUPS", true },
	{ "resets", "RESETS", true },
	{ "drops", "DROPS", true },
};

static void add_ring(struct report *r, void *record)
{
	struct nm_info_ring *g = record;
	char ring[32];
	uint64_t drops = 0;

	for (size_t i = 0; i < sizeof(g->drops) / sizeof(g->drops[0]); i++)
		drops += g->drops[i];
	snprintf(ring, sizeof(ring), "%s%s%u", g->host ? "host-" : "", g->dir ? "rx" : "tx",
		 g->ringid);
	g->port[sizeof(g->port) - 1] = 0;
	report_text(r, g->port);
	report_text(r, ring);
	report_num(r, g->num_slots);
	report_num(r, g->head);
	report_num(r, g->cur);
	report_num(r, g->tail);
	report_num(r, g->clients);
	report_num(r, g->packets);
	report_num(r, g->bytes);
	report_num(r, g->slots);
	report_num(r, g->syncs);
	report_num(r, g->wakeups);
	report_num(r, g->resets);
	report_num(r, drops);
}

static const struct listing listing = {
	.what = NM_INSPECT_RINGS,
	.size = sizeof(struct nm_info_ring),
	.name = "rings",
	LISTING_COLUMNS(columns),
	.add = add_ring,
};

int show_rings(struct nmctl *n)
{
	return listing_show(n, &listing, nmctl_port_operand(n));
}
