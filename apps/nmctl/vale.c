// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl attach, detach, new, delete, list, header and poll: switches, persistent ports, and the
 * properties of a port that can be changed.
 */
#include <string.h>

#include "../common/number.h"
#include "../common/request.h"
#include "nmctl.h"
#include "report.h"

const struct opt_def attach_opts[] = {
	OPT_FLAG('H', "host", "with the interface's host stack", host),
	OPT_UINT('m', "mem-id", "ID", "use this memory region", mem_id, 1, UINT16_MAX),
	OPT_END
};

static const struct column attach_columns[] = {
	{ "port", "port", false },
	{ "index", "index", true },
};

static int print_index(struct nmctl *n, const char *name, uint32_t index)
{
	struct report r;

	report_init(&r, n->opt.verb->name, COLUMNS(attach_columns));
	report_text(&r, name);
	report_num(&r, index);
	report_end_record(&r, n->opt.json);
	return EXIT_OK;
}

int vale_attach(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct nmreq_vale_attach body = { 0 };
	int err;

	body.reg.nr_mode = n->opt.host ? NR_REG_NIC_SW : NR_REG_ALL_NIC;
	body.reg.nr_mem_id = (uint16_t)n->opt.mem_id;
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

const struct opt_def new_opts[] = {
	OPT_UINT(0, "tx-rings", "N", "transmit rings", tx_rings, 1, UINT16_MAX),
	OPT_UINT(0, "rx-rings", "N", "receive rings", rx_rings, 1, UINT16_MAX),
	OPT_UINT(0, "tx-slots", "N", "slots in a transmit ring", tx_slots, 1, UINT32_MAX),
	OPT_UINT(0, "rx-slots", "N", "slots in a receive ring", rx_slots, 1, UINT32_MAX),
	OPT_UINT('m', "mem-id", "ID", "share this memory region", mem_id, 1, UINT16_MAX),
	OPT_END
};

static const struct column new_columns[] = {
	{ "port", "port", false },
	{ "tx_rings", "tx rings", true },
	{ "rx_rings", "rx rings", true },
	{ "tx_slots", "tx slots", true },
	{ "rx_slots", "rx slots", true },
	{ "region", "region", true },
};

static const struct column delete_columns[] = {
	{ "port", "deleted", false },
};

int vale_new(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct nmreq_vale_newif body = {
		.nr_tx_rings = (uint16_t)n->opt.tx_rings,
		.nr_rx_rings = (uint16_t)n->opt.rx_rings,
		.nr_tx_slots = n->opt.tx_slots,
		.nr_rx_slots = n->opt.rx_slots,
		.nr_mem_id = (uint16_t)n->opt.mem_id,
	};
	struct report r;
	int err;

	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n, NETMAP_REQ_VALE_NEWIF, name, &body, NULL);
	if (err)
		return nmctl_failed(n, name, err);
	report_init(&r, "new", COLUMNS(new_columns));
	report_text(&r, name);
	report_num(&r, body.nr_tx_rings);
	report_num(&r, body.nr_rx_rings);
	report_num(&r, body.nr_tx_slots);
	report_num(&r, body.nr_rx_slots);
	report_num(&r, body.nr_mem_id);
	report_end_record(&r, n->opt.json);
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
	report_end_record(&r, n->opt.json);
	return EXIT_OK;
}

static const struct column list_columns[] = {
	{ "switch_index", "SWITCH", true },
	{ "index", "INDEX", true },
	{ "port", "PORT", false },
};

static void add_port(void *report, const struct nmreq_vale_list *at, const char *name)
{
	report_num(report, at->nr_bridge_idx);
	report_num(report, at->nr_port_idx);
	report_text(report, name);
}

static int list_one(struct nmctl *n, struct report *r, const char *name)
{
	struct nmreq_vale_list at = { 0 };
	int err = nmctl_request(n, NETMAP_REQ_VALE_LIST, name, &at, NULL);

	if (!err)
		add_port(r, &at, name);
	return err;
}

int vale_list(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct report r;
	int err;

	if (nmctl_connect(n))
		return EXIT_FAILED;
	report_init(&r, "list", COLUMNS(list_columns));
	err = name ? list_one(n, &r, name) : request_walk_ports(n->fd, add_port, &r);
	if (err) {
		report_discard(&r);
		return nmctl_failed(n, name ? name : "list", err);
	}
	report_end(&r, n->opt.json);
	return EXIT_OK;
}

static const struct column header_columns[] = {
	{ "port", "port", false },
	{ "header", "header", true },
};

int port_header(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct nmreq_port_hdr body = { 0 };
	bool set = n->opt.operand_count > 1;
	struct errmsg msg;
	struct report r;
	int err;

	if (set && number_parse_uint(&body.nr_hdr_len, 0, UINT16_MAX, n->opt.operands[1], "LEN",
				     &msg))
		return options_refuse("%s", msg.text);
	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n, set ? NETMAP_REQ_PORT_HDR_SET : NETMAP_REQ_PORT_HDR_GET, name, &body,
			    NULL);
	if (err)
		return nmctl_failed(n, name, err);
	report_init(&r, "header", header_columns, 2);
	report_text(&r, name);
	report_num(&r, body.nr_hdr_len);
	report_end_record(&r, n->opt.json);
	return EXIT_OK;
}

static int set_mode(void *is_multi, const char *text, struct errmsg *err)
{
	*(bool *)is_multi = !strcmp(text, "multi");
	if (strcmp(text, "multi") && strcmp(text, "single"))
		return errmsg_set(err, "--mode: '%s' is neither single nor multi", text);
	return 0;
}

const struct opt_def poll_opts[] = {
	OPT_CALL_AT('M', "mode", "single|multi", "one thread for all rings, or one per ring",
		    is_multi, set_mode),
	OPT_UINT('c', "cpu", "CPU", "CPU of the first thread", first_cpu, 0, UINT16_MAX),
	OPT_UINT('C', "cpus", "N", "number of CPUs", cpus, 1, UINT16_MAX),
	OPT_END
};

static const struct column poll_columns[] = {
	{ "port", "port", false },
	{ "polling", "polling", false },
};

int port_poll(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n), *what = n->opt.operands[1];
	struct nmreq_vale_polling body = {
		.nr_mode = n->opt.is_multi ? NETMAP_POLLING_MODE_MULTI_CPU :
					     NETMAP_POLLING_MODE_SINGLE_CPU,
		.nr_first_cpu_id = n->opt.first_cpu,
		.nr_num_polling_cpus = n->opt.cpus,
	};
	bool on = !strcmp(what, "on");
	struct report r;
	int err;

	if (!on && strcmp(what, "off"))
		return options_refuse("poll: '%s' is neither on nor off", what);
	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n,
			    on ? NETMAP_REQ_VALE_POLLING_ENABLE : NETMAP_REQ_VALE_POLLING_DISABLE,
			    name, &body, NULL);
	if (err)
		return nmctl_failed(n, name, err);
	report_init(&r, "poll", poll_columns, 2);
	report_text(&r, name);
	report_text(&r, what);
	report_end_record(&r, n->opt.json);
	return EXIT_OK;
}
