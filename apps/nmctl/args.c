// SPDX-License-Identifier: BSD-2-Clause
/*
 * Parsing of the command line. Options that every verb knows may stand before or after
 * the verb, those of a verb anywhere after it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"

#define DEFAULT_DEVICE	"/dev/netmap"

/* Codes that getopt_long returns: letters for the common options, above them those of the verb. */
#define VERB_OPT_BASE	256

static const struct option common_opts[] = {
	{ "device",	required_argument,	NULL, 'D' },
	{ "json",	no_argument,		NULL, 'j' },
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

#define COMMON_COUNT	(sizeof(common_opts) / sizeof(common_opts[0]) - 1)
#define COMMON_LETTERS	"D:jhV"

int args_wrong(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "nmctl: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry 'nmctl --help'.\n");
	return EXIT_USAGE;
}

static int common_option(struct args *a, int code)
{
	switch (code) {
	case 'D':
		a->device = optarg;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case 'h':
		a->help = true;
		return 0;
	case 'V':
		a->version = true;
		return 0;
	default:	/* getopt_long has told what is wrong */
		fprintf(stderr, "Try 'nmctl --help'.\n");
		return EXIT_USAGE;
	}
}

static int verb_option_by_letter(const struct verb *v, int letter)
{
	for (int i = 0; v->opts && v->opts[i].name; i++)
		if (v->opts[i].letter == letter)
			return i;
	return -1;
}

/* Everything behind the verb: its own options beside the common ones, then its operands. */
static int parse_verb(struct args *a, int argc, char **argv)
{
	struct option longs[COMMON_COUNT + ARGS_MAX_OPTS + 1];
	char letters[sizeof(COMMON_LETTERS) + 2 * ARGS_MAX_OPTS] = COMMON_LETTERS;
	const struct opt *opts = a->verb->opts;
	size_t used = strlen(letters);
	int count = 0, code, err;

	memset(longs, 0, sizeof(longs));
	memcpy(longs, common_opts, COMMON_COUNT * sizeof(longs[0]));
	for (; opts && opts[count].name; count++) {
		longs[COMMON_COUNT + count].name = opts[count].name;
		longs[COMMON_COUNT + count].has_arg =
			opts[count].arg ? required_argument : no_argument;
		longs[COMMON_COUNT + count].val = VERB_OPT_BASE + count;
		if (opts[count].letter)
			letters[used++] = opts[count].letter;
		if (opts[count].letter && opts[count].arg)
			letters[used++] = ':';
	}
	optind = 0;	/* glibc's and musl's way to start over */
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		int i = code >= VERB_OPT_BASE ? code - VERB_OPT_BASE :
						verb_option_by_letter(a->verb, code);

		if (i >= 0) {
			a->values[i] = optarg ? optarg : "";
			continue;
		}
		err = common_option(a, code);
		if (err)
			return err;
	}
	a->operands = argv + optind;
	a->operand_count = argc - optind;
	return 0;
}

static int check_operands(const struct args *a)
{
	const struct verb *v = a->verb;

	if (a->operand_count < v->min_operands)
		return args_wrong("%s: an operand is missing; it takes: %s", v->name, v->operands);
	if (a->operand_count > v->max_operands)
		return args_wrong("%s: unexpected operand '%s'", v->name,
				  a->operands[v->max_operands]);
	return 0;
}

int args_parse(struct args *a, int argc, char **argv, const struct verb *verbs)
{
	int code, err, first;

	memset(a, 0, sizeof(*a));
	a->device = DEFAULT_DEVICE;
	while ((code = getopt_long(argc, argv, "+" COMMON_LETTERS, common_opts, NULL)) != -1) {
		err = common_option(a, code);
		if (err)
			return err;
	}
	first = optind;
	if (first >= argc)
		return a->help || a->version ? 0 : args_wrong("what to do? A verb is missing");
	for (const struct verb *v = verbs; v->name; v++)
		if (!strcmp(v->name, argv[first]))
			a->verb = v;
	if (!a->verb)
		return args_wrong("unknown verb '%s'", argv[first]);
	err = parse_verb(a, argc - first, argv + first);
	if (err || a->help || a->version)
		return err;
	return check_operands(a);
}

static void help_option(const struct opt *o)
{
	char left[40], letter[5] = "    ";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->arg ? " " : "",
		 o->arg ? o->arg : "");
	printf("  %-24s %s\n", left, o->help);
}

static const struct opt common_help[] = {
	{ "device", 'D', "PATH", "the device, if not " DEFAULT_DEVICE },
	{ "json", 'j', NULL, "print JSON" },
	{ "help", 'h', NULL, "this text; after a verb, that of the verb" },
	{ "version", 'V', NULL, "print the version" },
	{ NULL, 0, NULL, NULL },
};

static void help_verb(const struct verb *v)
{
	char left[64];

	snprintf(left, sizeof(left), "%s %s", v->name, v->operands);
	printf("  %-24s %s\n", left, v->help);
}

void args_help(const struct args *a, const struct verb *verbs)
{
	if (a->verb) {
		printf("usage: nmctl %s [option ...]%s%s\n\n", a->verb->name,
		       *a->verb->operands ? " " : "", a->verb->operands);
		help_verb(a->verb);
		printf("\noptions:\n");
		for (const struct opt *o = a->verb->opts; o && o->name; o++)
			help_option(o);
	} else {
		printf("usage: nmctl [option ...] verb [option ...] [operand ...]\n\n"
		       "Looks into a running netmap and administers its VALE switches.\n\nverbs:\n");
		for (const struct verb *v = verbs; v->name; v++)
			help_verb(v);
		printf("\noptions:\n");
	}
	for (const struct opt *o = common_help; o->name; o++)
		help_option(o);
	printf("\nExit status: 0 done, 1 failed, 2 wrong command line. See nmctl(8).\n");
}

const char *args_value(const struct args *a, const char *name)
{
	const struct opt *opts = a->verb->opts;

	for (int i = 0; opts && opts[i].name; i++)
		if (!strcmp(opts[i].name, name))
			return a->values[i];
	return NULL;
}

int args_parse_number(const char *what, const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || v < min || v > max)
		return args_wrong("%s: '%s' is not a number from %u to %u", what, text, min, max);
	*out = (uint32_t)v;
	return 0;
}

int args_number(const struct args *a, const char *name, uint32_t min, uint32_t max, uint32_t *out)
{
	const char *text = args_value(a, name);

	return text ? args_parse_number(name, text, min, max, out) : 0;
}
