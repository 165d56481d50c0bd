/* SPDX-License-Identifier: BSD-2-Clause */
/* Time, sleeping, and CPU affinity. */
#ifndef BENCH_MOMENT_H
#define BENCH_MOMENT_H

#include <sched.h>
#include <stdint.h>
#include <time.h>

static inline uint64_t moment_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t moment_ms(void)
{
	return moment_ns() / 1000000u;
}

static inline void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* pid 0: the caller. */
static inline int run_on_cpu(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	return sched_setaffinity(pid, sizeof(set), &set);
}

#endif
