// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms, defaults, and the words of a filter. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct opt_def defs[] = {
	OPT_CALL_AT('i', "interface", "PORT", "where packets come from", spec, port_spec_set),
	OPT_TEXT('o', "output", "FILE", "pcapng file to write, - for standard output", file),
	OPT_UINT64('n', "count", "N", "stop after N packets (0: never)", count, 0, INT64_MAX),
	OPT_UINT('s', "snaplen", "BYTES", "keep at most BYTES of each packet (262144)", snaplen, 1,
		 SNAPLEN_MAX),
	OPT_WAIT,
	OPT_REPORT("interval of the rate lines (0: none; 1000 with -v)"),
	OPT_JSON("print the totals as JSON to standard error"),
	OPT_VERBOSE("say more"),
	OPT_HELP('h', "print this text"),
	OPT_VERSION(0),
	OPT_END
};

static void set_defaults(void *options)
{
	*(struct options *)options = (struct options){
		.snaplen = SNAPLEN_MAX,
		.wait_s = WAIT_AUTO,
		.report_ms = REPORT_AUTO,
	};
}

/* Join the remaining words with blanks. */
static int join_filter(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	size_t len = 1;
	int i;

	for (i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	opt->filter = calloc(len, 1);
	if (!opt->filter)
		return errmsg_set(err, "out of memory");
	for (i = 0; i < argc; i++) {
		strcat(opt->filter, i > 0 ? " " : "");
		strcat(opt->filter, argv[i]);
	}
	return 0;
}

static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	struct options *opt = options;

	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	if (!port_spec_is_set(&opt->spec))
		return errmsg_set(err, "no port: use --interface");
	if (!opt->file)
		return errmsg_set(err, "no file: use --output, with - for standard output");
	return join_filter(opt, argc - optind, argv + optind, err);
}

const struct opt_program capture_program = {
	.name = "nm-capture",
	.synopsis = "-i PORT -o FILE [options] [FILTER]",
	.defs = defs,
	.after = "FILTER is an expression of pcap-filter(7); without one all packets are kept\n",
	.words = OPT_WORDS_LAST,
	.set_defaults = set_defaults,
	.check = check,
};

void capture_options_free(struct options *opt)
{
	free(opt->filter);
	opt->filter = NULL;
}
