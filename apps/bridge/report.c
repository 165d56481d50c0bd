// SPDX-License-Identifier: BSD-2-Clause
/* How the bridge works, rates during the run, and totals at the end. */
#include "report.h"

#include <stdio.h>

#include "../common/json.h"

#define NAME_LEN	(2 * sizeof(((struct port_spec *)0)->name) + 4)

static FILE *lines_of(const struct pair *p)
{
	return p->opt->json ? stderr : stdout;
}

/* "from -> to" */
static const char *direction_name(const struct pair *p, unsigned int i, char name[NAME_LEN])
{
	snprintf(name, NAME_LEN, "%s -> %s", p->port[i].spec.name, p->port[!i].spec.name);
	return name;
}

static void print_port(const struct pair *p, const struct port *port)
{
	fprintf(lines_of(p), "%s:\ttx %u x %u slots\trx %u x %u slots\tregion %u\n",
		port->spec.name, port->tx_count, port->reg.nr_tx_slots, port->rx_count,
		port->reg.nr_rx_slots, port->reg.nr_mem_id);
}

void report_opened(const struct pair *p)
{
	fprintf(lines_of(p), "bridge: %s and %s%s: %s\n", p->port[0].spec.name,
		p->port[1].spec.name, !p->opt->name[1] ? " (host stack)" : "", p->mode.text);
	if (p->opt->verbose > 0) {
		print_port(p, &p->port[0]);
		print_port(p, &p->port[1]);
	}
	fflush(lines_of(p));
}

void report_rates_if_due(struct report *r, const struct pair *p)
{
	char name[NAME_LEN];
	unsigned int i;

	if (!rate_is_due(&r->clock))
		return;
	for (i = 0; i < 2; i++) {
		struct counts c = pair_counts(p, i);

		rate_print_counts(lines_of(p), &r->clock, direction_name(p, i, name), &r->last[i],
				  &c);
		r->last[i] = c;
	}
	rate_done(&r->clock);
	fflush(lines_of(p));
}

/* The totals of a direction, with the drops by the engine. */
static struct counts totals(const struct pair *p, unsigned int i)
{
	struct counts c = pair_counts(p, i);

	c.drops += drops_total(&p->dropped[!i]);
	return c;
}

static struct json_object *json_of_direction(const struct pair *p, unsigned int i)
{
	struct counts c = totals(p, i);
	struct json_object *o = json_object_new_object();

	json_put_text(o, "from", p->port[i].spec.name);
	json_put_text(o, "to", p->port[!i].spec.name);
	json_put_counts(o, &c);
	json_put_causes(o, &p->dropped[!i]);
	json_put_number(o, "unsent_slots", p->unsent[!i]);
	return o;
}

static void print_json(const struct report *r, const struct pair *p)
{
	struct json_object *o = json_object_new_object(), *directions = json_object_new_array();

	json_put_bool(o, "zero_copy", !p->copy);
	json_put_text(o, "reason", p->mode.text);
	json_put_real(o, "seconds", rate_elapsed(&r->clock));
	json_object_array_add(directions, json_of_direction(p, 0));
	json_object_array_add(directions, json_of_direction(p, 1));
	json_object_object_add(o, "directions", directions);
	json_print(stdout, o);
}

void report_totals(const struct report *r, const struct pair *p)
{
	char name[NAME_LEN];
	unsigned int i;

	if (p->opt->json) {
		print_json(r, p);
		return;
	}
	for (i = 0; i < 2; i++) {
		struct counts c = totals(p, i);

		rate_print_total(stdout, "Total:", direction_name(p, i, name), &c);
	}
	for (i = 0; i < 2; i++)
		drops_print(stdout, p->port[i].spec.name, &p->dropped[i]);
}
