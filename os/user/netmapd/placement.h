/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chooses the CPU of a thread that serves one client, and how long the thread polls for work before
 * it sleeps. Only that thread calls these functions.
 */
#ifndef NETMAPD_PLACEMENT_H
#define NETMAPD_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

struct placement {
	uint32_t cpu;		/* pinned to; NO_CPU: to none */
	uint32_t client_cpu;	/* of the client's last request */
	uint32_t seen;		/* number of consecutive requests from there */
	uint64_t worked_at;	/* ns; time of the last request */
	uint64_t moved_at;	/* ns */
	bool is_active;		/* counted as active; it may sleep between batches */
	bool is_apart;		/* on another CPU than the client */
};

void placement_begin(struct placement *p);
void placement_end(struct placement *p);
/* Called before each poll for work, with the CPU that the client claims to run on. */
void placement_choose(struct placement *p, uint32_t client_cpu);
void placement_worked(struct placement *p);
/* Called when there was no request. Returns true to poll again, false to sleep. */
bool placement_may_poll(struct placement *p);
/* No request arrived in PLACEMENT_IDLE_MS of sleep: the client is no longer active. */
#define PLACEMENT_IDLE_MS	100
void placement_idle(struct placement *p);

#endif
