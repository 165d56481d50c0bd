// SPDX-License-Identifier: BSD-2-Clause
/* Command lines by a table. */
#include "optparse.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "optnum.h"
#include "units.h"

#define DEFS_MAX	64
#define CODE_FIRST	256	/* what getopt_long returns for table line 0 */

struct tables {
	char letters[3 * DEFS_MAX];
	struct option long_forms[DEFS_MAX + 1];
};

static int has_arg(const struct opt_def *d)
{
	return !d->arg ? no_argument : *d->arg == '[' ? optional_argument : required_argument;
}

static void tables_make(struct tables *t, const struct opt_program *program)
{
	const struct opt_def *d;
	char *letter = t->letters;

	memset(t, 0, sizeof(*t));
	if (program->words == OPT_WORDS_LAST)
		*letter++ = '+';
	for (d = program->defs; d->name; d++) {
		size_t i = (size_t)(d - program->defs);

		t->long_forms[i] =
			(struct option){ d->name, has_arg(d), NULL, CODE_FIRST + (int)i };
		if (d->letter == 0)
			continue;
		*letter++ = (char)d->letter;
		if (d->arg)
			*letter++ = ':';
	}
}

static const struct opt_def *def_of(const struct opt_program *program, int code)
{
	const struct opt_def *d = program->defs;

	if (code >= CODE_FIRST)
		return d + (code - CODE_FIRST);
	while (d->letter != code)
		d++;
	return d;
}

static int set_number(const struct opt_def *d, void *value, const char *text, struct errmsg *err)
{
	unsigned int n = 0;
	char name[64];

	snprintf(name, sizeof(name), "--%s", d->name);
	if (d->kind == OPT_UINT64) {
		if (units_parse(text, d->max, value))
			return errmsg_set(err, "%s: a number is wanted, not `%s'", name, text);
		return 0;
	}
	if (optnum_parse(&n, d->min, d->max, text, name, err))
		return -1;
	if (d->kind == OPT_INT)
		*(int *)value = (int)n;
	else
		*(unsigned int *)value = n;
	return 0;
}

static int set_value(const struct opt_def *d, void *options, const char *text, struct errmsg *err)
{
	void *value = (char *)options + d->at;

	switch (d->kind) {
	case OPT_FLAG:
		*(bool *)value = true;
		return 0;
	case OPT_TIMES:
		++*(unsigned int *)value;
		return 0;
	case OPT_TEXT:
		*(const char **)value = text;
		return 0;
	case OPT_CALL:
		return d->set(value, text, err);
	default:
		return set_number(d, value, text, err);
	}
}

int opt_parse(const struct opt_program *program, void *options, int argc, char **argv,
	      struct errmsg *err)
{
	struct tables t;
	int code;

	tables_make(&t, program);
	optind = 0;	/* start afresh, also after an earlier parse */
	while ((code = getopt_long(argc, argv, t.letters, t.long_forms, NULL)) != -1) {
		const struct opt_def *d;

		if (code == '?') {
			errmsg_set(err, "see the message above");
			return OPTIONS_BAD;
		}
		d = def_of(program, code);
		if (d->kind == OPT_HELP)
			return OPTIONS_HELP;
		if (set_value(d, options, optarg, err))
			return OPTIONS_BAD;
	}
	if (optind < argc && program->words == OPT_WORDS_NONE) {
		errmsg_set(err, "what is `%s'?", argv[optind]);
		return OPTIONS_BAD;
	}
	return OPTIONS_OK;
}

/* "-i, --interface PORT" */
static size_t def_format(char *buf, size_t size, const struct opt_def *d)
{
	char letter[5] = "    ";

	if (d->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", d->letter);
	return (size_t)snprintf(buf, size, "  %s--%s%s%s", letter, d->name,
				has_arg(d) == required_argument ? " " : "", d->arg ? d->arg : "");
}

/* The later lines of a help text begin below the first. */
static void def_print(const struct opt_def *d, size_t width)
{
	const char *line = d->help, *end;
	char buf[80];

	def_format(buf, sizeof(buf), d);
	printf("%-*s", *line != '\0' ? (int)width + 2 : 0, buf);
	while ((end = strchr(line, '\n')) != NULL) {
		printf("%.*s\n%*s", (int)(end - line), line, (int)width + 2, "");
		line = end + 1;
	}
	printf("%s\n", line);
}

void opt_usage(const struct opt_program *program, const struct errmsg *wrong)
{
	const struct opt_def *d;
	size_t width = 0;
	char buf[80];

	if (wrong) {
		fprintf(stderr, "%s: %s\nusage: %s %s\n       %s --help lists the options\n",
			program->name, wrong->text, program->name, program->synopsis,
			program->name);
		return;
	}
	printf("usage: %s %s\n", program->name, program->synopsis);
	for (d = program->defs; d->name; d++) {
		size_t len = def_format(buf, sizeof(buf), d);

		width = len > width ? len : width;
	}
	for (d = program->defs; d->name; d++)
		def_print(d, width);
	if (program->after)
		fputs(program->after, stdout);
}
