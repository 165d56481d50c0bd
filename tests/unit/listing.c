/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of NETMAP_REQ_INSPECT, asked for by a separate client. See client.h. */
#include "client.h"

static uint32_t list(uint32_t what, const char *name, void *rec, uint32_t rec_size, uint32_t count)
{
	struct nmreq_inspect body = { .what = what, .rec_size = rec_size, .count = count,
				      .data = (uintptr_t)rec };
	struct client *p = client_new();
	int err = client_ctrl(p, NETMAP_REQ_INSPECT, name, &body, NULL);

	client_end(p);
	return err ? 0 : body.count;
}

struct nm_info_ring ring_info(const char *port, uint32_t dir, uint32_t ring)
{
	struct nm_info_ring rec[64];
	uint32_t i, n = list(NM_INSPECT_RINGS, port, rec, sizeof(rec[0]), 64);

	for (i = 0; i < n; i++)
		if (rec[i].dir == dir && rec[i].ringid == ring)
			return rec[i];
	return (struct nm_info_ring){ .ringid = UINT16_MAX };
}

struct nm_info_region region_info(uint16_t id)
{
	struct nm_info_region rec[64];
	uint32_t i, n = list(NM_INSPECT_REGIONS, "", rec, sizeof(rec[0]), 64);

	for (i = 0; i < n; i++)
		if (rec[i].id == id)
			return rec[i];
	return (struct nm_info_region){ .id = 0 };
}
