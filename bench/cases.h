/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases that are measured. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include <stdint.h>

enum kind {
	KIND_VALE,	/* port to port, to pkt-gen's default address */
	KIND_UNICAST,	/* port to port, to an address that the switch has learnt */
	KIND_TX_ONLY,	/* a switch with only the sender */
	KIND_PIPE,
};

struct bench_case {
	enum kind kind;
	uint32_t burst;
	uint32_t slots;		/* in each ring */
	uint32_t ports;		/* on the switch, sender and receiver included */
	uint32_t divide;	/* divides the number of packets, for a slow case */
};

extern const struct bench_case bench_cases[];
extern const unsigned int bench_case_count;

const char *kind_name(enum kind kind);

#endif
