/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads that read and answer the kernel's messages. */
#ifndef NETMAPD_WORKERS_H
#define NETMAPD_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Start this many threads, which stay; more are started while some are blocked. Returns 0 or
 * -errno.
 */
int workers_start(unsigned int base);
/* Wait until the kernel has closed the connection, or workers_end(). */
void workers_wait(void);
/* Make all workers end after the messages that are there. Async-signal-safe. */
void workers_end(void);
/*
 * The calling worker serves a release and has detached the file's port: from now on only requests
 * of that user wait for it, which may use again what it frees. Does nothing in other threads.
 */
void workers_detached(uint32_t uid);
/* Interrupt that message, whose caller got a signal. Returns false if no worker has it now. */
bool workers_interrupt(uint64_t unique);

#endif
