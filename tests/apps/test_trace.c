// SPDX-License-Identifier: BSD-2-Clause
/* Capture files as all tools read them: what a frame is, what is left out, and hostile files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../apps/common/pcap/trace.h"
#include "tap.h"

#define SNAPLEN		262144u
#define FCS_4		0x24000000u	/* a check sequence of 2 units of 2 bytes */

static char path[] = "/tmp/test_trace.XXXXXX";
static struct errmsg err;
static FILE *out;

static void put32(uint32_t v)
{
	fwrite(&v, sizeof(v), 1, out);
}

static void begin(uint32_t link_type)
{
	out = fopen(path, "w");
	put32(0xa1b2c3d4);
	put32(2 | 4 << 16);
	put32(0);
	put32(0);
	put32(SNAPLEN);
	put32(link_type);
}

/* A packet of caplen bytes, each its position, of which bytes are in the file. */
static void packet_of(uint32_t us, uint32_t caplen, uint32_t len, uint32_t bytes)
{
	uint32_t i;

	put32(0);
	put32(us);
	put32(caplen);
	put32(len);
	for (i = 0; i < bytes; i++)
		fputc((int)(i & 0xff), out);
}

static void packet(uint32_t us, uint32_t caplen, uint32_t len)
{
	packet_of(us, caplen, len, caplen);
}

static int load(struct trace *t)
{
	fclose(out);
	return trace_load(t, path, &err);
}

static bool holds(const struct trace *t, size_t i, uint32_t len, uint32_t wire_len)
{
	uint32_t k;

	if (i >= t->count || t->packets[i].len != len || t->packets[i].wire_len != wire_len)
		return false;
	for (k = 0; k < len; k++) {
		if (t->data[t->packets[i].offset + k] != (k & 0xff))
			return false;
	}
	return true;
}

static void test_lengths(void)
{
	struct trace t;

	begin(1);
	packet(0, 60, 60);
	packet(10, 100, 1500);		/* truncated by the capture */
	packet(20, 817, 800);		/* more bytes than were on the wire */
	packet(30, 13, 13);		/* no header */
	packet(40, 0, 0);
	packet(50, 100, 13);		/* of the 13 on the wire, no header either */
	packet(60, 14, 14);
	packet(70, 65535, 65535);
	packet(80, 65536, 65536);
	packet(90, 200000, 200000);
	packet(100, 60, 0xffffffff);
	is_num(load(&t), 0, "a file of odd lengths is read");
	is_num((long long)t.count, 6, "the frames in it are packets");
	ok(holds(&t, 0, 60, 60), "a plain one");
	ok(holds(&t, 1, 100, 1500), "a truncated one, as far as it is there");
	ok(holds(&t, 2, 800, 800), "the first part of one with a tail");
	ok(holds(&t, 3, 14, 14), "the shortest");
	ok(holds(&t, 4, 65535, 65535), "the longest");
	ok(holds(&t, 5, 60, 60), "one whose length on the wire is no length");
	is_num((long long)t.too_short, 3, "those without a header are left out");
	is_num((long long)t.too_long, 2, "so are those longer than a slot can say");
	is_num((long long)t.cut, 2, "truncated ones are counted");
	is_num((long long)t.padded, 1, "and those with a tail");
	is_num(t.longest, 65535, "the longest is known");
	is_num((long long)t.packets[1].at, 10000, "times are those of the file");
	trace_free(&t);
}

static void test_fcs(void)
{
	struct trace t;

	begin(1 | FCS_4);
	packet(0, 64, 64);
	packet(1, 64, 1518);		/* truncated: what is there is of the frame */
	packet(2, 62, 64);		/* truncated within the check sequence */
	packet(3, 17, 17);		/* 13 bytes of frame */
	packet(4, 2, 2);		/* less than a check sequence */
	is_num(load(&t), 0, "a file with frame check sequences is read");
	is_num(t.fcs_len, 4, "their length is known");
	is_num((long long)t.count, 3, "frames of it are packets");
	ok(holds(&t, 0, 60, 60), "without the check sequence");
	ok(holds(&t, 1, 64, 1514), "a truncated one keeps its bytes");
	ok(holds(&t, 2, 60, 60), "a part of a check sequence is cut off too");
	is_num((long long)t.too_short, 2, "what is no frame without it is left out");
	trace_free(&t);
	begin(1);
	packet(0, 64, 64);
	ok(load(&t) == 0 && t.fcs_len == 0 && holds(&t, 0, 64, 64),
	   "a file that says nothing has none");
	trace_free(&t);
}

