/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: letters, long forms, defaults, and the numbers of the pipes. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../common/optnum.h"

enum { LONG_JSON = 256 };

static const char letters[] = "i:p:B:b:w:T:vh";

static const struct option long_forms[] = {
	{ "interface", required_argument, NULL, 'i' },
	{ "pipes", required_argument, NULL, 'p' },
	{ "extra-buffers", required_argument, NULL, 'B' },
	{ "batch", required_argument, NULL, 'b' },
	{ "wait", required_argument, NULL, 'w' },
	{ "report", required_argument, NULL, 'T' },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"  -i, --interface PORT     where packets come from\n"
"  -p, --pipes [NAME:]N     a group of N pipes (one group of 2); repeat it for more groups,\n"
"                           each of which gets all packets; readers open NAME}0 NAME}1 ...\n"
"  -B, --extra-buffers N    buffers for what the pipes cannot take at once (0)\n"
"  -b, --batch N            most slots taken at a time (2048)\n"
"  -w, --wait SECONDS       wait for the link (2; 0 on switches and pipes)\n"
"  -T, --report MS          print a table so often (0: at the end only; 1000 with -v)\n"
"      --json               the table as JSON, one object a line\n"
"  -v, --verbose            say more\n"
"  -h, --help\n";

void
lb_usage(bool full)
{
	FILE *out = full ? stdout : stderr;

	fputs("usage: lb -i PORT [-p [NAME:]N ...] [options]\n", out);
	if (full)
		fputs(help, out);
	else
		fputs("       lb --help lists the options\n", out);
}

/* [NAME:]N; what is before the last colon is the name, which may be a switch port's. */
static int
add_group(struct options *opt, const char *text, struct errmsg *err)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;
	struct group_options *g = &opt->groups[opt->group_count];

	if (opt->group_count == GROUPS_MAX)
		return errmsg_set(err, "--pipes: more than %u groups", GROUPS_MAX);
	if (len >= sizeof(g->name) || (colon != NULL && len == 0))
		return errmsg_set(err, "--pipes: [NAME:]NUMBER is wanted, not `%s'", text);
	if (strncmp(text, "netmap:", 7) == 0 && len > 7) {
		text += 7;
		len -= 7;
	}
	memcpy(g->name, text, len);
	g->name[len] = '\0';
	opt->group_count++;
	return optnum_parse(&g->count, 1, PIPES_MAX, colon != NULL ? colon + 1 : text, "--pipes",
	    err);
}

static int
set_option(struct options *opt, int letter, const char *arg, struct errmsg *err)
{
	unsigned int n = 0;

	switch (letter) {
	case 'i':
		opt->port = arg;
		return port_spec_parse(&opt->spec, arg, err);
	case 'p':
		return add_group(opt, arg, err);
	case 'B':
		return optnum_parse(&opt->extra_bufs, 0, 1u << 24, arg, "--extra-buffers", err);
	case 'b':
		return optnum_parse(&opt->batch, 1, 1u << 20, arg, "--batch", err);
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

/* Groups of one name number their pipes on; the name of a group that has none is the port's. */
static int
settle_groups(struct options *opt, struct errmsg *err)
{
	unsigned int i, k, sum = 0;

	if (opt->group_count == 0)
		opt->groups[opt->group_count++].count = 2;
	for (i = 0; i < opt->group_count; i++) {
		struct group_options *g = &opt->groups[i];

		if (g->name[0] == '\0')
			strcpy(g->name, opt->spec.name);
		for (k = 0; k < i; k++) {
			if (strcmp(opt->groups[k].name, g->name) == 0)
				g->first = opt->groups[k].first + opt->groups[k].count;
		}
		sum += g->count;
	}
	if (sum > PIPES_MAX)
		return errmsg_set(err, "--pipes: %u pipes are more than %u", sum, PIPES_MAX);
	return 0;
}

int
lb_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	bool has_report = false;
	int letter;

	*opt = (struct options){ .batch = 2048, .wait_s = WAIT_AUTO };
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
	if (optind < argc)
		errmsg_set(err, "what is `%s'?", argv[optind]);
	else if (opt->port == NULL)
		errmsg_set(err, "no port: use --interface");
	else if (settle_groups(opt, err) == 0) {
		if (opt->verbose > 0 && !has_report)
			opt->report_ms = 1000;
		return OPTIONS_OK;
	}
	return OPTIONS_BAD;
}
