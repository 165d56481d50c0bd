/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: each action is an option with a port. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../common/optnum.h"
#include "../common/request.h"
#include "vale-ctl.h"

enum { LONG_JSON = 256, LONG_HELP };

static const char letters[] = "g:a:h:d:n:r:lp:P:C:m:";

static const struct option long_forms[] = {
	{ "rings", required_argument, NULL, 'g' },
	{ "attach", required_argument, NULL, 'a' },
	{ "attach-host", required_argument, NULL, 'h' },
	{ "detach", required_argument, NULL, 'd' },
	{ "new", required_argument, NULL, 'n' },
	{ "remove", required_argument, NULL, 'r' },
	{ "list", no_argument, NULL, 'l' },
	{ "poll", required_argument, NULL, 'p' },
	{ "no-poll", required_argument, NULL, 'P' },
	{ "config", required_argument, NULL, 'C' },
	{ "mem-id", required_argument, NULL, 'm' },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "help", no_argument, NULL, LONG_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"without options, lists the ports of all switches\n"
"  -l, --list [valeS:P]      list, or the numbers of one port\n"
"  -g, --rings PORT          how many receive rings a port has\n"
"  -a, --attach valeS:IF     add an interface to a switch\n"
"  -h, --attach-host valeS:IF  the same with its host stack\n"
"  -d, --detach valeS:IF     take it off the switch\n"
"  -n, --new IF              make a port that stays until it is removed\n"
"  -r, --remove IF           remove such a port\n"
"  -p, --poll valeS:IF       let threads of the kernel poll an attached card\n"
"  -P, --no-poll valeS:IF    stop them\n"
"  -C, --config T[,R[,N[,M]]]  with -n: slots of tx and rx rings, number of tx and rx rings\n"
"  -C, --config MODE[,CPU[,N]] with -p: 0 one thread or 1 one for each ring, first CPU, how many\n"
"  -m, --mem-id ID           memory region, with -a, -h and -n\n"
"      --json                print JSON\n"
"      --help                (-h is another option)\n";

void
options_usage(bool full)
{
	FILE *out = full ? stdout : stderr;

	fputs("usage: vale-ctl [-l [PORT] | -g|-a|-h|-d|-n|-r|-p|-P PORT] [-C CONFIG] [-m ID]\n",
	    out);
	if (full)
		fputs(help, out);
	else
		fputs("       vale-ctl --help lists the options\n", out);
}

static int
set_action(struct options *opt, enum action action, const char *port, struct errmsg *err)
{
	if (opt->has_action)
		return errmsg_set(err, "one thing at a time");
	opt->has_action = true;
	opt->action = action;
	opt->port = port != NULL ? request_port_name(port) : NULL;
	return 0;
}

static int
set_config(struct options *opt, const char *text, struct errmsg *err)
{
	static const uint64_t max[4] = { 1u << 20, 1u << 20, 4096, 4096 };
	int n = optnum_list(opt->config, max, 4, text, "--config", err);

	if (n < 0)
		return -1;
	opt->config_count = (unsigned int)n;
	return 0;
}

static int
set_option(struct options *opt, int letter, const char *arg, struct errmsg *err)
{
	static const char actions[] = "lgahdnrpP";	/* in the order of enum action */

	switch (letter) {
	case 'C':
		return set_config(opt, arg, err);
	case 'm':
		return optnum_parse(&opt->mem_id, 1, UINT16_MAX, arg, "--mem-id", err);
	case LONG_JSON:
		opt->json = true;
		return 0;
	default:
		return set_action(opt, (enum action)(strchr(actions, letter) - actions), arg, err);
	}
}

static int
check(const struct options *opt, struct errmsg *err)
{
	enum action a = opt->action;

	if (opt->mem_id != 0 && a != ACTION_ATTACH && a != ACTION_ATTACH_HOST && a != ACTION_NEW)
		return errmsg_set(err, "--mem-id goes with --attach, --attach-host and --new");
	if (opt->config_count > 0 && a != ACTION_NEW && a != ACTION_POLL_ON)
		return errmsg_set(err, "--config goes with --new and --poll");
	if (a == ACTION_POLL_ON && (opt->config_count > 3 || opt->config[0] > 1))
		return errmsg_set(err, "--config: with --poll, 0 or 1, then the first CPU, then "
		    "how many CPUs");
	if (a == ACTION_POLL_ON && opt->config_count == 3 && opt->config[2] == 0)
		return errmsg_set(err, "--config: at least one CPU is needed to poll");
	return 0;
}

int
options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int letter;

	memset(opt, 0, sizeof(*opt));
	optind = 0;
	while ((letter = getopt_long(argc, argv, letters, long_forms, NULL)) != -1) {
		if (letter == LONG_HELP)
			return OPTIONS_HELP;
		if (letter == '?') {
			errmsg_set(err, "see the message above");
			return OPTIONS_BAD;
		}
		if (set_option(opt, letter, optarg, err))
			return OPTIONS_BAD;
	}
	if (opt->has_action && opt->action == ACTION_LIST && optind < argc)
		opt->port = request_port_name(argv[optind++]);
	if (optind < argc) {
		errmsg_set(err, "what is `%s'?", argv[optind]);
		return OPTIONS_BAD;
	}
	return check(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
