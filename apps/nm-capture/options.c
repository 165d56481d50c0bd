/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: letters, long forms, defaults, and the words of a filter. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/optnum.h"
#include "../common/units.h"

enum { LONG_JSON = 256 };

static const char letters[] = "+i:o:n:s:w:T:vh";

static const struct option long_forms[] = {
	{ "interface", required_argument, NULL, 'i' },
	{ "output", required_argument, NULL, 'o' },
	{ "count", required_argument, NULL, 'n' },
	{ "snaplen", required_argument, NULL, 's' },
	{ "wait", required_argument, NULL, 'w' },
	{ "report", required_argument, NULL, 'T' },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"  -i, --interface PORT  where packets come from\n"
"  -o, --output FILE     pcapng file to write, - for standard output\n"
"  -n, --count N         end after so many packets (0: do not end)\n"
"  -s, --snaplen BYTES   keep at most so much of each packet (262144)\n"
"  -w, --wait SECONDS    wait for the link (2; 0 on switches and pipes)\n"
"  -T, --report MS       print rates so often (0: never; 1000 with -v)\n"
"      --json            the summary as JSON, on standard error\n"
"  -v, --verbose         say more\n"
"  -h, --help\n"
"FILTER is an expression as in pcap-filter(7); without one all packets are kept\n";

void
capture_usage(bool full)
{
	FILE *out = full ? stdout : stderr;

	fputs("usage: nm-capture -i PORT -o FILE [options] [FILTER]\n", out);
	if (full)
		fputs(help, out);
	else
		fputs("       nm-capture --help lists the options\n", out);
}

static int
set_option(struct options *opt, int letter, const char *arg, struct errmsg *err)
{
	unsigned int n = 0;

	switch (letter) {
	case 'i':
		opt->port = arg;
		return port_spec_parse(&opt->spec, arg, err);
	case 'o':
		opt->file = arg;
		return 0;
	case 'n':
		if (units_parse(arg, INT64_MAX, &opt->count))
			return errmsg_set(err, "--count: a number is wanted, not `%s'", arg);
		return 0;
	case 's':
		return optnum_parse(&opt->snaplen, 1, SNAPLEN_MAX, arg, "--snaplen", err);
	case 'T':
		return optnum_parse(&opt->report_ms, 0, 3600 * 1000, arg, "--report", err);
	case 'w':
		if (optnum_parse(&n, 0, 3600, arg, "--wait", err))
			return -1;
		opt->wait_s = (int)n;
		return 0;
	case LONG_JSON:
		opt->json = true;
		return 0;
	default:
		opt->verbose++;
		return 0;
	}
}

/* All words that are left, with blanks between. */
static int
join_filter(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	size_t len = 1;
	int i;

	for (i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	opt->filter = calloc(len, 1);
	if (opt->filter == NULL)
		return errmsg_set(err, "out of memory");
	for (i = 0; i < argc; i++) {
		strcat(opt->filter, i > 0 ? " " : "");
		strcat(opt->filter, argv[i]);
	}
	return 0;
}

int
capture_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	bool has_report = false;
	int letter;

	*opt = (struct options){ .snaplen = SNAPLEN_MAX, .wait_s = WAIT_AUTO };
	optind = 0;
	while ((letter = getopt_long(argc, argv, letters, long_forms, NULL)) != -1) {
		if (letter == 'h')
			return OPTIONS_HELP;
		if (letter == '?') {
			errmsg_set(err, "see the message above");
			return OPTIONS_BAD;
		}
		has_report = has_report || letter == 'T';
		if (set_option(opt, letter, optarg, err))
			return OPTIONS_BAD;
	}
	if (opt->verbose > 0 && !has_report)
		opt->report_ms = 1000;
	if (opt->port == NULL)
		errmsg_set(err, "no port: use --interface");
	else if (opt->file == NULL)
		errmsg_set(err, "no file: use --output, with - for standard output");
	else if (join_filter(opt, argc - optind, argv + optind, err) == 0)
		return OPTIONS_OK;
	return OPTIONS_BAD;
}

void
capture_options_free(struct options *opt)
{
	free(opt->filter);
	opt->filter = NULL;
}
