/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: verbs, their options and operands, and the help made from them.
 */
#ifndef NMCTL_ARGS_H
#define NMCTL_ARGS_H

#include <stdbool.h>
#include <stdint.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct nmctl;

/* An option; a list of them ends with a NULL name. */
struct opt {
	const char *name;	/* long form */
	char letter;		/* short form, 0 for none */
	const char *arg;	/* what its argument is called, NULL for a flag */
	const char *help;
};

struct verb {
	const char *name;
	const char *operands;	/* as in the help */
	const char *help;
	int min_operands, max_operands;
	const struct opt *opts;	/* its own, NULL for none */
	int (*run)(struct nmctl *n);	/* returns an exit status */
};

#define ARGS_MAX_OPTS	8	/* of one verb */

struct args {
	const struct verb *verb;
	const char *device;
	bool json;
	bool help, version;
	char **operands;
	int operand_count;
	const char *values[ARGS_MAX_OPTS];	/* by index in verb->opts; "" for a flag that is set */
};

/* 0, or EXIT_USAGE after saying what is wrong. verbs ends with a NULL name. */
int args_parse(struct args *a, int argc, char **argv, const struct verb *verbs);
void args_help(const struct args *a, const struct verb *verbs);

/* The value of an option of the verb, NULL if it was not given. */
const char *args_value(const struct args *a, const char *name);

/* Leaves *out alone if the option was not given. 0, or EXIT_USAGE after saying what is wrong. */
int args_number(const struct args *a, const char *name, uint32_t min, uint32_t max, uint32_t *out);
int args_parse_number(const char *what, const char *text, uint32_t min, uint32_t max,
		      uint32_t *out);

/* Prints a message about the command line and returns EXIT_USAGE. */
int args_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
