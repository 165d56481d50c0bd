/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for people, on standard error. */
#define OS_PLATFORM
#include <execinfo.h>
#include <stdio.h>

#include "os_user.h"

#define PLACES	64	/* of broken promises remembered, so that each is told once */

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

static bool is_first_time(const char *file, int line)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct { const char *file; int line; } told[PLACES];
	static unsigned int n;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n; i++)
		if (told[i].line == line && strcmp(told[i].file, file) == 0)
			break;
	if (i == n && n < PLACES) {
		told[n].file = file;
		told[n++].line = line;
		i = PLACES;
	}
	pthread_mutex_unlock(&lock);
	return i == PLACES;
}

void os_bug(const char *what, const char *file, int line)
{
	void *frames[32];

	if (!is_first_time(file, line))
		return;
	os_log(OS_ERR, "BUG: %s at %s:%d", what, file, line);
	backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
}
