// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Write to the kernel log, with the prefix "netmap: ". Messages are limited in rate, so that
 * refused requests cannot fill a disk; errors are not, because no client can cause them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "platform.h"

#define LINES_PER_INTERVAL	200

static DEFINE_RATELIMIT_STATE(log_rate, DEFAULT_RATELIMIT_INTERVAL, LINES_PER_INTERVAL);

/* Failed assertions already reported, by line number; equal lines of two files count as one. */
#define REPORT_BITS	1024
static DECLARE_BITMAP(reported, REPORT_BITS);

int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	return vscnprintf(buf, size, fmt, ap);
}

void os_log(enum os_level level, const char *fmt, ...)
{
	struct va_format text;
	va_list ap;

	if (level != OS_ERR && !__ratelimit(&log_rate))
		return;
	va_start(ap, fmt);
	text.fmt = fmt;
	text.va = &ap;
	switch (level) {
	case OS_ERR:
		pr_err("%pV\n", &text);
		break;
	case OS_WARN:
		pr_warn("%pV\n", &text);
		break;
	case OS_INFO:
		pr_info("%pV\n", &text);
		break;
	case OS_DEBUG:
		pr_debug("%pV\n", &text);
		break;
	}
	va_end(ap);
}

void os_bug(const char *what, const char *file, int line)
{
	if (!test_and_set_bit((unsigned int)line % REPORT_BITS, reported))
		WARN(1, "netmap: BUG: %s at %s:%d\n", what, file, line);
}
