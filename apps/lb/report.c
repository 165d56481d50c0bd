// SPDX-License-Identifier: BSD-2-Clause
/* The table of pipes, for people and for programs. */
#include "report.h"
#include "../common/json.h"

#include <stdio.h>

typedef unsigned long long ull;

void lb_report_start(const struct balancer *b)
{
	FILE *out = b->opt->json ? stderr : stdout;

	fprintf(out, "lb: %s: %u rings, %u group%s of pipes, %u extra buffers, region %u\n",
		b->port.spec.name, b->port.rx_count, b->opt->group_count,
		b->opt->group_count == 1 ? "" : "s", b->overflow.used, b->port.reg.nr_mem_id);
	fflush(out);
}

static uint64_t drops_of(const struct balancer *b)
{
	uint64_t sum = b->spread.bad;
	unsigned int i;

	for (i = 0; i < b->pipe_count; i++)
		sum += b->outlets[i].drops;
	return sum;
}

static void print_text(const struct balancer *b, double seconds)
{
	unsigned int i;

	printf("%-24s\tGROUP\t%12s\t%14s\t%10s\t%8s\n", "PORT", "PACKETS", "BYTES", "DROPS",
	       "BACKLOG");
	for (i = 0; i < b->pipe_count; i++) {
		const struct outlet *o = &b->outlets[i];

		printf("%-24s\t%5u\t%12llu\t%14llu\t%10llu\t%8u\n", b->pipes[i].port.spec.name,
		       b->pipes[i].group, (ull)o->packets, (ull)o->bytes, (ull)o->drops,
		       o->backlog.slots);
	}
	printf("%-24s\t%5s\t%12llu\t%14llu\t%10llu\t%8u\t%.3f s\n", b->port.spec.name, "-",
	       (ull)b->spread.packets, (ull)b->spread.bytes, (ull)drops_of(b),
	       b->overflow.used - b->overflow.free_count, seconds);
}

static void put_counts(struct json_object *o, uint64_t packets, uint64_t bytes, uint64_t drops,
		       uint32_t backlog)
{
	json_put_number(o, "packets", packets);
	json_put_number(o, "bytes", bytes);
	json_put_number(o, "drops", drops);
	json_put_number(o, "backlog", backlog);
}

static void print_json(const struct balancer *b, double seconds)
{
	struct json_object *top = json_object_new_object(), *pipes = json_object_new_array(), *o;
	unsigned int i;

	json_put_text(top, "port", b->port.spec.name);
	json_put_real(top, "seconds", seconds);
	put_counts(top, b->spread.packets, b->spread.bytes, drops_of(b),
		   b->overflow.used - b->overflow.free_count);
	for (i = 0; i < b->pipe_count; i++) {
		const struct outlet *out = &b->outlets[i];

		o = json_object_new_object();
		json_put_text(o, "pipe", b->pipes[i].port.spec.name);
		json_put_number(o, "group", b->pipes[i].group);
		put_counts(o, out->packets, out->bytes, out->drops, out->backlog.slots);
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
