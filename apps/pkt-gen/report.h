/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user sees: the line of each interval and the summary at the end, as text or JSON. */
#ifndef PKTGEN_REPORT_H
#define PKTGEN_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "worker.h"

#define REPORT_WINDOW	15	/* intervals that --average looks back */

struct sample {
	uint64_t packets, bytes, batches, rtt_ns;
};

struct report {
	const struct options *opt;
	FILE *out;			/* of the lines; standard error when JSON has the other */
	uint64_t start, last_ns;
	struct sample last;
	double window[REPORT_WINDOW];	/* packets/s of the latest intervals */
	uint64_t intervals;
};

void report_init(struct report *r, const struct options *opt, uint64_t now);
/* Says what port was opened and how. */
void report_opened(const struct report *r, const struct session *s);
/* An interval has ended. */
void report_interval(struct report *r, struct session *s, uint64_t now);

/* All that a run gave, once its threads have been joined. */
struct summary {
	struct sample total;
	double seconds;
	uint64_t unsent, unanswered;
	struct seq_totals seq;
	const struct rtt *rtt;		/* NULL except for ping */
	bool was_interrupted;
};

void summary_make(struct summary *sum, const struct session *s, bool was_interrupted);
void summary_print_text(const struct summary *sum, const struct options *opt);
/* -1 if it cannot be written. */
int summary_print_json(const struct summary *sum, const struct options *opt);
/* Did --seq or ping find anything wrong, or did fewer packets come or go than --count asked for? */
bool summary_is_clean(const struct summary *sum, const struct options *opt);

/* Bits of so many packets on the wire: --framing adds CRC, preamble and gap. */
double report_bits(const struct options *opt, uint64_t packets, uint64_t bytes);

#endif
