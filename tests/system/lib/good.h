/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Well-behaved clients for tests with hostile ones: a sender and a receiver, of two ports of a
 * switch or the two ends of a pipe, that check every byte.
 */
#ifndef SYSTEST_GOOD_H
#define SYSTEST_GOOD_H

#include "flow.h"

#define GOOD_SRC	0x7001u		/* stations in their frames */
#define GOOD_DST	0x7002u

struct good {
	struct flow_credit credit;
	struct flow_result result;
	const char *tx, *rx;
	uint32_t ready;
	bool is_lossless;	/* no client of others sends to these ports */
	int (*run)(int (*fn)(void *), void *arg);	/* NULL, or called first in each process */
};

/* Two processes; returns once the receiver is there. */
void good_start(struct good *g, pid_t pid[2]);
/* End them, and print a point for all that must hold. */
void good_end(struct good *g, pid_t pid[2], const char *what);

#endif
