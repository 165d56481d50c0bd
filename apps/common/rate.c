// SPDX-License-Identifier: BSD-2-Clause
/* The rate lines and totals of all tools. */
#include "rate.h"

#include "clock.h"
#include "number.h"

typedef unsigned long long ull;

void rate_start(struct rate_clock *c, unsigned int ms)
{
	uint64_t now = clock_now();

	*c = (struct rate_clock){
		.start = now,
		.last = now,
		.now = now,
		.step = ms * NSEC_PER_MSEC,
		.next = ms > 0 ? now + ms * NSEC_PER_MSEC : UINT64_MAX,
	};
}

bool rate_is_due(struct rate_clock *c)
{
	if (c->next == UINT64_MAX)
		return false;
	c->now = clock_now();
	return c->now >= c->next;
}

void rate_done(struct rate_clock *c)
{
	c->last = c->now;
	c->next += c->step;
}

int rate_timeout(const struct rate_clock *c)
{
	uint64_t now;

	if (c->next == UINT64_MAX)
		return -1;
	now = clock_now();
	if (c->next <= now)
		return 0;
	return (int)((c->next - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
}

double rate_elapsed(const struct rate_clock *c)
{
	return (double)(clock_now() - c->start) / (double)NSEC_PER_SEC;
}

void rate_print(FILE *out, double at, const char *name, double packets_per_second,
		double bits_per_second)
{
	char pps[NUMBER_LEN], bps[NUMBER_LEN];

	fprintf(out, "%8.3f s\t%s%s%s\t%s", at, name ? name : "", name ? "\t" : "",
		number_format(pps, packets_per_second, "pps"),
		number_format(bps, bits_per_second, "bps"));
}

void rate_print_counts(FILE *out, const struct rate_clock *c, const char *name,
		       const struct counts *before, const struct counts *now)
{
	double seconds = (double)(c->now - c->last) / (double)NSEC_PER_SEC;

	rate_print(out, (double)(c->now - c->start) / (double)NSEC_PER_SEC, name,
		   (double)(now->packets - before->packets) / seconds,
		   8 * (double)(now->bytes - before->bytes) / seconds);
	fprintf(out, "\t%llu drops\n", (ull)(now->drops - before->drops));
}

void rate_print_total(FILE *out, const char *label, const char *name, const struct counts *c)
{
	fprintf(out, "%s\t%s%s%llu packets\t%llu bytes\t%llu drops\n", label, name ? name : "",
		name ? "\t" : "", (ull)c->packets, (ull)c->bytes, (ull)c->drops);
}
