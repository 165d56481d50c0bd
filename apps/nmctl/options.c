// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options of all verbs may stand before or after the verb, those of one verb anywhere after it. So
 * the command line is parsed twice: up to the verb, and from there on with both tables.
 */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../common/device.h"
#include "../common/tool.h"

static const struct opt_def common_opts[] = {
	OPT_TEXT('D', "device", "PATH", "the device (" DEVICE_PATH ")", device),
	OPT_FLAG('j', "json", "print JSON", json),
	OPT_HELP('h', "print this text; after a verb, that of the verb"),
	OPT_VERSION('V'),
	OPT_END
};

static void set_defaults(void *options)
{
	*(struct options *)options = (struct options){
		.device = DEVICE_PATH,
		.interval = 1,
		.cpus = 1,
	};
}

static const struct opt_program nmctl_program = {
	.name = "nmctl",
	.synopsis = "[option ...] verb [option ...] [operand ...]",
	.defs = common_opts,
	.words = OPT_WORDS_LAST,
	.set_defaults = set_defaults,
};

int options_refuse(const char *fmt, ...)
{
	struct errmsg err;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err.text, sizeof(err.text), fmt, ap);
	va_end(ap);
	return tool_answer(&nmctl_program, OPTIONS_BAD, &err);
}

static int print_help(const struct verb *verbs)
{
	char left[64];

	opt_print_help(&nmctl_program);
	printf("\nverbs:\n");
	for (const struct verb *v = verbs; v->name; v++) {
		snprintf(left, sizeof(left), "%s %s", v->name, v->operands);
		printf("  %-24s %s\n", left, v->help);
	}
	printf("\nexit status: 0 done, 1 failed, 2 wrong command line; see nmctl(8)\n");
	return tool_end(&nmctl_program, 0, NULL);
}

/* Parse what follows the verb, which stands at argv[0]. */
static int parse_verb(struct options *opt, int argc, char **argv)
{
	const struct verb *v = opt->verb;
	char synopsis[128], after[256];
	struct opt_program program = nmctl_program;
	struct errmsg err;
	int status;

	snprintf(synopsis, sizeof(synopsis), "%s [option ...]%s%s", v->name,
		 *v->operands ? " " : "", v->operands);
	snprintf(after, sizeof(after), "\n%s: %s\n", v->name, v->help);
	program.synopsis = synopsis;
	program.after = after;
	program.defs = v->opts ? v->opts : common_opts;
	program.more = v->opts ? common_opts : NULL;
	program.words = OPT_WORDS_ANYWHERE;
	program.set_defaults = NULL;
	status = tool_answer(&program, opt_parse(&program, opt, argc, argv, &err), &err);
	if (status >= 0)
		return status;
	opt->operands = argv + optind;
	opt->operand_count = argc - optind;
	if (opt->operand_count < v->min_operands)
		return options_refuse("%s: an operand is missing: want %s", v->name, v->operands);
	if (opt->operand_count > v->max_operands)
		return options_refuse("%s: unexpected operand '%s'", v->name,
				      opt->operands[v->max_operands]);
	return -1;
}

int options_parse(struct options *opt, int argc, char **argv, const struct verb *verbs)
{
	struct errmsg err;
	int outcome = opt_parse(&nmctl_program, opt, argc, argv, &err);

	if (outcome == OPTIONS_HELP)
		return print_help(verbs);
	if (outcome != OPTIONS_OK)
		return tool_answer(&nmctl_program, outcome, &err);
	if (optind == argc)
		return options_refuse("missing verb");
	for (const struct verb *v = verbs; v->name; v++)
		if (!strcmp(v->name, argv[optind]))
			opt->verb = v;
	if (!opt->verb)
		return options_refuse("unknown verb '%s'", argv[optind]);
	return parse_verb(opt, argc - optind, argv + optind);
}
