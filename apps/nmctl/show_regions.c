// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl regions: the memory that clients map, and how much of each pool is taken.
 */
#include <stdlib.h>

#include "report.h"
#include "verbs.h"

/* used/total of each pool in the table; JSON has the numbers apart. */
static const struct column table_columns[] = {
	{ "id", "REGION", true },
	{ "refs", "HELD", true },
	{ "memsize", "MAPPED", true },
	{ "backed", "BACKED", true },
	{ "ifs_used", "IFS", true },
	{ "rings_used", "RINGS", true },
	{ "bufs_used", "BUFFERS", true },
	{ "buf_limit", "LIMIT", true },
	{ "buf_size", "BUFSIZE", true },
	{ "bad_frees", "BADFREES", true },
};

static const struct column json_columns[] = {
	{ "id", "", true }, { "refs", "", true },
	{ "memsize", "", true }, { "backed", "", true },
	{ "ifs_used", "", true }, { "ifs_total", "", true },
	{ "ifs_limit", "", true }, { "if_size", "", true },
	{ "rings_used", "", true }, { "rings_total", "", true },
	{ "rings_limit", "", true }, { "ring_size", "", true },
	{ "bufs_used", "", true }, { "bufs_total", "", true },
	{ "bufs_limit", "", true }, { "buf_size", "", true },
	{ "bad_frees", "", true },
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

static void add_region(struct report *r, const struct nm_info_region *g, bool json)
{
	report_num(r, g->id);
	report_num(r, g->refs);
	report_bytes(r, g->memsize);
	report_bytes(r, pool_bytes(&g->ifs) + pool_bytes(&g->rings) + pool_bytes(&g->bufs));
	if (json) {
		add_pool_numbers(r, &g->ifs);
		add_pool_numbers(r, &g->rings);
		add_pool_numbers(r, &g->bufs);
	} else {
		report_share(r, g->ifs.used, g->ifs.total);
		report_share(r, g->rings.used, g->rings.total);
		report_share(r, g->bufs.used, g->bufs.total);
		report_num(r, g->bufs.limit);
		report_num(r, g->bufs.unit);
	}
	report_num(r, g->bad_frees);
}

int show_regions(struct nmctl *n)
{
	struct nm_info_region *regions;
	bool json = n->args.json;
	struct report r;
	void *array;
	size_t count;

	if (nmctl_list(n, NM_INSPECT_REGIONS, NULL, sizeof(*regions), &array, &count))
		return EXIT_FAILED;
	regions = array;
	if (json)
		report_init(&r, "regions", json_columns, sizeof(json_columns) / sizeof(json_columns[0]));
	else
		report_init(&r, "regions", table_columns,
			sizeof(table_columns) / sizeof(table_columns[0]));
	for (size_t i = 0; i < count; i++)
		add_region(&r, &regions[i], json);
	report_end(&r, json);
	free(array);
	return EXIT_OK;
}
