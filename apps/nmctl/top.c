// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl top: rates of the ports between two samples of their counters, the busiest port first. On a
 * terminal each round replaces the one before; with --json each round is a line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/number.h"
#include "nmctl.h"
#include "report.h"

static int set_interval(void *interval, const char *text, struct errmsg *err)
{
	double v;

	if (number_parse_real(&v, text, &number_no_units) || v < 0.01 || v > 86400)
		return errmsg_set(err, "--interval: '%s' is not a number of seconds from 0.01 to "
				  "86400", text);
	*(double *)interval = v;
	return 0;
}

const struct opt_def top_opts[] = {
	OPT_CALL_AT('i', "interval", "SECS", "time between two rounds (1)", interval, set_interval),
	OPT_UINT('n', "count", "COUNT", "end after COUNT rounds", count, 1, UINT32_MAX),
	OPT_END
};

static const struct column columns[] = {
	{ "port", "PORT", false },
	{ "tx_packets_per_second", "TX-PPS", true },
	{ "tx_bits_per_second", "TX-BIT/S", true },
	{ "tx_drops_per_second", "TX-DROPS/S", true },
	{ "rx_packets_per_second", "RX-PPS", true },
	{ "rx_bits_per_second", "RX-BIT/S", true },
	{ "rx_drops_per_second", "RX-DROPS/S", true },
	{ "clients", "CLIENTS", true },
};

struct sample {
	struct nm_info_port *ports;
	size_t count;
	double time;	/* seconds */
};

struct rates {
	const struct nm_info_port *port;
	double tx_pps, tx_bps, tx_drops, rx_pps, rx_bps, rx_drops;
};

static int take_sample(struct nmctl *n, struct sample *l)
{
	struct timespec now;
	void *array;

	if (nmctl_list(n, NM_INSPECT_PORTS, NULL, sizeof(*l->ports), &array, &l->count))
		return EXIT_FAILED;
	clock_gettime(CLOCK_MONOTONIC, &now);
	l->time = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	l->ports = array;
	for (size_t i = 0; i < l->count; i++)
		l->ports[i].name[sizeof(l->ports[i].name) - 1] = 0;
	return 0;
}

static const struct nm_info_port *find_port(const struct sample *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->ports[i].name, name))
			return &l->ports[i];
	return NULL;
}

/* A counter that decreased belongs to a new port of the same name: it started at 0. */
static double rate(uint64_t before, uint64_t after, double seconds)
{
	return (double)(after >= before ? after - before : after) / seconds;
}

static void port_rates(struct rates *r, const struct nm_info_port *now,
		       const struct nm_info_port *before, double seconds)
{
	static const struct nm_info_port none;

	if (!before)
		before = &none;
	r->port = now;
	r->tx_pps = rate(before->tx_packets, now->tx_packets, seconds);
	r->tx_bps = 8 * rate(before->tx_bytes, now->tx_bytes, seconds);
	r->tx_drops = rate(before->tx_drops, now->tx_drops, seconds);
	r->rx_pps = rate(before->rx_packets, now->rx_packets, seconds);
	r->rx_bps = 8 * rate(before->rx_bytes, now->rx_bytes, seconds);
	r->rx_drops = rate(before->rx_drops, now->rx_drops, seconds);
}

/* Compare by rate, then by name, so that idle ports keep their lines. */
static int busier(const void *a, const void *b)
{
	const struct rates *x = a, *y = b;
	double dx = x->tx_pps + x->rx_pps, dy = y->tx_pps + y->rx_pps;

	if (dx != dy)
		return dx < dy ? 1 : -1;
	return strcmp(x->port->name, y->port->name);
}

static void print_rates(const struct rates *all, size_t count, bool json)
{
	struct report r;

	report_init(&r, "top", COLUMNS(columns));
	for (size_t i = 0; i < count; i++) {
		report_text(&r, all[i].port->name);
		report_rate(&r, all[i].tx_pps);
		report_rate(&r, all[i].tx_bps);
		report_rate(&r, all[i].tx_drops);
		report_rate(&r, all[i].rx_pps);
		report_rate(&r, all[i].rx_bps);
		report_rate(&r, all[i].rx_drops);
		report_num(&r, all[i].port->clients);
	}
	report_end(&r, json);
	fflush(stdout);
}

static int print_round(struct nmctl *n, const struct sample *before, const struct sample *now)
{
	const char *wanted = nmctl_port_operand(n);
	double seconds = now->time - before->time;
	struct rates *all = calloc(now->count + 1, sizeof(*all));
	size_t count = 0;

	if (!all) {
		report_error("top", ENOMEM, "out of memory", n->opt.json);
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < now->count; i++) {
		const struct nm_info_port *p = &now->ports[i];

		if (!wanted || !strcmp(wanted, p->name))
			port_rates(&all[count++], p, find_port(before, p->name),
				   seconds > 0 ? seconds : 1e-9);
	}
	qsort(all, count, sizeof(*all), busier);
	if (!n->opt.json && isatty(STDOUT_FILENO))
		printf("\033[H\033[2J");
	print_rates(all, count, n->opt.json);
	free(all);
	return ferror(stdout) ? EXIT_FAILED : 0;
}

int show_top(struct nmctl *n)
{
	double seconds = n->opt.interval;
	struct timespec interval = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};
	struct sample before = { 0 }, now;
	int status = take_sample(n, &before);

	for (uint32_t round = 0; !status && (!n->opt.count || round < n->opt.count); round++) {
		nanosleep(&interval, NULL);
		status = take_sample(n, &now);
		if (status)
			break;
		status = print_round(n, &before, &now);
		free(before.ports);
		before = now;
	}
	free(before.ports);
	return status;
}
