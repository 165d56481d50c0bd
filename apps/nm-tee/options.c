// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms and defaults. */
#include "options.h"

#include <string.h>

static int set_port(void *options, const char *name, struct errmsg *err)
{
	struct options *opt = options;

	if (opt->port)
		return errmsg_set(err, "--interface '%s': only one port can be monitored", name);
	opt->port = name;
	return port_spec_parse(&opt->spec, name, err);
}

static int add_output(void *options, const char *name, struct errmsg *err)
{
	struct options *opt = options;
	struct port_spec *spec = &opt->output[opt->outputs];

	if (opt->outputs == OUTPUTS_MAX)
		return errmsg_set(err, "--output '%s': at most %u outputs are possible", name,
				  OUTPUTS_MAX);
	if (port_spec_parse(spec, name, err))
		return -1;
	if (spec->flags & (NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON))
		return errmsg_set(err, "--output '%s': a monitor cannot send", name);
	opt->outputs++;
	return 0;
}

static const struct opt_def defs[] = {
	OPT_CALL('i', "interface", "PORT", "the port to monitor; it must be open", set_port),
	OPT_CALL('o', "output", "PORT", "where the packets go; can be repeated", add_output),
	OPT_FLAG('t', "sent", "copy what the port's programs send", sent),
	OPT_FLAG('r', "received", "copy what they receive (neither option: both)", received),
	OPT_UINT64('n', "count", "N", "stop after N packets (0: never)", count, 0, INT64_MAX),
	OPT_UINT('s', "slots", "N", "slots of the monitor's rings (as the port's)", slots, 4,
		 65536),
	OPT_FLAG('d', "drop", "drop packets that an output has no room for, do not wait", drop),
	OPT_INT('w', "wait", "SECONDS", "wait for PORT to be opened (0)", wait_s, 0, 3600),
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
	*(struct options *)options = (struct options){ .report_ms = REPORT_AUTO };
}

static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	struct options *opt = options;
	unsigned int i;

	(void)argc;
	(void)argv;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	if (!opt->port)
		return errmsg_set(err, "no port: use --interface");
	if (opt->outputs == 0)
		return errmsg_set(err, "no output: use --output");
	if (opt->sent)
		opt->spec.flags |= NR_MONITOR_TX;
	if (opt->received)
		opt->spec.flags |= NR_MONITOR_RX;
	if (!(opt->spec.flags & (NR_MONITOR_TX | NR_MONITOR_RX)))
		opt->spec.flags |= NR_MONITOR_TX | NR_MONITOR_RX;
	if (opt->spec.flags & NR_TX_RINGS_ONLY)
		return errmsg_set(err, "'%s': a monitor with flag T has no ring to read: omit it",
				  opt->port);
	opt->spec.flags |= NR_RX_RINGS_ONLY;
	for (i = 0; i < opt->outputs; i++) {
		if (strcmp(opt->output[i].name, opt->spec.name) == 0 &&
		    (opt->spec.flags & NR_MONITOR_TX))
			return errmsg_set(err, "--output '%s': its packets would be copied again "
					  "and again: use another port, or --received",
					  opt->spec.name);
	}
	return 0;
}

const struct opt_program tee_program = {
	.name = "nm-tee",
	.synopsis = "-i PORT -o PORT [-o PORT ...] [options]",
	.defs = defs,
	.set_defaults = set_defaults,
	.check = check,
};
