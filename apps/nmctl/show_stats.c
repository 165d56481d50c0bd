// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl stats: a line for each port and direction, with drops by cause. Totals come from
 * the ports, causes from their rings: both last as long as the port does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "verbs.h"
#include "words.h"

static const struct column columns[] = {
	{ "port", "PORT", false },	{ "dir", "DIR", false },
	{ "packets", "PACKETS", true }, { "bytes", "BYTES", true },
	{ "drops", "DROPS", true },	{ "noroom", "NOROOM", true },
	{ "nodest", "NODEST", true },	{ "badframe", "BADFRAME", true },
	{ "toolong", "TOOLONG", true }, { "fault", "FAULT", true },
	{ "header", "HEADER", true },
};

struct rings {
	struct nm_info_ring *ring;
	size_t count;
};

static void add_causes(struct report *r, const struct rings *all, const char *port, uint32_t dir)
{
	uint64_t sum[NM_DROP_CAUSES] = { 0 };

	for (size_t i = 0; i < all->count; i++)
		if (all->ring[i].dir == dir &&
		    !strncmp(all->ring[i].port, port, NETMAP_REQ_IFNAMSIZ))
			for (size_t c = 0; c < NM_DROP_CAUSES; c++)
				sum[c] += all->ring[i].drops[c];
	for (size_t c = 0; c < NM_DROP_CAUSES; c++)
		report_num(r, sum[c]);
}

static void add_port(struct report *r, struct nm_info_port *p, const struct rings *rings)
{
	p->name[sizeof(p->name) - 1] = 0;
	report_text(r, p->name);
	report_text(r, "tx");
	report_num(r, p->tx_packets);
	report_num(r, p->tx_bytes);
	report_num(r, p->tx_drops);
	add_causes(r, rings, p->name, 0);
	report_text(r, p->name);
	report_text(r, "rx");
	report_num(r, p->rx_packets);
	report_num(r, p->rx_bytes);
	report_num(r, p->rx_drops);
	add_causes(r, rings, p->name, 1);
}

static int print_stats(struct nmctl *n, struct nm_info_port *ports, size_t count,
		       const struct rings *rings)
{
	const char *wanted = nmctl_port_operand(n);
	size_t shown = 0;
	struct report r;

	report_init(&r, "stats", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < count; i++) {
		if (wanted && strncmp(wanted, ports[i].name, sizeof(ports[i].name)))
			continue;
		add_port(&r, &ports[i], rings);
		shown++;
	}
	if (wanted && !shown) {
		report_drop(&r);
		report_error(wanted, ENOENT, "there is no port of this name", n->args.json);
		return EXIT_FAILED;
	}
	report_end(&r, n->args.json);
	return EXIT_OK;
}

int show_stats(struct nmctl *n)
{
	struct rings rings;
	void *ports, *array;
	size_t count;
	int status;

	if (nmctl_list(n, NM_INSPECT_PORTS, NULL, sizeof(struct nm_info_port), &ports, &count))
		return EXIT_FAILED;
	if (nmctl_list(n, NM_INSPECT_RINGS, NULL, sizeof(struct nm_info_ring), &array,
		       &rings.count)) {
		free(ports);
		return EXIT_FAILED;
	}
	rings.ring = array;
	status = print_stats(n, ports, count, &rings);
	free(array);
	free(ports);
	return status;
}
