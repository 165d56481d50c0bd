// SPDX-License-Identifier: BSD-2-Clause
/* Rates on the way, and totals at the end. */
#include "report.h"

#include <stdio.h>

#include "../common/clock.h"
#include "../common/json.h"
#include "../common/number.h"

typedef unsigned long long ull;

static FILE *lines_of(const struct report *r)
{
	return r->opt->json ? stderr : stdout;
}

void report_start(struct report *r, const struct options *opt, const struct side *sides)
{
	*r = (struct report){ .opt = opt, .sides = sides };
	r->start = r->last_ns = clock_now();
	fprintf(lines_of(r), "testpcap: %s and %s, by %s\n", sides[0].name, sides[1].name,
		pcap_lib_version());
	fflush(lines_of(r));
}

void report_rates(struct report *r, uint64_t now)
{
	double seconds = (double)(now - r->last_ns) / (double)NSEC_PER_SEC;
	char a[NUMBER_LEN], b[NUMBER_LEN];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct side *s = &r->sides[i];
		double packets = (double)(s->packets - r->packets[i]);
		double bytes = (double)(s->bytes - r->bytes[i]);

		fprintf(lines_of(r), "%8.3f s\t%s -> %s\t%s\t%s\t%llu dropped\n",
			(double)(now - r->start) / (double)NSEC_PER_SEC, s->name, s->other->name,
			number_format(a, packets / seconds, "pps"),
			number_format(b, 8 * bytes / seconds, "bps"),
			(ull)(s->drops - r->drops[i]));
		r->packets[i] = s->packets;
		r->bytes[i] = s->bytes;
		r->drops[i] = s->drops;
	}
	r->last_ns = now;
	fflush(lines_of(r));
}

static struct json_object *json_of_side(const struct side *s)
{
	struct json_object *o = json_object_new_object();

	json_put_text(o, "from", s->name);
	json_put_text(o, "to", s->other->name);
	json_put_number(o, "packets", s->packets);
	json_put_number(o, "bytes", s->bytes);
	json_put_number(o, "drops", s->drops);
	return o;
}

static void print_json(const struct report *r, double seconds)
{
	struct json_object *o = json_object_new_object(), *ways = json_object_new_array();
	unsigned int i;

	json_put_real(o, "seconds", seconds);
	for (i = 0; i < 2; i++)
		json_object_array_add(ways, json_of_side(&r->sides[i]));
	json_object_object_add(o, "directions", ways);
	json_print(stdout, o);
}

void report_totals(const struct report *r, uint64_t now)
{
	unsigned int i;

	if (r->opt->json)
		print_json(r, (double)(now - r->start) / (double)NSEC_PER_SEC);
	for (i = 0; i < 2; i++) {
		const struct side *s = &r->sides[i];

		if (!r->opt->json)
			printf("Total:\t%s -> %s\t%llu packets\t%llu bytes\t%llu dropped\n",
			       s->name, s->other->name, (ull)s->packets, (ull)s->bytes,
			       (ull)s->drops);
		if (s->drops > 0)
			fprintf(stderr, "testpcap: first drop at %s: %s\n", s->other->name, s->why);
	}
}
