/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user sees of a running bridge. */
#ifndef BRIDGE_REPORT_H
#define BRIDGE_REPORT_H

#include "pair.h"

struct report {
	uint64_t start, last_ns;
	struct move_counts last[2];
};

void report_start(struct report *r, const struct pair *p, uint64_t now);
void report_rates(struct report *r, const struct pair *p, uint64_t now);
void report_totals(const struct report *r, const struct pair *p, uint64_t now);

#endif
