// SPDX-License-Identifier: BSD-2-Clause
/* nmctl ports, rings, stats and switches: shapes, positions and counters. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nmctl.h"
#include "report.h"
#include "words.h"

static const struct column port_columns[] = {
	{ "name", "PORT", false },
	{ "kind", "KIND", false },
	{ "switch", "SWITCH", false },
	{ "index", "INDEX", true },
	{ "region", "REGION", true },
	{ "tx_rings", "TX", true },
	{ "rx_rings", "RX", true },
	{ "host_tx_rings", "HTX", true },
	{ "host_rx_rings", "HRX", true },
	{ "tx_slots", "TXSLOTS", true },
	{ "rx_slots", "RXSLOTS", true },
	{ "clients", "CLIENTS", true },
	{ "header", "HEADER", true },
	{ "flags", "FLAGS", false },
	{ "no_xdp_reason", "NO XDP BECAUSE", false },
};

static void add_port(struct report *r, void *record)
{
	struct nm_info_port *p = record;
	const char *flags[WORDS_MAX_FLAGS];
	size_t nflags = words_port_flags(p->flags, flags);
	bool attached = p->flags & NM_INFO_ATTACHED;

	p->name[sizeof(p->name) - 1] = 0;
	p->switch_name[sizeof(p->switch_name) - 1] = 0;
	report_text(r, p->name);
	report_text(r, words_kind(p->kind));
	report_text(r, attached ? p->switch_name : "-");
	if (attached)
		report_num(r, p->port_index);
	else
		report_text(r, "-");
	report_num(r, p->region_id);
	report_num(r, p->tx_rings);
	report_num(r, p->rx_rings);
	report_num(r, p->host_tx_rings);
	report_num(r, p->host_rx_rings);
	report_num(r, p->tx_slots);
	report_num(r, p->rx_slots);
	report_num(r, p->clients);
	report_num(r, p->hdr_len);
	report_words(r, flags, nflags);
	p->xdp_why[sizeof(p->xdp_why) - 1] = 0;
	report_text(r, p->xdp_why[0] ? p->xdp_why : "-");
}

static const struct listing port_listing = {
	.what = NM_INSPECT_PORTS,
	.size = sizeof(struct nm_info_port),
	.name = "ports",
	LISTING_COLUMNS(port_columns),
	.add = add_port,
};

int show_ports(struct nmctl *n)
{
	return listing_show(n, &port_listing, NULL);
}

static const struct column ring_columns[] = {
	{ "port", "PORT", false },
	{ "ring", "RING", false },
	{ "slots", "SLOTS", true },
	{ "head", "HEAD", true },
	{ "cur", "CUR", true },
	{ "tail", "TAIL", true },
	{ "clients", "CLIENTS", true },
	{ "packets", "PACKETS", true },
	{ "bytes", "BYTES", true },
	{ "moved_slots", "MOVED", true },	/* more than packets if these have fragments */
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

static const struct listing ring_listing = {
	.what = NM_INSPECT_RINGS,
	.size = sizeof(struct nm_info_ring),
	.name = "rings",
	LISTING_COLUMNS(ring_columns),
	.add = add_ring,
};

int show_rings(struct nmctl *n)
{
	return listing_show(n, &ring_listing, nmctl_port_operand(n));
}

static const struct column stats_columns[] = {
	{ "port", "PORT", false },
	{ "dir", "DIR", false },
	{ "packets", "PACKETS", true },
	{ "bytes", "BYTES", true },
	{ "drops", "DROPS", true },
	{ "drops_noroom", "NOROOM", true },
	{ "drops_nodest", "NODEST", true },
	{ "drops_badframe", "BADFRAME", true },
	{ "drops_toolong", "TOOLONG", true },
	{ "drops_fault", "FAULT", true },
	{ "drops_header", "HEADER", true },
};

struct rings {
	struct nm_info_ring *ring;
	size_t count;
};

static void add_causes(struct report *r, const struct rings *all, const char *port, uint32_t dir)
{
	uint64_t sum[NM_DROP_CAUSES] = { 0 };

	for (size_t i = 0; i < all->count; i++)
		if (all->ring[i].dir == dir &&
		    !strncmp(all->ring[i].port, port, NETMAP_REQ_IFNAMSIZ))
			for (size_t c = 0; c < NM_DROP_CAUSES; c++)
				sum[c] += all->ring[i].drops[c];
	for (size_t c = 0; c < NM_DROP_CAUSES; c++)
		report_num(r, sum[c]);
}

static void add_stats(struct report *r, struct nm_info_port *p, const struct rings *rings)
{
	p->name[sizeof(p->name) - 1] = 0;
	report_text(r, p->name);
	report_text(r, "tx");
	report_num(r, p->tx_packets);
	report_num(r, p->tx_bytes);
	report_num(r, p->tx_drops);
	add_causes(r, rings, p->name, 0);
	report_text(r, p->name);
	report_text(r, "rx");
	report_num(r, p->rx_packets);
	report_num(r, p->rx_bytes);
	report_num(r, p->rx_drops);
	add_causes(r, rings, p->name, 1);
}

static int print_stats(struct nmctl *n, struct nm_info_port *ports, size_t count,
		       const struct rings *rings)
{
	const char *wanted = nmctl_port_operand(n);
	size_t shown = 0;
	struct report r;

	report_init(&r, "stats", COLUMNS(stats_columns));
	for (size_t i = 0; i < count; i++) {
		if (wanted && strncmp(wanted, ports[i].name, sizeof(ports[i].name)))
			continue;
		add_stats(&r, &ports[i], rings);
		shown++;
	}
	if (wanted && !shown) {
		report_discard(&r);
		report_error(wanted, ENOENT, "there is no port of this name", n->opt.json);
		return EXIT_FAILED;
	}
	report_end(&r, n->opt.json);
	return EXIT_OK;
}

int show_stats(struct nmctl *n)
{
	struct rings rings;
	void *ports, *array;
	size_t count;
	int status;

	if (nmctl_list(n, NM_INSPECT_PORTS, NULL, sizeof(struct nm_info_port), &ports, &count))
		return EXIT_FAILED;
	if (nmctl_list(n, NM_INSPECT_RINGS, NULL, sizeof(struct nm_info_ring), &array,
		       &rings.count)) {
		free(ports);
		return EXIT_FAILED;
	}
	rings.ring = array;
	status = print_stats(n, ports, count, &rings);
	free(array);
	free(ports);
	return status;
}

static const struct column switch_columns[] = {
	{ "name", "SWITCH", false },
	{ "index", "INDEX", true },
	{ "ports", "PORTS", true },
	{ "stations", "STATIONS", true },
	{ "flooded", "FLOODED", true },
	{ "moved_stations", "MOVED", true },
};

static void add_switch(struct report *r, void *record)
{
	struct nm_info_switch *s = record;

	s->name[sizeof(s->name) - 1] = 0;
	report_text(r, s->name);
	report_num(r, s->index);
	report_num(r, s->ports);
	report_num(r, s->stations);
	report_num(r, s->flooded);
	report_num(r, s->moved);
}

static const struct listing switch_listing = {
	.what = NM_INSPECT_SWITCHES,
	.size = sizeof(struct nm_info_switch),
	.name = "switches",
	LISTING_COLUMNS(switch_columns),
	.add = add_switch,
};

int show_switches(struct nmctl *n)
{
	return listing_show(n, &switch_listing, NULL);
}
