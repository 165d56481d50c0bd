// SPDX-License-Identifier: BSD-2-Clause
/* Bare loops: the minimum cost of moving a packet on this machine, now. */
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loops.h"

#define BUF_SIZE	2048
#define ROUNDS		(1u << 23)
#define TRIPS_NS	2e8		/* time to measure round trips */

struct slot {
	uint32_t buf_idx;
	uint16_t len, flags;
	uint64_t ptr;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Keep the compiler from optimizing accesses through p away. */
static inline void opaque(void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

double loop_copy(unsigned int slots, unsigned int bytes)
{
	char *from = must(aligned_alloc(4096, (size_t)slots * BUF_SIZE));
	char *to = must(aligned_alloc(4096, (size_t)slots * BUF_SIZE));
	unsigned int at = 0;
	double begin;

	memset(from, 1, (size_t)slots * BUF_SIZE);
	memset(to, 2, (size_t)slots * BUF_SIZE);
	begin = now();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		memcpy(to + (size_t)at * BUF_SIZE, from + (size_t)at * BUF_SIZE, bytes);
		opaque(to);
		at = at + 1 == slots ? 0 : at + 1;
	}
	begin = (now() - begin) / ROUNDS;
	free(from);
	free(to);
	return begin;
}

double loop_swap(unsigned int slots)
{
	struct slot *a = must(calloc(slots, sizeof(*a))), *b = must(calloc(slots, sizeof(*b)));
	unsigned int at = 0;
	double begin = now();

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct slot s = a[at];

		a[at].buf_idx = b[at].buf_idx;
		a[at].len = b[at].len;
		b[at].buf_idx = s.buf_idx;
		b[at].len = s.len;
		opaque(a);
		opaque(b);
		at = at + 1 == slots ? 0 : at + 1;
	}
	begin = (now() - begin) / ROUNDS;
	free(a);
	free(b);
	return begin;
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

#define LAST_BALL	UINT_MAX

typedef _Atomic unsigned int ball_t;

/* Answer each odd number by the next even one. */
static void other_side(ball_t *ball)
{
	unsigned int seen = 0, at;

	run_on(1);
	while ((at = atomic_load_explicit(ball, memory_order_acquire)) != LAST_BALL) {
		if (at == seen + 1) {
			seen = at + 1;
			atomic_store_explicit(ball, seen, memory_order_release);
		}
	}
}

/* Return ns per round trip. Ends by time, not by count: one side may be off its CPU for long. */
static double play(ball_t *ball)
{
	const double begin = now();
	unsigned int trips = 0;
	double at = begin;

	do {
		atomic_store_explicit(ball, 2 * trips + 1, memory_order_release);
		while (atomic_load_explicit(ball, memory_order_acquire) != 2 * trips + 2)
			;
		if (++trips % 64 == 0)
			at = now();
	} while (at - begin < TRIPS_NS);
	return (at - begin) / trips;
}

static double play_with_child(ball_t *ball)
{
	cpu_set_t before;
	pid_t child = fork();
	double ns;

	if (child < 0)
		return 0;
	if (!child) {
		other_side(ball);
		_exit(0);
	}
	sched_getaffinity(0, sizeof(before), &before);
	run_on(0);
	ns = play(ball);
	atomic_store(ball, LAST_BALL);
	waitpid(child, NULL, 0);
	sched_setaffinity(0, sizeof(before), &before);
	return ns;
}

/* Uses processes, not threads: a user-mode kernel runs one thread of a process at a time. */
double loop_round_trip(void)
{
	ball_t *ball;
	double ns;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return 0;
	ball = mmap(NULL, sizeof(*ball), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ball == MAP_FAILED)
		return 0;
	ns = play_with_child(ball);
	munmap(ball, sizeof(*ball));
	return ns;
}
