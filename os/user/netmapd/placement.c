/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPUs of threads that serve one client each. See placement.h. */
#define OS_PLATFORM
#include <sched.h>

#include "../os_user.h"
#include "placement.h"

#define NO_CPU		UINT32_MAX
#define POLL_NS		50000u		/* time between requests of an active client */
#define MOVE_NS		1000000u	/* minimum time between two moves */
#define STEADY		4u		/* requests from one CPU before the thread follows */

static uint32_t active;	/* number of active clients; atomic */

void placement_begin(struct placement *p)
{
	*p = (struct placement){ .cpu = NO_CPU, .client_cpu = NO_CPU };
}

static void placement_set_active(struct placement *p, bool on)
{
	if (p->is_active == on)
		return;
	p->is_active = on;
	__atomic_fetch_add(&active, on ? 1 : (uint32_t)-1, __ATOMIC_RELAXED);
}

void placement_end(struct placement *p)
{
	placement_set_active(p, false);
}

static bool has_spare_cpu(void)
{
	return os_cpus() >= 2 * __atomic_load_n(&active, __ATOMIC_RELAXED);
}

static void placement_move(struct placement *p, uint32_t cpu, uint64_t now)
{
	cpu_set_t set;

	if (cpu == p->cpu || now - p->moved_at < MOVE_NS)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == 0)
		p->cpu = cpu;
	p->moved_at = now;
}

void placement_choose(struct placement *p, uint32_t client_cpu)
{
	uint32_t cpus = os_cpus();

	if (client_cpu != p->client_cpu) {
		p->client_cpu = client_cpu;
		p->seen = 0;
	}
	if (client_cpu >= cpus || p->seen < STEADY)
		return;
	p->is_apart = has_spare_cpu() && cpus > 1;
	placement_move(p, p->is_apart ? (client_cpu + cpus / 2) % cpus : client_cpu, p->worked_at);
}

void placement_worked(struct placement *p)
{
	p->worked_at = os_nanoseconds();
	if (p->seen < STEADY)
		p->seen++;
	placement_set_active(p, true);
}

bool placement_may_poll(struct placement *p)
{
	bool may = p->is_apart && os_nanoseconds() - p->worked_at < POLL_NS;

	if (may)
		__builtin_ia32_pause();
	return may;
}

void placement_idle(struct placement *p)
{
	placement_set_active(p, false);
}
