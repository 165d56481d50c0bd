// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl list: switches and ports by number, with the published request alone, so that it
 * also works where the engine has no listings.
 */
#include "../common/request.h"
#include "report.h"
#include "verbs.h"

static const struct column columns[] = {
	{ "switch", "SWITCH", true },
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
	report_init(&r, "list", columns, sizeof(columns) / sizeof(columns[0]));
	err = name ? list_one(n, &r, name) : request_walk_ports(n->fd, add_port, &r);
	if (err) {
		report_drop(&r);
		return nmctl_failed(n, name ? name : "list", err);
	}
	report_end(&r, n->args.json);
	return EXIT_OK;
}
