// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms and defaults. */
#include "options.h"

#include <stdio.h>
#include <string.h>

static int set_name(void *options, const char *name, struct errmsg *err)
{
	struct options *opt = options;

	if (opt->name[1])
		return errmsg_set(err, "--interface: given more than twice");
	opt->name[opt->name[0] ? 1 : 0] = name;
	return 0;
}

#define AT(member)	offsetof(struct options, member)

static const struct opt_def defs[] = {
	{ 'i', "interface", "NAME", "twice: what to join; once: netmap:CARD and its own host stack",
	  OPT_CALL, 0, 0, 0, set_name },
	{ 'b', "batch", "N", "most packets a call of pcap_dispatch() takes (1024)", OPT_UINT,
	  AT(batch), 1, 1 << 20, NULL },
	{ 'w', "wait", "SECONDS", "wait for the link (0)", OPT_INT, AT(wait_s), 0, 3600, NULL },
	OPT_REPORT(struct options, report_ms, "print rates so often (0: never; 1000 with -v)"),
	OPT_JSON(struct options, json, "the totals as JSON on standard output"),
	OPT_VERBOSE(struct options, verbose, "say more"),
	OPT_LAST
};

const struct opt_program testpcap_program = {
	.name = "testpcap",
	.synopsis = "-i NAME [-i NAME] [options]",
	.defs = defs,
	.after = "\nA NAME is netmap:PORT, valeSWITCH:PORT, or an interface of the system.\n",
};

bool testpcap_is_netmap(const char *name)
{
	return strncmp(name, "netmap:", 7) == 0 || strncmp(name, "nm:", 3) == 0 ||
	       (strncmp(name, "vale", 4) == 0 && strchr(name, ':') != NULL);
}

/* The other end of a single card is its host stack. */
static int settle_names(struct options *opt, struct errmsg *err)
{
	if (!opt->name[0])
		return errmsg_set(err, "no interface: use --interface");
	if (opt->name[1] && strcmp(opt->name[0], opt->name[1]) == 0)
		return errmsg_set(err, "%s twice: it cannot be joined with itself", opt->name[0]);
	if (opt->name[1])
		return 0;
	if (strncmp(opt->name[0], "netmap:", 7) != 0 || strpbrk(opt->name[0], "{}^*+@/") != NULL ||
	    strlen(opt->name[0]) + 2 > sizeof(opt->host))
		return errmsg_set(err, "%s: a single interface is a card by netmap: netmap:NAME",
				  opt->name[0]);
	snprintf(opt->host, sizeof(opt->host), "%s^", opt->name[0]);
	opt->name[1] = opt->host;
	return 0;
}

int testpcap_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int outcome;

	*opt = (struct options){ .batch = 1024, .report_ms = REPORT_AUTO };
	outcome = opt_parse(&testpcap_program, opt, argc, argv, err);
	if (outcome != OPTIONS_OK)
		return outcome;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	return settle_names(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
