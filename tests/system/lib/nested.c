/* SPDX-License-Identifier: BSD-2-Clause */
/* A test program that runs as a part of another: see nested.h. */
#define _GNU_SOURCE
#include "nested.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "program.h"

#define MAX_ARGS	16

struct nested {
	const char *name;
	const char *const *argv;
	int out;		/* the writing end of the pipe that becomes its stdout */
	unsigned int left;	/* seconds until our own deadline */
	unsigned int points, failed;
	int plan;		/* -1: none yet */
};

const char *nested_path(const char *program)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash;

	path[n > 0 ? n : 0] = 0;
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, program);
	return path;
}

static int nested_exec(void *arg)
{
	struct nested *t = arg;
	const char *argv[MAX_ARGS + 3];
	char left[16];
	int n;

	for (n = 0; n < MAX_ARGS && t->argv[n]; n++)
		argv[n] = t->argv[n];
	snprintf(left, sizeof(left), "%u", t->left);
	argv[n++] = "--deadline";
	argv[n++] = left;
	argv[n] = NULL;
	dup2(t->out, STDOUT_FILENO);
	execv(argv[0], (char *const *)argv);
	printf("Bail out! cannot run %s: %m\n", argv[0]);
	fflush(stdout);
	return 121;
}

/* What follows "ok", its number and the dash. */
static const char *point_name(const char *s)
{
	s += strspn(s, " ");
	s += strspn(s, "0123456789");
	s += strspn(s, " ");
	if (*s == '-')
		s++;
	return s + strspn(s, " ");
}

static void nested_line(struct nested *t, char *line)
{
	bool good = !strncmp(line, "ok ", 3);

	line[strcspn(line, "\r\n")] = 0;
	if (good || !strncmp(line, "not ok ", 7)) {
		t->points++;
		t->failed += !good;
		ok(good, "%s: %s", t->name, point_name(line + (good ? 3 : 7)));
	} else if (!strncmp(line, "1..", 3)) {
		t->plan = atoi(line + 3);
		if (!t->plan)
			ok(true, "%s%s", t->name, line + 4);	/* a reason: # SKIP ... */
	} else if (*line) {
		diag("%s", *line == '#' ? line + 1 + (line[1] == ' ') : line);
	}
}

static void nested_end(const struct nested *t, int status)
{
	bool planned = t->plan == (int)t->points && status == (t->failed != 0);

	ok(planned, "%s: ended as planned", t->name);
	if (!planned)
		diag("%u points, %d planned, %u failed, exit status %d", t->points, t->plan,
		     t->failed, status);
}

void nested_run(const char *name, const char *const argv[])
{
	struct nested t = { .name = name, .argv = argv, .plan = -1 };
	char *line = NULL;
	size_t size = 0;
	int ends[2];
	FILE *in;
	pid_t pid;

	t.left = alarm(0);
	alarm(t.left);
	/* It gives up before we do, for its last words to be heard. */
	t.left = t.left > 10 ? t.left - 5 : 5;
	if (pipe2(ends, O_CLOEXEC))
		give_up("%s: a pipe", name);
	t.out = ends[1];
	pid = child_start(nested_exec, &t);
	close(ends[1]);
	in = fdopen(ends[0], "r");
	if (!in)
		give_up("%s: a stream", name);
	while (getline(&line, &size, in) > 0)
		nested_line(&t, line);
	fclose(in);
	free(line);
	nested_end(&t, child_wait(pid));
}
