// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tests of the numbers and texts that nmctl prints. TAP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format.h"
#include "words.h"

static int tests, failed;

static void same(const char *got, const char *want)
{
	int ok = !strcmp(got, want);

	failed += !ok;
	printf("%sok %d - %s\n", ok ? "" : "not ", ++tests, want);
	if (!ok)
		printf("# got '%s'\n", got);
}

static void bytes(uint64_t v, const char *want)
{
	char buf[FORMAT_LEN];

	format_bytes(buf, v);
	same(buf, want);
}

static void rate(double v, const char *want)
{
	char buf[FORMAT_LEN];

	format_rate(buf, v);
	same(buf, want);
}

int main(void)
{
	char text[] = "a\033[2Jb\nc\x80", buf[FORMAT_LEN];
	const char *flags[WORDS_MAX_FLAGS];

	setenv("TZ", "UTC", 1);
	tzset();
	bytes(0, "0 B");
	bytes(1023, "1023 B");
	bytes(1024, "1.0 KiB");
	bytes(1536 << 10, "1.5 MiB");
	bytes(UINT64_MAX, "16.0 EiB");
	rate(0, "0");
	rate(999.4, "999");
	rate(999.6, "1.00 k");
	rate(14880952, "14.88 M");
	rate(1e30, "1000000000000000.00 P");
	format_time(buf, 1700000000000042);
	same(buf, "2023-11-14 22:13:20.000042");
	format_clean(text);
	same(text, "a?[2Jb?c?");
	same(words_errno(12), "ENOMEM");
	same(words_errno(99999), "?");
	same(words_request(1), "register");
	same(words_request(0x1001), "inspect");
	same(words_request(500), "?");
	same(words_kind(0), "?");
	same(words_drop(5), "header");
	same(words_drop(6), "?");
	same(words_port_flags(0x9, flags) == 2 ? flags[1] : "", "exclusive");
	printf("1..%d\n", tests);
	return failed != 0;
}
