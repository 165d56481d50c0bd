/* SPDX-License-Identifier: BSD-2-Clause */
/* Test points in the Test Anything Protocol. One thread only. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

/* One point; the words name what is broken if it fails. Returns cond. */
bool ok(bool cond, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool is_num(long long got, long long want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool is_str(const char *got, const char *want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Results of the engine: 0 or a negative errno, shown by name. */
bool is_err(int got, int want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print the plan; the program's exit status. */
int tap_finish(void);
unsigned int tap_failures(void);

#endif
