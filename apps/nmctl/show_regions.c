// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl regions: the memory that clients map, and how much of each pool is taken.
 */
#include "listing.h"
#include "verbs.h"

/* used/total of each pool in the table; JSON has the numbers apart. */
static const struct column table_columns[] = {
	{ "id", "REGION", true },	  { "refs", "HELD", true },
	{ "memsize", "MAPPED", true },	  { "backed", "BACKED", true },
	{ "ifs_used", "IFS", true },	  { "rings_used", "RINGS", true },
	{ "bufs_used", "BUFFERS", true }, { "buf_limit", "LIMIT", true },
	{ "buf_size", "BUFSIZE", true },  { "bad_frees", "BADFREES", true },
};

static const struct column json_columns[] = {
	{ "id", "", true },	     { "refs", "", true },	  { "memsize", "", true },
	{ "backed", "", true },	     { "ifs_used", "", true },	  { "ifs_total", "", true },
	{ "ifs_limit", "", true },   { "if_size", "", true },	  { "rings_used", "", true },
	{ "rings_total", "", true }, { "rings_limit", "", true }, { "ring_size", "", true },
	{ "bufs_used", "", true },   { "bufs_total", "", true },  { "bufs_limit", "", true },
	{ "buf_size", "", true },    { "bad_frees", "", true },
};

static void add_pool_numbers(struct report *r, const struct nm_info_pool *p)
{
	report_num(r, p->used);
	report_num(r, p->total);
	report_num(r, p->limit);
	report_num(r, p->unit);
}

static uint64_t pool_bytes(const struct nm_info_pool *p)
{
	return (uint64_t)p->total * p->unit;
}

static void begin_region(struct report *r, const struct nm_info_region *g)
{
	report_num(r, g->id);
	report_num(r, g->refs);
	report_bytes(r, g->memsize);
	report_bytes(r, pool_bytes(&g->ifs) + pool_bytes(&g->rings) + pool_bytes(&g->bufs));
}

static void add_to_table(struct report *r, void *record)
{
	const struct nm_info_region *g = record;

	begin_region(r, g);
	report_share(r, g->ifs.used, g->ifs.total);
	report_share(r, g->rings.used, g->rings.total);
	report_share(r, g->bufs.used, g->bufs.total);
	report_num(r, g->bufs.limit);
	report_num(r, g->bufs.unit);
	report_num(r, g->bad_frees);
}

static void add_to_json(struct report *r, void *record)
{
	const struct nm_info_region *g = record;

	begin_region(r, g);
	add_pool_numbers(r, &g->ifs);
	add_pool_numbers(r, &g->rings);
	add_pool_numbers(r, &g->bufs);
	report_num(r, g->bad_frees);
}

static const struct listing for_people = {
	.what = NM_INSPECT_REGIONS,
	.size = sizeof(struct nm_info_region),
	.name = "regions",
	LISTING_COLUMNS(table_columns),
	.add = add_to_table,
};

static const struct listing for_programs = {
	.what = NM_INSPECT_REGIONS,
	.size = sizeof(struct nm_info_region),
	.name = "regions",
	LISTING_COLUMNS(json_columns),
	.add = add_to_json,
};

int show_regions(struct nmctl *n)
{
	return listing_show(n, n->args.json ? &for_programs : &for_people, NULL);
}
