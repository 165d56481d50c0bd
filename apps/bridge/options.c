// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms and defaults. */
#include "options.h"

#include <string.h>

static int set_port(void *options, const char *name, struct errmsg *err)
{
	struct options *opt = options;
	int i = opt->name[0] ? 1 : 0;

	if (opt->name[1])
		return errmsg_set(err, "--interface '%s': only two ports can be joined", name);
	opt->name[i] = name;
	return port_spec_parse(&opt->spec[i], name, err);
}

static const struct opt_def defs[] = {
	OPT_CALL('i', "interface", "PORT",
		 "twice: the ports to join; once: a card and its own host stack", set_port),
	OPT_UINT('b', "batch", "N", "most slots moved at a time (1024)", batch, 1, 1 << 20),
	OPT_WAIT,
	OPT_FLAG('c', "copy", "copy packets even if buffers could be exchanged", copy),
	OPT_FLAG(0, "busy", "never sleep: poll the ports all the time", busy),
	OPT_FLAG(0, "strict", "exit 1 if a packet was dropped or not sent", strict),
	OPT_REPORT("interval of the rate lines (0: none; 1000 with -v)"),
	OPT_JSON("print the totals as JSON to standard output"),
	OPT_VERBOSE("say more"),
	OPT_HELP('h', "print this text"),
	OPT_VERSION(0),
	OPT_END
};

static void set_defaults(void *options)
{
	*(struct options *)options = (struct options){
		.batch = 1024,
		.wait_s = WAIT_AUTO,
		.report_ms = REPORT_AUTO,
	};
}

/* The second end of a single port is its host stack. */
static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	struct options *opt = options;

	(void)argc;
	(void)argv;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	if (!opt->name[0])
		return errmsg_set(err, "no port: use --interface");
	if (opt->name[1] && strcmp(opt->name[0], opt->name[1]) == 0)
		return errmsg_set(err, "--interface '%s': a port cannot be joined with itself",
				  opt->name[0]);
	if (opt->name[1])
		return 0;
	if (port_spec_is_virtual(&opt->spec[0]))
		return errmsg_set(err, "'%s' has no host stack: name a second port", opt->name[0]);
	if (opt->spec[0].mode != NR_REG_ALL_NIC)
		return errmsg_set(err, "'%s': a single port must be a card with all its rings",
				  opt->name[0]);
	opt->spec[1] = opt->spec[0];
	opt->spec[1].mode = NR_REG_SW;
	return 0;
}

const struct opt_program bridge_program = {
	.name = "bridge",
	.synopsis = "-i PORT [-i PORT] [options]",
	.defs = defs,
	.set_defaults = set_defaults,
	.check = check,
};
