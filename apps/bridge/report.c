// SPDX-License-Identifier: BSD-2-Clause
/* How the bridge works, rates on the way, and totals at the end. */
#include "report.h"

#include <stdio.h>

#include "../common/clock.h"
#include "../common/json.h"
#include "../common/number.h"

typedef unsigned long long ull;

static FILE *lines_of(const struct pair *p)
{
	return p->opt->json ? stderr : stdout;
}

static void print_port(const struct pair *p, const struct port *port)
{
	fprintf(lines_of(p), "%s:\ttx %u x %u slots\trx %u x %u slots\tregion %u\n",
		port->spec.name, port->tx_count, port->reg.nr_tx_slots, port->rx_count,
		port->reg.nr_rx_slots, port->reg.nr_mem_id);
}

void report_start(struct report *r, const struct pair *p, uint64_t now)
{
	*r = (struct report){ .start = now, .last_ns = now };
	fprintf(lines_of(p), "bridge: %s and %s%s: %s\n", p->port[0].spec.name,
		p->port[1].spec.name, !p->opt->name[1] ? " (host stack)" : "", p->mode.text);
	if (p->opt->verbose > 0) {
		print_port(p, &p->port[0]);
		print_port(p, &p->port[1]);
	}
	fflush(lines_of(p));
}

void report_rates(struct report *r, const struct pair *p, uint64_t now)
{
	double seconds = (double)(now - r->last_ns) / (double)NSEC_PER_SEC;
	char a[NUMBER_LEN], b[NUMBER_LEN];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct move_counts c = pair_counts(p, i);
		double packets = (double)(c.packets - r->last[i].packets);
		double bytes = (double)(c.bytes - r->last[i].bytes);

		fprintf(lines_of(p), "%8.3f s\t%s -> %s\t%s\t%s\t%llu dropped\n",
			(double)(now - r->start) / (double)NSEC_PER_SEC, p->port[i].spec.name,
			p->port[!i].spec.name, number_format(a, packets / seconds, "pps"),
			number_format(b, 8 * bytes / seconds, "bps"),
			(ull)(c.drops - r->last[i].drops));
		r->last[i] = c;
	}
	r->last_ns = now;
	fflush(lines_of(p));
}

static struct json_object *json_of_way(const struct pair *p, unsigned int i)
{
	struct move_counts c = pair_counts(p, i);
	struct json_object *o = json_object_new_object();

	json_put_text(o, "from", p->port[i].spec.name);
	json_put_text(o, "to", p->port[!i].spec.name);
	json_put_number(o, "packets", c.packets);
	json_put_number(o, "bytes", c.bytes);
	json_put_number(o, "drops", c.drops);
	return o;
}

static void print_json(const struct pair *p, double seconds)
{
	struct json_object *o = json_object_new_object(), *ways = json_object_new_array();

	json_object_object_add(o, "zero_copy", json_object_new_boolean(!p->copy));
	json_put_text(o, "mode", p->mode.text);
	json_put_real(o, "seconds", seconds);
	json_object_array_add(ways, json_of_way(p, 0));
	json_object_array_add(ways, json_of_way(p, 1));
	json_object_object_add(o, "directions", ways);
	json_print(stdout, o);
}

void report_totals(const struct report *r, const struct pair *p, uint64_t now)
{
	double seconds = (double)(now - r->start) / (double)NSEC_PER_SEC;
	unsigned int i;

	if (p->opt->json) {
		print_json(p, seconds);
		return;
	}
	for (i = 0; i < 2; i++) {
		struct move_counts c = pair_counts(p, i);

		printf("Total:\t%s -> %s\t%llu packets\t%llu bytes\t%llu dropped\n",
		       p->port[i].spec.name, p->port[!i].spec.name, (ull)c.packets, (ull)c.bytes,
		       (ull)c.drops);
	}
}
