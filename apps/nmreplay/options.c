// SPDX-License-Identifier: BSD-2-Clause
/* The command line: letters, long forms and defaults. */
#include "options.h"

static int set_bandwidth(void *options, const char *text, struct errmsg *err)
{
	return bandwidth_parse(&((struct options *)options)->models.bandwidth, text, err);
}

static int set_delay(void *options, const char *text, struct errmsg *err)
{
	return delay_parse(&((struct options *)options)->models.delay, text, err);
}

static int set_loss(void *options, const char *text, struct errmsg *err)
{
	return loss_parse(&((struct options *)options)->models.loss, text, err);
}

static int set_reorder(void *options, const char *text, struct errmsg *err)
{
	return model_parse_share(&((struct options *)options)->models.reorder, text, "--reorder",
				 err);
}

#define AT(member)	offsetof(struct options, member)

static const struct opt_def defs[] = {
	{ 'f', "file", "FILE", "packets to send, as pcap or pcapng", OPT_TEXT, AT(file), 0, 0,
	  NULL },
	{ 'i', "interface", "PORT", "where to send them", OPT_CALL, AT(spec), 0, 0, port_spec_set },
	{ 'B', "bandwidth", "MODEL",
	  "BPS or constant,BPS; ether,BPS counts CRC, preamble and gap;\n"
	  "real[,SPEEDUP] keeps to the times in the file (real)",
	  OPT_CALL, 0, 0, 0, set_bandwidth },
	{ 'D', "delay", "MODEL",
	  "TIME or constant,TIME; uniform,MIN,MAX; exp,MIN,AVERAGE (0)\n"
	  "times as 5 or 5s, 10m, 200u, 700n; delays keep the order",
	  OPT_CALL, 0, 0, 0, set_delay },
	{ 'L', "loss", "MODEL", "X or plr,X: share of packets; ber,X: of bits (0)", OPT_CALL, 0, 0,
	  0, set_loss },
	{ 0, "reorder", "X", "share of packets that have no delay and so go ahead of others (0)",
	  OPT_CALL, 0, 0, 0, set_reorder },
	{ 0, "seed", "N", "of the random numbers (1): the same seed, the same run", OPT_UINT64,
	  AT(models.seed), 0, UINT64_MAX, NULL },
	{ 'b', "batch", "N", "most packets sent at a time (1024)", OPT_UINT, AT(batch), 1, 1 << 20,
	  NULL },
	OPT_WAIT(struct options, wait_s),
	{ 'C', "cpu", "N", "where the sender runs", OPT_INT, AT(cpu), 0, 1023, NULL },
	{ 0, "schedule", NULL, "print when each packet would leave and send nothing", OPT_FLAG,
	  AT(only_schedule), 0, 0, NULL },
	OPT_JSON(struct options, json, "the summary as JSON"),
	OPT_VERBOSE(struct options, verbose, "rates each second"),
	OPT_LAST
};

const struct opt_program replay_program = {
	.name = "nmreplay",
	.synopsis = "-f FILE -i PORT [-B MODEL] [-D MODEL] [-L MODEL] [options]",
	.defs = defs,
};

static int check(const struct options *opt, struct errmsg *err)
{
	if (!opt->file)
		return errmsg_set(err, "no file: use --file");
	if (!port_spec_is_set(&opt->spec) && !opt->only_schedule)
		return errmsg_set(err, "no port: use --interface, or --schedule to send nothing");
	return 0;
}

int replay_options_parse(struct options *opt, int argc, char **argv, struct errmsg *err)
{
	int outcome;

	*opt = (struct options){ .batch = 1024, .wait_s = WAIT_AUTO, .cpu = -1 };
	opt->models.bandwidth = (struct bandwidth){ .kind = BANDWIDTH_REAL, .speedup = 1 };
	opt->models.seed = 1;
	outcome = opt_parse(&replay_program, opt, argc, argv, err);
	if (outcome != OPTIONS_OK)
		return outcome;
	return check(opt, err) ? OPTIONS_BAD : OPTIONS_OK;
}
