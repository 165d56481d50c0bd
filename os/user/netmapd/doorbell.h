/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's end of a doorbell (include/net/netmap_doorbell.h): a page that a client shares with
 * a thread of netmapd. The thread makes the syncs that the client requests there.
 */
#ifndef NETMAPD_DOORBELL_H
#define NETMAPD_DOORBELL_H

#include "../../../core/engine.h"
#include "../../../include/net/netmap_doorbell.h"
#include "../os_user.h"

struct doorbell;

/*
 * Open a doorbell for this client and the process pid: its NS_INDIRECT slots are read only if that
 * is the one that registered. *out gets the position of the page. Returns NULL with a reason on
 * failure.
 */
struct doorbell *doorbell_open(struct nm_client *c, pid_t pid, struct nmreq_doorbell *out,
			       struct nm_reason *reason);
/*
 * Serve the last request, then end the thread. Called before the client is closed. NULL does
 * nothing.
 */
void doorbell_close(struct doorbell *d);
/* Free all pages. Called after the last doorbell is closed. */
void doorbells_end(void);

#endif
