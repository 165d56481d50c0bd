/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines by a table: one line an option says its letter, its long form, where its value
 * goes, and its help. On top of getopt_long(3).
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
	OPT_FLAG,	/* bool: true */
	OPT_TIMES,	/* unsigned int: one more each time */
	OPT_TEXT,	/* const char *: the argument itself */
	OPT_UINT,	/* unsigned int, from min to max */
	OPT_INT,	/* int, likewise */
	OPT_UINT64,	/* uint64_t, likewise */
	OPT_CALL,	/* what set() makes of it; with at 0 it gets the struct of options */
	OPT_HELP,
};

struct opt_def {
	int letter;			/* 0: the long form alone */
	const char *name;		/* without the dashes */
	const char *arg;		/* how the help calls the argument; NULL: none; [=X]: optional */
	const char *help;		/* may have several lines */
	enum opt_kind kind;
	size_t at;			/* of the value, in the program's struct of options */
	uint64_t min, max;
	int (*set)(void *value, const char *text, struct errmsg *err);	/* text NULL: none */
};

/* Words that are no options: the program's own matter, where it has any. */
enum opt_words {
	OPT_WORDS_NONE,
	OPT_WORDS_LAST,		/* the first of them ends the options */
	OPT_WORDS_ANYWHERE,	/* options may follow; they are behind all when these are read */
};

struct opt_program {
	const char *name;
	const char *synopsis;		/* what follows the name in the usage line */
	const struct opt_def *defs;	/* up to one whose name is NULL */
	const char *after;		/* more help below the options; or NULL */
	enum opt_words words;
};

enum { OPTIONS_BAD = -1, OPTIONS_OK, OPTIONS_HELP };

/*
 * Sets what the command line says in options, which has its defaults already. OPTIONS_HELP at
 * --help; OPTIONS_BAD with err set. With words, optind is where they begin.
 */
int opt_parse(const struct opt_program *program, void *options, int argc, char **argv,
    struct errmsg *err);

/* All of it, with the table, on standard output; or, on standard error, what is wrong and where to read more. */
void opt_usage(const struct opt_program *program, const struct errmsg *wrong);

/* What --report comes to. */
static inline unsigned int
opt_report(unsigned int given, unsigned int verbose)
{
	return given != REPORT_AUTO ? given : verbose > 0 ? 1000 : 0;
}

/* Options that most tools have. T is the struct, whose member's name is given. */
#define OPT_WAIT(T, member) \
	{ 'w', "wait", "SECONDS", "wait for the link (2; 0 on switches and pipes)", OPT_INT, \
	    offsetof(T, member), 0, 3600, NULL }
#define OPT_REPORT(T, member, what) \
	{ 'T', "report", "MS", what, OPT_UINT, offsetof(T, member), 0, 3600 * 1000, NULL }
#define OPT_JSON(T, member, what) \
	{ 0, "json", NULL, what, OPT_FLAG, offsetof(T, member), 0, 0, NULL }
#define OPT_VERBOSE(T, member, what) \
	{ 'v', "verbose", NULL, what, OPT_TIMES, offsetof(T, member), 0, 0, NULL }
#define OPT_END { 0, NULL, NULL, NULL, OPT_HELP, 0, 0, 0, NULL }
#define OPT_LAST { 'h', "help", NULL, "", OPT_HELP, 0, 0, 0, NULL }, OPT_END

#endif
