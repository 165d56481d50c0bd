// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms and defaults. */
#include "options.h"

static int set_bandwidth(void *bandwidth, const char *text, struct errmsg *err)
{
	return bandwidth_parse(bandwidth, text, err);
}

static int set_delay(void *delay, const char *text, struct errmsg *err)
{
	return delay_parse(delay, text, err);
}

static int set_loss(void *loss, const char *text, struct errmsg *err)
{
	return loss_parse(loss, text, err);
}

static int set_reorder(void *share, const char *text, struct errmsg *err)
{
	return model_parse_share(share, text, "--reorder", err);
}

static const struct opt_def defs[] = {
	OPT_TEXT('f', "file", "FILE", "packets to send, as pcap or pcapng", file),
	OPT_CALL_AT('i', "interface", "PORT", "where to send them", spec, port_spec_set),
	OPT_CALL_AT('B', "bandwidth", "MODEL",
		    "BPS or constant,BPS; ether,BPS counts CRC, preamble and gap;\n"
		    "real[,SPEEDUP] keeps to the times in the file (real)",
		    models.bandwidth, set_bandwidth),
	OPT_CALL_AT('D', "delay", "MODEL",
		    "TIME or constant,TIME; uniform,MIN,MAX; exp,MIN,AVERAGE (0)\n"
		    "times as 5 or 5s, 10m, 200u, 700n; delays keep the order",
		    models.delay, set_delay),
	OPT_CALL_AT('L', "loss", "MODEL", "X or plr,X: share of packets; ber,X: of bits (0)",
		    models.loss, set_loss),
	OPT_CALL_AT(0, "reorder", "X", "share of packets that skip the delay and so overtake (0)",
		    models.reorder, set_reorder),
	OPT_UINT64(0, "seed", "N", "of the random numbers (1): the same seed, the same run",
		   models.seed, 0, UINT64_MAX),
	OPT_UINT('b', "batch", "N", "most packets sent at a time (1024)", batch, 1, 1 << 20),
	OPT_WAIT,
	OPT_INT('C', "cpu", "N", "CPU of the sending thread", cpu, 0, 1023),
	OPT_FLAG(0, "schedule", "print when each packet would be sent; send nothing",
		 only_schedule),
	OPT_FLAG(0, "strict", "exit 1 if a packet was dropped, left out or not sent", strict),
	OPT_REPORT("interval of the rate lines (0: none; 1000 with -v)"),
	OPT_JSON("print the totals as JSON to standard output"),
	OPT_VERBOSE("say more"),
	OPT_HELP('h', "print this text"),
	OPT_VERSION(0),
	OPT_END
};

static void set_defaults(void *options)
{
	*(struct options *)options = (struct options){
		.batch = 1024,
		.wait_s = WAIT_AUTO,
		.cpu = -1,
		.report_ms = REPORT_AUTO,
		.models.bandwidth = { .kind = BANDWIDTH_REAL, .speedup = 1 },
		.models.seed = 1,
	};
}

static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	struct options *opt = options;

	(void)argc;
	(void)argv;
	opt->report_ms = opt_report(opt->report_ms, opt->verbose);
	if (!opt->file)
		return errmsg_set(err, "no file: use --file");
	if (!port_spec_is_set(&opt->spec) && !opt->only_schedule)
		return errmsg_set(err, "no port: use --interface, or --schedule to send nothing");
	return 0;
}

const struct opt_program replay_program = {
	.name = "nmreplay",
	.synopsis = "-f FILE -i PORT [-B MODEL] [-D MODEL] [-L MODEL] [options]",
	.defs = defs,
	.set_defaults = set_defaults,
	.check = check,
};
