/* SPDX-License-Identifier: BSD-2-Clause */
/* Listings of NETMAP_REQ_INSPECT: see inspect.h. */
#include "inspect.h"

#include <stdlib.h>
#include <unistd.h>

#define PAGE_RECS	7u	/* few, so that the cursor is used */

static int inspect_fd(int fd, uint32_t what, const char *name, char *recs, uint32_t size,
		      unsigned int max)
{
	struct nmreq_inspect q = { .what = what, .rec_size = size };
	unsigned int n = 0;
	int err;

	while (n < max) {
		q.count = max - n < PAGE_RECS ? max - n : PAGE_RECS;
		q.data = (uintptr_t)(recs + (size_t)n * size);
		err = ctrl(fd, NETMAP_REQ_INSPECT, name, &q);
		if (err)
			return err;
		if (!q.count)
			break;
		n += q.count;
	}
	return n;
}

int inspect(uint32_t what, const char *name, void *recs, uint32_t size, unsigned int max)
{
	int fd = dev_open();
	int n = inspect_fd(fd, what, name, recs, size, max);

	close(fd);
	return n;
}

#define MAX_RECS	4096u

/* All records of one kind in memory to be freed; their number in *n. */
static void *inspect_all(uint32_t what, const char *name, uint32_t size, int *n)
{
	void *recs = calloc(MAX_RECS, size);

	if (!recs)
		give_up("memory for a listing");
	*n = inspect(what, name, recs, size, MAX_RECS);
	return recs;
}

bool inspect_port(const char *name, struct nm_info_port *out)
{
	int i, n;
	struct nm_info_port *p = inspect_all(NM_INSPECT_PORTS, "", sizeof(*p), &n);
	bool found = false;

	for (i = 0; i < n && !found; i++) {
		if (strcmp(p[i].name, name))
			continue;
		*out = p[i];
		found = true;
	}
	free(p);
	return found;
}

bool inspect_ring(const char *port, uint32_t dir, uint32_t ringid, struct nm_info_ring *out)
{
	int i, n;
	struct nm_info_ring *r = inspect_all(NM_INSPECT_RINGS, port, sizeof(*r), &n);
	bool found = false;

	for (i = 0; i < n && !found; i++) {
		if (strcmp(r[i].port, port) || r[i].dir != dir || r[i].ringid != ringid)
			continue;
		*out = r[i];
		found = true;
	}
	free(r);
	return found;
}

bool inspect_region(uint32_t id, struct nm_info_region *out)
{
	int i, n;
	struct nm_info_region *r = inspect_all(NM_INSPECT_REGIONS, "", sizeof(*r), &n);
	bool found = false;

	for (i = 0; i < n && !found; i++) {
		if (r[i].id != id)
			continue;
		*out = r[i];
		found = true;
	}
	free(r);
	return found;
}

int64_t inspect_alive(void)
{
	struct nm_info_object o[64];
	int i, n = inspect(NM_INSPECT_OBJECTS, "", o, sizeof(o[0]), 64);
	int64_t alive = 0;

	for (i = 0; i < n; i++)
		alive += o[i].created - o[i].destroyed;
	return n < 0 ? n : alive;
}

uint32_t inspect_setting(const char *name)
{
	int i, n;
	struct nm_info_tunable *t = inspect_all(NM_INSPECT_TUNABLES, "", sizeof(*t), &n);
	uint32_t value = 0;

	for (i = 0; i < n; i++) {
		if (!strcmp(t[i].name, name))
			value = t[i].value;
	}
	free(t);
	return value;
}

int64_t inspect_settled(int64_t wanted)
{
	int tries;

	for (tries = 0; tries < 500 && inspect_alive() != wanted; tries++)
		sleep_ms(20);
	return inspect_alive();
}

/* One is the asking file itself. */
int64_t inspect_alive_alone(void)
{
	int tries;

	for (tries = 0; tries < 50 && inspect_alive() > 1; tries++)
		sleep_ms(20);
	return inspect_alive();
}
