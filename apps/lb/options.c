// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms, defaults, and the numbers of the pipes. */
#include "options.h"

#include <string.h>

#include "../common/number.h"
#include "../common/request.h"

/* [NAME:]N, where NAME may be a switch port and contain a colon of its own. */
static int add_group(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;
	const char *colon = strrchr(text, ':'), *name = request_port_name(text);
	struct group_options *g = &opt->groups[opt->group_count];
	size_t len;

	if (colon && colon < name)
		name = text;	/* "netmap:3": here the name is "netmap" */
	len = colon ? (size_t)(colon - name) : 0;
	if (opt->group_count == GROUPS_MAX)
		return errmsg_set(err, "--pipes '%s': at most %u groups are possible", text,
				  GROUPS_MAX);
	if (colon && len == 0)
		return errmsg_set(err, "--pipes '%s': want [NAME:]NUMBER", text);
	if (len >= sizeof(g->name))
		return errmsg_set(err, "--pipes '%s': the name has %zu characters, at most %zu "
				  "are possible", text, len, sizeof(g->name) - 1);
	memcpy(g->name, name, len);
	g->name[len] = '\0';
	opt->group_count++;
	return number_parse_uint(&g->count, 1, PIPES_MAX, colon ? colon + 1 : text, "--pipes", err);
}

static const struct opt_def defs[] = {
	OPT_CALL_AT('i', "interface", "PORT", "where packets come from", spec, port_spec_set),
	OPT_CALL('p', "pipes", "[NAME:]N",
		 "a group of N pipes (one group of 2); repeat it for more groups,\n"
		 "each of which gets all packets; readers open NAME}0 NAME}1 ...", add_group),
	OPT_UINT('B', "extra-buffers", "N", "buffers for packets that wait for a slow reader (0)",
		 extra_bufs, 0, 1 << 24),
	OPT_UINT('b', "batch", "N", "most slots received at a time (2048)", batch, 1, 1 << 20),
	OPT_WAIT,
	OPT_FLAG(0, "strict", "exit 1 if a packet was dropped or not sent", strict),
	OPT_REPORT("interval of the table (0: at the end only; 1000 with -v)"),
	OPT_JSON("print the table as JSON, one object a line"),
	OPT_VERBOSE("say more"),
	OPT_HELP('h', "print this text"),
	OPT_VERSION(0),
	OPT_END
};

static void set_defaults(void *options)
{
	*(struct options *)options = (struct options){
		.batch = 2048,
		.wait_s = WAIT_AUTO,
		.report_ms = REPORT_AUTO,
	};
}

/* A group without a name has the port's; groups of the same name share one row of numbers. */
static int check_groups(struct options *opt, struct errmsg *err)
{
	unsigned int i, k, sum = 0;

	if (opt->group_count == 0)
		opt->groups[opt->group_count++].count = 2;
	for (i = 0; i < opt->group_count; i++) {
		struct group_options *g = &opt->groups[i];

		if (g->name[0] == '\0')
			strcpy(g->name, opt->spec.name);
		for (k = 0; k < i; k++) {
			if (strcmp(opt->groups[k].name, g->name) == 0)
				g->first = opt->groups[k].first + opt->groups[k].count;
		}
		sum += g->count;
	}
	if (sum > PIPES_MAX)
		return errmsg_set(err, "--pipes: %u pipes are more than %u", sum, PIPES_MAX);
	return 0;
}

static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	struct options *opt = options;

	(void)argc;
	(void)argv;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	if (!port_spec_is_set(&opt->spec))
		return errmsg_set(err, "no port: use --interface");
	return check_groups(opt, err);
}

const struct opt_program lb_program = {
	.name = "lb",
	.synopsis = "-i PORT [-p [NAME:]N ...] [options]",
	.defs = defs,
	.set_defaults = set_defaults,
	.check = check,
};
