// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl header and nmctl poll: properties of one port.
 */
#include <string.h>

#include "report.h"
#include "verbs.h"

static const struct column header_columns[] = {
	{ "port", "port", false },
	{ "header", "header", true },
};

int port_header(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct nmreq_port_hdr body = { 0 };
	bool set = n->args.operand_count > 1;
	struct report r;
	int err;

	if (set && args_parse_number("LEN", n->args.operands[1], 0, UINT16_MAX, &body.nr_hdr_len))
		return EXIT_USAGE;
	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n, set ? NETMAP_REQ_PORT_HDR_SET : NETMAP_REQ_PORT_HDR_GET, name, &body,
			    NULL);
	if (err)
		return nmctl_failed(n, name, err);
	report_init(&r, "header", header_columns, 2);
	report_text(&r, name);
	report_num(&r, body.nr_hdr_len);
	report_end_record(&r, n->args.json);
	return EXIT_OK;
}

const struct opt poll_opts[] = {
	{ "mode", 'M', "single|multi", "one thread for all rings, or one for each" },
	{ "cpu", 'c', "CPU", "CPU of the first thread" },
	{ "cpus", 'C', "N", "how many CPUs" },
	{ NULL, 0, NULL, NULL },
};

static const struct column poll_columns[] = {
	{ "port", "port", false },
	{ "polling", "polling", false },
};

static int parse_polling(const struct args *a, struct nmreq_vale_polling *body)
{
	const char *mode = args_value(a, "mode");

	body->nr_mode = NETMAP_POLLING_MODE_SINGLE_CPU;
	body->nr_num_polling_cpus = 1;
	if (mode && !strcmp(mode, "multi"))
		body->nr_mode = NETMAP_POLLING_MODE_MULTI_CPU;
	else if (mode && strcmp(mode, "single"))
		return args_wrong("mode: '%s' is neither single nor multi", mode);
	if (args_number(a, "cpu", 0, UINT16_MAX, &body->nr_first_cpu_id) ||
	    args_number(a, "cpus", 1, UINT16_MAX, &body->nr_num_polling_cpus))
		return EXIT_USAGE;
	return 0;
}

int port_poll(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n), *what = n->args.operands[1];
	struct nmreq_vale_polling body = { 0 };
	bool on = !strcmp(what, "on");
	struct report r;
	int err;

	if (!on && strcmp(what, "off"))
		return args_wrong("poll: '%s' is neither on nor off", what);
	if (parse_polling(&n->args, &body))
		return EXIT_USAGE;
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
	report_end_record(&r, n->args.json);
	return EXIT_OK;
}
