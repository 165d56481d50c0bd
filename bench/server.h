/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The netmapd under test, in a place of its own: a /dev and a network that go when we do.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

/* From here on this process and its children see a /dev of their own. 0, or -1 after saying why. */
int server_place(void);

/* Starts it on /dev/netmap, with settings NAME=VALUE, each NULL if it shall be as it comes. */
#define SERVER_SETTINGS	2
int server_start(const char *netmapd, const char *const settings[SERVER_SETTINGS]);
void server_end(void);

/* All its threads to one CPU; they may move again when clients do. */
int server_pin(int cpu);

#endif
