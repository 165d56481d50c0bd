/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile clients, each to be run in a process that is killed at any time. arg is a small number of
 * their own; they never return, unless they cannot go on.
 */
#ifndef SYSTEST_HOSTILE_H
#define SYSTEST_HOSTILE_H

#include <stddef.h>

#include "rng.h"

/* hostile_rings.c: one thread writes into rings while the other syncs and polls. */
int hostile_rings(void *arg);
/* Any word of the region: netmap_ifs, rings, free buffers, the list of extra ones. */
int hostile_region(void *arg);
/* hostile_requests.c: any request with any argument, on a few fds; mmaps of any size; no order. */
int hostile_requests(void *arg);
/* hostile_end.c: delete persistent ports that random requests made: a close does not free them. */
void hostile_clean_up(void);
/* hostile_lives.c: close the fd and unmap while a thread syncs and polls. */
int hostile_close(void *arg);
/* Open, bind and close as fast as possible. */
int hostile_churn(void *arg);
/* Both sides of a fork use one fd and one map; either may end first. */
int hostile_fork(void *arg);
/* hostile_memory.c: ports in a memfd that is overwritten, cut, holed and unmapped meanwhile. */
int hostile_extmem(void *arg);
/* CSB mode with a loop, and random writes to its blocks, rings and eventfds. */
int hostile_csb(void *arg);

/* hostile_limits.c: requests, syncs and doorbells that read memory which never answers. */
int hostile_hang(void *arg);
/* Files, ports and descriptors until none is left; extra buffers, rings and regions. */
int hostile_hoard(void *arg);
int hostile_descriptors(void *arg);
int hostile_big(void *arg);
int hostile_options(void *arg);		/* chains of options that are long or circles */
int hostile_map(void *arg);		/* pages touched, punched and locked */
int hostile_file(void *arg);		/* the device's file cut, filled and written */
int hostile_spy(void *arg);		/* monitors, pipes and regions of the good */
int hostile_pass(void *arg);		/* descriptors in sockets */

#define SIEGE_NAMES	4u

/* Shared with all processes; set before the first of them starts. */
struct siege {
	char names[SIEGE_NAMES][64];	/* ports of the good */
	uint32_t station;		/* destination of their frames */
	/* What must not succeed: */
	uint32_t is_wrong, monitored, piped, frames_seen;
};
extern struct siege *siege;
/* Memory of this process that never answers: hole_make() may need more rights than a user has. */
extern void *hole;
void *hole_make(void);

/* Within these files. */
void random_bytes(struct rng *r, char *p, size_t n);

#endif
