/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar's names and sizes. See input.h. */
#include "input.h"

static const char *const words[] = { "valeF:", "vale", "netmap:", ":", "a", "b", "pf", "{", "}",
	"1", "-0", "^", "*", "@1", "/x", "lo" };

#define WORDS	(sizeof(words) / sizeof(words[0]))
#define RAW	0xf0u		/* from here on: the next byte is taken as it is */

void input_name(struct input *in, char *name, size_t n)
{
	size_t at = 0;
	uint8_t v;

	memset(name, 0, n);
	while (at < n && (v = input_byte(in)) != 0) {
		const char *word = words[v % WORDS];
		size_t len = strlen(word);

		if (v >= RAW) {
			name[at++] = (char)input_byte(in);
			continue;
		}
		if (len > n - at)
			len = n - at;
		memcpy(name + at, word, len);
		at += len;
	}
}

uint32_t input_size(struct input *in)
{
	static const uint32_t edge[] = { 0, 1, 2, 4, 32, 64, 1024, 2048, 4096, 16384, 65535, 65536,
		0x7fffffff, 0xffffffff };
	uint8_t v = input_byte(in);

	if (v >= 0xf0)
		return input_word(in);
	if (v >= 0xc0)
		return edge[v % (sizeof(edge) / sizeof(edge[0]))];
	return v % 8 ? 0 : v;
}

uint32_t input_slots(struct input *in)
{
	uint8_t v = input_byte(in);

	return v < 240 ? v % 64 : input_size(in);
}
