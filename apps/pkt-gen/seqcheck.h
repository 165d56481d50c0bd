/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receiver's check of stamped packets: which were lost, duplicated, reordered or corrupted, per
 * flow. A checker belongs to one thread; totals can be added up afterwards.
 */
#ifndef PKTGEN_SEQCHECK_H
#define PKTGEN_SEQCHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

struct seq_totals {
	uint64_t flows;
	uint64_t good;		/* packets with a valid stamp */
	uint64_t lost;		/* gaps that were not filled later */
	uint64_t missed;	/* before the first packet of a flow: sent too early, or lost */
	uint64_t duplicated;
	uint64_t reordered;	/* arrived after a later packet */
	uint64_t corrupted;
	uint64_t foreign;	/* no stamp; not an error */
};

struct seqcheck;

/* Return NULL without memory. */
struct seqcheck *seqcheck_new(enum seq_scope scope);
void seqcheck_free(struct seqcheck *c);

void seqcheck_packet(struct seqcheck *c, const uint8_t *ether, unsigned int len);

/* Add the checker's totals to *sum. */
void seqcheck_add(const struct seqcheck *c, struct seq_totals *sum);

bool seq_totals_is_clean(const struct seq_totals *t);

#endif
