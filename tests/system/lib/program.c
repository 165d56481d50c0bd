/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of a test program: see program.h. */
#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct test_opt opt = {
	.device = "/dev/netmap",
	.seconds = 10,
	.rounds = 2000,
	.deadline = 280,
};

static const char *program;
static pid_t main_pid;

static void deadline_passed(int sig)
{
	char line[160];
	int n;

	(void)sig;
	if (getpid() != main_pid)
		_exit(3);
	n = snprintf(line, sizeof(line),
		     "not ok %u - %s: ended within %u s (after point %u)\n1..%u\n",
		     tap_points() + 1, program, opt.deadline, tap_points(), tap_points() + 1);
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(2);
	_exit(1);
}

static void usage(FILE *f)
{
	fprintf(f, "usage: %s [options]\n"
		"  --device PATH   default %s\n"
		"  --seconds N     how long tests over time run, default %u\n"
		"  --packets N     how many packets a traffic test moves, default %llu\n"
		"  --rounds N      how often repeated tests repeat, default %u\n"
		"  --seed N        of random numbers, default the time\n"
		"  --deadline N    give up after N seconds, default %u\n",
		program, opt.device, opt.seconds, (unsigned long long)opt.packets, opt.rounds,
		opt.deadline);
}

static void read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "seconds", required_argument, NULL, 's' },
		{ "packets", required_argument, NULL, 'n' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 'e' },
		{ "deadline", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 'd': opt.device = optarg; break;
		case 's': opt.seconds = strtoul(optarg, NULL, 0); break;
		case 'n': opt.packets = strtoull(optarg, NULL, 0); break;
		case 'r': opt.rounds = strtoul(optarg, NULL, 0); break;
		case 'e': opt.seed = strtoull(optarg, NULL, 0); break;
		case 't': opt.deadline = strtoul(optarg, NULL, 0); break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	if (optind != argc) {
		usage(stderr);
		exit(2);
	}
}

void test_start(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	struct sigaction sa = { .sa_handler = deadline_passed };

	program = slash ? slash + 1 : argv[0];
	main_pid = getpid();
	read_options(argc, argv);
	if (!opt.seed)
		opt.seed = now_ns();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGALRM, &sa, NULL);
	alarm(opt.deadline);
}

void give_up(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	if (getpid() != main_pid)
		_exit(4);
	va_start(ap, fmt);
	tap_point(false, fmt, ap);
	va_end(ap);
	diag("errno %s", tap_err_name(-err));
	tap_finish();
	_exit(1);
}

int test_done(void)
{
	alarm(0);
	return tap_finish();
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

void sleep_ms(unsigned int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}
