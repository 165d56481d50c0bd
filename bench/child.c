// SPDX-License-Identifier: BSD-2-Clause
/* Programs that the bench runs. See child.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "moment.h"

const char *way_name(enum way way)
{
	static const char *const names[] = {
		[WAY_IOCTL] = "ioctl", [WAY_DOORBELL] = "doorbell", [WAY_EAGER] = "eager",
	};

	return names[way];
}

void child_follow(pid_t parent, int sig)
{
	prctl(PR_SET_PDEATHSIG, sig);
	if (getppid() != parent)	/* it ended before the prctl() */
		_exit(1);
}

static void child_exec(char *const argv[], const int out[2], const int err[2], enum way way,
		   const char *preload)
{
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	setenv("NETMAP_DOORBELL", way == WAY_EAGER ? "eager" : way == WAY_DOORBELL ? "" : "off", 1);
	if (way != WAY_IOCTL)
		setenv("LD_PRELOAD", preload, 1);
	execv(argv[0], argv);
	fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int child_start(struct child *c, char *const argv[], enum way way, const char *preload)
{
	const pid_t self = getpid();
	int out[2], err[2];

	c->out_text[0] = c->err_text[0] = 0;
	if (pipe2(out, O_CLOEXEC)) {
		perror("bench: pipe");
		return -1;
	}
	if (pipe2(err, O_CLOEXEC)) {
		perror("bench: pipe");
		close(out[0]);
		close(out[1]);
		return -1;
	}
	fflush(NULL);
	c->pid = fork();
	if (c->pid == 0) {
		child_follow(self, SIGKILL);
		child_exec(argv, out, err, way, preload);
	}
	close(out[1]);
	close(err[1]);
	c->out = out[0];
	c->err = err[0];
	if (c->pid > 0)
		return 0;
	perror("bench: fork");
	close(c->out);
	close(c->err);
	return -1;
}

/* Append available output to text, dropping what has no room. Returns 0 at the end of the file. */
static int text_append(int fd, char *text)
{
	size_t used = strlen(text), room = CHILD_TEXT - 1 - used;
	char dropped[512];
	ssize_t got = room ? read(fd, text + used, room) : read(fd, dropped, sizeof(dropped));

	if (got > 0 && room)
		text[used + (size_t)got] = 0;
	return got > 0 || (got < 0 && errno == EINTR);
}

int child_wait_line(struct child *c, int ms)
{
	const uint64_t end = moment_ms() + (uint64_t)ms;
	struct pollfd p = { .fd = c->err, .events = POLLIN };
	uint64_t now;

	while (!strchr(c->err_text, '\n')) {
		now = moment_ms();
		if (now >= end || poll(&p, 1, (int)(end - now)) <= 0 ||
		    !text_append(c->err, c->err_text))
			return -1;
	}
	return 0;
}

/* Read both outputs until they are closed. Returns 0 on timeout. */
static int child_read_all(struct child *c, int ms)
{
	const uint64_t end = moment_ms() + (uint64_t)ms;
	struct pollfd p[2] = {
		{ .fd = c->out, .events = POLLIN }, { .fd = c->err, .events = POLLIN },
	};
	uint64_t now;

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		now = moment_ms();
		if (now >= end || poll(p, 2, (int)(end - now)) <= 0)
			return 0;
		if (p[0].revents && !text_append(c->out, c->out_text))
			p[0].fd = -1;
		if (p[1].revents && !text_append(c->err, c->err_text))
			p[1].fd = -1;
	}
	return 1;
}

int child_end(struct child *c, int sig, int ms)
{
	int status = 0, in_time;

	if (sig)
		kill(c->pid, sig);
	in_time = child_read_all(c, ms);
	if (!in_time)
		kill(c->pid, SIGKILL);
	close(c->out);
	close(c->err);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (in_time && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	fprintf(stderr, "bench: a program %s (wait status %#x): %s\n",
		in_time ? "failed" : "did not end and was killed", (unsigned int)status,
		c->err_text);
	return -1;
}
