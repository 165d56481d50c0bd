/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads on CPUs. */
#ifndef APPS_AFFINITY_H
#define APPS_AFFINITY_H

/* CPUs that are there, at least 1. */
int affinity_cpus(void);

/* Binds the calling thread to one CPU: 0, or an errno value. */
int affinity_pin(int cpu);

#endif
