/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads that read the kernel's messages and answer them. */
#ifndef NETMAPD_WORKERS_H
#define NETMAPD_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

/* So many threads always, more while some of them are held up. 0 or -errno. */
int workers_start(unsigned int base);
/* Wait until the kernel has closed the connection, or workers_end(). */
void workers_wait(void);
void workers_end(void);		/* async-signal-safe */
/* That message's caller got a signal. false: no worker has it now. */
bool workers_interrupt(uint64_t unique);

#endif
