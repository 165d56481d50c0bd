// SPDX-License-Identifier: BSD-2-Clause
/* nmreplay: the models as they are written, and schedules made of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../apps/nmreplay/schedule.h"
#include "tap.h"

#define PACKETS 10000u

static struct errmsg err;

static void test_bandwidth(void)
{
	struct bandwidth m;

	ok(bandwidth_parse(&m, "10M", &err) == 0 && m.kind == BANDWIDTH_CONSTANT && m.bps == 10e6,
	   "10M");
	ok(bandwidth_parse(&m, "constant,2.5k", &err) == 0 && m.bps == 2500, "constant");
	ok(bandwidth_time(&m, 100) == 800 / 2500.0 * 1e9, "100 bytes at 2500 bit/s");
	ok(bandwidth_parse(&m, "ether,10G", &err) == 0 && m.kind == BANDWIDTH_ETHER, "ether");
	ok(fabs(bandwidth_time(&m, 60) - 67.2) < 1e-9, "the 67.2 ns of the smallest frame");
	ok(bandwidth_parse(&m, "real", &err) == 0 && m.kind == BANDWIDTH_REAL && m.speedup == 1,
	   "real");
	ok(bandwidth_parse(&m, "real,2.5", &err) == 0 && m.speedup == 2.5, "real with speedup");
	ok(bandwidth_parse(&m, "0", &err) == 0 && bandwidth_time(&m, 1500) == 0, "no limit");
	ok(bandwidth_parse(&m, "", &err) && bandwidth_parse(&m, "10X", &err) &&
		   bandwidth_parse(&m, "ether", &err) && bandwidth_parse(&m, "real,0", &err) &&
		   bandwidth_parse(&m, "real,1,2", &err) && bandwidth_parse(&m, "-1", &err) &&
		   bandwidth_parse(&m, "fast,1", &err) && bandwidth_parse(&m, "nan", &err) &&
		   bandwidth_parse(&m, "inf", &err) && bandwidth_parse(&m, "1kk", &err),
	   "texts that are no model");
}

static void test_delay(void)
{
	struct delay m;

	ok(delay_parse(&m, "2", &err) == 0 && m.a == 2e9, "seconds");
	ok(delay_parse(&m, "constant,10m", &err) == 0 && m.a == 10e6, "milliseconds");
	ok(delay_parse(&m, "uniform,5u,7u", &err) == 0 && m.kind == DELAY_UNIFORM && m.a == 5e3 &&
		   m.b == 7e3,
	   "uniform");
	ok(delay_parse(&m, "exp,100n,1.5u", &err) == 0 && m.kind == DELAY_EXP && m.b == 1500,
	   "exponential");
	ok(delay_parse(&m, "uniform,7u,5u", &err) && delay_parse(&m, "uniform,5u", &err) &&
		   delay_parse(&m, "5h", &err) && delay_parse(&m, "exp", &err) &&
		   delay_parse(&m, "2000000", &err) && delay_parse(&m, "so,1,2", &err) &&
		   delay_parse(&m, "", &err),
	   "texts that are no model");
}

static void test_loss(void)
{
	struct loss m;

	ok(loss_parse(&m, "0.01", &err) == 0 && m.kind == LOSS_PACKETS && m.rate == 0.01,
	   "a share");
	ok(loss_parse(&m, "plr,1e-3", &err) == 0 && m.rate == 1e-3, "of packets");
	ok(loss_parse(&m, "ber,1e-9", &err) == 0 && m.kind == LOSS_BITS, "of bits");
	ok(loss_parse(&m, "1.1", &err) && loss_parse(&m, "plr", &err) &&
		   loss_parse(&m, "ber,x", &err) && loss_parse(&m, "-0.1", &err),
	   "texts that are no model");
}

/* A packet each 10 us, of 100 bytes. */
static void trace_make(struct trace *t)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->packets = calloc(PACKETS, sizeof(t->packets[0]));
	for (i = 0; i < PACKETS; i++)
		t->packets[i] = (struct trace_packet){ 10000 * i, 0, 100, 100 };
	t->count = PACKETS;
}

static struct models plain(void)
{
	return (struct models){
		.bandwidth = { .kind = BANDWIDTH_REAL, .speedup = 1 },
		.seed = 1,
	};
}

static void test_times(const struct trace *t)
{
	struct models m = plain();
	struct schedule s;
	size_t i, wrong = 0;

	schedule_make(&s, t, &m, &err);
	for (i = 0; i < s.count; i++)
		wrong += s.departures[i].at != 10000 * i || s.departures[i].packet != i;
	ok(s.count == PACKETS && wrong == 0 && s.bytes == 100 * PACKETS, "the times of the file");
	schedule_free(&s);

	m.bandwidth.speedup = 4;
	schedule_make(&s, t, &m, &err);
	ok(s.departures[100].at == 250000, "four times as fast");
	schedule_free(&s);

	bandwidth_parse(&m.bandwidth, "8M", &err);
	delay_parse(&m.delay, "1m", &err);
	schedule_make(&s, t, &m, &err);
	ok(s.departures[0].at == 1100000 && s.departures[99].at == 100 * 100000 + 1000000,
	   "one after the other, each 100 us, and then 1 ms more");
	schedule_free(&s);
}

