// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms and defaults. */
#include "options.h"

#include <stdio.h>
#include <string.h>

static int set_name(void *options, const char *name, struct errmsg *err)
{
	struct options *opt = options;

	if (opt->name[1])
		return errmsg_set(err, "--interface '%s': only two interfaces can be joined", name);
	opt->name[opt->name[0] ? 1 : 0] = name;
	return 0;
}

static const struct opt_def defs[] = {
	OPT_CALL('i', "interface", "NAME",
		 "twice: what to join; once: netmap:CARD and its own host stack", set_name),
	OPT_UINT('b', "batch", "N", "most packets per call of pcap_dispatch() (1024)", batch, 1,
		 1 << 20),
	OPT_INT('w', "wait", "SECONDS", "wait for the link (0)", wait_s, 0, 3600),
	OPT_REPORT("interval of the rate lines (0: none; 1000 with -v)"),
	OPT_JSON("print the totals as JSON to standard output"),
	OPT_VERBOSE("say more"),
	OPT_HELP('h', "print this text"),
	OPT_VERSION(0),
	OPT_END
};

static void set_defaults(void *options)
{
	*(struct options *)options = (struct options){ .batch = 1024, .report_ms = REPORT_AUTO };
}

bool testpcap_is_netmap(const char *name)
{
	return strncmp(name, "netmap:", 7) == 0 || strncmp(name, "nm:", 3) == 0 ||
	       (strncmp(name, "vale", 4) == 0 && strchr(name, ':') != NULL);
}

/* The second end of a single card is its host stack. */
static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	struct options *opt = options;

	(void)argc;
	(void)argv;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	if (!opt->name[0])
		return errmsg_set(err, "no interface: use --interface");
	if (opt->name[1] && strcmp(opt->name[0], opt->name[1]) == 0)
		return errmsg_set(err, "--interface '%s': it cannot be joined with itself",
				  opt->name[0]);
	if (opt->name[1])
		return 0;
	if (strncmp(opt->name[0], "netmap:", 7) != 0 ||
	    strpbrk(opt->name[0], "{}^*+@/") != NULL ||
	    strlen(opt->name[0]) + 2 > sizeof(opt->host))
		return errmsg_set(err, "'%s': a single interface must be netmap:CARD",
				  opt->name[0]);
	snprintf(opt->host, sizeof(opt->host), "%s^", opt->name[0]);
	opt->name[1] = opt->host;
	return 0;
}

const struct opt_program testpcap_program = {
	.name = "testpcap",
	.synopsis = "-i NAME [-i NAME] [options]",
	.defs = defs,
	.after = "\nNAME is netmap:PORT, valeSWITCH:PORT, or an interface of the system\n",
	.set_defaults = set_defaults,
	.check = check,
};
