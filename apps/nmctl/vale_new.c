// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl new and nmctl delete: ports that stay until they are deleted.
 */
#include "report.h"
#include "verbs.h"

const struct opt new_opts[] = {
	{ "tx-rings", 0, "N", "transmit rings" },
	{ "rx-rings", 0, "N", "receive rings" },
	{ "tx-slots", 0, "N", "slots in a transmit ring" },
	{ "rx-slots", 0, "N", "slots in a receive ring" },
	{ "mem-id", 'm', "ID", "share this memory region" },
	{ NULL, 0, NULL, NULL },
};

static const struct column new_columns[] = {
	{ "port", "port", false },	  { "tx_rings", "tx rings", true },
	{ "rx_rings", "rx rings", true }, { "tx_slots", "tx slots", true },
	{ "rx_slots", "rx slots", true }, { "region", "region", true },
};

static const struct column delete_columns[] = {
	{ "port", "deleted", false },
};

/* What was not asked for stays 0: the engine's default. */
static int parse_shape(const struct args *a, struct nmreq_vale_newif *body)
{
	uint32_t tx_rings = 0, rx_rings = 0, mem_id = 0;

	if (args_number(a, "tx-rings", 1, UINT16_MAX, &tx_rings) ||
	    args_number(a, "rx-rings", 1, UINT16_MAX, &rx_rings) ||
	    args_number(a, "tx-slots", 1, UINT32_MAX, &body->nr_tx_slots) ||
	    args_number(a, "rx-slots", 1, UINT32_MAX, &body->nr_rx_slots) ||
	    args_number(a, "mem-id", 1, UINT16_MAX, &mem_id))
		return EXIT_USAGE;
	body->nr_tx_rings = (uint16_t)tx_rings;
	body->nr_rx_rings = (uint16_t)rx_rings;
	body->nr_mem_id = (uint16_t)mem_id;
	return 0;
}

int vale_new(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct nmreq_vale_newif body = { 0 };
	struct report r;
	int err;

	if (parse_shape(&n->args, &body))
		return EXIT_USAGE;
	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n, NETMAP_REQ_VALE_NEWIF, name, &body, NULL);
	if (err)
		return nmctl_failed(n, name, err);
	report_init(&r, "new", new_columns, sizeof(new_columns) / sizeof(new_columns[0]));
	report_text(&r, name);
	report_num(&r, body.nr_tx_rings);
	report_num(&r, body.nr_rx_rings);
	report_num(&r, body.nr_tx_slots);
	report_num(&r, body.nr_rx_slots);
	report_num(&r, body.nr_mem_id);
	report_end_record(&r, n->args.json);
	return EXIT_OK;
}

int vale_delete(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct report r;
	int err;

	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n, NETMAP_REQ_VALE_DELIF, name, NULL, NULL);
	if (err)
		return nmctl_failed(n, name, err);
	report_init(&r, "delete", delete_columns, 1);
	report_text(&r, name);
	report_end_record(&r, n->args.json);
	return EXIT_OK;
}
