/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: letters, long forms and defaults. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../common/optnum.h"

enum { LONG_JSON = 256 };

static const char letters[] = "i:b:w:T:vh";

static const struct option long_forms[] = {
	{ "interface", required_argument, NULL, 'i' },
	{ "batch", required_argument, NULL, 'b' },
	{ "wait", required_argument, NULL, 'w' },
	{ "report", required_argument, NULL, 'T' },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"  -i, --interface NAME  twice: what to join; once: netmap:CARD and its own host stack\n"
"  -b, --batch N         most packets a call of pcap_dispatch() takes (1024)\n"
"  -w, --wait SECONDS    wait for the link (0)\n"
"  -T, --report MS       print rates so often (0: never; 1000 with -v)\n"
"      --json            the totals as JSON on standard output\n"
"  -v, --verbose         say more\n"
"  -h, --help\n"
"\n"
"A NAME is netmap:PORT, valeSWITCH:PORT, or an interface of the system.\n";

void
testpcap_usage(bool full)
{
	FILE *out = full ? stdout : stderr;

	fputs("usage: testpcap -i NAME [-i NAME] [options]\n", out);
	if (full)
		fputs(help, out);
	else
		fputs("       testpcap --help lists the options\n", out);
}

bool
testpcap_is_netmap(const char *name)
{
	return strncmp(name, "netmap:", 7) == 0 ||
	    (strncmp(name, "vale", 4) == 0 && strchr(name, ':') != NULL);
}

static int
set_option(struct options *opt, int letter, const char *arg, struct errmsg *err)
{
	switch (letter) {
	case 'i':
		if (opt->name[1] != NULL)
			return errmsg_set(err, "--interface: given more than twice");
		opt->name[opt->name[0] != NULL] = arg;
		return 0;
	case 'b':
		return optnum_parse(&opt->batch, 1, 1u << 20, arg, "--batch", err);
	case 'w':
		return optnum_parse(&opt->wait_s, 0, 3600, arg, "--wait", err);
	case 'T':
		return optnum_parse(&opt->report_ms, 0, 3600 * 1000, arg, "--report", err);
	case LONG_JSON:
		opt->json = true;
		return 0;
	default:
		opt->verbose = true;
		return 0;
	}
}

/* The other end of a single card is its host stack. */
static int
settle_names(struct options *opt, struct errmsg *err)
{
	if (opt->name[0] == NULL)
		return errmsg_set(err, "no interface: use --interface");
	if (opt->name[1] != NULL && strcmp(opt->name[0], opt->name[1]) == 0)
		return errmsg_set(err, "%s twice: it cannot be joined with itself", opt->name[0]);
	if (opt->name[1] != NULL)
		return 0;
	if (strncmp(opt->name[0], "netmap:", 7) != 0 || strpbrk(opt->name[0], "{}^*+@/") != NULL ||
	    strlen(opt->name[0]) + 2 > sizeof(opt->host))
		return errmsg_set(err, "%s: a single interface is a card by netmap: netmap:NAME",
		    opt->name[0]);
	snprintf(opt->host, sizeof(opt->host), "%s^", opt->name[0]);
	opt->name[1] = opt->host;
	return 0;
}

int
testpcap_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	bool has_report = false;
	int letter;

	*opt = (struct options){ .batch = 1024 };
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
	if (opt->verbose && !has_report)
		opt->report_ms = 1000;
	return settle_names(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
