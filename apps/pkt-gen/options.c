/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: letters, long forms, defaults, and what goes with what. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../common/units.h"
#include "frame.h"

enum { LONG_JSON = 256, LONG_SEQ, LONG_STRICT, LONG_IDLE };

static const char letters[] = "46a:b:c:d:f:hi:l:n:p:rs:vw:zABC:D:F:H:IM:NP:R:S:T:WXZ";

static const struct option long_forms[] = {
	{ "interface", required_argument, NULL, 'i' },
	{ "function", required_argument, NULL, 'f' },
	{ "count", required_argument, NULL, 'n' },
	{ "length", required_argument, NULL, 'l' },
	{ "burst", required_argument, NULL, 'b' },
	{ "ipv4", no_argument, NULL, '4' },
	{ "ipv6", no_argument, NULL, '6' },
	{ "dst-ip", required_argument, NULL, 'd' },
	{ "src-ip", required_argument, NULL, 's' },
	{ "dst-mac", required_argument, NULL, 'D' },
	{ "src-mac", required_argument, NULL, 'S' },
	{ "first-cpu", required_argument, NULL, 'a' },
	{ "cpus", required_argument, NULL, 'c' },
	{ "threads", required_argument, NULL, 'p' },
	{ "report", required_argument, NULL, 'T' },
	{ "wait", required_argument, NULL, 'w' },
	{ "rate", required_argument, NULL, 'R' },
	{ "dump", no_argument, NULL, 'X' },
	{ "vnet-header", required_argument, NULL, 'H' },
	{ "pcap", required_argument, NULL, 'P' },
	{ "random-src", no_argument, NULL, 'z' },
	{ "random-dst", no_argument, NULL, 'Z' },
	{ "numbers", no_argument, NULL, 'N' },
	{ "fragments", required_argument, NULL, 'F' },
	{ "fragment-size", required_argument, NULL, 'M' },
	{ "indirect", no_argument, NULL, 'I' },
	{ "exit-idle", no_argument, NULL, 'W' },
	{ "idle", required_argument, NULL, LONG_IDLE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "rubbish", no_argument, NULL, 'r' },
	{ "average", no_argument, NULL, 'A' },
	{ "framing", no_argument, NULL, 'B' },
	{ "config", required_argument, NULL, 'C' },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "seq", optional_argument, NULL, LONG_SEQ },
	{ "strict", no_argument, NULL, LONG_STRICT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"  -i, --interface PORT    netmap:IF, IF, valeS:P, pipes X{id X}id, with ^ ^K * -K @N /FLAGS\n"
"  -f, --function MODE     tx, rx, ping or pong (rx)\n"
"  -n, --count N           packets, 0 for ever (0)\n"
"  -l, --length BYTES      frame without CRC (60); twice: random between the two\n"
"  -b, --burst N           packets per sync (512)\n"
"  -R, --rate N            packets per second\n"
"  -p, --threads N         threads, each with a ring of its own (1)\n"
"  -a, --first-cpu CPU     bind threads to CPUs, from this one up\n"
"  -c, --cpus N            how many CPUs to use\n"
"  -w, --wait SECONDS      wait for the link (2; 0 on switches and pipes)\n"
"  -4, --ipv4  -6, --ipv6  address family\n"
"  -s, --src-ip A          source, IP[:PORT[-IP[:PORT]]], gone through in turn\n"
"  -d, --dst-ip A          destination, likewise\n"
"  -S, --src-mac MAC       -D, --dst-mac MAC\n"
"  -z, --random-src        random source address and port, within the range if there is one\n"
"  -Z, --random-dst        random destination, likewise\n"
"  -P, --pcap FILE         send the packets in FILE, over and over\n"
"  -r, --rubbish           send buffers as they are\n"
"  -F, --fragments N       slots per packet    -M, --fragment-size BYTES  at most so much in each\n"
"  -I, --indirect          leave the data in our memory, give only its address (VALE)\n"
"  -H, --vnet-header N     virtio-net header of 0, 10 or 12 bytes\n"
"  -C, --config T[,R[,N[,M]]]  slots of tx and rx rings, number of tx and rx rings\n"
"      --seq[=payload]     number and checksum every packet; rx checks them\n"
"      --strict            exit 1 if --seq or ping found anything wrong\n"
"  -W, --exit-idle         rx, pong: end after a second without packets (--idle MS: so long)\n"
"  -X, --dump              show received packets\n"
"  -T, --report MS         time between reports (1000; 0 for none)\n"
"  -A, --average           add mean and standard deviation of the last reports\n"
"  -B, --framing           count CRC, preamble and gap (24 bytes) in bit/s\n"
"  -N, --numbers           plain numbers, no units\n"
"      --json              the summary as JSON on standard output\n"
"  -v, --verbose           say more (twice: every thread)\n"
"  -h, --help\n";

void
options_usage(bool full)
{
	FILE *out = full ? stdout : stderr;

	fputs("usage: pkt-gen -i PORT [-f tx|rx|ping|pong] [options]\n", out);
	if (full)
		fputs(help, out);
	else
		fputs("       pkt-gen --help lists the options\n", out);
}

const char *
options_mode_name(enum mode mode)
{
	static const char *const names[] = { "rx", "tx", "ping", "pong" };

	return names[mode];
}

static void
set_defaults(struct options *opt)
{
	*opt = (struct options){
		.mode = MODE_RX,
		.burst = BURST_DEFAULT,
		.first_cpu = -1,
		.threads = 1,
		.report_ms = 1000,
		.wait_s = WAIT_AUTO,
		.vnet_len = VNET_AUTO,
		.fragments = 1,
		.idle_ms = 1000,
	};
	opt->src.port = opt->dst.port = 1234;
	memset(opt->dst_mac, 0xff, MAC_LEN);
}

/* A number option: stores into *out. */
static int
number(unsigned int *out, uint64_t min, uint64_t max, const char *text, const char *what,
    struct errmsg *err)
{
	uint64_t v;

	if (units_parse(text, max, &v) || v < min)
		return errmsg_set(err, "%s: a number from %llu to %llu is wanted, not `%s'", what,
		    (unsigned long long)min, (unsigned long long)max, text);
	*out = (unsigned int)v;
	return 0;
}

static int
big_number(uint64_t *out, const char *text, const char *what, struct errmsg *err)
{
	if (units_parse(text, INT64_MAX, out))
		return errmsg_set(err, "%s: a number is wanted, not `%s'", what, text);
	return 0;
}

static int
set_mode(struct options *opt, const char *text, struct errmsg *err)
{
	enum mode m;

	for (m = MODE_RX; m <= MODE_PONG; m++) {
		if (strcmp(text, options_mode_name(m)) == 0) {
			opt->mode = m;
			return 0;
		}
	}
	return errmsg_set(err, "--function: tx, rx, ping or pong is wanted, not `%s'", text);
}

/* The first -l gives the length, a second one the other end of a range. */
static int
set_length(struct options *opt, const char *text, struct errmsg *err)
{
	unsigned int n = 0;

	if (number(&n, 14, LENGTH_MAX, text, "--length", err))
		return -1;
	if (opt->length_min == 0) {
		opt->length_min = opt->length_max = n;
	} else if (opt->length_min != opt->length_max) {
		return errmsg_set(err, "--length: given more than twice");
	} else if (n < opt->length_min) {
		opt->length_min = n;
	} else {
		opt->length_max = n;
	}
	return 0;
}

static int
set_vnet(struct options *opt, const char *text, struct errmsg *err)
{
	if (strcmp(text, "0") != 0 && strcmp(text, "10") != 0 && strcmp(text, "12") != 0)
		return errmsg_set(err, "--vnet-header: 0, 10 or 12 is wanted, not `%s'", text);
	opt->vnet_len = atoi(text);
	return 0;
}

static int
set_seq(struct options *opt, const char *text, struct errmsg *err)
{
	if (text == NULL || strcmp(text, "frame") == 0)
		opt->seq = SEQ_FRAME;
	else if (strcmp(text, "payload") == 0)
		opt->seq = SEQ_PAYLOAD;
	else
		return errmsg_set(err, "--seq: `frame' or `payload' is wanted, not `%s'", text);
	return 0;
}

/* tx_slots[,rx_slots[,tx_rings[,rx_rings]]] */
static int
set_config(struct options *opt, const char *text, struct errmsg *err)
{
	static const uint64_t max[4] = { 1u << 20, 1u << 20, 4096, 4096 };
	unsigned int v[4] = { 0 }, n = 0;
	char copy[64], *part, *rest = copy;

	if (strlen(text) >= sizeof(copy))
		return errmsg_set(err, "--config: too long");
	strcpy(copy, text);
	while ((part = strsep(&rest, ",")) != NULL) {
		if (n == 4)
			return errmsg_set(err, "--config: at most four numbers, not `%s'", text);
		if (number(&v[n], 0, max[n], part, "--config", err))
			return -1;
		n++;
	}
	opt->wish.tx_slots = v[0];
	opt->wish.rx_slots = n > 1 ? v[1] : v[0];
	opt->wish.tx_rings = (uint16_t)v[2];
	opt->wish.rx_rings = (uint16_t)(n > 3 ? v[3] : v[2]);
	return 0;
}

static int
set_addresses(struct options *opt, int letter, const char *text, struct errmsg *err)
{
	switch (letter) {
	case 's':
		return addr_parse_range(&opt->src, text, err);
	case 'd':
		return addr_parse_range(&opt->dst, text, err);
	case 'S':
		opt->has_src_mac = true;
		return addr_parse_mac(opt->src_mac, text, err);
	default:
		return addr_parse_mac(opt->dst_mac, text, err);
	}
}

static int
set_number(struct options *opt, int letter, const char *text, struct errmsg *err)
{
	unsigned int n = 0;

	switch (letter) {
	case 'a':
		if (number(&n, 0, 1023, text, "--first-cpu", err))
			return -1;
		opt->first_cpu = (int)n;
		return 0;
	case 'b':
		opt->has_burst = true;
		return number(&opt->burst, 1, 1u << 20, text, "--burst", err);
	case 'c':
		return number(&opt->cpus, 1, 1024, text, "--cpus", err);
	case 'p':
		return number(&opt->threads, 1, 1024, text, "--threads", err);
	case 'T':
		return number(&opt->report_ms, 0, 3600 * 1000, text, "--report", err);
	case 'w':
		if (number(&n, 0, 3600, text, "--wait", err))
			return -1;
		opt->wait_s = (int)n;
		return 0;
	case 'F':
		return number(&opt->fragments, 1, FRAGMENTS_MAX, text, "--fragments", err);
	case 'M':
		return number(&opt->fragment_size, 1, LENGTH_MAX, text, "--fragment-size", err);
	default:
		opt->exit_idle = true;
		return number(&opt->idle_ms, 1, 3600 * 1000, text, "--idle", err);
	}
}

static void
set_flag(struct options *opt, int letter)
{
	switch (letter) {
	case '4':
		opt->family = AF_INET;
		break;
	case '6':
		opt->family = AF_INET6;
		break;
	case 'X':
		opt->dump = true;
		break;
	case 'z':
		opt->random_src = true;
		break;
	case 'Z':
		opt->random_dst = true;
		break;
	case 'N':
		opt->plain_numbers = true;
		break;
	case 'I':
		opt->indirect = true;
		break;
	case 'W':
		opt->exit_idle = true;
		break;
	case 'v':
		opt->verbose++;
		break;
	case 'r':
		opt->rubbish = true;
		break;
	case 'A':
		opt->deviation = true;
		break;
	case 'B':
		opt->framing = true;
		break;
	case LONG_JSON:
		opt->json = true;
		break;
	case LONG_STRICT:
		opt->strict = true;
		break;
	default:
		break;
	}
}

static int
set_option(struct options *opt, int letter, const char *arg, struct errmsg *err)
{
	switch (letter) {
	case 'i':
		opt->port = arg;
		return 0;
	case 'P':
		opt->capture = arg;
		return 0;
	case 'f':
		return set_mode(opt, arg, err);
	case 'n':
		return big_number(&opt->count, arg, "--count", err);
	case 'R':
		return big_number(&opt->rate, arg, "--rate", err);
	case 'l':
		return set_length(opt, arg, err);
	case 'H':
		return set_vnet(opt, arg, err);
	case 'C':
		return set_config(opt, arg, err);
	case LONG_SEQ:
		return set_seq(opt, arg, err);
	case 's':
	case 'd':
	case 'S':
	case 'D':
		return set_addresses(opt, letter, arg, err);
	case 'a':
	case 'b':
	case 'c':
	case 'p':
	case 'T':
	case 'w':
	case 'F':
	case 'M':
	case LONG_IDLE:
		return set_number(opt, letter, arg, err);
	default:
		set_flag(opt, letter);
		return 0;
	}
}

/* The family is what -4 or -6 or an address says, IPv4 when nothing does; all must agree. */
static int
settle_family(struct options *opt, struct errmsg *err)
{
	struct errmsg unused = { "" };

	if (opt->family == 0)
		opt->family = opt->src.family != 0 ? opt->src.family :
		    opt->dst.family != 0 ? opt->dst.family : AF_INET;
	if ((opt->src.family != 0 && opt->src.family != opt->family) ||
	    (opt->dst.family != 0 && opt->dst.family != opt->family))
		return errmsg_set(err, "addresses of different families");
	if (opt->src.family == 0)
		addr_parse_range(&opt->src, opt->family == AF_INET ? "10.0.0.1" : "fd00::1",
		    &unused);
	if (opt->dst.family == 0)
		addr_parse_range(&opt->dst, opt->family == AF_INET ? "10.1.0.1" : "fd00::1:1",
		    &unused);
	return 0;
}

/* Frames must have room for their headers, and for the stamp of --seq and of ping. */
static int
settle_length(struct options *opt, struct errmsg *err)
{
	bool stamped = opt->seq != SEQ_OFF || opt->mode == MODE_PING;
	unsigned int min = frame_length_min(opt->family, stamped);

	if (opt->length_min == 0)
		opt->length_min = opt->length_max = min > 60 ? min : 60;
	if (opt->mode != MODE_TX && opt->mode != MODE_PING)
		return 0;
	if (opt->length_min < min && !opt->rubbish && opt->capture == NULL)
		return errmsg_set(err, "--length: these packets need at least %u bytes", min);
	return 0;
}

static int
check_combinations(const struct options *opt, struct errmsg *err)
{
	if (opt->port == NULL)
		return errmsg_set(err, "no port: use --interface");
	if (opt->indirect && (opt->fragments > 1 || opt->fragment_size != 0))
		return errmsg_set(err, "--indirect and --fragments exclude each other");
	if (opt->seq != SEQ_OFF && (opt->rubbish || opt->capture != NULL))
		return errmsg_set(err, "--seq makes its own packets: not with --rubbish or --pcap");
	if (opt->rubbish && (opt->capture != NULL || opt->indirect))
		return errmsg_set(err, "--rubbish has no data of its own: not with --pcap or "
		    "--indirect");
	if (opt->rubbish && opt->length_min != opt->length_max)
		return errmsg_set(err, "--rubbish packets have one length");
	if (opt->mode == MODE_PING && (opt->threads > 1 || opt->rubbish || opt->indirect ||
	    opt->capture != NULL))
		return errmsg_set(err, "ping makes its own packets, with one thread: not with "
		    "--threads, --rubbish, --indirect or --pcap");
	return 0;
}

/* Bursts of a paced sender last about a millisecond unless the user said otherwise. */
static void
settle_burst(struct options *opt)
{
	uint64_t per_ms = opt->rate / opt->threads / 1000;

	if (opt->rate == 0 || opt->has_burst)
		return;
	opt->burst = per_ms < 1 ? 1 : per_ms > BURST_DEFAULT ? BURST_DEFAULT : (unsigned int)per_ms;
}

static int
settle(struct options *opt, struct errmsg *err)
{
	if (check_combinations(opt, err) || port_spec_parse(&opt->spec, opt->port, err) ||
	    settle_family(opt, err) || settle_length(opt, err))
		return -1;
	settle_burst(opt);
	if (opt->mode == MODE_PING)
		opt->seq = SEQ_PAYLOAD;	/* what comes back has other headers */
	return 0;
}

int
options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int letter;

	set_defaults(opt);
	optind = 0;	/* start afresh, also after an earlier parse */
	while ((letter = getopt_long(argc, argv, letters, long_forms, NULL)) != -1) {
		if (letter == 'h')
			return OPTIONS_HELP;
		if (letter == '?') {
			errmsg_set(err, "see the message above");
			return OPTIONS_BAD;
		}
		if (set_option(opt, letter, optarg, err))
			return OPTIONS_BAD;
	}
	if (optind < argc) {
		errmsg_set(err, "what is `%s'?", argv[optind]);
		return OPTIONS_BAD;
	}
	return settle(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