static void test_random(const struct trace *t)
{
	struct models m = plain();
	struct schedule s, again;
	size_t i, backward = 0, beyond = 0;
	double sum = 0;

	delay_parse(&m.delay, "uniform,1m,3m", &err);
	schedule_make(&s, t, &m, &err);
	for (i = 1; i < s.count; i++)
		backward += s.departures[i].at < s.departures[i - 1].at;
	for (i = 0; i < s.count; i++)
		beyond += s.departures[i].at < 10000 * i + 1000000 ||
			  s.departures[i].at > 10000 * i + 3000000;
	ok(backward == 0 && beyond == 0, "uniform delays stay within bounds and in order");
	schedule_make(&again, t, &m, &err);
	ok(memcmp(s.departures, again.departures, s.count * sizeof(s.departures[0])) == 0,
	   "one seed, one schedule");
	schedule_free(&again);
	m.seed = 2;
	schedule_make(&again, t, &m, &err);
	ok(memcmp(s.departures, again.departures, s.count * sizeof(s.departures[0])) != 0,
	   "another seed, another one");
	schedule_free(&again);
	schedule_free(&s);

	delay_parse(&m.delay, "exp,1u,3u", &err);
	schedule_make(&s, t, &m, &err);
	for (i = 0; i < s.count; i++)
		sum += (double)s.departures[i].at - 10000.0 * (double)i;
	/* the deviation of the mean is 2 us / 100 */
	ok(fabs(sum / PACKETS - 3000) < 200, "exponential: mean of 3 us (%.0f ns)", sum / PACKETS);
	schedule_free(&s);
}

/* Times that no clock has are far in the future, and still in order. */
static void test_far(void)
{
	struct trace_packet packets[3] = {
		{ .at = 0, .len = 60, .wire_len = 60 },
		{ .at = UINT64_MAX / 2, .len = 60, .wire_len = 60 },
		{ .at = UINT64_MAX, .len = 60, .wire_len = 60 },
	};
	const struct trace t = { .count = 3, .packets = packets };
	struct models m = plain();
	struct schedule s;

	schedule_make(&s, &t, &m, &err);
	ok(s.departures[0].at == 0 && s.departures[1].at <= s.departures[2].at &&
		   s.departures[2].at == 9000000000000000000ull,
	   "times beyond any clock");
	schedule_free(&s);
	bandwidth_parse(&m.bandwidth, "real,1e-300", &err);
	schedule_make(&s, &t, &m, &err);
	ok(s.departures[1].at == 9000000000000000000ull, "a speed that is next to none");
	schedule_free(&s);
}

static void test_lost(const struct trace *t)
{
	struct models m = plain();
	struct schedule s;

	loss_parse(&m.loss, "0.1", &err);
	schedule_make(&s, t, &m, &err);
	/* the deviation is 30 */
	ok(s.lost > 850 && s.lost < 1150 && s.count + s.lost == PACKETS,
	   "a tenth of packets is lost (%zu)", s.lost);
	schedule_free(&s);
	loss_parse(&m.loss, "ber,1e-4", &err);
	schedule_make(&s, t, &m, &err);
	/* 1 - 0.9999^800 = 0.0769; the deviation is 27 */
	ok(s.lost > 630 && s.lost < 910, "bits: 800 of them to a packet (%zu)", s.lost);
	schedule_free(&s);
	loss_parse(&m.loss, "1", &err);
	schedule_make(&s, t, &m, &err);
	ok(s.count == 0 && s.lost == PACKETS, "all of them");
	schedule_free(&s);
}

static void test_reorder(const struct trace *t)
{
	struct models m = plain();
	struct schedule s;
	size_t i, ahead = 0, backward = 0;

	delay_parse(&m.delay, "1m", &err);
	m.reorder = 0.1;
	schedule_make(&s, t, &m, &err);
	for (i = 1; i < s.count; i++) {
		backward += s.departures[i].at < s.departures[i - 1].at;
		ahead += s.departures[i].packet < s.departures[i - 1].packet;
	}
	ok(backward == 0 && ahead > 500 && ahead < 1500, "a tenth goes ahead (%zu)", ahead);
	schedule_free(&s);
}

int main(void)
{
	struct trace t;

	test_bandwidth();
	test_delay();
	test_loss();
	trace_make(&t);
	test_times(&t);
	test_random(&t);
	test_lost(&t);
	test_reorder(&t);
	test_far();
	free(t.packets);
	return tap_finish();
}
