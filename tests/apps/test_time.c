// SPDX-License-Identifier: BSD-2-Clause
/* Round trip statistics and rate keeping. */
#include "../../apps/pkt-gen/pace.h"
#include "../../apps/pkt-gen/rtt.h"
#include "tap.h"

static struct rtt rtt;

static bool is_near(uint64_t got, uint64_t want)
{
	return got >= want && got - want <= want / 50;
}

static void test_rtt(void)
{
	uint64_t i, v, wrong = 0;

	is_num((long long)rtt_percentile(&rtt, 0.5), 0, "no packets");
	for (i = 1; i <= 100000; i++)
		rtt_add(&rtt, i * 10);
	ok(rtt.min == 10 && rtt.max == 1000000 && rtt.count == 100000, "extremes");
	ok(rtt_mean(&rtt) > 500004 && rtt_mean(&rtt) < 500006, "mean");
	ok(is_near(rtt_percentile(&rtt, 0.5), 500000), "median");
	ok(is_near(rtt_percentile(&rtt, 0.99), 990000), "99 %%");
	is_num((long long)rtt_percentile(&rtt, 1), 1000000, "100 %%");
	is_num((long long)rtt_percentile(&rtt, 0), 10, "0 %%");
	for (v = 1; v < 1ull << 62; v = v * 3 / 2 + 1) {
		struct rtt one = { 0 };

		rtt_add(&one, v);
		wrong += rtt_percentile(&one, 0.5) != v;
	}
	is_num((long long)wrong, 0, "one packet of any time");
}

static void test_pace(void)
{
	uint64_t start = 1000 * NSEC_PER_SEC, due = 0;
	struct pace p;
	unsigned int i;

	pace_init(&p, 1000, start);
	for (i = 0; i < 1000; i++)
		due = pace_spend(&p, 10, due > start ? due : start);
	is_num((long long)(due - start), 10 * (long long)NSEC_PER_SEC, "10000 packets at 1000/s");
	due = pace_spend(&p, 1, start + 60 * NSEC_PER_SEC);
	is_num((long long)(due - start),
	       60 * (long long)NSEC_PER_SEC - (long long)PACE_LATE_MAX + (long long)NSEC_PER_MSEC,
	       "a long pause is not made up for");
	pace_init(&p, 0, start);
	ok(p.ns_per_packet <= 0, "no rate");
}

int main(void)
{
	test_rtt();
	test_pace();
	return tap_finish();
}
