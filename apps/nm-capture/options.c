// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms, defaults, and the words of a filter. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define AT(member)	offsetof(struct options, member)

static const struct opt_def defs[] = {
	{ 'i', "interface", "PORT", "where packets come from", OPT_CALL, AT(spec), 0, 0,
	  port_spec_set },
	{ 'o', "output", "FILE", "pcapng file to write, - for standard output", OPT_TEXT, AT(file),
	  0, 0, NULL },
	{ 'n', "count", "N", "end after so many packets (0: do not end)", OPT_UINT64, AT(count), 0,
	  INT64_MAX, NULL },
	{ 's', "snaplen", "BYTES", "keep at most so much of each packet (262144)", OPT_UINT,
	  AT(snaplen), 1, SNAPLEN_MAX, NULL },
	OPT_WAIT(struct options, wait_s),
	OPT_REPORT(struct options, report_ms, "print rates so often (0: never; 1000 with -v)"),
	OPT_JSON(struct options, json, "the summary as JSON, on standard error"),
	OPT_VERBOSE(struct options, verbose, "say more"),
	OPT_LAST
};

const struct opt_program capture_program = {
	.name = "nm-capture",
	.synopsis = "-i PORT -o FILE [options] [FILTER]",
	.defs = defs,
	.after = "FILTER is an expression as in pcap-filter(7); without one all packets are kept\n",
	.words = OPT_WORDS_LAST,
};

/* All words that are left, with blanks between. */
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

int capture_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int outcome;

	*opt = (struct options){ .snaplen = SNAPLEN_MAX,
				 .wait_s = WAIT_AUTO,
				 .report_ms = REPORT_AUTO };
	outcome = opt_parse(&capture_program, opt, argc, argv, err);
	if (outcome != OPTIONS_OK)
		return outcome;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	if (!port_spec_is_set(&opt->spec))
		errmsg_set(err, "no port: use --interface");
	else if (!opt->file)
		errmsg_set(err, "no file: use --output, with - for standard output");
	else if (join_filter(opt, argc - optind, argv + optind, err) == 0)
		return OPTIONS_OK;
	return OPTIONS_BAD;
}

void capture_options_free(struct options *opt)
{
	free(opt->filter);
	opt->filter = NULL;
}
