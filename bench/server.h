/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The netmapd under test, in a place of its own: a /dev and a network that go when we do.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

/* From here on this process and its children see a /dev of their own. 0, or -1 after saying why. */
int server_place(void);

/* Starts it on /dev/netmap; latency as the setting of that name, NULL for its default. */
int server_start(const char *netmapd, const char *latency);
void server_end(void);

/* All its threads to one CPU; they may move again when clients do. */
int server_pin(int cpu);

#endif
