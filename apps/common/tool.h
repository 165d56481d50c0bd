/* SPDX-License-Identifier: BSD-2-Clause */
/* What all tools do alike: how they begin, how they end, and waiting for a link in between. */
#ifndef APPS_TOOL_H
#define APPS_TOOL_H

#include "optparse.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

/*
 * After the options were read, with that outcome: -1 to go on, or the status to end with, when help
 * was asked for, or something was wrong and has been told.
 */
int tool_begin(const struct opt_program *program, int outcome, const struct errmsg *err);

/* The status to end with. ret < 0: it failed, as err says, which is told; so is what standard output lost. */
int tool_end(const struct opt_program *program, int ret, const struct errmsg *err);

/*
 * Some cards drop their link when their rings change hands: wait as long as --wait says, WAIT_AUTO included.
 * True if a signal came meanwhile.
 */
bool tool_wait_link(int wait_s, bool is_virtual, int signal_fd);

#endif
