/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: letters, long forms and defaults. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>

#include "../common/optnum.h"
#include "../common/units.h"

enum { LONG_JSON = 256, LONG_REORDER, LONG_SEED, LONG_SCHEDULE };

static const char letters[] = "f:i:B:D:L:b:w:C:vh";

static const struct option long_forms[] = {
	{ "file", required_argument, NULL, 'f' },
	{ "interface", required_argument, NULL, 'i' },
	{ "bandwidth", required_argument, NULL, 'B' },
	{ "delay", required_argument, NULL, 'D' },
	{ "loss", required_argument, NULL, 'L' },
	{ "reorder", required_argument, NULL, LONG_REORDER },
	{ "seed", required_argument, NULL, LONG_SEED },
	{ "batch", required_argument, NULL, 'b' },
	{ "wait", required_argument, NULL, 'w' },
	{ "cpu", required_argument, NULL, 'C' },
	{ "schedule", no_argument, NULL, LONG_SCHEDULE },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"  -f, --file FILE         packets to send, as pcap or pcapng\n"
"  -i, --interface PORT    where to send them\n"
"  -B, --bandwidth MODEL   BPS or constant,BPS; ether,BPS counts CRC, preamble and gap;\n"
"                          real[,SPEEDUP] keeps to the times in the file (real)\n"
"  -D, --delay MODEL       TIME or constant,TIME; uniform,MIN,MAX; exp,MIN,AVERAGE (0)\n"
"                          times as 5 or 5s, 10m, 200u, 700n; delays keep the order\n"
"  -L, --loss MODEL        X or plr,X: share of packets; ber,X: of bits (0)\n"
"      --reorder X         share of packets that have no delay and so go ahead of others (0)\n"
"      --seed N            of the random numbers (1): the same seed, the same run\n"
"  -b, --batch N           most packets sent at a time (1024)\n"
"  -w, --wait SECONDS      wait for the link (2; 0 on switches and pipes)\n"
"  -C, --cpu N             where the sender runs\n"
"      --schedule          print when each packet would leave and send nothing\n"
"      --json              the summary as JSON\n"
"  -v, --verbose           rates each second\n"
"  -h, --help\n";

void
replay_usage(bool full)
{
	FILE *out = full ? stdout : stderr;

	fputs("usage: nmreplay -f FILE -i PORT [-B MODEL] [-D MODEL] [-L MODEL] [options]\n", out);
	if (full)
		fputs(help, out);
	else
		fputs("       nmreplay --help lists the options\n", out);
}

static int
set_number(struct options *opt, int letter, const char *arg, struct errmsg *err)
{
	unsigned int n = 0;

	switch (letter) {
	case 'b':
		return optnum_parse(&opt->batch, 1, 1u << 20, arg, "--batch", err);
	case 'C':
		if (optnum_parse(&n, 0, 1023, arg, "--cpu", err))
			return -1;
		opt->cpu = (int)n;
		return 0;
	case 'w':
		if (optnum_parse(&n, 0, 3600, arg, "--wait", err))
			return -1;
		opt->wait_s = (int)n;
		return 0;
	default:
		if (units_parse(arg, UINT64_MAX, &opt->models.seed))
			return errmsg_set(err, "--seed: a number is wanted, not `%s'", arg);
		return 0;
	}
}

static int
set_option(struct options *opt, int letter, const char *arg, struct errmsg *err)
{
	switch (letter) {
	case 'f':
		opt->file = arg;
		return 0;
	case 'i':
		opt->port = arg;
		return port_spec_parse(&opt->spec, arg, err);
	case 'B':
		return bandwidth_parse(&opt->models.bandwidth, arg, err);
	case 'D':
		return delay_parse(&opt->models.delay, arg, err);
	case 'L':
		return loss_parse(&opt->models.loss, arg, err);
	case LONG_REORDER:
		return model_parse_share(&opt->models.reorder, arg, "--reorder", err);
	case LONG_SCHEDULE:
		opt->only_schedule = true;
		return 0;
	case LONG_JSON:
		opt->json = true;
		return 0;
	case 'v':
		opt->verbose++;
		return 0;
	default:
		return set_number(opt, letter, arg, err);
	}
}

static int
check(const struct options *opt, struct errmsg *err)
{
	if (opt->file == NULL)
		return errmsg_set(err, "no file: use --file");
	if (opt->port == NULL && !opt->only_schedule)
		return errmsg_set(err, "no port: use --interface, or --schedule to send nothing");
	return 0;
}

int
replay_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int letter;

	*opt = (struct options){ .batch = 1024, .wait_s = WAIT_AUTO, .cpu = -1 };
	opt->models.bandwidth = (struct bandwidth){ .kind = BANDWIDTH_REAL, .speedup = 1 };
	opt->models.seed = 1;
	optind = 0;
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
	return check(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
