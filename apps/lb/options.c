// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms, defaults, and the numbers of the pipes. */
#include "options.h"

#include <string.h>

#include "../common/optnum.h"

/* [NAME:]N; what is before the last colon is the name, which may be a switch port's. */
static int add_group(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	struct group_options *g = &opt->groups[opt->group_count];

	if (opt->group_count == GROUPS_MAX)
		return errmsg_set(err, "--pipes: more than %u groups", GROUPS_MAX);
	if (len >= sizeof(g->name) || (colon && len == 0))
		return errmsg_set(err, "--pipes: [NAME:]NUMBER is wanted, not `%s'", text);
	if (strncmp(text, "netmap:", 7) == 0 && len > 7) {
		text += 7;
		len -= 7;
	}
	memcpy(g->name, text, len);
	g->name[len] = '\0';
	opt->group_count++;
	return optnum_parse(&g->count, 1, PIPES_MAX, colon ? colon + 1 : text, "--pipes", err);
}

#define AT(member)	offsetof(struct options, member)

static const struct opt_def defs[] = {
	{ 'i', "interface", "PORT", "where packets come from", OPT_CALL, AT(spec), 0, 0,
	  port_spec_set },
	{ 'p', "pipes", "[NAME:]N",
	  "a group of N pipes (one group of 2); repeat it for more groups,\n"
	  "each of which gets all packets; readers open NAME}0 NAME}1 ...",
	  OPT_CALL, 0, 0, 0, add_group },
	{ 'B', "extra-buffers", "N", "buffers for what the pipes cannot take at once (0)", OPT_UINT,
	  AT(extra_bufs), 0, 1 << 24, NULL },
	{ 'b', "batch", "N", "most slots taken at a time (2048)", OPT_UINT, AT(batch), 1, 1 << 20,
	  NULL },
	OPT_WAIT(struct options, wait_s),
	OPT_REPORT(struct options, report_ms,
		   "print a table so often (0: at the end only; 1000 with -v)"),
	OPT_JSON(struct options, json, "the table as JSON, one object a line"),
	OPT_VERBOSE(struct options, verbose, "say more"),
	OPT_LAST
};

const struct opt_program lb_program = {
	.name = "lb",
	.synopsis = "-i PORT [-p [NAME:]N ...] [options]",
	.defs = defs,
};

/* Groups of one name number their pipes on; the name of a group that has none is the port's. */
static int settle_groups(struct options *opt, struct errmsg *err)
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

int lb_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int outcome;

	*opt = (struct options){ .batch = 2048, .wait_s = WAIT_AUTO, .report_ms = REPORT_AUTO };
	outcome = opt_parse(&lb_program, opt, argc, argv, err);
	if (outcome != OPTIONS_OK)
		return outcome;
	if (!port_spec_is_set(&opt->spec)) {
		errmsg_set(err, "no port: use --interface");
		return OPTIONS_BAD;
	}
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	return settle_groups(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
