// SPDX-License-Identifier: BSD-2-Clause
/* The table of pipes, as text and as JSON. */
#include "report.h"

#include <stdio.h>

#include "../common/json.h"

typedef unsigned long long ull;

void lb_report_start(const struct balancer *b)
{
	FILE *out = b->opt->json ? stderr : stdout;

	fprintf(out, "lb: %s: %u rings, %u group%s of pipes, %u extra buffers, region %u\n",
		b->port.spec.name, b->port.rx_count, b->opt->group_count,
		b->opt->group_count == 1 ? "" : "s", b->overflow.used, b->port.reg.nr_mem_id);
	fflush(out);
}

struct counts lb_report_counts(const struct balancer *b)
{
	struct counts sum = b->spread.counts;
	unsigned int i;

	for (i = 0; i < b->pipe_count; i++)
		sum.drops += b->outlets[i].counts.drops;
	return sum;
}

static void print_text(const struct balancer *b, double seconds)
{
	struct counts all = lb_report_counts(b);
	unsigned int i;

	printf("%-24s\tGROUP\t%12s\t%14s\t%10s\t%8s\n", "PORT", "PACKETS", "BYTES", "DROPS",
	       "BACKLOG");
	for (i = 0; i < b->pipe_count; i++) {
		const struct counts *c = &b->outlets[i].counts;

		printf("%-24s\t%5u\t%12llu\t%14llu\t%10llu\t%8u\n", b->pipes[i].port.spec.name,
		       b->pipes[i].group, (ull)c->packets, (ull)c->bytes, (ull)c->drops,
		       b->outlets[i].backlog.slots);
	}
	printf("%-24s\t%5s\t%12llu\t%14llu\t%10llu\t%8u\t%.3f s\n", b->port.spec.name, "-",
	       (ull)all.packets, (ull)all.bytes, (ull)all.drops,
	       b->overflow.used - b->overflow.free_count, seconds);
}

static void print_json(const struct balancer *b, double seconds)
{
	struct json_object *top = json_object_new_object(), *pipes = json_object_new_array(), *o;
	struct counts all = lb_report_counts(b);
	unsigned int i;

	json_put_text(top, "port", b->port.spec.name);
	json_put_real(top, "seconds", seconds);
	json_put_counts(top, &all);
	json_put_number(top, "backlog", b->overflow.used - b->overflow.free_count);
	for (i = 0; i < b->pipe_count; i++) {
		o = json_object_new_object();
		json_put_text(o, "port", b->pipes[i].port.spec.name);
		json_put_number(o, "group", b->pipes[i].group);
		json_put_counts(o, &b->outlets[i].counts);
		json_put_number(o, "backlog", b->outlets[i].backlog.slots);
		json_object_array_add(pipes, o);
	}
	json_object_object_add(top, "pipes", pipes);
	json_print(stdout, top);
}

void lb_report_table(const struct balancer *b, double seconds)
{
	if (b->opt->json)
		print_json(b, seconds);
	else
		print_text(b, seconds);
	fflush(stdout);
}
