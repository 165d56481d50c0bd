// SPDX-License-Identifier: BSD-2-Clause
/* Frames: headers and checksums checked by other means, addresses that vary, turning around. */
#include <arpa/inet.h>
#include <string.h>

#include "../../apps/pkt-gen/source.h"
#include "tap.h"

static const uint8_t mac_a[MAC_LEN] = { 2, 0, 0, 0, 0, 0xa };
static const uint8_t mac_b[MAC_LEN] = { 2, 0, 0, 0, 0, 0xb };
static struct frame frame;
static struct source source;
static struct options opt;

/* RFC 1071 as it is written: big-endian words, odd byte last. */
static uint16_t plain_sum(uint32_t sum, const uint8_t *p, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* A received sum over header and data, checksum included, is all ones. */
static bool sums_are_right(const uint8_t *e, unsigned int len, int family)
{
	unsigned int l4 = family == AF_INET6 ? 54 : 34, addrs = family == AF_INET6 ? 32 : 8;
	uint32_t pseudo = plain_sum(0, e + l4 - addrs, addrs);

	if (family == AF_INET && plain_sum(0, e + 14, 20) != 0xffff)
		return false;
	return plain_sum(pseudo + IPPROTO_UDP + (len - l4), e + l4, len - l4) == 0xffff;
}

static void build(int family, unsigned int vnet, unsigned int len)
{
	static const uint8_t src[16] = { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 };
	static const uint8_t dst[16] = { 99, 98, 97, 96 };

	frame_init(&frame, family, vnet);
	frame_set_macs(&frame, mac_a, mac_b);
	frame_set_source(&frame, src, 1000);
	frame_set_destination(&frame, dst, 2000);
	frame_set_length(&frame, len);
	frame_finish(&frame);
}

static void test_build(int family, const char *name)
{
	unsigned int len, min = frame_length_min(family, false), wrong = 0, offset, payload;
	const uint8_t *e = frame.data;

	for (len = min; len < min + 1500; len++) {
		build(family, 0, len);
		if (!sums_are_right(e, len, family) ||
		    !frame_find_payload(e, len, &offset, &payload) || offset != min ||
		    payload != len - min)
			wrong++;
	}
	is_num(wrong, 0, "%s: checksums and lengths of all sizes", name);
	build(family, 12, 200);
	e = frame_ether(&frame);
	ok(memcmp(frame.data, "\0\0\0\0\0\0\0\0\0\0\0\0", 12) == 0 && e == frame.data + 12 &&
		   sums_are_right(e, 200, family),
	   "%s: with a virtio-net header", name);
	ok(memcmp(e, mac_b, 6) == 0 && memcmp(e + 6, mac_a, 6) == 0, "%s: MAC addresses", name);
	frame_reverse(frame_ether(&frame), 200, mac_b);
	ok(memcmp(e, mac_a, 6) == 0 && memcmp(e + 6, mac_b, 6) == 0 &&
		   sums_are_right(e, 200, family),
	   "%s: turned around", name);
	ok(e[min - 8] == 2000 >> 8 && e[min - 7] == (2000 & 0xff) && e[min - 6] == 1000 >> 8,
	   "%s: ports turned around", name);
}

static void test_reverse_group(void)
{
	static const uint8_t all[MAC_LEN] = { 255, 255, 255, 255, 255, 255 };

	build(AF_INET, 0, 60);
	frame_set_macs(&frame, mac_a, all);
	frame_reverse(frame_ether(&frame), 60, mac_b);
	ok(memcmp(frame.data + 6, mac_b, 6) == 0, "a broadcast is answered with our own address");
	frame_reverse(frame_ether(&frame), 10, mac_b);
	ok(memcmp(frame.data + 6, mac_b, 6) == 0, "too short to turn around");
}

/* A truncated frame, or one with wrong lengths, has no payload and is not read beyond its end. */
static void test_short(void)
{
	unsigned int len, found = 0, offset, payload;
	uint8_t copy[200];

	build(AF_INET, 0, 200);
	for (len = 0; len < 200; len++) {
		memcpy(copy, frame.data, len);
		found += frame_find_payload(copy, len, &offset, &payload);
	}
	is_num(found, 0, "cut packets");
	memcpy(copy, frame.data, 200);
	copy[14] = 0x44;
	ok(!frame_find_payload(copy, 200, &offset, &payload), "an IP header of 16 bytes");
	copy[14] = 0x4f;
	ok(!frame_find_payload(copy, 60, &offset, &payload), "an IP header beyond the end");
	copy[14] = 0x45;
	copy[39] = 3;
	copy[38] = 0;
	ok(!frame_find_payload(copy, 200, &offset, &payload), "a UDP length under 8");
}

static void parse_source(const char *src, const char *dst, bool random)
{
	struct errmsg err;

	memset(&opt, 0, sizeof(opt));
	opt.family = AF_INET;
	opt.length_min = opt.length_max = 60;
	opt.random_src = random;
	addr_parse_range(&opt.src, src, &err);
	addr_parse_range(&opt.dst, dst, &err);
	source_init(&source, &opt, NULL, mac_a, 0);
}

static void test_ranges(void)
{
	struct stamp stamp = { 0 };
	unsigned int len, i, wrong = 0, hosts[3] = { 0 }, ports[2] = { 0 };
	const uint8_t *e = NULL;

	parse_source("10.0.0.1:5", "10.0.0.2:6", false);
	ok(source_is_constant(&source), "one flow: all packets alike");
	parse_source("10.0.0.1:5-10.0.0.3:6", "10.0.0.2:6", false);
	ok(!source_is_constant(&source), "a range: packets differ");
	for (i = 0; i < 12; i++) {
		e = source_next(&source, &stamp, &len);
		hosts[(e[29] - 1) % 3]++;
		ports[(e[35] - 5) & 1]++;
		wrong += !sums_are_right(e, len, AF_INET) || e[29] != 1 + i / 2 % 3 ||
			 e[35] != 5 + i % 2;
	}
	is_num(wrong, 0, "ports first, then addresses, right checksums");
	ok(hosts[0] == 4 && hosts[1] == 4 && hosts[2] == 4 && ports[0] == 6, "each as often");
}

static void test_random(void)
{
	struct stamp stamp = { 0 };
	unsigned int len, i, wrong = 0, same = 0;
	uint8_t before[4] = { 0 };
	const uint8_t *e;

	parse_source("10.0.0.1:5", "10.0.0.2:6", true);
	for (i = 0; i < 1000; i++) {
		e = source_next(&source, &stamp, &len);
		wrong += !sums_are_right(e, len, AF_INET);
		same += memcmp(before, e + 26, 4) == 0;
		memcpy(before, e + 26, 4);
	}
	ok(wrong == 0 && same < 3, "random sources");
	parse_source("10.0.0.1:5-10.0.0.8:9", "10.0.0.2:6", true);
	for (i = 0; i < 1000; i++) {
		e = source_next(&source, &stamp, &len);
		wrong += e[29] < 1 || e[29] > 8 || e[35] < 5 || e[35] > 9;
	}
	is_num(wrong, 0, "random within a range");
	opt.length_min = 60;
	opt.length_max = 64;
	opt.random_src = false;
	for (i = same = 0; i < 1000; i++) {
		e = source_next(&source, &stamp, &len);
		wrong += len < 60 || len > 64 || !sums_are_right(e, len, AF_INET);
		same |= 1u << (len - 60);
	}
	ok(wrong == 0 && same == 0x1f, "random lengths");
}

int main(void)
{
	test_build(AF_INET, "IPv4");
	test_build(AF_INET6, "IPv6");
	test_reverse_group();
	test_short();
	test_ranges();
	test_random();
	return tap_finish();
}
