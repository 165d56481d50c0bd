/* SPDX-License-Identifier: BSD-2-Clause */
/* Test points in the Test Anything Protocol, on standard output. Call from one thread only. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>

/* Print one point; its words say what is broken if it fails. Returns cond. */
bool ok(bool cond, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As ok(got == want), and print both if they differ. */
bool is_num(long long got, long long want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool is_str(const char *got, const char *want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* As is_num() for results that are 0 or a negative errno; prints their names. */
bool is_err(int got, int want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Print a point that passes because it does not apply here, for the reason given. */
void skip(const char *reason, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Print a comment. */
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool tap_point(bool cond, const char *fmt, va_list ap);
const char *tap_err_name(int err);	/* of 0 or a negative errno */
unsigned int tap_points(void);		/* printed so far */
unsigned int tap_failures(void);	/* those of them that failed */
/* Print the plan. Returns the program's exit status. */
int tap_finish(void);

#endif
