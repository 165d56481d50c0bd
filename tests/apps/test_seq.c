// SPDX-License-Identifier: BSD-2-Clause
/* Stamps and the account of what arrived: loss, copies, disorder, damage. */
#include <string.h>
#include <sys/socket.h>

#include "../../apps/pkt-gen/seqcheck.h"
#include "../../apps/pkt-gen/source.h"
#include "tap.h"

static const uint8_t mac[MAC_LEN] = { 2 };
static struct source source;
static struct options opt;
static uint8_t packet[2000];
static unsigned int packet_len;

static void setup(int family, enum seq_scope scope, unsigned int len)
{
	struct errmsg err;

	memset(&opt, 0, sizeof(opt));
	opt.family = family;
	opt.seq = scope;
	opt.length_min = opt.length_max = len;
	addr_parse_range(&opt.src, family == AF_INET6 ? "fd00::1" : "10.0.0.1", &err);
	addr_parse_range(&opt.dst, family == AF_INET6 ? "fd00::2" : "10.0.0.2", &err);
	source_init(&source, &opt, NULL, mac, 0);
}

static const uint8_t *make(uint32_t flow, uint64_t seq)
{
	struct stamp s = { flow, seq };

	memcpy(packet, source_next(&source, &s, &packet_len), opt.length_max);
	return packet;
}

/* Each bit of the packet flipped in turn must show, where the checksum reaches. */
static void test_damage(int family, enum seq_scope scope, unsigned int len, const char *name)
{
	unsigned int bit, good = 0, from = scope == SEQ_FRAME ? 0 : frame_length_min(family, false);
	struct stamp s;

	setup(family, scope, len);
	make(7, 1234567890123ull);
	ok(stamp_read(packet, len, scope, &s) == STAMP_GOOD && s.flow == 7 &&
		   s.seq == 1234567890123ull,
	   "%s: comes back as it was", name);
	for (bit = from * 8; bit < len * 8; bit++) {
		packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
		good += stamp_read(packet, len, scope, &s) == STAMP_GOOD;
		packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	is_num(good, 0, "%s: any flipped bit shows", name);
}

static struct seq_totals run(const uint64_t *seqs, unsigned int n)
{
	struct seqcheck *c = seqcheck_new(SEQ_FRAME);
	struct seq_totals t = { 0 };
	unsigned int i;

	setup(AF_INET, SEQ_FRAME, 60);
	for (i = 0; i < n; i++) {
		make(3, seqs[i]);
		seqcheck_packet(c, packet, packet_len);
	}
	seqcheck_add(c, &t);
	seqcheck_free(c);
	return t;
}

#define RUN(...) run((const uint64_t[]){ __VA_ARGS__ }, sizeof((uint64_t[]){ __VA_ARGS__ }) / 8)

static void test_account(void)
{
	struct seq_totals t;

	t = RUN(0, 1, 2, 3);
	ok(t.good == 4 && t.flows == 1 && seq_totals_is_clean(&t), "in order");
	t = RUN(0, 1, 4, 5);
	ok(t.lost == 2 && t.reordered == 0 && !seq_totals_is_clean(&t), "a gap");
	t = RUN(0, 2, 1, 3);
	ok(t.lost == 0 && t.reordered == 1 && t.duplicated == 0, "two exchanged");
	t = RUN(0, 1, 1, 2);
	ok(t.duplicated == 1 && t.lost == 0 && t.reordered == 0, "one twice");
	t = RUN(0, 3, 1, 1, 2, 2);
	ok(t.reordered == 2 && t.duplicated == 2 && t.lost == 0, "late ones twice");
	t = RUN(5, 6, 7);
	ok(t.missed == 5 && t.lost == 0 && !seq_totals_is_clean(&t), "the first ones missing");
	t = RUN(2, 0, 1, 3);
	ok(t.missed == 0 && t.reordered == 2, "the first ones late");
	t = RUN(0, 20000, 1);
	ok(t.lost == 19998 && t.reordered == 1, "later than can be remembered");
	t = RUN(0, 8191, 8192, 1, 1, 8192);
	ok(t.reordered == 1 && t.duplicated == 2 && t.lost == 8189, "at the edge of memory");
}

static void test_flows(void)
{
	struct seqcheck *c = seqcheck_new(SEQ_FRAME);
	struct seq_totals t = { 0 };
	uint32_t flow;
	uint64_t seq;

	setup(AF_INET, SEQ_FRAME, 60);
	for (seq = 0; seq < 3; seq++) {
		for (flow = 0; flow < 500; flow++)
			seqcheck_packet(c, make(flow * 0x10001, seq), packet_len);
	}
	seqcheck_packet(c, (const uint8_t *)"not one of ours, and not very long", 34);
	make(1, 1);
	packet[50] ^= 1;
	seqcheck_packet(c, packet, packet_len);
	seqcheck_add(c, &t);
	ok(t.flows == 500 && t.good == 1500 && t.lost == 0 && t.missed == 0, "many flows");
	ok(t.foreign == 1 && t.corrupted == 1, "foreign and corrupted packets");
	seqcheck_free(c);
}

/* A sender that makes up flows takes no memory without end. */
static void test_many_flows(void)
{
	struct seqcheck *c = seqcheck_new(SEQ_FRAME);
	struct seq_totals t = { 0 };
	uint32_t flow;

	setup(AF_INET, SEQ_FRAME, 60);
	for (flow = 0; flow < 70000; flow++)
		seqcheck_packet(c, make(flow, 0), packet_len);
	seqcheck_packet(c, make(7, 1), packet_len);
	seqcheck_add(c, &t);
	ok(t.flows == 65536 && t.good == 65537 && t.foreign == 70000 - 65536,
	   "flows beyond 65536 are foreign, those before go on");
	seqcheck_free(c);
}

int main(void)
{
	test_damage(AF_INET, SEQ_FRAME, 60, "60 bytes");
	test_damage(AF_INET, SEQ_FRAME, 1514, "1514 bytes");
	test_damage(AF_INET6, SEQ_FRAME, 81, "IPv6");
	test_damage(AF_INET, SEQ_PAYLOAD, 77, "payload only");
	test_damage(AF_INET6, SEQ_PAYLOAD, 80, "IPv6 payload only");
	test_account();
	test_flows();
	test_many_flows();
	return tap_finish();
}
