/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is measured.
 */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include <stdint.h>

enum kind {
	KIND_VALE,	/* port to port, to the address that pkt-gen takes by itself */
	KIND_UNICAST,	/* port to port, to an address that the switch has learnt */
	KIND_NOBODY,	/* a switch with the sender alone */
	KIND_PIPE,
};

struct bench_case {
	enum kind kind;
	uint32_t burst;
	uint32_t slots;		/* in each ring */
	uint32_t ports;		/* on the switch, sender and receiver included */
	uint32_t divide;	/* a costly case moves so many times fewer packets */
};

extern const struct bench_case bench_cases[];
extern const unsigned int bench_case_count;

const char *kind_name(enum kind kind);

#endif
