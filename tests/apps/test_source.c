// SPDX-License-Identifier: BSD-2-Clause
/* pkt-gen: packets of a capture file, and errors for other files. */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../apps/pkt-gen/source.h"
#include "tap.h"

static char path[] = "/tmp/pkt-gen-test-XXXXXX";

static void write_file(int link, unsigned int packets)
{
	pcap_t *p = pcap_open_dead(link, 65535);
	pcap_dumper_t *d = pcap_dump_open(p, path);
	uint8_t data[2000];
	unsigned int i;

	for (i = 0; i < packets; i++) {
		struct pcap_pkthdr h = { .caplen = 60 + i, .len = 60 + i };

		memset(data, (int)i, sizeof(data));
		pcap_dump((u_char *)d, &h, data);
	}
	pcap_dump_close(d);
	pcap_close(p);
}

static void test_load(void)
{
	struct trace c;
	struct errmsg err;
	unsigned int i, wrong = 0;

	write_file(DLT_EN10MB, 300);
	if (!ok(trace_load(&c, path, &err) == 0, "a file of packets"))
		return;
	ok(c.count == 300 && c.longest == 359, "all of them");
	for (i = 0; i < 300; i++)
		wrong += c.packets[i].len != 60 + i ||
			 c.data[c.packets[i].offset + 59] != (uint8_t)i;
	is_num(wrong, 0, "as they were");
	trace_free(&c);
	write_file(DLT_EN10MB, 0);
	ok(trace_load(&c, path, &err) == -1, "no packets: %s", err.text);
	write_file(DLT_RAW, 1);
	ok(trace_load(&c, path, &err) == -1, "not Ethernet: %s", err.text);
	ok(trace_load(&c, "/dev/null", &err) == -1, "no capture: %s", err.text);
}

static void test_source(void)
{
	static const uint8_t mac[MAC_LEN] = { 2 };
	static struct source s;
	struct options opt = { .family = 2, .length_min = 60, .length_max = 60 };
	struct stamp stamp = { 0 };
	struct trace c;
	struct errmsg err;
	const uint8_t *p;
	unsigned int i, len, wrong = 0;

	addr_parse_range(&opt.src, "10.0.0.1", &err);
	addr_parse_range(&opt.dst, "10.0.0.1", &err);
	write_file(DLT_EN10MB, 3);
	if (!ok(trace_load(&c, path, &err) == 0, "three packets"))
		return;
	source_init(&s, &opt, &c, mac, 10);
	ok(!source_is_constant(&s) && source_longest(&s) == 72, "three different packets");
	for (i = 0; i < 9; i++) {
		p = source_next(&s, &stamp, &len);
		wrong += len != 70 + i % 3 || p[9] != 0 || p[10] != i % 3 || p[len - 1] != i % 3;
	}
	is_num(wrong, 0, "in turn, behind a header of zeroes");
	trace_free(&c);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_load();
	test_source();
	unlink(path);
	return tap_finish();
}
