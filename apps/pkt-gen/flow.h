/* SPDX-License-Identifier: BSD-2-Clause */
/* One side of the generated flows, source or destination: the next address and port. */
#ifndef PKTGEN_FLOW_H
#define PKTGEN_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

struct flow_side {
	const struct addr_range *range;
	bool is_random;
	bool is_whole;		/* random over all addresses, without a range */
	uint32_t addr_at;	/* distance from the first address */
	uint16_t port_at;
	uint64_t state;		/* of the random numbers, never 0 */
};

/* Independent sides need different seeds. */
void flow_init(struct flow_side *s, const struct addr_range *range, bool is_random, uint64_t seed);

/* True if all packets have the same address and port. */
bool flow_is_constant(const struct flow_side *s);

/* Get the address (16 bytes) and port, and step on: first through the ports, then the addresses. */
void flow_next(struct flow_side *s, uint8_t *addr, uint16_t *port);

/* Fast random numbers, not for cryptography. */
uint64_t random_next(uint64_t *state);
uint64_t random_seed(void);

#endif
