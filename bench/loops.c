// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bare loops: the least that moving a packet can cost on this machine, now.
 */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loops.h"

#define BUF_SIZE	2048
#define ROUNDS		(1u << 23)
#define TRIPS_NS	2e8		/* how long the ball goes to and fro */

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

/* Keeps the compiler from seeing through what p points to. */
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

static _Alignas(128) _Atomic unsigned int ball;

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

#define LAST_BALL	UINT_MAX

/* Even numbers are the main thread's, odd ones the other's. */
static void *other_side(void *unused)
{
	unsigned int seen = 0, now_at;

	(void)unused;
	run_on(1);
	while ((now_at = atomic_load_explicit(&ball, memory_order_acquire)) != LAST_BALL) {
		if (now_at == seen + 1) {
			seen = now_at + 1;
			atomic_store_explicit(&ball, seen, memory_order_release);
		}
	}
	return NULL;
}

/* One of the two may be kept off its CPU for long: by time, not by count. */
static double play(void)
{
	const double begin = now();
	unsigned int trips = 0;
	double at = begin;

	do {
		atomic_store_explicit(&ball, 2 * trips + 1, memory_order_release);
		while (atomic_load_explicit(&ball, memory_order_acquire) != 2 * trips + 2)
			;
		if (++trips % 64 == 0)
			at = now();
	} while (at - begin < TRIPS_NS);
	return (at - begin) / trips;
}

double loop_round_trip(void)
{
	cpu_set_t before;
	pthread_t other;
	double ns;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return 0;
	sched_getaffinity(0, sizeof(before), &before);
	atomic_store(&ball, 0);
	if (pthread_create(&other, NULL, other_side, NULL))
		return 0;
	run_on(0);
	ns = play();
	atomic_store(&ball, LAST_BALL);
	pthread_join(other, NULL);
	sched_setaffinity(0, sizeof(before), &before);
	return ns;
}
