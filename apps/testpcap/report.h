/* SPDX-License-Identifier: BSD-2-Clause */
/* The output of a running testpcap. */
#ifndef TESTPCAP_REPORT_H
#define TESTPCAP_REPORT_H

#include "options.h"
#include "side.h"

#define DIRECTION_LEN	256

struct report {
	const struct options *opt;
	const struct side *sides;	/* two */
	struct rate_clock clock;
	struct counts last[2];		/* at the rate line before */
};

void report_start(struct report *r, const struct options *opt, const struct side *sides);
void report_rates_if_due(struct report *r);
void report_totals(const struct report *r);

#endif
