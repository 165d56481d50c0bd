// SPDX-License-Identifier: BSD-2-Clause
/* Dumps of packets, sixteen bytes to a line. */
#include "dump.h"

#define PER_LINE 16u

static void dump_line(FILE *out, const uint8_t *data, unsigned int offset, unsigned int len)
{
	unsigned int i;

	fprintf(out, "  %5u:", offset);
	for (i = 0; i < PER_LINE; i++) {
		if (i < len)
			fprintf(out, " %02x", data[i]);
		else
			fputs("   ", out);
	}
	fputs("   ", out);
	for (i = 0; i < len; i++)
		fputc(data[i] >= 0x20 && data[i] < 0x7f ? data[i] : '.', out);
	fputc('\n', out);
}

void dump_packet(FILE *out, const uint8_t *data, unsigned int len)
{
	unsigned int at;

	flockfile(out);
	fprintf(out, "%u bytes:\n", len);
	for (at = 0; at < len; at += PER_LINE)
		dump_line(out, data + at, at, len - at < PER_LINE ? len - at : PER_LINE);
	funlockfile(out);
}
