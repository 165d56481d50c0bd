/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user sees of a running testpcap. */
#ifndef TESTPCAP_REPORT_H
#define TESTPCAP_REPORT_H

#include "options.h"
#include "side.h"

struct report {
	const struct options *opt;
	const struct side *sides;	/* two */
	uint64_t start, last_ns;
	uint64_t packets[2], bytes[2], drops[2];	/* at last_ns */
};

void report_start(struct report *r, const struct options *opt, const struct side *sides);
void report_rates(struct report *r, uint64_t now);
void report_totals(const struct report *r, uint64_t now);

#endif
