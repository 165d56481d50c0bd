/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeping idle CPUs awake. To wake a thread on a CPU in deep sleep takes as long as six requests.
 * While a process requests a latency of 0 from /dev/cpu_dma_latency, no CPU sleeps deeply. The
 * price is power: idle CPUs spin in their idle loop. So 'auto' requests it only while messages
 * arrive quickly.
 */
#ifndef NETMAPD_LATENCY_H
#define NETMAPD_LATENCY_H

/* Start as the setting says. Called before privileges are given up. */
void latency_start(void);
/* Count a message that was served. Any thread. */
void latency_note(void);
#endif
