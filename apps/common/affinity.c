// SPDX-License-Identifier: BSD-2-Clause
/* Threads on CPUs, by way of the C library's non-portable calls. */
#include "affinity.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

int affinity_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (int)n : 1;
}

int affinity_pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return EINVAL;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}