static void test_times(void)
{
	struct trace t;

	begin(1);
	packet(500, 13, 13);
	packet(100, 60, 60);
	packet(50, 60, 60);
	packet(300, 60, 60);
	is_num(load(&t), 0, "a file of odd times is read");
	ok(t.packets[0].at == 0 && t.packets[1].at == 0 && t.packets[2].at == 200000,
	   "times begin with the first frame and never decrease");
	is_num((long long)t.backward, 1, "the older one is counted");
	trace_free(&t);
}

static void refused(const char *text, const char *what)
{
	struct trace t;

	err.text[0] = '\0';
	ok(load(&t) == -1 && strstr(err.text, text), "%s: %s", what, err.text);
	ok(!t.packets && !t.data, "%s: nothing is left allocated", what);
}

static void test_refused(void)
{
	begin(1);
	refused("no packets", "an empty file");
	begin(1);
	packet(0, 13, 13);
	packet(0, 70000, 70000);
	refused("1 packets are shorter, 1 longer", "no frame at all");
	begin(1);
	packet(0, 60, 60);
	packet_of(1, 1000, 1000, 999);
	refused("after packet 1", "cut within a packet");
	begin(1);
	packet_of(1, 0xffffffff, 0xffffffff, 100);
	refused("after packet 0", "a packet of 4 GiB");
	begin(1);
	packet_of(1, 0x7fffffff, 60, 100);
	refused("after packet 0", "a packet of 2 GiB");
	begin(105);
	packet(0, 60, 60);
	refused("not Ethernet", "another link type");
}

/* pcapng: a section, an interface and packets; each block has its length before and after. */
static void block(uint32_t type, const uint32_t *words, uint32_t n, uint32_t length)
{
	uint32_t i;

	put32(type);
	put32(length);
	for (i = 0; i < n; i++)
		put32(words[i]);
	put32(length);
}

static void pcapng_begin(void)
{
	static const uint32_t section[] = { 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff };
	static const uint32_t interface[] = { 1, SNAPLEN };

	out = fopen(path, "w");
	block(0x0a0d0d0a, section, 4, 28);
	block(1, interface, 2, 20);
}

static void pcapng_packet(uint32_t caplen, uint32_t len, uint32_t length)
{
	uint32_t words[5 + 16] = { 0, 0, 5, caplen, len };
	uint32_t i;

	for (i = 0; i < 64; i++)
		((uint8_t *)&words[5])[i] = (uint8_t)i;
	block(6, words, 5 + 16, length);
}

static void test_pcapng(void)
{
	struct trace t;

	pcapng_begin();
	pcapng_packet(64, 64, 32 + 64);
	pcapng_packet(64, 60, 32 + 64);
	pcapng_packet(10, 10, 32 + 64);
	is_num(load(&t), 0, "a pcapng file is read by the same rules");
	ok(t.count == 2 && holds(&t, 0, 64, 64) && holds(&t, 1, 60, 60), "its frames");
	ok(t.too_short == 1 && t.padded == 1, "its odd ones");
	trace_free(&t);
	pcapng_begin();
	pcapng_packet(0xfffffff0, 64, 32 + 64);
	refused("after packet 0", "pcapng: a packet longer than its block");
	pcapng_begin();
	pcapng_packet(64, 64, 0xfffffff0);
	refused("after packet 0", "pcapng: a block of 4 GiB");
	pcapng_begin();
	pcapng_packet(64, 64, 0);
	refused("after packet 0", "pcapng: a block of no length");
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_lengths();
	test_fcs();
	test_times();
	test_refused();
	test_pcapng();
	unlink(path);
	return tap_finish();
}
