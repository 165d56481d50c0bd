// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tests of the words that nmctl has for numbers of the engine. TAP.
 */
#include <stdio.h>
#include <string.h>

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

int main(void)
{
	const char *flags[WORDS_MAX_FLAGS];

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
