// SPDX-License-Identifier: BSD-2-Clause
/* The plan, rates and totals as text, and the totals as JSON. */
#include "report.h"

#include <stdio.h>

#include "../common/clock.h"
#include "../common/json.h"

typedef unsigned long long ull;

static FILE *lines_of(const struct options *opt)
{
	return opt->json || opt->only_schedule ? stderr : stdout;
}

static double planned_seconds(const struct schedule *s)
{
	return s->count == 0 ? 0 : (double)s->departures[s->count - 1].at / (double)NSEC_PER_SEC;
}

void replay_report_plan(const struct options *opt, const struct trace *t, const struct schedule *s)
{
	fprintf(lines_of(opt),
		"nmreplay: %s: %zu packets, %zu of them lost by the model, "
		"%llu bytes in %.6f s\n",
		opt->file, t->count, s->lost, (ull)s->bytes, planned_seconds(s));
	trace_print_notes(t, "nmreplay", opt->file);
	if (t->backward > 0)
		fprintf(stderr,
			"nmreplay: %s: %zu packets are older than the one before them: sending "
			"them together with it\n",
			opt->file, t->backward);
	fflush(lines_of(opt));
}

void replay_report_schedule(const struct trace *t, const struct schedule *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		printf("%llu\t%zu\t%u\n", (ull)s->departures[i].at, s->departures[i].packet + 1,
		       t->packets[s->departures[i].packet].len);
}

void replay_report_rates_if_due(const struct options *opt, const struct sender *s,
				struct rate_clock *clock, struct counts *last)
{
	struct counts now = { .packets = s->packets, .bytes = s->bytes };

	if (!rate_is_due(clock))
		return;
	rate_print_counts(lines_of(opt), clock, NULL, last, &now);
	*last = now;
	rate_done(clock);
	fflush(lines_of(opt));
}

static void print_json(const struct options *opt, const struct sender *s, double seconds,
		       double late)
{
	struct json_object *o = json_object_new_object();

	json_put_text(o, "port", opt->spec.name);
	json_put_number(o, "file_packets", s->trace->count);
	json_put_number(o, "lost", s->schedule->lost);
	json_put_number(o, "planned_packets", s->schedule->count);
	json_put_number(o, "packets", s->packets);
	json_put_number(o, "bytes", s->bytes);
	json_put_real(o, "planned_seconds", planned_seconds(s->schedule));
	json_put_real(o, "seconds", seconds);
	json_put_real(o, "late_mean_us", late / 1e3);
	json_put_real(o, "late_max_us", (double)s->late_max / 1e3);
	json_put_number(o, "unsent_slots", s->unsent);
	json_put_number(o, "too_short", s->trace->too_short);
	json_put_number(o, "too_long", s->trace->too_long);
	json_put_number(o, "drops", drops_total(&s->dropped));
	json_put_causes(o, &s->dropped);
	json_print(stdout, o);
}

void replay_report_totals(const struct options *opt, const struct sender *s)
{
	double seconds = (double)(s->end - s->begin) / (double)NSEC_PER_SEC;
	double late = s->packets > 0 ? s->late_sum / (double)s->packets : 0;

	if (s->unsent > 0)
		fprintf(stderr, "nmreplay: %u slots are still queued: no reader took them\n",
			s->unsent);
	if (opt->json) {
		print_json(opt, s, seconds, late);
		return;
	}
	printf("Total:\t%llu packets\t%llu bytes\t%.6f seconds\t%.6f planned\n", (ull)s->packets,
	       (ull)s->bytes, seconds, planned_seconds(s->schedule));
	drops_print(stdout, opt->spec.name, &s->dropped);
	printf("Late:\tmean %.3f us\tmax %.3f us\n", late / 1e3, (double)s->late_max / 1e3);
}
