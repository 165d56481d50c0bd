/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines, described by a table: a line of the table is an option, with its letter, its long
 * form, where its value goes, its bounds and its help. On top of getopt_long(3); the reasons are in
 * docs/decisions/0018-options.md.
 */
#ifndef APPS_OPTPARSE_H
#define APPS_OPTPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "errmsg.h"

#define WAIT_AUTO	-1		/* 2 s, but none for switch ports and pipes */
#define REPORT_AUTO	UINT32_MAX	/* 1000 with -v, else none */

enum opt_kind {
	OPT_KIND_FLAG,		/* bool: set to true */
	OPT_KIND_TIMES,		/* unsigned int: how many times the option was given */
	OPT_KIND_TEXT,		/* const char *: the argument itself */
	OPT_KIND_UINT,		/* unsigned int, from min to max */
	OPT_KIND_INT,		/* int, from min to max */
	OPT_KIND_UINT64,	/* uint64_t, from min to max */
	OPT_KIND_CALL,		/* parsed by set() */
	OPT_KIND_HELP,
	OPT_KIND_VERSION,
};

struct opt_def {
	int letter;		/* 0: the option has a long form only */
	const char *name;	/* without the dashes */
	const char *arg;	/* the argument's name in the help; NULL: none; [=X]: optional */
	const char *help;	/* one line or several */
	enum opt_kind kind;
	size_t at;		/* offset of the value in the program's struct of options */
	uint64_t min, max;
	/* Returns 0, or -1 with err set. text is NULL if an optional argument is missing. */
	int (*set)(void *value, const char *text, struct errmsg *err);
};

/* What the program does with arguments that are not options. */
enum opt_words {
	OPT_WORDS_NONE,
	OPT_WORDS_LAST,		/* the first such argument ends the options */
	OPT_WORDS_ANYWHERE,	/* options may follow; getopt_long() moves the words behind them */
};

struct opt_program {
	const char *name;
	const char *synopsis;		/* follows the name in the usage line */
	const struct opt_def *defs;	/* ends with OPT_END */
	const struct opt_def *more;	/* a second table, or NULL */
	const char *after;		/* further help, below the options; or NULL */
	enum opt_words words;
	void (*set_defaults)(void *options);	/* NULL: the caller has set them */
	/* Checks options against each other; argv[optind] is the first word. May be NULL. */
	int (*check)(void *options, int argc, char **argv, struct errmsg *err);
};

enum { OPTIONS_BAD = -1, OPTIONS_OK, OPTIONS_HELP, OPTIONS_VERSION };

/*
 * Fill in options: the defaults, then what the command line says. Stops at --help and --version
 * with OPTIONS_HELP and OPTIONS_VERSION; returns OPTIONS_BAD with err set.
 */
int opt_parse(const struct opt_program *program, void *options, int argc, char **argv,
	      struct errmsg *err);

/* Print the usage line and the tables to standard output. */
void opt_print_help(const struct opt_program *program);

/* Return the report interval in ms that --report and --verbose ask for; 0 for none. */
static inline unsigned int opt_report(unsigned int given, unsigned int verbose)
{
	return given != REPORT_AUTO ? given : verbose > 0 ? 1000 : 0;
}

/* Lines of a table, for values that are members of struct options. */
#define OPT_AT(member)	offsetof(struct options, member)
#define OPT_FLAG(letter, name, help, member) \
	{ letter, name, NULL, help, OPT_KIND_FLAG, OPT_AT(member), 0, 0, NULL }
#define OPT_TEXT(letter, name, arg, help, member) \
	{ letter, name, arg, help, OPT_KIND_TEXT, OPT_AT(member), 0, 0, NULL }
#define OPT_UINT(letter, name, arg, help, member, min, max) \
	{ letter, name, arg, help, OPT_KIND_UINT, OPT_AT(member), min, max, NULL }
#define OPT_INT(letter, name, arg, help, member, min, max) \
	{ letter, name, arg, help, OPT_KIND_INT, OPT_AT(member), min, max, NULL }
#define OPT_UINT64(letter, name, arg, help, member, min, max) \
	{ letter, name, arg, help, OPT_KIND_UINT64, OPT_AT(member), min, max, NULL }
/* set() gets the whole struct, or with OPT_CALL_AT one member of it. */
#define OPT_CALL(letter, name, arg, help, set) \
	{ letter, name, arg, help, OPT_KIND_CALL, 0, 0, 0, set }
#define OPT_CALL_AT(letter, name, arg, help, member, set) \
	{ letter, name, arg, help, OPT_KIND_CALL, OPT_AT(member), 0, 0, set }

/* Options that most tools have. */
#define OPT_WAIT \
	OPT_INT('w', "wait", "SECONDS", "wait for the link (2; 0 on switches and pipes)", wait_s, \
		0, 3600)
#define OPT_REPORT(help) OPT_UINT('T', "report", "MS", help, report_ms, 0, 3600 * 1000)
#define OPT_JSON(help) OPT_FLAG(0, "json", help, json)
#define OPT_VERBOSE(help) \
	{ 'v', "verbose", NULL, help, OPT_KIND_TIMES, OPT_AT(verbose), 0, 0, NULL }
#define OPT_HELP(letter, help) { letter, "help", NULL, help, OPT_KIND_HELP, 0, 0, 0, NULL }
#define OPT_VERSION(letter) \
	{ letter, "version", NULL, "print the version", OPT_KIND_VERSION, 0, 0, 0, NULL }
#define OPT_END { 0, NULL, NULL, NULL, OPT_KIND_HELP, 0, 0, 0, NULL }

#endif
