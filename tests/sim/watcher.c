/* SPDX-License-Identifier: BSD-2-Clause */
/* Read listings all the time, and check that they are plausible. */
#include <time.h>

#include "sim.h"

static int page(struct client *q, uint32_t what, void *rec, uint32_t size, uint32_t count,
		uint64_t *cursor)
{
	struct nmreq_inspect body = { .what = what, .rec_size = size, .count = count,
		.cursor = *cursor,
		.data = (uintptr_t)rec };
	int err = client_ctrl(q, NETMAP_REQ_INSPECT, "", &body, NULL);

	*cursor = body.cursor;
	return err ? -1 : (int)body.count;
}

static void rings_check(struct client *q)
{
	struct nm_info_ring rec[16];
	uint64_t cursor = 0;
	int n, i;

	while ((n = page(q, NM_INSPECT_RINGS, rec, sizeof(rec[0]), 16, &cursor)) > 0)
		for (i = 0; i < n; i++)
			if (rec[i].head >= rec[i].num_slots || rec[i].cur >= rec[i].num_slots ||
			    rec[i].tail >= rec[i].num_slots)
				sim_wrong("ring %u of %s: head %u, cur %u, tail %u of %u",
					  rec[i].ringid, rec[i].port,
					  rec[i].head, rec[i].cur, rec[i].tail, rec[i].num_slots);
}

static void pool_check(const struct nm_info_pool *p, const char *name, uint32_t region)
{
	if (p->used > p->total || p->total > p->limit)
		sim_wrong("region %u, %s: %u used of %u of %u", region, name, p->used, p->total,
			  p->limit);
}

static void regions_check(struct client *q)
{
	struct nm_info_region rec[16];
	uint64_t cursor = 0;
	int n, i;

	while ((n = page(q, NM_INSPECT_REGIONS, rec, sizeof(rec[0]), 16, &cursor)) > 0) {
		for (i = 0; i < n; i++) {
			pool_check(&rec[i].ifs, "interfaces", rec[i].id);
			pool_check(&rec[i].rings, "rings", rec[i].id);
			pool_check(&rec[i].bufs, "buffers", rec[i].id);
			if (good_is_region((uint16_t)rec[i].id) && rec[i].bad_frees)
				sim_wrong("a bad free in region %u of a well-behaved client",
					  rec[i].id);
		}
	}
}

static void ports_check(struct client *q)
{
	struct nm_info_port rec[16];
	uint64_t cursor = 0;
	int n, i, good = 0;
	bool whole = true;

	while ((n = page(q, NM_INSPECT_PORTS, rec, sizeof(rec[0]), 16, &cursor)) > 0)
		for (i = 0; i < n; i++)
			good += rec[i].kind != NM_KIND_NULL &&
				(!strcmp(rec[i].name, GOOD_A) || !strcmp(rec[i].name, GOOD_PIPE_B));
	whole = n == 0;
	if (whole && good != 2)
		sim_wrong("the well-behaved clients' ports are listed %d times instead of twice",
			  good);
}

void *watcher_run(void *arg)
{
	const struct timespec pause = { 0, 2000000 };
	struct client *q = client_new();

	while (!sim_is_over()) {
		rings_check(q);
		regions_check(q);
		ports_check(q);
		nanosleep(&pause, NULL);
	}
	client_end(q);
	return arg;
}
