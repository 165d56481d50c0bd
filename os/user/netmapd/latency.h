/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeping idle CPUs awake. A request that wakes a thread on a CPU which sleeps deeply waits
 * for that CPU as long as for six requests; with the kernel asked for a latency of 0
 * (/dev/cpu_dma_latency) none sleeps deeply. The price is power: while it is held an idle CPU spins
 * in its idle loop. So "auto" holds it only while requests come quickly.
 */
#ifndef NETMAPD_LATENCY_H
#define NETMAPD_LATENCY_H

/* Before rights are given up: as the setting says. */
void latency_start(void);
/* For each message served. Any thread. */
void latency_note(void);
#endif
