// SPDX-License-Identifier: BSD-2-Clause
/* Rates during the run, and totals at the end. */
#include "report.h"

#include "../common/json.h"

static FILE *lines_of(const struct report *r)
{
	return r->opt->json ? stderr : stdout;
}

void report_start(struct report *r, const struct options *opt, const struct side *sides)
{
	*r = (struct report){ .opt = opt, .sides = sides };
	rate_start(&r->clock, opt->report_ms);
	fprintf(lines_of(r), "testpcap: %s and %s, by %s\n", sides[0].name, sides[1].name,
		pcap_lib_version());
	fflush(lines_of(r));
}

/* "from -> to" */
static const char *direction_name(const struct side *s, char name[DIRECTION_LEN])
{
	snprintf(name, DIRECTION_LEN, "%s -> %s", s->name, s->other->name);
	return name;
}

void report_rates_if_due(struct report *r)
{
	char name[DIRECTION_LEN];
	unsigned int i;

	if (!rate_is_due(&r->clock))
		return;
	for (i = 0; i < 2; i++) {
		rate_print_counts(lines_of(r), &r->clock, direction_name(&r->sides[i], name),
				  &r->last[i], &r->sides[i].counts);
		r->last[i] = r->sides[i].counts;
	}
	rate_done(&r->clock);
	fflush(lines_of(r));
}

static struct json_object *json_of_side(const struct side *s)
{
	struct json_object *o = json_object_new_object();

	json_put_text(o, "from", s->name);
	json_put_text(o, "to", s->other->name);
	json_put_counts(o, &s->counts);
	return o;
}

static void print_json(const struct report *r)
{
	struct json_object *o = json_object_new_object(), *directions = json_object_new_array();
	unsigned int i;

	json_put_real(o, "seconds", rate_elapsed(&r->clock));
	for (i = 0; i < 2; i++)
		json_object_array_add(directions, json_of_side(&r->sides[i]));
	json_object_object_add(o, "directions", directions);
	json_print(stdout, o);
}

void report_totals(const struct report *r)
{
	char name[DIRECTION_LEN];
	unsigned int i;

	if (r->opt->json)
		print_json(r);
	for (i = 0; i < 2; i++) {
		const struct side *s = &r->sides[i];

		if (!r->opt->json)
			rate_print_total(stdout, "Total:", direction_name(s, name), &s->counts);
		if (s->counts.drops > 0)
			fprintf(stderr, "testpcap: first drop at %s: %s\n", s->other->name,
				s->reason);
	}
}
