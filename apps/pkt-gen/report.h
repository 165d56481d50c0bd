/* SPDX-License-Identifier: BSD-2-Clause */
/* The output: a line per interval and the summary at the end, as text or JSON. */
#ifndef PKTGEN_REPORT_H
#define PKTGEN_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "worker.h"

#define REPORT_WINDOW	15	/* intervals that --average covers */

struct sample {
	uint64_t packets, bytes, batches, rtt_ns;
};

struct report {
	const struct options *opt;
	FILE *out;			/* of the lines: standard error with --json */
	uint64_t start, last_ns;
	struct sample last;
	double window[REPORT_WINDOW];	/* packets/s of the last intervals */
	uint64_t intervals;
};

void report_init(struct report *r, const struct options *opt, uint64_t now);
/* Print the opened port and its shape. */
void report_opened(const struct report *r, const struct session *s);
/* Print the rates of the interval that ends now. */
void report_interval(struct report *r, struct session *s, uint64_t now);

/* The result of a run, once its threads have been joined. */
struct summary {
	struct sample total;
	double seconds;
	uint64_t unsent, unanswered;
	struct drops dropped;
	const struct trace *trace;	/* empty without a capture file */
	struct seq_totals seq;
	const struct rtt *rtt;		/* NULL except for ping */
	bool was_interrupted;
};

void summary_make(struct summary *sum, const struct session *s, bool was_interrupted);
void summary_print_text(const struct summary *sum, const struct options *opt);
void summary_print_json(const struct summary *sum, const struct options *opt);
/*
 * True if --seq or ping found nothing wrong, no packets of --count are missing, and none was
 * dropped or left out of a capture file.
 */
bool summary_is_clean(const struct summary *sum, const struct options *opt);

/* Return the bits of these packets; --framing adds CRC, preamble and gap. */
double report_bits(const struct options *opt, uint64_t packets, uint64_t bytes);

#endif
