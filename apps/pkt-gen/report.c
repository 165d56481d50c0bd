// SPDX-License-Identifier: BSD-2-Clause
/* Output during the run: what was opened, and the rates of each interval. */
#include "report.h"

#include <math.h>
#include <string.h>

#include "../common/clock.h"
#include "../common/number.h"
#include "../common/rate.h"

#define FRAMING_BYTES	24	/* CRC 4, preamble 8, gap 12 */

double report_bits(const struct options *opt, uint64_t packets, uint64_t bytes)
{
	return 8.0 * (double)(bytes + (opt->framing ? packets * FRAMING_BYTES : 0));
}

void report_init(struct report *r, const struct options *opt, uint64_t now)
{
	memset(r, 0, sizeof(*r));
	r->opt = opt;
	r->out = opt->json ? stderr : stdout;
	r->start = r->last_ns = now;
}

void report_opened(const struct report *r, const struct session *s)
{
	const struct port *port = &s->workers[0].port;
	const struct nmreq_register *reg = &port->reg;

	fprintf(r->out, "%s: %s, %u thread%s, tx %u x %u slots, rx %u x %u slots, region %u\n",
		port->spec.name, options_mode_name(r->opt->mode), s->count,
		s->count == 1 ? "" : "s", reg->nr_tx_rings, reg->nr_tx_slots, reg->nr_rx_rings,
		reg->nr_rx_slots, reg->nr_mem_id);
	if (r->opt->verbose > 0)
		fprintf(r->out,
			"%s: memory %llu bytes, virtio-net header %u bytes, "
			"own address %02x:%02x:%02x:%02x:%02x:%02x\n",
			port->spec.name, (unsigned long long)reg->nr_memsize, s->vnet, s->mac[0],
			s->mac[1], s->mac[2], s->mac[3], s->mac[4], s->mac[5]);
	fflush(r->out);
}

static void add_sample(struct sample *sum, const struct counters *c)
{
	sum->packets += atomic_load_explicit(&c->packets, memory_order_relaxed);
	sum->bytes += atomic_load_explicit(&c->bytes, memory_order_relaxed);
	sum->batches += atomic_load_explicit(&c->batches, memory_order_relaxed);
	sum->rtt_ns += atomic_load_explicit(&c->rtt_ns, memory_order_relaxed);
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

/* Print mean and standard deviation of the intervals in the window. */
static void print_deviation(const struct report *r)
{
	unsigned int n = r->intervals < REPORT_WINDOW ? (unsigned int)r->intervals : REPORT_WINDOW;
	double sum = 0, squares = 0, mean, deviation;
	char a[NUMBER_LEN], b[NUMBER_LEN];
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += r->window[i];
	mean = sum / n;
	for (i = 0; i < n; i++)
		squares += (r->window[i] - mean) * (r->window[i] - mean);
	deviation = n > 1 ? sqrt(squares / (n - 1)) : 0;
	if (r->opt->plain_numbers)
		fprintf(r->out, "\t%.0f\t%.0f", mean, deviation);
	else
		fprintf(r->out, "\tmean %s\tdeviation %s", number_format(a, mean, "pps"),
			number_format(b, deviation, "pps"));
}

static void print_rates(struct report *r, const struct sample *d, double seconds, uint64_t now)
{
	double pps = ratio((double)d->packets, seconds);
	double bps = ratio(report_bits(r->opt, d->packets, d->bytes), seconds);
	double batch = ratio((double)d->packets, (double)d->batches);
	double rtt = ratio((double)d->rtt_ns, (double)d->packets) / (double)NSEC_PER_USEC;
	double at = (double)(now - r->start) / (double)NSEC_PER_SEC;

	if (r->opt->plain_numbers) {
		fprintf(r->out, "%.3f\t%.0f\t%.0f\t%.1f", at, pps, bps, batch);
	} else {
		rate_print(r->out, at, NULL, pps, bps);
		fprintf(r->out, "\tbatch %6.1f", batch);
	}
	if (r->opt->mode == MODE_PING)
		fprintf(r->out, r->opt->plain_numbers ? "\t%.3f" : "\trtt %.3f us", rtt);
	r->window[r->intervals++ % REPORT_WINDOW] = pps;
	if (r->opt->deviation)
		print_deviation(r);
	fputc('\n', r->out);
}

/* Print the packets of each thread since the start: shows a thread that starves. */
static void print_threads(const struct report *r, const struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->count; i++) {
		struct sample own = { 0 };

		add_sample(&own, &s->workers[i].counters);
		fprintf(r->out, "  thread %u:\t%llu packets\t%llu bytes\n", i,
			(unsigned long long)own.packets, (unsigned long long)own.bytes);
	}
}

static struct sample sum_of(const struct session *s)
{
	struct sample sum = { 0 };
	unsigned int i;

	for (i = 0; i < s->count; i++)
		add_sample(&sum, &s->workers[i].counters);
	return sum;
}

void report_interval(struct report *r, struct session *s, uint64_t now)
{
	struct sample sum = sum_of(s), d = {
		.packets = sum.packets - r->last.packets,
		.bytes = sum.bytes - r->last.bytes,
		.batches = sum.batches - r->last.batches,
		.rtt_ns = sum.rtt_ns - r->last.rtt_ns,
	};

	print_rates(r, &d, (double)(now - r->last_ns) / (double)NSEC_PER_SEC, now);
	if (r->opt->verbose > 1)
		print_threads(r, s);
	fflush(r->out);
	r->last = sum;
	r->last_ns = now;
	atomic_fetch_add_explicit(&s->ticks, 1, memory_order_relaxed);
}

/* Return the time from the first packet of any thread to the last one of any. */
static double duration(const struct session *s)
{
	uint64_t begin = UINT64_MAX, end = 0;
	unsigned int i;

	for (i = 0; i < s->count; i++) {
		const struct worker *w = &s->workers[i];

		if (w->begin == 0)
			continue;
		if (w->begin < begin)
			begin = w->begin;
		if (w->end > end)
			end = w->end;
	}
	return end > begin ? (double)(end - begin) / (double)NSEC_PER_SEC : 0;
}

void summary_make(struct summary *sum, const struct session *s, bool was_interrupted)
{
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	sum->was_interrupted = was_interrupted;
	sum->total = sum_of(s);
	sum->seconds = duration(s);
	sum->rtt = s->workers[0].rtt;
	sum->trace = &s->trace;
	for (i = 0; i < s->count; i++) {
		const struct worker *w = &s->workers[i];

		drops_collect(&w->port, &sum->dropped);
		sum->unsent += w->unsent;
		sum->unanswered += w->unanswered;
		if (w->seq)
			seqcheck_add(w->seq, &sum->seq);
	}
}

bool summary_is_clean(const struct summary *sum, const struct options *opt)
{
	if (drops_total(&sum->dropped) + trace_left_out(sum->trace) > 0)
		return false;
	if (opt->mode == MODE_PING)
		return sum->unanswered == 0;
	if (sum->total.packets < opt->count)
		return false;
	return seq_totals_is_clean(&sum->seq) && sum->unsent == 0;
}
