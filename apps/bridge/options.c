/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: letters, long forms and defaults. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../common/optnum.h"

enum { LONG_BUSY = 256, LONG_JSON };

static const char letters[] = "i:b:w:cvT:h";

static const struct option long_forms[] = {
	{ "interface", required_argument, NULL, 'i' },
	{ "batch", required_argument, NULL, 'b' },
	{ "wait", required_argument, NULL, 'w' },
	{ "copy", no_argument, NULL, 'c' },
	{ "busy", no_argument, NULL, LONG_BUSY },
	{ "report", required_argument, NULL, 'T' },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"  -i, --interface PORT  twice: the ports to join; once: a card and its own host stack\n"
"  -b, --batch N         most slots moved at a time (1024)\n"
"  -w, --wait SECONDS    wait for the link (2; 0 on switches and pipes)\n"
"  -c, --copy            copy packets even if buffers could be exchanged\n"
"      --busy            never sleep: synchronize all the time\n"
"  -T, --report MS       print rates so often (0: never; 1000 with -v)\n"
"      --json            the totals as JSON on standard output\n"
"  -v, --verbose         say more\n"
"  -h, --help\n";

void
bridge_usage(bool full)
{
	FILE *out = full ? stdout : stderr;

	fputs("usage: bridge -i PORT [-i PORT] [options]\n", out);
	if (full)
		fputs(help, out);
	else
		fputs("       bridge --help lists the options\n", out);
}

static int
set_port(struct options *opt, const char *name, struct errmsg *err)
{
	int i = opt->name[0] != NULL;

	if (opt->name[1] != NULL)
		return errmsg_set(err, "--interface: given more than twice");
	opt->name[i] = name;
	return port_spec_parse(&opt->spec[i], name, err);
}

static int
set_option(struct options *opt, int letter, const char *arg, struct errmsg *err)
{
	unsigned int n = 0;

	switch (letter) {
	case 'i':
		return set_port(opt, arg, err);
	case 'b':
		return optnum_parse(&opt->batch, 1, 1u << 20, arg, "--batch", err);
	case 'T':
		return optnum_parse(&opt->report_ms, 0, 3600 * 1000, arg, "--report", err);
	case 'w':
		if (optnum_parse(&n, 0, 3600, arg, "--wait", err))
			return -1;
		opt->wait_s = (int)n;
		return 0;
	case 'c':
		opt->copy = true;
		return 0;
	case LONG_BUSY:
		opt->busy = true;
		return 0;
	case LONG_JSON:
		opt->json = true;
		return 0;
	default:
		opt->verbose++;
		return 0;
	}
}

/* The other end of a single port is its host stack. */
static int
settle_ports(struct options *opt, struct errmsg *err)
{
	if (opt->name[0] == NULL)
		return errmsg_set(err, "no port: use --interface");
	if (opt->name[1] != NULL && strcmp(opt->name[0], opt->name[1]) == 0)
		return errmsg_set(err, "%s twice: a port cannot be joined with itself",
		    opt->name[0]);
	if (opt->name[1] != NULL)
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

int
bridge_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	bool has_report = false;
	int letter;

	*opt = (struct options){ .batch = 1024, .wait_s = WAIT_AUTO };
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
	if (optind < argc) {
		errmsg_set(err, "what is `%s'?", argv[optind]);
		return OPTIONS_BAD;
	}
	if (opt->verbose > 0 && !has_report)
		opt->report_ms = 1000;
	return settle_ports(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
