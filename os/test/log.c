/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: lines are counted, the last one is kept, and with NETMAP_TEST_LOG in the environment all
 * are printed. os_bug() ends the program. lock guards last; the counts are atomic.
 */
#define OS_PLATFORM
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>

#include "os_test.h"

void __wrap_os_log(enum os_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void __wrap_os_bug(const char *what, const char *file, int line);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last[512];
static uint32_t counts[OS_DEBUG + 1];

void __wrap_os_log(enum os_level level, const char *fmt, ...)
{
	va_list ap;

	__atomic_add_fetch(&counts[level], 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&lock);
	va_start(ap, fmt);
	os_vsnprintf(last, sizeof(last), fmt, ap);
	va_end(ap);
	if (getenv("NETMAP_TEST_LOG"))
		fprintf(stderr, "# log %d: %s\n", level, last);
	pthread_mutex_unlock(&lock);
}

uint32_t os_test_log_count(enum os_level level)
{
	return __atomic_load_n(&counts[level], __ATOMIC_RELAXED);
}

void os_test_log_last(char *buf, size_t size)
{
	pthread_mutex_lock(&lock);
	snprintf(buf, size, "%s", last);
	pthread_mutex_unlock(&lock);
}

void __wrap_os_bug(const char *what, const char *file, int line)
{
	void *frames[48];

	fflush(stdout);
	fprintf(stderr, "# BUG: %s at %s:%d\n", what, file, line);
	backtrace_symbols_fd(frames, backtrace(frames, 48), 2);
	abort();
}
