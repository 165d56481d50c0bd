/* SPDX-License-Identifier: BSD-2-Clause */
/* Listings of NETMAP_REQ_INSPECT. */
#ifndef SYSTEST_INSPECT_H
#define SYSTEST_INSPECT_H

#include "port.h"

/* Fills up to max records of size bytes, in pages of a few; how many, or -errno. */
int inspect(uint32_t what, const char *name, void *recs, uint32_t size, unsigned int max);
/* One port, by its name (and switch, or NULL); false if it is not listed. */
bool inspect_port(const char *name, struct nm_info_port *out);
/* Host rings are numbered after the card's. */
bool inspect_ring(const char *port, uint32_t dir, uint32_t ringid, struct nm_info_ring *out);
bool inspect_region(uint32_t id, struct nm_info_region *out);
uint32_t inspect_setting(const char *name);	/* 0 if there is none of that name */
/* Objects of all kinds that exist now. */
int64_t inspect_alive(void);
/* The same, once it is wanted, or ten seconds later: netmapd closes files in the background. */
int64_t inspect_settled(int64_t wanted);
/* The same before a test, once earlier tests' files are closed, or a second later. */
int64_t inspect_alive_alone(void);

#endif
