/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that the engine dropped instead of sending them, by cause: of the tx rings that a port has
 * bound, since it was opened. An engine without the listing of rings counts none.
 */
#ifndef APPS_DROPS_H
#define APPS_DROPS_H

#include <stdint.h>
#include <stdio.h>

#include <net/netmap_inspect.h>

#include "errmsg.h"

struct port;

struct drops {
	uint64_t by_cause[NM_DROP_CAUSES];
};

/* Note the counters of a port that has just been opened. */
void drops_begin(struct port *port);
/* Add what was dropped since then. Other programs that send by the same rings count too. */
void drops_collect(const struct port *port, struct drops *d);

uint64_t drops_total(const struct drops *d);

/*
 * For --strict: return 0 if nothing was dropped, by a tool or the engine, and no slot is still
 * queued; else -1 with err set.
 */
int drops_refuse(uint64_t packets, uint64_t slots, struct errmsg *err);

/*
 * Print "Dropped: <tab> name <tab> n packets: n cause, ...", with the causes as nmctl names them;
 * nothing if there are none.
 */
void drops_print(FILE *out, const char *name, const struct drops *d);

#endif
