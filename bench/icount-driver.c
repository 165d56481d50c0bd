// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs in a guest whose clock counts instructions: each case with few and with many packets.
 * Prints a line for each run, with fields separated by tabs, the first one BENCH; bench/run
 * subtracts.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <net/netmap.h>

#include "cases.h"
#include "pair.h"
#include "port.h"

#define SWITCH		"vale9"
#define SENDER		SWITCH ":tx"
#define RECEIVER	SWITCH ":rx"
#define STATION		"02:00:00:00:00:99"
#define MAX_OPEN	254

static const uint8_t station[6] = { 2, 0, 0, 0, 0, 0x99 };

struct options {
	const char *pkt_gen;
	const char *only;	/* the kind to measure, NULL for all */
	uint64_t few, many;
};

/* Ports open during a case. */
struct open_ports {
	struct bench_port ports[MAX_OPEN];
	unsigned int count;
};

static struct bench_port *ports_add(struct open_ports *h, const char *name, uint32_t slots,
				    uint64_t flags)
{
	struct bench_port *p = &h->ports[h->count];
	int err = bench_port_open(p, name, slots, flags);

	if (err) {
		fprintf(stderr, "bench: %s: %s\n", name, strerror(-err));
		return NULL;
	}
	h->count++;
	return p;
}

static void ports_close(struct open_ports *h)
{
	while (h->count)
		bench_port_close(&h->ports[--h->count]);
}

/* Create the receiver's port and let the switch learn the receiver's address. */
static int ports_add_receiver(struct open_ports *h, uint32_t slots)
{
	struct bench_port *p = ports_add(h, RECEIVER, slots, NR_TX_RINGS_ONLY);
	int err;

	if (!p)
		return -1;
	err = bench_port_announce(p, station);
	if (err)
		fprintf(stderr, "bench: %s: %s\n", RECEIVER, strerror(-err));
	return err;
}

static int ports_open(struct open_ports *h, const struct bench_case *c)
{
	char name[NETMAP_REQ_IFNAMSIZ];

	for (uint32_t i = 2; i < c->ports; i++) {
		snprintf(name, sizeof(name), SWITCH ":idle%u", i);
		if (!ports_add(h, name, 0, 0))
			return -1;
	}
	return c->kind == KIND_UNICAST ? ports_add_receiver(h, c->slots) : 0;
}

static int measure(const struct options *o, const struct bench_case *c, uint64_t packets)
{
	struct pair p = {
		.pkt_gen = o->pkt_gen, .tx = SENDER, .rx = RECEIVER, .packets = packets,
		.burst = c->burst, .slots = c->slots, .tx_cpu = -1, .rx_cpu = -1,
	};
	struct pair_result r;
	static struct open_ports h;
	int err;

	if (c->kind == KIND_PIPE) {
		p.tx = "bench{1";
		p.rx = "bench}1";
	}
	if (c->kind == KIND_TX_ONLY)
		p.rx = NULL;
	if (c->kind == KIND_UNICAST)
		p.station = STATION;
	err = ports_open(&h, c);
	if (!err)
		err = pair_run(&p, &r);
	ports_close(&h);
	if (err)
		return -1;
	printf("BENCH\t%s\t%u\t%u\t%u\t%llu\t%llu\t%llu\t%llu\t%llu\n", kind_name(c->kind),
	       c->burst, c->slots, c->ports, (unsigned long long)packets,
	       (unsigned long long)r.elapsed_ns, (unsigned long long)r.cpu_ns,
	       (unsigned long long)r.sent, (unsigned long long)r.received);
	fflush(stdout);
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: icount-driver [--few N] [--many N] [--only KIND] PKT-GEN\n");
	return 2;
}

static int parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "few", required_argument, NULL, 'f' }, { "many", required_argument, NULL, 'm' },
		{ "only", required_argument, NULL, 'o' }, { NULL, 0, NULL, 0 },
	};
	int code;

	while ((code = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (code == 'f')
			o->few = strtoull(optarg, NULL, 10);
		else if (code == 'm')
			o->many = strtoull(optarg, NULL, 10);
		else if (code == 'o')
			o->only = optarg;
		else
			return usage();
	}
	if (argc - optind != 1 || !o->few || o->few >= o->many)
		return usage();
	o->pkt_gen = argv[optind];
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .few = 400000, .many = 2400000 };
	int bad = parse(&o, argc, argv);

	if (bad)
		return bad;
	for (unsigned int i = 0; i < bench_case_count; i++) {
		const struct bench_case *c = &bench_cases[i];

		if (o.only && strcmp(o.only, kind_name(c->kind)))
			continue;
		bad |= measure(&o, c, o.few / c->divide) || measure(&o, c, o.many / c->divide);
	}
	return bad != 0;
}
