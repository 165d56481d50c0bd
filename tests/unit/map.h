/* SPDX-License-Identifier: BSD-2-Clause */
/* A program's map of a region: one for each region, shared by all clients that map it. */
#ifndef MAP_H
#define MAP_H

#include "client.h"

struct map *map_get(struct nm_region *r);
void map_put(struct map *m);	/* NULL is fine */
void *map_at(struct map *m, uint64_t off, size_t bytes);

#endif
