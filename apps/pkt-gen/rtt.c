// SPDX-License-Identifier: BSD-2-Clause
/* Classes of the histogram: linear up to 2^RTT_SUB_BITS, then 2^RTT_SUB_BITS per power of two. */
#include "rtt.h"

static unsigned int class_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < 1u << RTT_SUB_BITS)
		return (unsigned int)ns;
	shift = 63 - (unsigned int)__builtin_clzll(ns) - RTT_SUB_BITS;
	return ((shift + 1) << RTT_SUB_BITS) + (unsigned int)(ns >> shift) - (1u << RTT_SUB_BITS);
}

/* Return the largest time of a class. */
static uint64_t class_end(unsigned int class)
{
	unsigned int shift = class >> RTT_SUB_BITS;
	uint64_t low = class & ((1u << RTT_SUB_BITS) - 1);

	if (shift == 0)
		return low;
	shift--;
	return ((low + (1u << RTT_SUB_BITS) + 1) << shift) - 1;
}

void rtt_add(struct rtt *r, uint64_t ns)
{
	if (r->count == 0 || ns < r->min)
		r->min = ns;
	if (ns > r->max)
		r->max = ns;
	r->count++;
	r->sum += ns;
	r->classes[class_of(ns)]++;
}

double rtt_mean(const struct rtt *r)
{
	return r->count > 0 ? (double)r->sum / (double)r->count : 0;
}

uint64_t rtt_percentile(const struct rtt *r, double part)
{
	uint64_t below = 0, wanted = (uint64_t)((double)r->count * part + 0.5);
	unsigned int i;

	if (r->count == 0)
		return 0;
	if (wanted == 0)
		wanted = 1;
	for (i = 0; i < RTT_CLASSES; i++) {
		below += r->classes[i];
		if (below >= wanted)
			break;
	}
	return class_end(i) < r->max ? class_end(i) : r->max;
}
