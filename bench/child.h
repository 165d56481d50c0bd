/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that the bench runs: each ends when we do, and in time when asked to.
 */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#define CHILD_TEXT	16384

struct child {
	pid_t pid;
	int out, err;			/* what it prints */
	char out_text[CHILD_TEXT];	/* as far as it was read; strings */
	char err_text[CHILD_TEXT];
};

/* How a program's syncs reach netmapd. */
enum way { WAY_IOCTL, WAY_DOORBELL, WAY_EAGER, WAYS };

const char *way_name(enum way way);

/* Makes the calling process, just forked, end with the one that forked it. */
void child_follow(pid_t parent, int sig);

/* preload: the doorbell's library. 0 or -1 after saying why. */
int child_start(struct child *c, char *const argv[], enum way way, const char *preload);

/* Waits until it has printed a line to its standard error. 0 or -1. */
int child_wait_line(struct child *c, int ms);

/*
 * Sends it sig, if not 0, reads what it prints until it ends, and reaps it; it is killed if it takes
 * more than ms. 0 if it ended well, else -1 after saying why.
 */
int child_end(struct child *c, int sig, int ms);

#endif
