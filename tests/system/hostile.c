/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile clients, each in a separate process that is killed and started again at random, while
 * well-behaved pairs on the same switch and on a pipe check every byte that passes. At the end
 * nothing of the hostile ones may be left.
 */
#include <stdio.h>
#include <unistd.h>

#include "child.h"
#include "good.h"
#include "hostile.h"
#include "inspect.h"

static int (*const kinds[])(void *) = { hostile_rings, hostile_region, hostile_requests,
					hostile_close, hostile_churn,  hostile_rings,
					hostile_fork, hostile_extmem, hostile_csb };
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static unsigned int war(uint64_t end)
{
	pid_t pid[KINDS];
	struct rng rnd = { opt.seed };
	unsigned int i, killed = 0;

	for (i = 0; i < KINDS; i++)
		pid[i] = child_start(kinds[i], (void *)(uintptr_t)(i * 7 + 1));
	while (now_ns() < end) {
		usleep(rng_below(&rnd, 200000));
		i = rng_below(&rnd, KINDS);
		child_kill(pid[i]);
		killed++;
		pid[i] = child_start(kinds[i], (void *)(uintptr_t)(i * 7 + 1));
	}
	for (i = 0; i < KINDS; i++)
		child_kill(pid[i]);
	return killed;
}

int main(int argc, char **argv)
{
	struct good *pair, *pipe;
	pid_t pair_pid[2], pipe_pid[2];
	struct port first;
	int64_t before, after;
	unsigned int i;

	opt.deadline = 0;
	test_start(argc, argv);
	if (!opt.deadline)
		alarm(opt.deadline = opt.seconds + 120);
	diag("seed %llu", (unsigned long long)opt.seed);
	before = inspect_alive();
	/* Takes port number 0, which slot flags cannot name. */
	port_must(&first, "vale91:first");
	pair = shared_alloc(sizeof(*pair));
	pipe = shared_alloc(sizeof(*pipe));
	pair->tx = "vale91:goodtx";
	pair->rx = "vale91:goodrx";
	/* In a private region: clients that share one must trust each other. */
	pipe->tx = "vale97:good{p";
	pipe->rx = "vale97:good}p";
	pipe->is_lossless = true;
	good_start(pair, pair_pid);
	good_start(pipe, pipe_pid);
	diag("%u killed", war(now_ns() + opt.seconds * 1000000000ull));
	good_end(pair, pair_pid, "switch");
	good_end(pipe, pipe_pid, "pipe");
	port_close(&first);
	hostile_clean_up();
	for (i = 0; i < 50; i++) {
		after = inspect_alive();
		if (after == before)
			break;
		usleep(100000);
	}
	is_num(after, before, "of all that was made as much is left as before");
	return test_done();
}
