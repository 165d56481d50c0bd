// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms, defaults. */
#include "options.h"

#include <string.h>

static int set_port(void *options, const char *name, struct errmsg *err)
{
	struct options *opt = options;

	if (opt->port)
		return errmsg_set(err, "--interface: given more than once");
	opt->port = name;
	return port_spec_parse(&opt->spec, name, err);
}

static int add_output(void *options, const char *name, struct errmsg *err)
{
	struct options *opt = options;
	struct port_spec *spec = &opt->output[opt->outputs];

	if (opt->outputs == OUTPUTS_MAX)
		return errmsg_set(err, "--output: given more than %u times", OUTPUTS_MAX);
	if (port_spec_parse(spec, name, err))
		return -1;
	if (spec->flags & (NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON))
		return errmsg_set(err, "--output %s: a monitor cannot send", name);
	opt->outputs++;
	return 0;
}

#define AT(member)	offsetof(struct options, member)

static const struct opt_def defs[] = {
	{ 'i', "interface", "PORT", "what to monitor: a port that is open", OPT_CALL, 0, 0, 0,
	  set_port },
	{ 'o', "output", "PORT", "where the packets go; may be given several times", OPT_CALL, 0, 0,
	  0, add_output },
	{ 't', "sent", NULL, "what the port's programs send", OPT_FLAG, AT(sent), 0, 0, NULL },
	{ 'r', "received", NULL, "what they receive (neither letter: both)", OPT_FLAG, AT(received),
	  0, 0, NULL },
	{ 'n', "count", "N", "end after so many packets (0: do not end)", OPT_UINT64, AT(count), 0,
	  INT64_MAX, NULL },
	{ 's', "slots", "N", "slots of the monitor's rings (as the port has)", OPT_UINT, AT(slots),
	  4, 65536, NULL },
	{ 'd', "drop", NULL, "drop what an output has no room for, instead of waiting", OPT_FLAG,
	  AT(drop), 0, 0, NULL },
	{ 'w', "wait", "SECONDS", "wait so long for PORT to be opened (0)", OPT_INT, AT(wait_s), 0,
	  3600, NULL },
	OPT_REPORT(struct options, report_ms, "print rates so often (0: never; 1000 with -v)"),
	OPT_JSON(struct options, json, "the totals as JSON on standard output"),
	OPT_VERBOSE(struct options, verbose, "say more"),
	OPT_LAST
};

const struct opt_program tee_program = {
	.name = "nm-tee",
	.synopsis = "-i PORT -o PORT [-o PORT ...] [options]",
	.defs = defs,
};

static int settle(struct options *opt, struct errmsg *err)
{
	unsigned int i;

	if (!opt->port)
		return errmsg_set(err, "no port: use --interface");
	if (opt->outputs == 0)
		return errmsg_set(err, "nowhere to copy to: use --output");
	if (opt->sent)
		opt->spec.flags |= NR_MONITOR_TX;
	if (opt->received)
		opt->spec.flags |= NR_MONITOR_RX;
	if (!(opt->spec.flags & (NR_MONITOR_TX | NR_MONITOR_RX)))
		opt->spec.flags |= NR_MONITOR_TX | NR_MONITOR_RX;
	if (opt->spec.flags & NR_TX_RINGS_ONLY)
		return errmsg_set(err, "%s: T leaves a monitor no ring", opt->port);
	opt->spec.flags |= NR_RX_RINGS_ONLY;
	for (i = 0; i < opt->outputs; i++) {
		if (strcmp(opt->output[i].name, opt->spec.name) == 0 &&
		    (opt->spec.flags & NR_MONITOR_TX))
			return errmsg_set(err, "%s: what is sent there would come back for ever",
					  opt->spec.name);
	}
	return 0;
}

int tee_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int outcome;

	*opt = (struct options){ .report_ms = REPORT_AUTO };
	outcome = opt_parse(&tee_program, opt, argc, argv, err);
	if (outcome != OPTIONS_OK)
		return outcome;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	return settle(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
