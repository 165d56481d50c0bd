// SPDX-License-Identifier: BSD-2-Clause
/* The summary at the end of a run, as text and as JSON. */
#include <stdio.h>

#include "../common/clock.h"
#include "../common/json.h"
#include "report.h"

typedef unsigned long long ull;

/* Percentiles shown; the names are keys of the JSON object too. */
static const struct {
	const char *name;
	double part;
} percentiles[] = {
	{ "p50", 0.50 },
	{ "p90", 0.90 },
	{ "p99", 0.99 },
	{ "p99.9", 0.999 },
};
#define PERCENTILES (sizeof(percentiles) / sizeof(percentiles[0]))

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static double us(double ns)
{
	return ns / (double)NSEC_PER_USEC;
}

static void print_seq(const struct seq_totals *t)
{
	printf("Check:\t%llu good in %llu flow%s\t%llu lost\t%llu missed\t"
	       "%llu duplicated\t%llu reordered\t%llu corrupted\t%llu foreign\n",
	       (ull)t->good, (ull)t->flows, t->flows == 1 ? "" : "s", (ull)t->lost, (ull)t->missed,
	       (ull)t->duplicated, (ull)t->reordered, (ull)t->corrupted, (ull)t->foreign);
}

static void print_rtt(const struct rtt *r, uint64_t unanswered)
{
	size_t i;

	printf("Rtt:\tmin %.3f us\tmean %.3f us\tmax %.3f us", us((double)r->min), us(rtt_mean(r)),
	       us((double)r->max));
	for (i = 0; i < PERCENTILES; i++)
		printf("\t%s %.3f us", percentiles[i].name,
		       us((double)rtt_percentile(r, percentiles[i].part)));
	printf("\t%llu unanswered\n", (ull)unanswered);
}

static void print_totals(const struct summary *sum, const struct options *opt)
{
	const struct sample *t = &sum->total;
	double pps = ratio((double)t->packets, sum->seconds);
	double bps = ratio(report_bits(opt, t->packets, t->bytes), sum->seconds);
	double batch = ratio((double)t->packets, (double)t->batches);

	if (opt->plain_numbers) {
		printf("Total:\t%llu\t%llu\t%.6f\nSpeed:\t%.0f\t%.0f\t%.1f\n", (ull)t->packets,
		       (ull)t->bytes, sum->seconds, pps, bps, batch);
		return;
	}
	printf("Total:\t%llu packets\t%llu bytes\t%.6f seconds\n", (ull)t->packets, (ull)t->bytes,
	       sum->seconds);
	printf("Speed:\t%.3f Mpps\t%.3f Gbps\tmean batch %.1f\n", pps / 1e6, bps / 1e9, batch);
}

void summary_print_text(const struct summary *sum, const struct options *opt)
{
	print_totals(sum, opt);
	drops_print(stdout, opt->spec.name, &sum->dropped);
	if (sum->unsent > 0)
		printf("Left:\t%llu slots are still queued: no reader took them\n",
		       (ull)sum->unsent);
	if (opt->mode == MODE_PING)
		print_rtt(sum->rtt, sum->unanswered);
	else if (opt->mode == MODE_RX && opt->seq != SEQ_OFF)
		print_seq(&sum->seq);
	fflush(stdout);
}

static struct json_object *json_of_seq(const struct seq_totals *t)
{
	struct json_object *o = json_object_new_object();

	json_put_number(o, "flows", t->flows);
	json_put_number(o, "good", t->good);
	json_put_number(o, "lost", t->lost);
	json_put_number(o, "missed", t->missed);
	json_put_number(o, "duplicated", t->duplicated);
	json_put_number(o, "reordered", t->reordered);
	json_put_number(o, "corrupted", t->corrupted);
	json_put_number(o, "foreign", t->foreign);
	return o;
}

static struct json_object *json_of_rtt(const struct rtt *r, uint64_t unanswered)
{
	struct json_object *o = json_object_new_object();
	size_t i;

	json_put_number(o, "unanswered", unanswered);
	json_put_real(o, "min", us((double)r->min));
	json_put_real(o, "mean", us(rtt_mean(r)));
	json_put_real(o, "max", us((double)r->max));
	for (i = 0; i < PERCENTILES; i++)
		json_put_real(o, percentiles[i].name,
			      us((double)rtt_percentile(r, percentiles[i].part)));
	return o;
}

static struct json_object *json_of_summary(const struct summary *sum, const struct options *opt)
{
	const struct sample *t = &sum->total;
	struct json_object *o = json_object_new_object();

	json_put_text(o, "mode", options_mode_name(opt->mode));
	json_put_text(o, "port", opt->spec.name);
	json_put_number(o, "threads", opt->threads);
	json_put_number(o, "packets", t->packets);
	json_put_number(o, "bytes", t->bytes);
	json_put_number(o, "batches", t->batches);
	json_put_real(o, "seconds", sum->seconds);
	json_put_real(o, "packets_per_second", ratio((double)t->packets, sum->seconds));
	json_put_real(o, "bits_per_second",
		      ratio(report_bits(opt, t->packets, t->bytes), sum->seconds));
	json_put_real(o, "mean_batch", ratio((double)t->packets, (double)t->batches));
	json_put_bool(o, "interrupted", sum->was_interrupted);
	if (opt->mode == MODE_TX)
		json_put_number(o, "unsent_slots", sum->unsent);
	if (opt->mode != MODE_RX) {
		json_put_number(o, "drops", drops_total(&sum->dropped));
		json_put_causes(o, &sum->dropped);
	}
	if (opt->capture) {
		json_put_number(o, "file_packets", sum->trace->count);
		json_put_number(o, "too_short", sum->trace->too_short);
		json_put_number(o, "too_long", sum->trace->too_long);
	}
	if (opt->mode == MODE_RX && opt->seq != SEQ_OFF)
		json_object_object_add(o, "seq", json_of_seq(&sum->seq));
	if (opt->mode == MODE_PING)
		json_object_object_add(o, "rtt_us", json_of_rtt(sum->rtt, sum->unanswered));
	return o;
}

void summary_print_json(const struct summary *sum, const struct options *opt)
{
	json_print(stdout, json_of_summary(sum, opt));
}
