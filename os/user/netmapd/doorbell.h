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
struct domain;

/*
 * Open a doorbell for this client of a domain and the process pid: its NS_INDIRECT slots are read
 * only if that is the one that registered. Returns NULL with a reason on failure.
 */
struct doorbell *doorbell_open(struct domain *domain, struct nm_client *c, pid_t pid,
			       struct nm_reason *reason);
/* Set *out to the position of its page. */
void doorbell_describe(const struct doorbell *d, struct nmreq_doorbell *out);
/*
 * Serve the last request, then end the thread and free the doorbell; then the client may be closed.
 * Returns true if that has happened. Returns false if the thread waits for its client's memory,
 * which may take for as long as that client likes: the thread then ends when it does not wait any
 * more, and calls ended(arg), where the client is closed. d may be NULL.
 */
bool doorbell_close(struct doorbell *d, void (*ended)(void *arg), void *arg);

#endif
