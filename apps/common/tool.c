// SPDX-License-Identifier: BSD-2-Clause
/* What all tools do alike between the first line of main() and the last. */
#include "tool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#ifndef NM_VERSION
#define NM_VERSION	"unversioned"
#endif

#define WAIT_DEFAULT	2	/* seconds for a card's link to come up */

int tool_answer(const struct opt_program *program, int outcome, const struct errmsg *err)
{
	switch (outcome) {
	case OPTIONS_OK:
		return -1;
	case OPTIONS_HELP:
		opt_print_help(program);
		break;
	case OPTIONS_VERSION:
		printf("%s (netmap) %s\n", program->name, NM_VERSION);
		break;
	default:
		fprintf(stderr, "%s: %s\ntry '%s --help'\n", program->name, err->text,
			program->name);
		return EXIT_USAGE;
	}
	return tool_end(program, 0, NULL);
}

int tool_begin(const struct opt_program *program, void *options, int argc, char **argv)
{
	struct errmsg err;

	return tool_answer(program, opt_parse(program, options, argc, argv, &err), &err);
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

int tool_open_signals(struct errmsg *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd : errmsg_set(err, "signalfd: %s", strerror(errno));
}

bool tool_was_signalled(int signal_fd)
{
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

bool tool_wait_link(int wait_s, bool is_virtual, int signal_fd)
{
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };

	if (wait_s == WAIT_AUTO)
		wait_s = is_virtual ? 0 : WAIT_DEFAULT;
	return wait_s > 0 && poll(&p, 1, wait_s * 1000) > 0;
}

int tool_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (int)n : 1;
}

int tool_pin_thread(int cpu)
{
	cpu_set_t set;

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return EINVAL;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}
