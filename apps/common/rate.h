/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts of packets, and the lines that show them: one format for all tools. A rate line is about
 * the interval since the line before.
 */
#ifndef APPS_RATE_H
#define APPS_RATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct counts {
	uint64_t packets, bytes;
	uint64_t drops;		/* packets that got lost here */
};

static inline void counts_add(struct counts *sum, const struct counts *c)
{
	sum->packets += c->packets;
	sum->bytes += c->bytes;
	sum->drops += c->drops;
}

/* When rate lines are due. All times in ns of the monotonic clock. */
struct rate_clock {
	uint64_t start;		/* of the run */
	uint64_t last;		/* the line before, or the start */
	uint64_t now;		/* as rate_is_due() found it */
	uint64_t next;		/* UINT64_MAX: no lines */
	uint64_t step;
};

/* Start the run, with a line every ms; 0 for none. */
void rate_start(struct rate_clock *c, unsigned int ms);

/* True if a line is due. Call rate_done() after printing it. */
bool rate_is_due(struct rate_clock *c);
void rate_done(struct rate_clock *c);

/* Return the timeout of poll(), ms, until the next line is due; -1 for none. */
int rate_timeout(const struct rate_clock *c);

/* Return the seconds since the start of the run. */
double rate_elapsed(const struct rate_clock *c);

/*
 * Print "at s <tab> name <tab> pps <tab> bps" without the end of the line. name may be NULL.
 */
void rate_print(FILE *out, double at, const char *name, double packets_per_second,
		double bits_per_second);

/* Print the whole line: the rates between two counts, and the drops. */
void rate_print_counts(FILE *out, const struct rate_clock *c, const char *name,
		       const struct counts *before, const struct counts *now);

/* Print "label: <tab> name <tab> packets <tab> bytes <tab> drops". name may be NULL. */
void rate_print_total(FILE *out, const char *label, const char *name, const struct counts *c);

#endif
