/* SPDX-License-Identifier: BSD-2-Clause */
/* The log, on standard error or in a sink. */
#define OS_PLATFORM
#include <execinfo.h>
#include <stdio.h>

#include "os_user.h"

#define BUGS	64	/* bugs remembered, so that each place is reported once */

int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(buf, size, fmt, ap);

	if (n < 0 || size == 0)
		return 0;
	return (size_t)n < size ? n : (int)size - 1;
}

static void (*log_sink)(enum os_level level, const char *line);

void os_log_setup(void (*sink)(enum os_level level, const char *line))
{
	log_sink = sink;
}

void os_log(enum os_level level, const char *fmt, ...)
{
	static const char *const word[] = { "error: ", "warning: ", "", "debug: " };
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	os_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (log_sink)
		log_sink(level, line);
	else
		fprintf(stderr, "netmap: %s%s\n", word[level], line);
}

static bool bug_is_new(const char *file, int line)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct { const char *file; int line; } reported[BUGS];
	static unsigned int n;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n; i++)
		if (reported[i].line == line && strcmp(reported[i].file, file) == 0)
			break;
	if (i == n && n < BUGS) {
		reported[n].file = file;
		reported[n++].line = line;
		i = BUGS;
	}
	pthread_mutex_unlock(&lock);
	return i == BUGS;
}

void os_bug(const char *what, const char *file, int line)
{
	void *frames[32];

	if (!bug_is_new(file, line))
		return;
	os_log(OS_ERR, "BUG: %s at %s:%d", what, file, line);
	backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
}
