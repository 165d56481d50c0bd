/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that the bench runs: each ends with the bench, and within a time limit when asked to.
 */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#define CHILD_TEXT	16384

struct child {
	pid_t pid;
	int out, err;			/* pipes of its outputs */
	char out_text[CHILD_TEXT];	/* the output read so far; strings */
	char err_text[CHILD_TEXT];
};

/* The way by which a program's syncs reach netmapd. */
enum way { WAY_IOCTL, WAY_DOORBELL, WAY_EAGER, WAYS };

const char *way_name(enum way way);

/* Make the calling process, just forked, end with its parent. */
void child_follow(pid_t parent, int sig);

/* Start a program; preload is the doorbell's library. Returns 0, or -1 after an error message. */
int child_start(struct child *c, char *const argv[], enum way way, const char *preload);

/* Wait until it has printed a line to its standard error. Returns 0 or -1. */
int child_wait_line(struct child *c, int ms);

/*
 * Send it sig, if not 0, read its output until it ends, and reap it; kill it after ms. Returns 0 if
 * it ended well, else -1 after printing the reason.
 */
int child_end(struct child *c, int sig, int ms);

#endif
