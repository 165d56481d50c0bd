/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a tool: its start and end, signals, CPUs, and the wait for a link. */
#ifndef APPS_TOOL_H
#define APPS_TOOL_H

#include "optparse.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

/* Parse the command line. Return -1 to go on, or the exit status after a help text or message. */
int tool_begin(const struct opt_program *program, void *options, int argc, char **argv);

/* Print what an outcome of opt_parse() calls for. Return as tool_begin() does. */
int tool_answer(const struct opt_program *program, int outcome, const struct errmsg *err);

/*
 * Return the exit status. With ret < 0, print err first. Reports output that was lost, such as on a
 * full disk.
 */
int tool_end(const struct opt_program *program, int ret, const struct errmsg *err);

/*
 * Block SIGINT and SIGTERM in this thread and those it starts later. Return a descriptor that is
 * readable once one has arrived, or -1 with err set.
 */
int tool_open_signals(struct errmsg *err);

/* True if a signal has arrived. Does not wait. */
bool tool_was_signalled(int signal_fd);

/*
 * Wait as long as --wait says: some cards drop their link when a program opens or closes their
 * rings. Return true if a signal arrived first.
 */
bool tool_wait_link(int wait_s, bool is_virtual, int signal_fd);

/* Return the number of CPUs that are online, at least 1. */
int tool_cpus(void);

/* Bind the calling thread to one CPU. Return 0 or an errno value. */
int tool_pin_thread(int cpu);

#endif
