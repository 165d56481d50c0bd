/* SPDX-License-Identifier: BSD-2-Clause */
/* Test points: see tap.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE	/* strerrorname_np() */
#endif
#include <stdio.h>
#include <string.h>

#include "tap.h"

static unsigned int points, failures;

bool tap_point(bool cond, const char *fmt, va_list ap)
{
	points++;
	if (!cond)
		failures++;
	printf("%sok %u - ", cond ? "" : "not ", points);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	return cond;
}

bool ok(bool cond, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_point(cond, fmt, ap);
	va_end(ap);
	return cond;
}

bool is_num(long long got, long long want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_point(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		diag("got %lld (0x%llx), wanted %lld (0x%llx)", got, got, want, want);
	return got == want;
}

bool is_str(const char *got, const char *want, const char *fmt, ...)
{
	bool same = strcmp(got, want) == 0;
	va_list ap;

	va_start(ap, fmt);
	tap_point(same, fmt, ap);
	va_end(ap);
	if (!same)
		diag("got \"%s\", wanted \"%s\"", got, want);
	return same;
}

const char *tap_err_name(int err)
{
	const char *name = err ? strerrorname_np(-err) : "success";

	return name ? name : "no errno at all";
}

bool is_err(int got, int want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_point(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		diag("got %s (%d), wanted %s", tap_err_name(got), got, tap_err_name(want));
	return got == want;
}

void skip(const char *reason, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("ok %u - ", ++points);
	vprintf(fmt, ap);
	printf(" # SKIP %s\n", reason);
	va_end(ap);
	fflush(stdout);
}

void diag(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("# ", stdout);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	fflush(stdout);
}

unsigned int tap_points(void)
{
	return points;
}

unsigned int tap_failures(void)
{
	return failures;
}

int tap_finish(void)
{
	printf("1..%u\n", points);
	fflush(stdout);
	return failures ? 1 : 0;
}
