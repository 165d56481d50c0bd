// SPDX-License-Identifier: BSD-2-Clause
/* Quantities and addresses, written and read. */
#include <arpa/inet.h>
#include <string.h>

#include "../../apps/common/addr.h"
#include "../../apps/common/units.h"
#include "tap.h"

static void test_units(void)
{
	char buf[32];
	uint64_t v = 7;

	is_str(units_format(buf, sizeof(buf), 0, "pps"), "  0.000 pps", "nothing");
	is_str(units_format(buf, sizeof(buf), 14880952, "pps"), " 14.881 Mpps", "line rate");
	is_str(units_format(buf, sizeof(buf), 999.9999, "bps"), "  1.000 Kbps", "rounds up a unit");
	is_str(units_format(buf, sizeof(buf), 2.5e15, "bps"), "2500.000 Tbps",
	       "beyond the last unit");
	ok(units_parse("0", 10, &v) == 0 && v == 0, "0");
	ok(units_parse("12", 12, &v) == 0 && v == 12, "a number");
	ok(units_parse("10k", 10000, &v) == 0 && v == 10000, "10k");
	ok(units_parse("2M", UINT64_MAX, &v) == 0 && v == 2000000, "2M");
	ok(units_parse("3G", UINT64_MAX, &v) == 0 && v == 3000000000u, "3G");
	ok(units_parse("13", 12, &v) == -1, "over the bound");
	ok(units_parse("11k", 10999, &v) == -1, "over the bound with a unit");
	ok(units_parse("99999999999999999999999", UINT64_MAX, &v) == -1, "over 64 bits");
	ok(units_parse("18446744073709551615k", UINT64_MAX, &v) == -1, "over 64 bits with a unit");
	ok(units_parse("", 10, &v) == -1 && units_parse("-1", 10, &v) == -1 &&
		   units_parse("1x", 10, &v) == -1 && units_parse("1kk", UINT64_MAX, &v) == -1 &&
		   units_parse(" 1", 10, &v) == -1,
	   "what is no number");
}

static bool parses(const char *text, int family, const char *first, uint32_t span, uint16_t port,
		   uint16_t port_span)
{
	struct addr_range r = { .port = 99 };
	struct errmsg err;
	char shown[64];

	if (addr_parse_range(&r, text, &err))
		return false;
	inet_ntop(r.family, r.first, shown, sizeof(shown));
	return r.family == family && strcmp(shown, first) == 0 && r.span == span &&
	       r.port == port && r.port_span == port_span;
}

static void test_ranges(void)
{
	static const char *const bad[] = {
		"",
		"10.0.0",
		"10.0.0.1:",
		"10.0.0.1:65536",
		"10.0.0.1:x",
		"10.0.0.2-10.0.0.1",
		"10.0.0.1:9-10.0.0.1:8",
		"10.0.0.1-fd00::1",
		"[fd00::1",
		"fd00::1-fd01::1",
		"x-y",
	};
	struct addr_range r = { 0 };
	struct errmsg err;
	uint8_t addr[16];
	size_t i;

	ok(parses("10.0.0.1", AF_INET, "10.0.0.1", 0, 99, 0), "an address");
	ok(parses("10.0.0.1:5", AF_INET, "10.0.0.1", 0, 5, 0), "with a port");
	ok(parses("10.0.0.1:5-10.0.1.0:9", AF_INET, "10.0.0.1", 255, 5, 4), "a range");
	ok(parses("10.0.0.1-10.0.0.4", AF_INET, "10.0.0.1", 3, 99, 0), "a range without ports");
	ok(parses("10.0.0.1:5-10.0.0.4", AF_INET, "10.0.0.1", 3, 5, 0), "a range with one port");
	ok(parses("0.0.0.0-255.255.255.255", AF_INET, "0.0.0.0", UINT32_MAX, 99, 0), "all");
	ok(parses("fd00::1", AF_INET6, "fd00::1", 0, 99, 0), "IPv6");
	ok(parses("[fd00::1]:5-[fd00::1:0]:6", AF_INET6, "fd00::1", 0xffff, 5, 1), "IPv6 range");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(addr_parse_range(&r, bad[i], &err) == -1, "`%s' is refused", bad[i]);
	addr_parse_range(&r, "10.0.0.250-10.0.1.5", &err);
	addr_nth(&r, 8, addr);
	ok(memcmp(addr, "\x0a\x00\x01\x02", 4) == 0, "addresses carry over");
}

static void test_macs(void)
{
	uint8_t mac[MAC_LEN];
	struct errmsg err;

	ok(addr_parse_mac(mac, "02:00:5e:00:00:ff", &err) == 0 &&
		   memcmp(mac, "\x02\x00\x5e\x00\x00\xff", 6) == 0,
	   "a MAC address");
	ok(addr_parse_mac(mac, "02:00:5e:00:00", &err) == -1 &&
		   addr_parse_mac(mac, "02:00:5e:00:00:01x", &err) == -1 &&
		   addr_parse_mac(mac, "", &err) == -1,
	   "what is none");
	ok(addr_interface_mac(mac, "lo") == 0 && memcmp(mac, "\0\0\0\0\0\0", 6) == 0,
	   "an interface's");
	ok(addr_interface_mac(mac, "no-such-if") != 0, "an interface that is not there");
}

int main(void)
{
	test_units();
	test_ranges();
	test_macs();
	return tap_finish();
}
