/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening and closing all that one run needs: ports, capture file, addresses, accounts. */
#ifndef PKTGEN_SESSION_H
#define PKTGEN_SESSION_H

#include "worker.h"

/* Returns 0, or -1 with nothing left open. */
int session_open(struct session *s, const struct options *opt, struct errmsg *err);
void session_close(struct session *s);

/* Starts every worker; on failure those that run are told to stop. */
int session_start(struct session *s, struct errmsg *err);
/* Wakes all workers that sleep in a call, once; call again until they have ended. */
void session_wake(struct session *s);
bool session_has_ended(struct session *s);
void session_join(struct session *s);

/* The signal that session_wake() sends: the caller gives it a handler that does nothing. */
#define SESSION_SIGNAL SIGUSR1

#endif
