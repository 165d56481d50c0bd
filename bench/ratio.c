// SPDX-License-Identifier: BSD-2-Clause
/*
 * Nanoseconds per packet of VALE and of a pipe, sender and receiver on two CPUs, compared with bare
 * loops run at the same time. Prints a line for each figure, with fields separated by tabs, the
 * first one RATIO: name, nanoseconds, ratio to the bare loop, percentage of packets received. The
 * round trip of a cache line is measured first and last, because the host may move the CPUs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "loops.h"
#include "pair.h"

#define FEW	1000000u
#define BURST	512

static void print_loop(const char *name, double ns)
{
	printf("RATIO\t%s\t%.2f\t\t\n", name, ns);
	fflush(stdout);
}

static int print_path(const char *name, const struct pair *base, uint64_t many, double bare)
{
	struct pair p = *base;
	struct pair_result few, all;
	double ns;

	p.packets = FEW;
	if (pair_run(&p, &few))
		return -1;
	p.packets = FEW + many;
	if (pair_run(&p, &all))
		return -1;
	ns = ((double)all.elapsed_ns - (double)few.elapsed_ns) / (double)many;
	printf("RATIO\t%s\t%.2f\t%.2f\t%.2f\n", name, ns, ns / bare,
		100 * (double)all.received / (double)all.sent);
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct pair vale = {
		.tx = "vale9:tx", .rx = "vale9:rx", .burst = BURST, .tx_cpu = 0, .rx_cpu = 1,
	}, pipe = vale;
	uint64_t many = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000000u;
	double copy, swap;
	int bad;

	if (argc < 2 || !many) {
		fprintf(stderr, "usage: ratio PKT-GEN [PACKETS]\n");
		return 2;
	}
	vale.pkt_gen = pipe.pkt_gen = argv[1];
	pipe.tx = "bench{1";
	pipe.rx = "bench}1";
	print_loop("round trip", loop_round_trip());
	print_loop("copy 60", copy = loop_copy(1024, 60));
	print_loop("copy 1500", loop_copy(1024, 1500));
	print_loop("swap", swap = loop_swap(1024));
	bad = print_path("vale", &vale, many, copy) | print_path("pipe", &pipe, many, swap);
	print_loop("round trip after", loop_round_trip());
	return bad != 0;
}
