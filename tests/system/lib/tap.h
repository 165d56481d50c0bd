/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Test points in TAP on stdout, and the frame of a test program: its options, its
 * deadline and its random numbers. Points are printed by the main process alone; children
 * tell their result by exit status or shared memory.
 */
#ifndef SYSTEST_TAP_H
#define SYSTEST_TAP_H

#include <stdbool.h>
#include <stdint.h>

struct test_opt {
	const char *device;	/* --device, /dev/netmap */
	unsigned int seconds;	/* --seconds, for tests that run for a time */
	uint64_t packets;	/* --packets, for tests that move a number */
	uint64_t seed;		/* --seed, else the time */
	unsigned int rounds;	/* --rounds, for tests that repeat */
	unsigned int deadline;	/* --deadline in seconds; then the program gives up */
};
extern struct test_opt opt;

/*
 * First call of main(): reads the options over the defaults in opt. After opt.deadline
 * seconds the program prints a failed point and ends; its children die with it.
 */
void test_start(int argc, char **argv);
/* Last call of main(): prints the plan, returns the exit status. */
int test_done(void);

bool ok(bool cond, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As ok(got == want), and shows both if they differ. */
bool is(int64_t got, int64_t want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* As is() for results that are 0 or -errno; shows their names. */
bool is_err(int got, int want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void skip(const char *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A failed point, then the end of the program: what follows would make no sense. */
void give_up(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Points that failed so far. */
unsigned int test_failures(void);

uint64_t now_ns(void);
void sleep_ms(unsigned int ms);

/* Random numbers that a seed repeats; each thread has its own state. */
struct rnd { uint64_t s; };
static inline uint64_t rnd_next(struct rnd *r)
{
	uint64_t z = (r->s += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline uint32_t rnd_below(struct rnd *r, uint32_t n)
{
	return rnd_next(r) % n;
}

#endif
