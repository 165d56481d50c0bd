// SPDX-License-Identifier: BSD-2-Clause
/* Quantities and addresses, written and read. */
#include <arpa/inet.h>
#include <string.h>

#include "../../apps/pkt-gen/addr.h"
#include "../../apps/common/number.h"
#include "tap.h"

/* What each tool makes of a number on its command line: tests/apps/run has the same list. */
static const struct {
	const char *text;
	uint64_t value;
} numbers[] = {
	{ "0", 0 },
	{ "12", 12 },
	{ "010", 10 },
	{ "0x10", 16 },
	{ "0Xff", 255 },
	{ "1k", 1000 },
	{ "10K", 10000 },
	{ "0x10k", 16000 },
	{ "2M", 2000000 },
	{ "3G", 3000000000u },
	{ "1T", 1000000000000u },
	{ "18446744073709551615", UINT64_MAX },
};

static const char *const no_numbers[] = {
	"", "-1", "+1", " 1", "1 ", "1x", "1kk", "k", "0x", "x10", "0x 1", "1.5", "many",
	"99999999999999999999999", "18446744073709551615k",
};

static void test_numbers(void)
{
	struct errmsg err;
	uint64_t v;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		v = 77;
		ok(number_parse(&v, 0, UINT64_MAX, numbers[i].text, "N", &err) == 0 &&
			   v == numbers[i].value,
		   "%s is a number", numbers[i].text);
	}
	for (i = 0; i < sizeof(no_numbers) / sizeof(no_numbers[0]); i++) {
		v = 77;
		ok(number_parse(&v, 0, UINT64_MAX, no_numbers[i], "N", &err) == -1 && v == 77,
		   "'%s' is no number", no_numbers[i]);
	}
	ok(number_parse(&v, 5, 12, "12", "N", &err) == 0 &&
		   number_parse(&v, 5, 12, "5", "N", &err) == 0,
	   "the bounds are allowed");
	ok(number_parse(&v, 5, 12, "13", "N", &err) == -1 &&
		   number_parse(&v, 5, 12, "4", "N", &err) == -1,
	   "beyond the bounds");
	is_str(err.text, "N: '4' is not a number from 5 to 12", "the message");
	ok(number_parse(&v, 0, 10999, "11k", "N", &err) == -1, "over the bound with a unit");
}

static void test_lists(void)
{
	static const uint64_t max[3] = { 100, 2000, 3 };
	unsigned int v[3] = { 0 };
	struct errmsg err;

	ok(number_parse_list(v, max, 3, "0x10,1k,3", "L", &err) == 3 && v[0] == 16 &&
		   v[1] == 1000 && v[2] == 3,
	   "a list");
	ok(number_parse_list(v, max, 3, "7", "L", &err) == 1 && v[0] == 7, "a list of one");
	ok(number_parse_list(v, max, 3, "1,2,4", "L", &err) == -1, "beyond a bound in a list");
	is_str(err.text, "L: '4' is not a number from 0 to 3", "the message names the part");
	ok(number_parse_list(v, max, 3, "1,,3", "L", &err) == -1, "an empty part");
	ok(number_parse_list(v, max, 3, "1,2,3,0", "L", &err) == -1, "too many parts");
	is_str(err.text, "L: '1,2,3,0' has more than 3 numbers", "the message");
}

static void test_reals(void)
{
	double v = 7;

	ok(number_parse_real(&v, "1.5M", &number_si_units) == 0 && v == 1.5e6, "1.5M");
	ok(number_parse_real(&v, "0.25", &number_no_units) == 0 && v == 0.25, "0.25");
	ok(number_parse_real(&v, "1k", &number_no_units) == -1, "a unit where there is none");
	ok(number_parse_real(&v, "-1", &number_si_units) == -1 &&
		   number_parse_real(&v, "nan", &number_si_units) == -1 &&
		   number_parse_real(&v, "inf", &number_si_units) == -1 &&
		   number_parse_real(&v, "", &number_si_units) == -1 &&
		   number_parse_real(&v, "1kk", &number_si_units) == -1,
	   "texts that are no real number");
}

static void test_formats(void)
{
	char buf[NUMBER_LEN];

	is_str(number_format(buf, 0, "pps"), "  0.000 pps", "nothing");
	is_str(number_format(buf, 14880952, "pps"), " 14.881 Mpps", "line rate");
	is_str(number_format(buf, 999.9999, "bps"), "  1.000 Kbps", "rounds up a unit");
	is_str(number_format(buf, 2.5e15, "bps"), "2500.000 Tbps", "beyond the last unit");
	is_str(number_format(buf, 12, ""), " 12.000", "without a unit");
	is_str(number_format(buf, 14880952, ""), " 14.881 M", "without a unit, in millions");
	is_str(number_format_bytes(buf, 0), "0 B", "no bytes");
	is_str(number_format_bytes(buf, 1023), "1023 B", "bytes");
	is_str(number_format_bytes(buf, 1024), "1.0 KiB", "kibibytes");
	is_str(number_format_bytes(buf, 1536 << 10), "1.5 MiB", "mebibytes");
	is_str(number_format_bytes(buf, UINT64_MAX), "16.0 EiB", "exbibytes");
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
	   "texts that are no address");
	ok(addr_interface_mac(mac, "lo") == 0 && memcmp(mac, "\0\0\0\0\0\0", 6) == 0,
	   "an interface's");
	ok(addr_interface_mac(mac, "no-such-if") != 0, "an interface that is not there");
}

int main(void)
{
	test_numbers();
	test_lists();
	test_reals();
	test_formats();
	test_ranges();
	test_macs();
	return tap_finish();
}
