/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening and closing what a run needs: ports, capture file, addresses, counters. */
#ifndef PKTGEN_SESSION_H
#define PKTGEN_SESSION_H

#include "worker.h"

/*
 * Begin a session, with the capture file if there is one. Before signals are blocked: a file may be
 * a pipe that has no end. Return 0, or -1 with nothing left allocated.
 */
int session_load(struct session *s, const struct options *opt, struct errmsg *err);
/* Open a session that was loaded. Return 0, or -1 with nothing left open. */
int session_open(struct session *s, struct errmsg *err);
void session_close(struct session *s);

/* Start all workers. On failure, set stop for those that run. */
int session_start(struct session *s, struct errmsg *err);
/* Interrupt the system calls of all workers, once; call again until they have ended. */
void session_wake(struct session *s);
bool session_has_ended(struct session *s);
void session_join(struct session *s);

/* The signal of session_wake(); the caller installs a handler that does nothing. */
#define SESSION_SIGNAL SIGUSR1

#endif
