// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms, defaults, and what goes with what. */
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../common/optnum.h"
#include "frame.h"

const char *options_mode_name(enum mode mode)
{
	static const char *const names[] = { "rx", "tx", "ping", "pong" };

	return names[mode];
}

static void set_defaults(struct options *opt)
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

static int set_mode(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;
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
static int set_length(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;
	unsigned int n = 0;

	if (optnum_parse(&n, 14, LENGTH_MAX, text, "--length", err))
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

static int set_vnet(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;

	if (strcmp(text, "0") != 0 && strcmp(text, "10") != 0 && strcmp(text, "12") != 0)
		return errmsg_set(err, "--vnet-header: 0, 10 or 12 is wanted, not `%s'", text);
	opt->vnet_len = atoi(text);
	return 0;
}

static int set_seq(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;

	if (!text || strcmp(text, "frame") == 0)
		opt->seq = SEQ_FRAME;
	else if (strcmp(text, "payload") == 0)
		opt->seq = SEQ_PAYLOAD;
	else
		return errmsg_set(err, "--seq: `frame' or `payload' is wanted, not `%s'", text);
	return 0;
}

/* tx_slots[,rx_slots[,tx_rings[,rx_rings]]] */
static int set_config(void *options, const char *text, struct errmsg *err)
{
	static const uint64_t max[4] = { 1u << 20, 1u << 20, 4096, 4096 };
	struct options *opt = options;
	unsigned int v[4] = { 0 };
	int n = optnum_list(v, max, 4, text, "--config", err);

	if (n < 0)
		return -1;
	opt->wish.tx_slots = v[0];
	opt->wish.rx_slots = n > 1 ? v[1] : v[0];
	opt->wish.tx_rings = (uint16_t)v[2];
	opt->wish.rx_rings = (uint16_t)(n > 3 ? v[3] : v[2]);
	return 0;
}

static int set_ipv4(void *options, const char *text, struct errmsg *err)
{
	(void)text;
	(void)err;
	((struct options *)options)->family = AF_INET;
	return 0;
}

static int set_ipv6(void *options, const char *text, struct errmsg *err)
{
	(void)text;
	(void)err;
	((struct options *)options)->family = AF_INET6;
	return 0;
}

static int set_src(void *options, const char *text, struct errmsg *err)
{
	return addr_parse_range(&((struct options *)options)->src, text, err);
}

static int set_dst(void *options, const char *text, struct errmsg *err)
{
	return addr_parse_range(&((struct options *)options)->dst, text, err);
}

static int set_src_mac(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;

	opt->has_src_mac = true;
	return addr_parse_mac(opt->src_mac, text, err);
}

static int set_dst_mac(void *options, const char *text, struct errmsg *err)
{
	return addr_parse_mac(((struct options *)options)->dst_mac, text, err);
}

static int set_burst(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;

	opt->has_burst = true;
	return optnum_parse(&opt->burst, 1, 1u << 20, text, "--burst", err);
}

static int set_idle(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;

	opt->exit_idle = true;
	return optnum_parse(&opt->idle_ms, 1, 3600 * 1000, text, "--idle", err);
}

#define AT(member)	offsetof(struct options, member)
#define CALL(set)	OPT_CALL, 0, 0, 0, set
#define FLAG(member)	OPT_FLAG, AT(member), 0, 0, NULL
#define UINT(member, min, max)	OPT_UINT, AT(member), min, max, NULL

static const struct opt_def defs[] = {
	{ 'i', "interface", "PORT",
	  "netmap:IF, IF, valeS:P, pipes X{id X}id, with ^ ^K * -K @N /FLAGS", OPT_TEXT, AT(port),
	  0, 0, NULL },
	{ 'f', "function", "MODE", "tx, rx, ping or pong (rx)", CALL(set_mode) },
	{ 'n', "count", "N", "packets, 0 for ever (0)", OPT_UINT64, AT(count), 0, INT64_MAX, NULL },
	{ 'l', "length", "BYTES", "frame without CRC (60); twice: random between the two",
	  CALL(set_length) },
	{ 'b', "burst", "N", "packets per sync (512)", CALL(set_burst) },
	{ 'R', "rate", "N", "packets per second", OPT_UINT64, AT(rate), 0, INT64_MAX, NULL },
	{ 'p', "threads", "N", "threads, each with a ring of its own (1)", UINT(threads, 1, 1024) },
	{ 'a', "first-cpu", "CPU", "bind threads to CPUs, from this one up", OPT_INT, AT(first_cpu),
	  0, 1023, NULL },
	{ 'c', "cpus", "N", "how many CPUs to use", UINT(cpus, 1, 1024) },
	OPT_WAIT(struct options, wait_s),
	{ '4', "ipv4", NULL, "packets of IPv4", CALL(set_ipv4) },
	{ '6', "ipv6", NULL, "packets of IPv6", CALL(set_ipv6) },
	{ 's', "src-ip", "A", "source, IP[:PORT[-IP[:PORT]]], gone through in turn",
	  CALL(set_src) },
	{ 'd', "dst-ip", "A", "destination, likewise", CALL(set_dst) },
	{ 'S', "src-mac", "MAC", "source", CALL(set_src_mac) },
	{ 'D', "dst-mac", "MAC", "destination (everybody)", CALL(set_dst_mac) },
	{ 'z', "random-src", NULL,
	  "random source address and port, within the range if there is one", FLAG(random_src) },
	{ 'Z', "random-dst", NULL, "random destination, likewise", FLAG(random_dst) },
	{ 'P', "pcap", "FILE", "send the packets in FILE, over and over", OPT_TEXT, AT(capture), 0,
	  0, NULL },
	{ 'r', "rubbish", NULL, "send buffers as they are", FLAG(rubbish) },
	{ 'F', "fragments", "N", "slots per packet", UINT(fragments, 1, FRAGMENTS_MAX) },
	{ 'M', "fragment-size", "BYTES", "at most so much in each slot",
	  UINT(fragment_size, 1, LENGTH_MAX) },
	{ 'I', "indirect", NULL, "leave the data in our memory, give only its address (VALE)",
	  FLAG(indirect) },
	{ 'H', "vnet-header", "N", "virtio-net header of 0, 10 or 12 bytes", CALL(set_vnet) },
	{ 'C', "config", "T[,R[,N[,M]]]", "slots of tx and rx rings, number of tx and rx rings",
	  CALL(set_config) },
	{ 0, "seq", "[=payload]", "number and checksum every packet; rx checks them",
	  CALL(set_seq) },
	{ 0, "strict", NULL, "exit 1 if --seq or ping found anything wrong", FLAG(strict) },
	{ 'W', "exit-idle", NULL, "rx, pong: end after a second without packets", FLAG(exit_idle) },
	{ 0, "idle", "MS", "the same, after so long", CALL(set_idle) },
	{ 'X', "dump", NULL, "show received packets", FLAG(dump) },
	OPT_REPORT(struct options, report_ms, "time between reports (1000; 0 for none)"),
	{ 'A', "average", NULL, "add mean and standard deviation of the last reports",
	  FLAG(deviation) },
	{ 'B', "framing", NULL, "count CRC, preamble and gap (24 bytes) in bit/s", FLAG(framing) },
	{ 'N', "numbers", NULL, "plain numbers, no units", FLAG(plain_numbers) },
	OPT_JSON(struct options, json, "the summary as JSON on standard output"),
	OPT_VERBOSE(struct options, verbose, "say more (twice: every thread)"),
	OPT_LAST
};

const struct opt_program pktgen_program = {
	.name = "pkt-gen",
	.synopsis = "-i PORT [-f tx|rx|ping|pong] [options]",
	.defs = defs,
};

/* The family is what -4 or -6 or an address says, IPv4 when nothing does; all must agree. */
static int settle_family(struct options *opt, struct errmsg *err)
{
	struct errmsg unused = { "" };

	if (opt->family == 0)
		opt->family = opt->src.family != 0 ? opt->src.family :
			      opt->dst.family != 0 ? opt->dst.family :
						     AF_INET;
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
static int settle_length(struct options *opt, struct errmsg *err)
{
	bool stamped = opt->seq != SEQ_OFF || opt->mode == MODE_PING;
	unsigned int min = frame_length_min(opt->family, stamped);

	if (opt->length_min == 0)
		opt->length_min = opt->length_max = min > 60 ? min : 60;
	if (opt->mode != MODE_TX && opt->mode != MODE_PING)
		return 0;
	if (opt->length_min < min && !opt->rubbish && !opt->capture)
		return errmsg_set(err, "--length: these packets need at least %u bytes", min);
	return 0;
}

static int check_combinations(const struct options *opt, struct errmsg *err)
{
	if (!opt->port)
		return errmsg_set(err, "no port: use --interface");
	if (opt->indirect && (opt->fragments > 1 || opt->fragment_size != 0))
		return errmsg_set(err, "--indirect and --fragments exclude each other");
	if (opt->seq != SEQ_OFF && (opt->rubbish || opt->capture))
		return errmsg_set(err, "--seq makes its own packets: not with --rubbish or --pcap");
	if (opt->rubbish && (opt->capture || opt->indirect))
		return errmsg_set(err, "--rubbish has no data of its own: not with --pcap or "
				       "--indirect");
	if (opt->rubbish && opt->length_min != opt->length_max)
		return errmsg_set(err, "--rubbish packets have one length");
	if (opt->mode == MODE_PING &&
	    (opt->threads > 1 || opt->rubbish || opt->indirect || opt->capture))
		return errmsg_set(err, "ping makes its own packets, with one thread: not with "
				       "--threads, --rubbish, --indirect or --pcap");
	return 0;
}

/* Bursts of a paced sender last about a millisecond unless the user said otherwise. */
static void settle_burst(struct options *opt)
{
	uint64_t per_ms = opt->rate / opt->threads / 1000;

	if (opt->rate == 0 || opt->has_burst)
		return;
	opt->burst = per_ms < 1 ? 1 : per_ms > BURST_DEFAULT ? BURST_DEFAULT : (unsigned int)per_ms;
}

static int settle(struct options *opt, struct errmsg *err)
{
	if (check_combinations(opt, err) || port_spec_parse(&opt->spec, opt->port, err) ||
	    settle_family(opt, err) || settle_length(opt, err))
		return -1;
	settle_burst(opt);
	if (opt->mode == MODE_PING)
		opt->seq = SEQ_PAYLOAD;	/* what comes back has other headers */
	return 0;
}

int options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int outcome;

	set_defaults(opt);
	outcome = opt_parse(&pktgen_program, opt, argc, argv, err);
	if (outcome != OPTIONS_OK)
		return outcome;
	return settle(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
