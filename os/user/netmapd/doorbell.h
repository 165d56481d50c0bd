/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's end of a doorbell (include/net/netmap_doorbell.h): a page that a client and a
 * thread of ours share. The thread makes the syncs that the client asks for there.
 */
#ifndef NETMAPD_DOORBELL_H
#define NETMAPD_DOORBELL_H

#include "../../../core/engine.h"
#include "../../../include/net/netmap_doorbell.h"
#include "../os_user.h"

struct doorbell;

/*
 * One for this client; pid is whose memory its NS_INDIRECT slots mean. *out says where the
 * page is. NULL and why, in words too, if there is none.
 */
struct doorbell *doorbell_open(struct nm_client *c, pid_t pid, struct nmreq_doorbell *out, int *err,
			       const char **reason);
/* Carries out what was asked last, then ends the thread. Before the client is closed. NULL is fine. */
void doorbell_close(struct doorbell *d);
/* After the last one is closed. */
void doorbells_end(void);

#endif
