// SPDX-License-Identifier: BSD-2-Clause
/* Processes that send or receive. See load.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "load.h"
#include "moment.h"

/* Write an IPv4 datagram; neither its source nor its destination exists. */
void load_frame(uint8_t *frame)
{
	static const uint8_t head[] = {
		2,    0,
		0,    0,
		0,    0x99,
		2,    0,
		0,    0,
		0,    0x98,
		8,    0,
		0x45, 0,
		0,    LOAD_BYTES - 14,
		0,    0,
		0,    0,
		64,   17,
		0x66, 0xbd,
		10,   0,
		0,    1,
		10,   0,
		0,    2,
		0,    9,
		0,    9,
		0,    LOAD_BYTES - 34,
		0,    0,
	};

	memset(frame, 0, LOAD_BYTES);
	memcpy(frame, head, sizeof(head));
}

void load_complain(const struct load *l, const char *what)
{
	fprintf(stderr, "bench: %s: %s: %s\n", l->device, what, strerror(errno));
}

int load_start(struct load *l)
{
	const pid_t self = getpid();

	l->count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->count == MAP_FAILED) {
		perror("bench: mmap");
		return -1;
	}
	fflush(NULL);
	l->pid = fork();
	if (l->pid == 0) {
		child_follow(self, SIGKILL);
		run_on_cpu(0, l->cpu);
		l->run(l);
		fflush(NULL);
		_exit(1);
	}
	if (l->pid > 0)
		return 0;
	perror("bench: fork");
	l->pid = 0;
	munmap((void *)l->count, 4096);
	return -1;
}

int load_end(struct load *l)
{
	int status = 0;

	if (!l->pid)
		return 0;
	kill(l->pid, SIGKILL);
	waitpid(l->pid, &status, 0);
	munmap((void *)l->count, 4096);
	l->pid = 0;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}
