/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of nmctl: a verb, its options and operands, beside options of all verbs. */
#ifndef NMCTL_OPTIONS_H
#define NMCTL_OPTIONS_H

#include "../common/optparse.h"

struct nmctl;

struct verb {
	const char *name;
	const char *operands;		/* for the help */
	const char *help;
	int min_operands, max_operands;
	const struct opt_def *opts;	/* ends with OPT_END; NULL for none */
	int (*run)(struct nmctl *n);	/* returns an exit status */
};

struct options {
	const struct verb *verb;
	char **operands;
	int operand_count;

	/* of all verbs */
	const char *device;
	bool json;

	/* of some; 0 leaves the choice to the engine */
	bool host;			/* attach */
	unsigned int mem_id;		/* attach, new */
	unsigned int tx_rings, rx_rings, tx_slots, rx_slots;	/* new */
	double interval;		/* top: seconds */
	unsigned int count;		/* top: rounds, 0 without end */
	bool is_multi;			/* poll: one thread per ring */
	unsigned int first_cpu, cpus;	/* poll */
};

/* @verbs ends with a NULL name. Return -1 to go on, or the exit status after a text or message. */
int options_parse(struct options *opt, int argc, char **argv, const struct verb *verbs);

/* Print a message about the command line. Return EXIT_USAGE. */
int options_refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
