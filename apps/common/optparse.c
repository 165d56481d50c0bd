// SPDX-License-Identifier: BSD-2-Clause
/* From a table of options to getopt_long(3), and from its answers to values. */
#include "optparse.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

#define DEFS_MAX	64
#define CODE_FIRST	256	/* what getopt_long() returns for line 0 of the tables */

/* Both tables of a program as one, and as getopt_long() wants them. */
struct tables {
	const struct opt_def *defs[DEFS_MAX];
	size_t count;
	char letters[3 * DEFS_MAX];
	struct option long_forms[DEFS_MAX + 1];
};

static int opt_has_arg(const struct opt_def *d)
{
	return !d->arg ? no_argument : *d->arg == '[' ? optional_argument : required_argument;
}

static char *tables_add(struct tables *t, const struct opt_def *d, char *letter)
{
	for (; d && d->name && t->count < DEFS_MAX; d++) {
		t->long_forms[t->count] = (struct option){ d->name, opt_has_arg(d), NULL,
							   CODE_FIRST + (int)t->count };
		t->defs[t->count++] = d;
		if (d->letter == 0)
			continue;
		*letter++ = (char)d->letter;
		if (d->arg)
			*letter++ = ':';
	}
	return letter;
}

static void tables_make(struct tables *t, const struct opt_program *program)
{
	char *letter = t->letters;

	memset(t, 0, sizeof(*t));
	if (program->words == OPT_WORDS_LAST)
		*letter++ = '+';
	*letter++ = ':';	/* getopt_long() leaves the messages to us */
	letter = tables_add(t, program->defs, letter);
	tables_add(t, program->more, letter);
}

static const struct opt_def *tables_find(const struct tables *t, int code)
{
	size_t i;

	if (code >= CODE_FIRST)
		return t->defs[code - CODE_FIRST];
	for (i = 0; i < t->count; i++) {
		if (t->defs[i]->letter == code)
			return t->defs[i];
	}
	return NULL;
}

/* Say why getopt_long() stopped: it returned '?' or ':'. */
static int opt_refuse(const struct tables *t, int code, char **argv, struct errmsg *err)
{
	const struct opt_def *d = optopt != 0 ? tables_find(t, optopt) : NULL;

	if (code == ':')
		return errmsg_set(err, "%s: its argument %s is missing", argv[optind - 1],
				  d ? d->arg : "");
	if (d)
		return errmsg_set(err, "--%s takes no argument", d->name);
	if (optopt != 0)
		return errmsg_set(err, "unknown option '-%c'", optopt);
	return errmsg_set(err, "unknown or ambiguous option '%s'", argv[optind - 1]);
}

static int opt_set_number(const struct opt_def *d, void *value, const char *text,
			  struct errmsg *err)
{
	uint64_t n = 0;
	char name[64];

	snprintf(name, sizeof(name), "--%s", d->name);
	if (number_parse(&n, d->min, d->max, text, name, err))
		return -1;
	if (d->kind == OPT_KIND_UINT64)
		*(uint64_t *)value = n;
	else if (d->kind == OPT_KIND_INT)
		*(int *)value = (int)n;
	else
		*(unsigned int *)value = (unsigned int)n;
	return 0;
}

static int opt_set(const struct opt_def *d, void *options, const char *text, struct errmsg *err)
{
	void *value = (char *)options + d->at;

	switch (d->kind) {
	case OPT_KIND_FLAG:
		*(bool *)value = true;
		return 0;
	case OPT_KIND_TIMES:
		++*(unsigned int *)value;
		return 0;
	case OPT_KIND_TEXT:
		*(const char **)value = text;
		return 0;
	case OPT_KIND_CALL:
		return d->set(value, text, err);
	default:
		return opt_set_number(d, value, text, err);
	}
}

int opt_parse(const struct opt_program *program, void *options, int argc, char **argv,
	      struct errmsg *err)
{
	const struct opt_def *d;
	struct tables t;
	int code;

	if (program->set_defaults)
		program->set_defaults(options);
	tables_make(&t, program);
	optind = 0;	/* glibc's and musl's way to start again after an earlier parse */
	while ((code = getopt_long(argc, argv, t.letters, t.long_forms, NULL)) != -1) {
		if (code == '?' || code == ':')
			return opt_refuse(&t, code, argv, err);
		d = tables_find(&t, code);
		if (d->kind == OPT_KIND_HELP)
			return OPTIONS_HELP;
		if (d->kind == OPT_KIND_VERSION)
			return OPTIONS_VERSION;
		if (opt_set(d, options, optarg, err))
			return OPTIONS_BAD;
	}
	if (optind < argc && program->words == OPT_WORDS_NONE)
		return errmsg_set(err, "unexpected argument '%s'", argv[optind]);
	if (program->check && program->check(options, argc, argv, err))
		return OPTIONS_BAD;
	return OPTIONS_OK;
}

/* "  -i, --interface PORT"; returns its length. */
static size_t opt_format(char *buf, size_t size, const struct opt_def *d)
{
	char letter[5] = "    ";

	if (d->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", d->letter);
	return (size_t)snprintf(buf, size, "  %s--%s%s%s", letter, d->name,
				opt_has_arg(d) == required_argument ? " " : "",
				d->arg ? d->arg : "");
}

/* Indent the further lines of a help text like the first one. */
static void opt_print(const struct opt_def *d, size_t width)
{
	const char *line = d->help, *end;
	char buf[80];

	opt_format(buf, sizeof(buf), d);
	printf("%-*s", *line != '\0' ? (int)width + 2 : 0, buf);
	while ((end = strchr(line, '\n')) != NULL) {
		printf("%.*s\n%*s", (int)(end - line), line, (int)width + 2, "");
		line = end + 1;
	}
	printf("%s\n", line);
}

void opt_print_help(const struct opt_program *program)
{
	struct tables t;
	size_t i, len, width = 0;
	char buf[80];

	tables_make(&t, program);
	printf("usage: %s %s\n", program->name, program->synopsis);
	for (i = 0; i < t.count; i++) {
		len = opt_format(buf, sizeof(buf), t.defs[i]);
		width = len > width ? len : width;
	}
	for (i = 0; i < t.count; i++)
		opt_print(t.defs[i], width);
	if (program->after)
		fputs(program->after, stdout);
}
