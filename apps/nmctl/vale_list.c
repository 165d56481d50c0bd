// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl list: switches and ports by number, with the published request alone, so that it
 * also works where the engine has no listings.
 */
#include <errno.h>

#include "report.h"
#include "verbs.h"

static const struct column columns[] = {
	{ "switch", "SWITCH", true },
	{ "index", "INDEX", true },
	{ "port", "PORT", false },
};

static void add_port(struct report *r, const struct nmreq_vale_list *at, const char *name)
{
	report_num(r, at->nr_bridge_idx);
	report_num(r, at->nr_port_idx);
	report_text(r, name);
}

static int list_one(struct nmctl *n, struct report *r, const char *name)
{
	struct nmreq_vale_list at = { 0 };
	int err = nmctl_request(n, NETMAP_REQ_VALE_LIST, name, &at, NULL);

	if (!err)
		add_port(r, &at, name);
	return err;
}

/* Each answer is the first port at the numbers asked for or after them. */
static int list_all(struct nmctl *n, struct report *r)
{
	struct nmreq_vale_list at = { 0 }, before = { 0 };
	char name[NETMAP_REQ_IFNAMSIZ];
	int err;

	while (!(err = nmctl_request(n, NETMAP_REQ_VALE_LIST, "", &at, name))) {
		if (at.nr_bridge_idx < before.nr_bridge_idx ||
		    (at.nr_bridge_idx == before.nr_bridge_idx && at.nr_port_idx < before.nr_port_idx))
			return -EPROTO;		/* it would go on for ever */
		add_port(r, &at, name);
		at.nr_port_idx++;
		before = at;
	}
	return err == -ENOENT ? 0 : err;
}

int vale_list(struct nmctl *n)
{
	const char *name = nmctl_port_operand(n);
	struct report r;
	int err;

	if (nmctl_connect(n))
		return EXIT_FAILED;
	report_init(&r, "list", columns, sizeof(columns) / sizeof(columns[0]));
	err = name ? list_one(n, &r, name) : list_all(n, &r);
	if (err) {
		report_drop(&r);
		return nmctl_failed(n, name ? name : "list", err);
	}
	report_end(&r, n->args.json);
	return EXIT_OK;
}
