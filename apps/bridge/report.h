/* SPDX-License-Identifier: BSD-2-Clause */
/* The output of a running bridge. */
#ifndef BRIDGE_REPORT_H
#define BRIDGE_REPORT_H

#include "pair.h"

struct report {
	struct rate_clock clock;
	struct counts last[2];		/* at the rate line before */
};

void report_opened(const struct pair *p);
void report_rates_if_due(struct report *r, const struct pair *p);
void report_totals(const struct report *r, const struct pair *p);

#endif
