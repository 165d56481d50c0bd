/* SPDX-License-Identifier: BSD-2-Clause */
/* The netmapd under test, in namespaces that end with the bench. */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

/* Move this process into namespaces with a private /dev. Returns 0, or -1 after a message. */
int server_unshare(void);

/* Start netmapd on /dev/netmap, with settings NAME=VALUE; NULL entries are ignored. */
#define SERVER_SETTINGS	2
int server_start(const char *netmapd, const char *const settings[SERVER_SETTINGS]);
void server_end(void);

/* Move all its threads to one CPU; they may move again when clients do. */
int server_pin(int cpu);

#endif
