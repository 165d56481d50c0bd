// SPDX-License-Identifier: BSD-2-Clause
/* The command line: each action is an option whose argument is a port. */
#include <getopt.h>

#include "../common/number.h"
#include "../common/request.h"
#include "vale-ctl.h"

static int set_port(void *value, const char *name, struct errmsg *err)
{
	const char **port = value;

	if (*port)
		return errmsg_set(err, "'%s': one action at a time", name);
	*port = request_port_name(name);
	return 0;
}

static int set_config(void *options, const char *text, struct errmsg *err)
{
	static const uint64_t max[4] = { 1u << 20, 1u << 20, 4096, 4096 };
	struct options *opt = options;
	int n = number_parse_list(opt->config, max, 4, text, "--config", err);

	if (n < 0)
		return -1;
	opt->config_count = (unsigned int)n;
	return 0;
}

#define ACTION(letter, name, arg, help, action) \
	OPT_CALL_AT(letter, name, arg, help, port_of[action], set_port)

static const struct opt_def defs[] = {
	OPT_FLAG('l', "list", "list the ports; with valeS:P after it, that port alone", is_list),
	ACTION('g', "rings", "PORT", "print the number of receive rings", ACTION_RINGS),
	ACTION('a', "attach", "valeS:IF", "add an interface to a switch", ACTION_ATTACH),
	ACTION('h', "attach-host", "valeS:IF", "add an interface and its host stack",
	       ACTION_ATTACH_HOST),
	ACTION('d', "detach", "valeS:IF", "remove an interface from a switch", ACTION_DETACH),
	ACTION('n', "new", "IF", "create a persistent port", ACTION_NEW),
	ACTION('r', "remove", "IF", "remove a persistent port", ACTION_REMOVE),
	ACTION('p', "poll", "valeS:IF", "start kernel threads that poll an attached card",
	       ACTION_POLL_ON),
	ACTION('P', "no-poll", "valeS:IF", "stop these threads", ACTION_POLL_OFF),
	OPT_CALL('C', "config", "N[,N...]",
		 "with -n: slots of tx and rx rings, number of tx and rx rings;\n"
		 "with -p: 0 for one thread or 1 for one per ring, first CPU, CPUs", set_config),
	OPT_UINT('m', "mem-id", "ID", "memory region, with -a, -h and -n", mem_id, 1, UINT16_MAX),
	OPT_JSON("print JSON"),
	OPT_HELP(0, "print this text (-h is another option)"),
	OPT_VERSION(0),
	OPT_END
};

/* Find the one action that was asked for, and its port. */
static int choose_action(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	enum action a;

	for (a = ACTION_LIST + 1; a < ACTIONS; a++) {
		if (!opt->port_of[a])
			continue;
		if (opt->action != ACTION_LIST || opt->is_list)
			return errmsg_set(err, "'%s': one action at a time", opt->port_of[a]);
		opt->action = a;
		opt->port = opt->port_of[a];
	}
	if (opt->is_list && optind < argc)
		opt->port = request_port_name(argv[optind++]);
	return optind < argc ? errmsg_set(err, "unexpected argument '%s'", argv[optind]) : 0;
}

static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	struct options *opt = options;
	enum action a;

	if (choose_action(opt, argc, argv, err))
		return -1;
	a = opt->action;
	if (opt->mem_id != 0 && a != ACTION_ATTACH && a != ACTION_ATTACH_HOST && a != ACTION_NEW)
		return errmsg_set(err, "--mem-id goes with --attach, --attach-host and --new");
	if (opt->config_count > 0 && a != ACTION_NEW && a != ACTION_POLL_ON)
		return errmsg_set(err, "--config goes with --new and --poll");
	if (a == ACTION_POLL_ON && (opt->config_count > 3 || opt->config[0] > 1))
		return errmsg_set(err, "--config: with --poll, want 0 or 1, then the first CPU, "
				  "then the number of CPUs");
	if (a == ACTION_POLL_ON && opt->config_count == 3 && opt->config[2] == 0)
		return errmsg_set(err, "--config: polling needs at least one CPU, not 0");
	return 0;
}

static void set_defaults(void *options)
{
	*(struct options *)options = (struct options){ .action = ACTION_LIST };
}

const struct opt_program vale_ctl_program = {
	.name = "vale-ctl",
	.synopsis = "[-l [PORT] | -g|-a|-h|-d|-n|-r|-p|-P PORT] [-C CONFIG] [-m ID]",
	.defs = defs,
	.after = "without an action, vale-ctl lists the ports of all switches\n",
	.words = OPT_WORDS_ANYWHERE,
	.set_defaults = set_defaults,
	.check = check,
};
