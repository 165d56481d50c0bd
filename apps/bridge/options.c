// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms and defaults. */
#include "options.h"

#include <string.h>

static int set_port(void *options, const char *name, struct errmsg *err)
{
	struct options *opt = options;
	int i = opt->name[0] ? 1 : 0;

	if (opt->name[1])
		return errmsg_set(err, "--interface: given more than twice");
	opt->name[i] = name;
	return port_spec_parse(&opt->spec[i], name, err);
}

#define AT(member)	offsetof(struct options, member)

static const struct opt_def defs[] = {
	{ 'i', "interface", "PORT", "twice: the ports to join; once: a card and its own host stack",
	  OPT_CALL, 0, 0, 0, set_port },
	{ 'b', "batch", "N", "most slots moved at a time (1024)", OPT_UINT, AT(batch), 1, 1 << 20,
	  NULL },
	OPT_WAIT(struct options, wait_s),
	{ 'c', "copy", NULL, "copy packets even if buffers could be exchanged", OPT_FLAG, AT(copy),
	  0, 0, NULL },
	{ 0, "busy", NULL, "never sleep: synchronize all the time", OPT_FLAG, AT(busy), 0, 0,
	  NULL },
	OPT_REPORT(struct options, report_ms, "print rates so often (0: never; 1000 with -v)"),
	OPT_JSON(struct options, json, "the totals as JSON on standard output"),
	OPT_VERBOSE(struct options, verbose, "say more"),
	OPT_LAST
};

const struct opt_program bridge_program = {
	.name = "bridge",
	.synopsis = "-i PORT [-i PORT] [options]",
	.defs = defs,
};

/* The other end of a single port is its host stack. */
static int settle_ports(struct options *opt, struct errmsg *err)
{
	if (!opt->name[0])
		return errmsg_set(err, "no port: use --interface");
	if (opt->name[1] && strcmp(opt->name[0], opt->name[1]) == 0)
		return errmsg_set(err, "%s twice: a port cannot be joined with itself",
				  opt->name[0]);
	if (opt->name[1])
		return 0;
	if (port_spec_is_virtual(&opt->spec[0]))
		return errmsg_set(err, "%s has no host stack: name a second port", opt->name[0]);
	if (opt->spec[0].mode != NR_REG_ALL_NIC)
		return errmsg_set(err, "%s: a card is wanted when there is one port only",
				  opt->name[0]);
	opt->spec[1] = opt->spec[0];
	opt->spec[1].mode = NR_REG_SW;
	return 0;
}

int bridge_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int outcome;

	*opt = (struct options){ .batch = 1024, .wait_s = WAIT_AUTO, .report_ms = REPORT_AUTO };
	outcome = opt_parse(&bridge_program, opt, argc, argv, err);
	if (outcome != OPTIONS_OK)
		return outcome;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	return settle_ports(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
