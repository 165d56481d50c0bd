// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl ports: what ports there are, and their shape.
 */
#include "listing.h"
#include "verbs.h"
#include "words.h"

static const struct column columns[] = {
	{ "name", "PORT", false },	    { "kind", "KIND", false },
	{ "switch", "SWITCH", false },	    { "index", "INDEX", true },
	{ "region", "REGION", true },	    { "tx_rings", "TX", true },
	{ "rx_rings", "RX", true },	    { "host_tx_rings", "HTX", true },
	{ "host_rx_rings", "HRX", true },   { "tx_slots", "TXSLOTS", true },
	{ "rx_slots", "RXSLOTS", true },    { "clients", "CLIENTS", true },
	{ "header", "HEADER", true },	    { "flags", "FLAGS", false },
	{ "xdp_why", "WHY NO XDP", false },
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

static const struct listing listing = {
	.what = NM_INSPECT_PORTS,
	.size = sizeof(struct nm_info_port),
	.name = "ports",
	LISTING_COLUMNS(columns),
	.add = add_port,
};

int show_ports(struct nmctl *n)
{
	return listing_show(n, &listing, NULL);
}
