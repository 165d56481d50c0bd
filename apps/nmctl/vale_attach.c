// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl attach and nmctl detach: interfaces and lasting ports on a switch.
 */
#include "report.h"
#include "verbs.h"

const struct opt attach_opts[] = {
	{ "host", 'H', NULL, "with the interface's host stack" },
	{ "mem-id", 'm', "ID", "use this memory region" },
	{ NULL, 0, NULL, NULL },
};

static const struct column columns[] = {
	{ "port", "port", false },
	{ "index", "index", true },
};

static int print_index(struct nmctl *n, const char *name, uint32_t index)
{
	struct report r;

	report_init(&r, n->args.verb->name, columns, sizeof(columns) / sizeof(columns[0]));
	report_text(&r, name);
	report_num(&r, index);
	report_end_record(&r, n->args.json);
	return EXIT_OK;
}

int vale_attach(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct nmreq_vale_attach body = { 0 };
	uint32_t mem_id = 0;
	int err;

	if (args_number(&n->args, "mem-id", 1, UINT16_MAX, &mem_id))
		return EXIT_USAGE;
	body.reg.nr_mode = args_value(&n->args, "host") ? NR_REG_NIC_SW : NR_REG_ALL_NIC;
	body.reg.nr_mem_id = (uint16_t)mem_id;
	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n, NETMAP_REQ_VALE_ATTACH, name, &body, NULL);
	return err ? nmctl_failed(n, name, err) : print_index(n, name, body.port_index);
}

int vale_detach(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct nmreq_vale_detach body = { 0 };
	int err;

	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n, NETMAP_REQ_VALE_DETACH, name, &body, NULL);
	return err ? nmctl_failed(n, name, err) : print_index(n, name, body.port_index);
}
