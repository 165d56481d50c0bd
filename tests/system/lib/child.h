/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Child processes, memory shared with them, and fds passed to them. Children die with
 * the test program.
 */
#ifndef SYSTEST_CHILD_H
#define SYSTEST_CHILD_H

#include <stddef.h>
#include <sys/types.h>

/* Runs fn(arg) in a child whose exit status is the return value. Returns its pid. */
pid_t child_start(int (*fn)(void *arg), void *arg);
/* Waits for the end: exit status, 256 + signal if one killed it. */
int child_wait(pid_t pid);
void child_kill(pid_t pid);	/* SIGKILL, and wait */

/* Zeroed memory that children share with us. */
void *shared_alloc(size_t size);

/* Pass an fd over a unix socket. */
int fd_send(int sock, int fd);
int fd_recv(int sock);

#endif
