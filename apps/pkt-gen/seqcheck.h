/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receiver's account of stamped packets: what was lost, came twice, out of order or
 * altered, per flow. One checker belongs to one thread; totals can be added up afterwards.
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
	uint64_t missed;	/* before the first one of a flow: not listened to, or lost */
	uint64_t duplicated;
	uint64_t reordered;	/* came after a later one */
	uint64_t corrupted;
	uint64_t foreign;	/* no stamp; not counted as wrong */
};

struct seqcheck;

/* NULL when there is no memory. */
struct seqcheck *seqcheck_new(enum seq_scope scope);
void seqcheck_free(struct seqcheck *c);

void seqcheck_packet(struct seqcheck *c, const uint8_t *ether, unsigned int len);

/* Adds the checker's account to *sum. */
void seqcheck_add(const struct seqcheck *c, struct seq_totals *sum);

bool seq_totals_is_clean(const struct seq_totals *t);

#endif
