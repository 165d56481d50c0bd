// SPDX-License-Identifier: BSD-2-Clause
/* The beginning and the end of a tool. */
#include "tool.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define WAIT_DEFAULT	2	/* seconds that a card's link may take to come up */

int tool_begin(const struct opt_program *program, int outcome, const struct errmsg *err)
{
	if (outcome == OPTIONS_OK)
		return -1;
	opt_usage(program, outcome == OPTIONS_HELP ? NULL : err);
	return outcome == OPTIONS_HELP ? tool_end(program, 0, NULL) : EXIT_USAGE;
}

int tool_end(const struct opt_program *program, int ret, const struct errmsg *err)
{
	if (ret < 0)
		fprintf(stderr, "%s: %s\n", program->name, err->text);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: standard output: %s\n", program->name, strerror(errno));
		return EXIT_FAILED;
	}
	return ret < 0 ? EXIT_FAILED : EXIT_OK;
}

bool tool_wait_link(int wait_s, bool is_virtual, int signal_fd)
{
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };

	if (wait_s == WAIT_AUTO)
		wait_s = is_virtual ? 0 : WAIT_DEFAULT;
	return wait_s > 0 && poll(&p, 1, wait_s * 1000) > 0;
}
