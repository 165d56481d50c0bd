// SPDX-License-Identifier: BSD-2-Clause
/*
 * One measured run. All costs but those of the packets are the same in each run, waits included, so
 * the difference of two runs is the cost of the packets alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pair.h"

#define START_MS	1000	/* more than a receiver needs to start */
#define DRAIN_MS	100	/* for the receiver to empty its ring */
#define MAX_ARGS	32

struct child {
	pid_t pid;
	int out;	/* its standard output */
	uint64_t packets;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t children_cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000u +
		(uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000u;
}

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Build the command line in text and argv. */
static void make_args(const struct pair *p, int sends, char *text, size_t size, char **argv)
{
	int cpu = sends ? p->tx_cpu : p->rx_cpu, n = 0;
	char *save = NULL;
	size_t used;

	used = (size_t)snprintf(text, size, "%s -f %s -i %s -b %u -T 0 -w 0 --json", p->pkt_gen,
		sends ? "tx" : "rx", sends ? p->tx : p->rx, p->burst);
	if (sends)
		used += (size_t)snprintf(text + used, size - used, " -l 60 -n %llu",
			(unsigned long long)p->packets);
	if (sends && p->station)
		used += (size_t)snprintf(text + used, size - used, " -D %s", p->station);
	if (p->slots)
		used += (size_t)snprintf(text + used, size - used, " -C %u", p->slots);
	if (cpu >= 0)
		snprintf(text + used, size - used, " -a %d", cpu);
	for (char *w = strtok_r(text, " ", &save); w && n < MAX_ARGS - 1;
	     w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	argv[n] = NULL;
}

static int side_start(struct child *c, const struct pair *p, int sends)
{
	char text[512], *argv[MAX_ARGS];
	int fds[2];

	make_args(p, sends, text, sizeof(text), argv);
	if (pipe2(fds, O_CLOEXEC)) {
		perror("pipe");
		return -1;
	}
	c->pid = fork();
	if (c->pid < 0) {
		perror("fork");
		return -1;
	}
	if (!c->pid) {
		dup2(fds[1], STDOUT_FILENO);
		execv(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	close(fds[1]);
	c->out = fds[0];
	return 0;
}

static uint64_t parse_packets(const char *text)
{
	const char *at = strstr(text, "\"packets\"");

	at = at ? strpbrk(at, "0123456789") : NULL;
	return at ? strtoull(at, NULL, 10) : 0;
}

/* Read the summary until the child closes its output, then reap it. Returns 0 if it succeeded. */
static int side_finish(struct child *c, const char *what)
{
	char text[4096];
	size_t used = 0;
	ssize_t got;
	int status;

	while (used < sizeof(text) - 1 &&
	       (got = read(c->out, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = 0;
	close(c->out);
	if (waitpid(c->pid, &status, 0) < 0)
		return -1;
	c->packets = parse_packets(text);
	if (WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status))) {
		fprintf(stderr, "bench: the %s failed, wait status %#x: %s\n", what,
			(unsigned int)status, text);
		return -1;
	}
	return 0;
}

static int run_both(const struct pair *p, struct child *tx, struct child *rx)
{
	int err = 0;

	if (p->rx && side_start(rx, p, 0))
		return -1;
	sleep_ms(START_MS);
	if (side_start(tx, p, 1))
		err = -1;
	else
		err = side_finish(tx, "sender");
	sleep_ms(DRAIN_MS);
	if (p->rx) {
		kill(rx->pid, SIGINT);
		err |= side_finish(rx, "receiver");
	}
	return err;
}

int pair_run(const struct pair *p, struct pair_result *out)
{
	struct child tx = { 0 }, rx = { 0 };
	uint64_t begin, cpu;
	int err;

	fflush(NULL);
	cpu = children_cpu_ns();
	begin = now_ns();
	err = run_both(p, &tx, &rx);
	out->elapsed_ns = now_ns() - begin;
	out->cpu_ns = children_cpu_ns() - cpu;
	out->sent = tx.packets;
	out->received = rx.packets;
	return err;
}
