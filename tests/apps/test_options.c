// SPDX-License-Identifier: BSD-2-Clause
/* The command line of pkt-gen: every letter, its long form, defaults and combinations. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../apps/pkt-gen/options.h"
#include "tap.h"

static struct options opt;
static struct errmsg err;

/* Parses "pkt-gen -i vale0:a" and the words of the text. */
static int parse(const char *text)
{
	static char copy[512];
	char *argv[40], *rest = copy, *word;
	int argc = 0;

	argv[argc++] = (char *)(uintptr_t) "pkt-gen";
	argv[argc++] = (char *)(uintptr_t) "-i";
	argv[argc++] = (char *)(uintptr_t) "vale0:a";
	strcpy(copy, text);
	while ((word = strsep(&rest, " ")) != NULL && argc < 39) {
		if (*word != '\0')
			argv[argc++] = word;
	}
	argv[argc] = NULL;
	err.text[0] = '\0';
	return opt_parse(&pktgen_program, &opt, argc, argv, &err);
}

static bool fine(const char *text)
{
	if (parse(text) == OPTIONS_OK)
		return true;
	diag("%s: %s", text, err.text);
	return false;
}

static void test_defaults(void)
{
	ok(fine("") && opt.mode == MODE_RX && opt.count == 0 && opt.length_min == 60 &&
		   opt.length_max == 60 && opt.burst == 512 && opt.threads == 1 &&
		   opt.report_ms == 1000 && opt.wait_s == WAIT_AUTO && opt.vnet_len == VNET_AUTO &&
		   opt.family == AF_INET,
	   "defaults");
	ok(memcmp(opt.dst_mac, "\xff\xff\xff\xff\xff\xff", 6) == 0, "to the broadcast address");
	ok(memcmp(opt.src.first, "\x0a\0\0\1", 4) == 0 && opt.src.port == 1234 &&
		   memcmp(opt.dst.first, "\x0a\1\0\1", 4) == 0 && opt.dst.port == 1234,
	   "addresses");
	is_str(opt.spec.name, "vale0:a", "the port");
}

static void test_letters(void)
{
	ok(fine("-f tx") && opt.mode == MODE_TX, "-f");
	ok(fine("--function pong") && opt.mode == MODE_PONG, "--function");
	ok(fine("-n 5M") && opt.count == 5000000, "-n");
	ok(fine("-l 100") && opt.length_min == 100 && opt.length_max == 100, "-l");
	ok(fine("-l 1500 -l 64") && opt.length_min == 64 && opt.length_max == 1500, "-l twice");
	ok(fine("-b 7") && opt.burst == 7, "-b");
	ok(fine("-6") && opt.family == AF_INET6 && opt.src.family == AF_INET6, "-6");
	ok(fine("-s 1.2.3.4:5-1.2.3.9:8") && opt.src.span == 5 && opt.src.port_span == 3, "-s");
	ok(fine("-d [fd00::2]:9") && opt.family == AF_INET6 && opt.dst.port == 9 &&
		   opt.src.family == AF_INET6,
	   "-d IPv6 sets the family");
	ok(fine("-S 02:00:00:00:00:05") && opt.has_src_mac && opt.src_mac[5] == 5, "-S");
	ok(fine("-D 02:00:00:00:00:06") && opt.dst_mac[5] == 6, "-D");
	ok(fine("-a 1 -c 2") && opt.first_cpu == 1 && opt.cpus == 2, "-a -c");
	ok(fine("-p 3") && opt.threads == 3, "-p");
	ok(fine("-T 250") && opt.report_ms == 250, "-T");
	ok(fine("-w 0") && opt.wait_s == 0, "-w");
	ok(fine("-X -N -I -W -v -v -A -B") && opt.dump && opt.plain_numbers && opt.indirect &&
		   opt.exit_idle && opt.verbose == 2 && opt.deviation && opt.framing,
	   "flags");
	ok(fine("-r") && opt.rubbish, "-r");
	ok(fine("-z -Z") && opt.random_src && opt.random_dst, "-z -Z");
	ok(fine("-H 12") && opt.vnet_len == 12, "-H");
	ok(fine("-P f.pcap") && strcmp(opt.capture, "f.pcap") == 0, "-P");
	ok(fine("-F 3 -M 100") && opt.fragments == 3 && opt.fragment_size == 100, "-F -M");
	ok(fine("--seq --strict --json") && opt.seq == SEQ_FRAME && opt.strict && opt.json,
	   "long ones");
	ok(fine("--seq=payload") && opt.seq == SEQ_PAYLOAD, "--seq=payload");
	ok(fine("--idle 20") && opt.exit_idle && opt.idle_ms == 20, "--idle");
	ok(parse("--help") == OPTIONS_HELP, "--help");
}

static void test_config(void)
{
	ok(fine("-C 512") && opt.wish.tx_slots == 512 && opt.wish.rx_slots == 512 &&
		   opt.wish.tx_rings == 0 && opt.wish.rx_rings == 0,
	   "-C with one number");
	ok(fine("-C 512,256") && opt.wish.tx_slots == 512 && opt.wish.rx_slots == 256,
	   "-C with two");
	ok(fine("-C 512,256,2") && opt.wish.tx_rings == 2 && opt.wish.rx_rings == 2,
	   "-C with three");
	ok(fine("-C 512,256,2,4") && opt.wish.tx_rings == 2 && opt.wish.rx_rings == 4,
	   "-C with four");
	ok(parse("-C 1,2,3,4,5") == OPTIONS_BAD && parse("-C 1,,2") == OPTIONS_BAD, "-C wrong");
}

static void test_settling(void)
{
	ok(fine("-R 5000") && opt.burst == 5, "a slow rate has small bursts");
	ok(fine("-R 10") && opt.burst == 1, "at least of one packet");
	ok(fine("-R 100M") && opt.burst == 512, "at most the default");
	ok(fine("-R 10 -b 100") && opt.burst == 100, "unless they are given");
	ok(fine("-6 -f tx") && opt.length_min == 62, "IPv6 packets are longer");
	ok(fine("-f tx --seq") && opt.length_min == 60, "a stamp fits in 60 bytes");
	ok(fine("-f ping") && opt.seq == SEQ_PAYLOAD && opt.length_min == 60, "ping is stamped");
}

static void test_refusals(void)
{
	static const char *const bad[] = {
		"-f up",
		"-n x",
		"-n -1",
		"-l 5",
		"-l 60 -l 70 -l 80",
		"-l 70000",
		"-b 0",
		"-b x",
		"-p 0",
		"-H 11",
		"-F 65",
		"-F 0",
		"-M 0",
		"-s 1.2.3",
		"-D 1:2",
		"stray",
		"-s 1.2.3.4 -d fd00::1",
		"-4 -s fd00::1",
		"-f tx -l 41",
		"-f tx -6 -l 60",
		"-f tx --seq -l 59",
		"-I -F 2",
		"--seq -r",
		"--seq -P x",
		"-r -P x",
		"-r -l 60 -l 70",
		"-f ping -p 2",
		"-f ping -r",
		"--seq=x",
		"-T x",
		"-i netmap:",
		"--idle 0",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ok(parse(bad[i]) == OPTIONS_BAD, "`%s' is refused", bad[i]);
		ok(err.text[0] != '\0', "`%s': with a reason", bad[i]);
	}
}

int main(void)
{
	test_defaults();
	test_letters();
	test_config();
	test_settling();
	test_refusals();
	return tap_finish();
}
