/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame of a test program: its options, its deadline and its clock. The main process alone
 * prints points; children report by their exit status or through shared memory.
 */
#ifndef SYSTEST_PROGRAM_H
#define SYSTEST_PROGRAM_H

#include <stdint.h>

#include "rng.h"
#include "tap.h"

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
 * First call of main(): read the options over the defaults in opt. After opt.deadline
 * seconds the program prints a failed point and ends; its children die with it.
 */
void test_start(int argc, char **argv);
/* Last call of main(): print the plan and return the exit status. */
int test_done(void);
/* Print a failed point and end the program: later points would make no sense. */
void give_up(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

uint64_t now_ns(void);
void sleep_ms(unsigned int ms);

#endif
