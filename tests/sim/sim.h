/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients on one engine: well-behaved ones that check every byte they get, and hostile ones that
 * do all they can to break it. Random, from one seed.
 */
#ifndef SIM_H
#define SIM_H

#include "../common/rng.h"
#include "../unit/client.h"

/* Shared by all threads: whether the run is over, and faults found. Atomic. */
bool sim_is_over(void);
void sim_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint32_t sim_wrong_count(void);

/* The ports of good.c; no other client may configure them. */
#define GOOD_A		"valeSim:good-a"
#define GOOD_B		"valeSim:good-b"
#define GOOD_PIPE_A	"valeSim:good-a{1"
#define GOOD_PIPE_B	"valeSim:good-a}1"

/* good.c: a pair on the switch and a pair on a pipe. */
bool good_begin(void);
bool good_is_region(uint16_t id);
void *good_switch_sender(void *arg);
void *good_switch_receiver(void *arg);
void *good_pipe_sender(void *arg);
void *good_pipe_receiver(void *arg);
void good_end(bool quiet);	/* prints how much was moved; wrong if nothing was */

/* hostile.c: arg is a struct rng. Files are shared between these threads. */
#define HOSTILE_FILES	12
void hostile_begin(void);
void *hostile_run(void *arg);
uint64_t hostile_end(void);	/* how many acts there were */

/* watcher.c: checks that listings are plausible. */
void *watcher_run(void *arg);

#endif
