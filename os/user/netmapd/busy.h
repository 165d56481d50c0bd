/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The busy mode: a thread that watches the rings of all clients and syncs those where
 * something moved, so that producers and consumers on other CPUs need no request for each batch.
 * Frames then leave, and come, without a sync being asked for.
 */
#ifndef NETMAPD_BUSY_H
#define NETMAPD_BUSY_H

/* As the setting says; before the workers. 0 or -errno. */
int busy_start(void);
/* Before the files are closed at the end. */
void busy_stop(void);
/* A client asked for a sync: there is traffic. Any thread. */
void busy_note(void);

#endif
