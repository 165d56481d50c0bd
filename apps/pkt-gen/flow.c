// SPDX-License-Identifier: BSD-2-Clause
/* Stepping through ranges of addresses and ports, in turn or at random. */
#include "flow.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "../common/clock.h"

/* xorshift64* */
uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dull;
}

uint64_t random_seed(void)
{
	uint64_t seed;

	/* Do not wait for entropy on a machine that has just booted: use the clock. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = clock_now();
	return seed | 1;
}

void flow_init(struct flow_side *s, const struct addr_range *range, bool is_random, uint64_t seed)
{
	memset(s, 0, sizeof(*s));
	s->range = range;
	s->is_random = is_random;
	s->is_whole = range->span == 0 && range->port_span == 0;
	s->state = seed | 1;
}

bool flow_is_constant(const struct flow_side *s)
{
	return !s->is_random && s->range->span == 0 && s->range->port_span == 0;
}

/* Return a number from 0 to span, by multiplication: the bias is below 2^-31. */
static uint32_t random_within(uint64_t *state, uint32_t span)
{
	return (uint32_t)(((random_next(state) >> 32) * ((uint64_t)span + 1)) >> 32);
}

/* Any port, and any address that differs in the last 32 bits. */
static void random_whole(struct flow_side *s, uint8_t *addr, uint16_t *port)
{
	unsigned int size = addr_size(s->range->family);
	uint64_t x = random_next(&s->state);

	memcpy(addr, s->range->first, size);
	memcpy(addr + size - 4, &x, 4);
	*port = (uint16_t)(x >> 48);
}

static void step(struct flow_side *s)
{
	if (s->port_at < s->range->port_span) {
		s->port_at++;
		return;
	}
	s->port_at = 0;
	s->addr_at = s->addr_at < s->range->span ? s->addr_at + 1 : 0;
}

void flow_next(struct flow_side *s, uint8_t *addr, uint16_t *port)
{
	if (s->is_random && s->is_whole) {
		random_whole(s, addr, port);
		return;
	}
	if (s->is_random) {
		s->addr_at = random_within(&s->state, s->range->span);
		s->port_at = (uint16_t)random_within(&s->state, s->range->port_span);
	}
	addr_nth(s->range, s->addr_at, addr);
	*port = (uint16_t)(s->range->port + s->port_at);
	if (!s->is_random)
		step(s);
}
