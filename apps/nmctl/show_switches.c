// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl switches: the VALE switches, what they have learnt and what they had to flood.
 */
#include "listing.h"
#include "verbs.h"

static const struct column columns[] = {
	{ "name", "SWITCH", false },	{ "index", "INDEX", true },
	{ "ports", "PORTS", true },	{ "stations", "STATIONS", true },
	{ "flooded", "FLOODED", true }, { "moved", "MOVED", true },
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

static const struct listing listing = {
	.what = NM_INSPECT_SWITCHES,
	.size = sizeof(struct nm_info_switch),
	.name = "switches",
	LISTING_COLUMNS(columns),
	.add = add_switch,
};

int show_switches(struct nmctl *n)
{
	return listing_show(n, &listing, NULL);
}
