// SPDX-License-Identifier: BSD-2-Clause
/* The command line: each action is an option with a port. */
#include <getopt.h>
#include <string.h>

#include "../common/optnum.h"
#include "../common/request.h"
#include "vale-ctl.h"

static int set_port(void *value, const char *name, struct errmsg *err)
{
	const char **port = value;

	if (*port)
		return errmsg_set(err, "one thing at a time");
	*port = request_port_name(name);
	return 0;
}

static int set_config(void *options, const char *text, struct errmsg *err)
{
	static const uint64_t max[4] = { 1u << 20, 1u << 20, 4096, 4096 };
	struct options *opt = options;
	int n = optnum_list(opt->config, max, 4, text, "--config", err);

	if (n < 0)
		return -1;
	opt->config_count = (unsigned int)n;
	return 0;
}

#define AT(member)	offsetof(struct options, member)
#define ACTION(letter, name, arg, what, action) \
	{                                                                              \
		letter, name, arg, what, OPT_CALL, AT(port_of[action]), 0, 0, set_port \
	}

static const struct opt_def defs[] = {
	{ 'l', "list", NULL, "list; with a valeS:P behind it, the numbers of that port", OPT_FLAG,
	  AT(is_list), 0, 0, NULL },
	ACTION('g', "rings", "PORT", "how many receive rings a port has", ACTION_RINGS),
	ACTION('a', "attach", "valeS:IF", "add an interface to a switch", ACTION_ATTACH),
	ACTION('h', "attach-host", "valeS:IF", "the same with its host stack", ACTION_ATTACH_HOST),
	ACTION('d', "detach", "valeS:IF", "take it off the switch", ACTION_DETACH),
	ACTION('n', "new", "IF", "make a port that stays until it is removed", ACTION_NEW),
	ACTION('r', "remove", "IF", "remove such a port", ACTION_REMOVE),
	ACTION('p', "poll", "valeS:IF", "let threads of the kernel poll an attached card",
	       ACTION_POLL_ON),
	ACTION('P', "no-poll", "valeS:IF", "stop them", ACTION_POLL_OFF),
	{ 'C', "config", "N[,N...]",
	  "with -n: slots of tx and rx rings, number of tx and rx rings;\n"
	  "with -p: 0 one thread or 1 one for each ring, first CPU, how many",
	  OPT_CALL, 0, 0, 0, set_config },
	{ 'm', "mem-id", "ID", "memory region, with -a, -h and -n", OPT_UINT, AT(mem_id), 1,
	  UINT16_MAX, NULL },
	OPT_JSON(struct options, json, "print JSON"),
	{ 0, "help", NULL, "(-h is another option)", OPT_HELP, 0, 0, 0, NULL },
	OPT_END
};

const struct opt_program vale_ctl_program = {
	.name = "vale-ctl",
	.synopsis = "[-l [PORT] | -g|-a|-h|-d|-n|-r|-p|-P PORT] [-C CONFIG] [-m ID]",
	.defs = defs,
	.after = "without an action, lists the ports of all switches\n",
	.words = OPT_WORDS_ANYWHERE,
};

/* What to do: one thing, and the port it is done to. */
static int settle(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	enum action a;

	for (a = ACTION_LIST + 1; a < ACTIONS; a++) {
		if (!opt->port_of[a])
			continue;
		if (opt->action != ACTION_LIST || opt->is_list)
			return errmsg_set(err, "one thing at a time");
		opt->action = a;
		opt->port = opt->port_of[a];
	}
	if (opt->is_list && optind < argc)
		opt->port = request_port_name(argv[optind++]);
	return optind < argc ? errmsg_set(err, "what is `%s'?", argv[optind]) : 0;
}

static int check(const struct options *opt, struct errmsg *err)
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

int options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int outcome;

	memset(opt, 0, sizeof(*opt));
	outcome = opt_parse(&vale_ctl_program, opt, argc, argv, err);
	if (outcome != OPTIONS_OK)
		return outcome;
	return settle(opt, argc, argv, err) || check(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
