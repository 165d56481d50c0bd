// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms, defaults, and combinations that are refused. */
#include "options.h"

#include <string.h>
#include <sys/socket.h>

#include "../common/number.h"
#include "frame.h"

const char *options_mode_name(enum mode mode)
{
	static const char *const names[] = { "rx", "tx", "ping", "pong" };

	return names[mode];
}

static void set_defaults(void *options)
{
	struct options *opt = options;

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
	return errmsg_set(err, "--function: '%s' is none of tx, rx, ping and pong", text);
}

/* The first -l sets the length, a second one the other end of a range. */
static int set_length(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;
	unsigned int n = 0;

	if (number_parse_uint(&n, 14, LENGTH_MAX, text, "--length", err))
		return -1;
	if (opt->length_min == 0) {
		opt->length_min = opt->length_max = n;
	} else if (opt->length_min != opt->length_max) {
		return errmsg_set(err, "--length '%s': at most two lengths can be given", text);
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
	unsigned int len;

	if (number_parse_uint(&len, 0, VNET_MAX, text, "--vnet-header", err))
		return -1;
	if (len != 0 && len != 10 && len != 12)
		return errmsg_set(err, "--vnet-header: '%s' is none of 0, 10 and 12", text);
	opt->vnet_len = (int)len;
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
		return errmsg_set(err, "--seq: '%s' is neither frame nor payload", text);
	return 0;
}

/* tx_slots[,rx_slots[,tx_rings[,rx_rings]]] */
static int set_config(void *options, const char *text, struct errmsg *err)
{
	static const uint64_t max[4] = { 1u << 20, 1u << 20, 4096, 4096 };
	struct options *opt = options;
	unsigned int v[4] = { 0 };
	int n = number_parse_list(v, max, 4, text, "--config", err);

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
	return number_parse_uint(&opt->burst, 1, 1u << 20, text, "--burst", err);
}

static int set_idle(void *options, const char *text, struct errmsg *err)
{
	struct options *opt = options;

	opt->exit_idle = true;
	return number_parse_uint(&opt->idle_ms, 1, 3600 * 1000, text, "--idle", err);
}

static const struct opt_def defs[] = {
	OPT_TEXT('i', "interface", "PORT",
		 "netmap:IF, IF, valeS:P, pipes X{id X}id, with ^ ^K * -K @N /FLAGS", port),
	OPT_CALL('f', "function", "MODE", "tx, rx, ping or pong (rx)", set_mode),
	OPT_UINT64('n', "count", "N", "stop after N packets (0: never)", count, 0, INT64_MAX),
	OPT_CALL('l', "length", "BYTES", "frame without CRC (60); twice: random between the two",
		 set_length),
	OPT_CALL('b', "burst", "N", "packets per sync (512)", set_burst),
	OPT_UINT64('R', "rate", "N", "packets per second", rate, 0, INT64_MAX),
	OPT_UINT('p', "threads", "N", "threads, each with its own ring (1)", threads, 1, 1024),
	OPT_INT('a', "first-cpu", "CPU", "bind threads to CPUs, from this one up", first_cpu, 0,
		1023),
	OPT_UINT('c', "cpus", "N", "number of CPUs to use", cpus, 1, 1024),
	OPT_WAIT,
	OPT_CALL('4', "ipv4", NULL, "send IPv4 packets", set_ipv4),
	OPT_CALL('6', "ipv6", NULL, "send IPv6 packets", set_ipv6),
	OPT_CALL('s', "src-ip", "A", "source, IP[:PORT[-IP[:PORT]]]; a range is used in turn",
		 set_src),
	OPT_CALL('d', "dst-ip", "A", "destination, in the same form", set_dst),
	OPT_CALL('S', "src-mac", "MAC", "source MAC address", set_src_mac),
	OPT_CALL('D', "dst-mac", "MAC", "destination MAC address (broadcast)", set_dst_mac),
	OPT_FLAG('z', "random-src", "random source address and port, within the range if given",
		 random_src),
	OPT_FLAG('Z', "random-dst", "random destination address and port, likewise", random_dst),
	OPT_TEXT('P', "pcap", "FILE", "send the packets of FILE in a loop", capture),
	OPT_FLAG('r', "rubbish", "send buffers with the contents they happen to have", rubbish),
	OPT_UINT('F', "fragments", "N", "slots per packet", fragments, 1, FRAGMENTS_MAX),
	OPT_UINT('M', "fragment-size", "BYTES", "most bytes per slot", fragment_size, 1,
		 LENGTH_MAX),
	OPT_FLAG('I', "indirect", "pass the data's address instead of copying it (VALE)", indirect),
	OPT_CALL('H', "vnet-header", "N", "virtio-net header of 0, 10 or 12 bytes", set_vnet),
	OPT_CALL('C', "config", "T[,R[,N[,M]]]",
		 "slots of tx and rx rings, number of tx and rx rings", set_config),
	OPT_CALL(0, "seq", "[=payload]", "number and checksum each packet; rx checks them",
		 set_seq),
	OPT_FLAG(0, "strict", "exit 1 if --seq or ping found anything wrong, or a packet\n"
		 "was dropped, left out of a file or not sent", strict),
	OPT_FLAG('W', "exit-idle", "rx, pong: stop after a second without packets", exit_idle),
	OPT_CALL(0, "idle", "MS", "rx, pong: stop after MS without packets", set_idle),
	OPT_FLAG('X', "dump", "print received packets", dump),
	OPT_REPORT("interval of the rate lines (1000; 0: none)"),
	OPT_FLAG('A', "average", "add mean and standard deviation of the last intervals",
		 deviation),
	OPT_FLAG('B', "framing", "count CRC, preamble and gap (24 bytes) in bits per second",
		 framing),
	OPT_FLAG('N', "numbers", "print plain numbers, no units", plain_numbers),
	OPT_JSON("print the totals as JSON to standard output"),
	OPT_VERBOSE("say more (twice: for each thread)"),
	OPT_HELP('h', "print this text"),
	OPT_VERSION(0),
	OPT_END
};

/* The family follows from -4, -6 or an address, which must agree; IPv4 if none is given. */
static int choose_family(struct options *opt, struct errmsg *err)
{
	struct errmsg unused = { "" };

	if (opt->family == 0)
		opt->family = opt->src.family != 0 ? opt->src.family :
			      opt->dst.family != 0 ? opt->dst.family :
						     AF_INET;
	if ((opt->src.family != 0 && opt->src.family != opt->family) ||
	    (opt->dst.family != 0 && opt->dst.family != opt->family))
		return errmsg_set(err, "--src-ip, --dst-ip, -4 and -6 must be of one family");
	if (opt->src.family == 0)
		addr_parse_range(&opt->src, opt->family == AF_INET ? "10.0.0.1" : "fd00::1",
				 &unused);
	if (opt->dst.family == 0)
		addr_parse_range(&opt->dst, opt->family == AF_INET ? "10.1.0.1" : "fd00::1:1",
				 &unused);
	return 0;
}

/* Frames need room for their headers, and for the stamp of --seq and of ping. */
static int choose_length(struct options *opt, struct errmsg *err)
{
	bool stamped = opt->seq != SEQ_OFF || opt->mode == MODE_PING;
	unsigned int min = frame_length_min(opt->family, stamped);

	if (opt->length_min == 0)
		opt->length_min = opt->length_max = min > 60 ? min : 60;
	if (opt->mode != MODE_TX && opt->mode != MODE_PING)
		return 0;
	if (opt->length_min < min && !opt->rubbish && !opt->capture)
		return errmsg_set(err, "--length: %u bytes are too few: want %u or more",
				  opt->length_min, min);
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

/* Without --burst, bursts of a paced sender last about a millisecond. */
static void choose_burst(struct options *opt)
{
	uint64_t per_ms = opt->rate / opt->threads / 1000;

	if (opt->rate == 0 || opt->has_burst)
		return;
	opt->burst = per_ms < 1 ? 1 : per_ms > BURST_DEFAULT ? BURST_DEFAULT : (unsigned int)per_ms;
}

static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	struct options *opt = options;

	(void)argc;
	(void)argv;
	if (check_combinations(opt, err) || port_spec_parse(&opt->spec, opt->port, err) ||
	    choose_family(opt, err) || choose_length(opt, err))
		return -1;
	choose_burst(opt);
	if (opt->mode == MODE_PING)
		opt->seq = SEQ_PAYLOAD;	/* replies have other headers */
	return 0;
}

const struct opt_program pktgen_program = {
	.name = "pkt-gen",
	.synopsis = "-i PORT [-f tx|rx|ping|pong] [options]",
	.defs = defs,
	.set_defaults = set_defaults,
	.check = check,
};
