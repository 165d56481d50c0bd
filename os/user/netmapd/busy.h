/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Busy mode: a thread polls the rings of all clients and syncs those that moved, so that programs
 * need no request for each batch: frames are sent and received without one.
 */
#ifndef NETMAPD_BUSY_H
#define NETMAPD_BUSY_H

/* Start the thread if the setting says so. Called before the workers start. Returns 0 or -errno. */
int busy_start(void);
/* Called before the files are closed at the end. */
void busy_stop(void);
/* A client has requested a sync, so there is traffic: wake the thread. Any thread. */
void busy_note(void);

#endif
