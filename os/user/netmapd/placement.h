/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On which CPU a thread runs that serves one client, and how long it looks for work before
 * it sleeps. All functions are the thread's own to call.
 */
#ifndef NETMAPD_PLACEMENT_H
#define NETMAPD_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

struct placement {
	uint32_t cpu;		/* pinned to; NO_CPU: to none */
	uint32_t client_cpu;	/* where the client was seen last */
	uint32_t seen;		/* requests from there, one after another */
	uint64_t worked_at;	/* ns; the last request */
	uint64_t moved_at;
	bool is_active;		/* counted among those at work, asleep between batches or not */
	bool is_apart;		/* on another CPU than the client */
};

void placement_begin(struct placement *p);
void placement_end(struct placement *p);
/* Before each look for work: the client says where it runs, which may be a lie. */
void placement_choose(struct placement *p, uint32_t client_cpu);
void placement_worked(struct placement *p);
/* There was nothing to do: look again, or sleep? */
bool placement_may_look_again(struct placement *p);
/* Nothing came for PLACEMENT_IDLE_MS of sleep: the client is not at work any more. */
#define PLACEMENT_IDLE_MS	100
void placement_idle(struct placement *p);

#endif
