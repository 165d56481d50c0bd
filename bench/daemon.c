// SPDX-License-Identifier: BSD-2-Clause
/*
 * Measure netmapd: packets through a switch and a pipe, by each way that a sync can reach it,
 * compared with bare loops and with datagrams through sockets, all in one run on this machine, in
 * mount and network namespaces with a /dev of their own.
 *
 * Exit status: 0 all cases were measured, 1 at least one was not, 2 wrong usage.
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datagram.h"
#include "figures.h"
#include "flow.h"
#include "loops.h"
#include "moment.h"
#include "server.h"

#define SLOTS		1024	/* in the rings, and in those of the bare loops */
#define MS_DEFAULT	1000
#define MS_MAX		60000

static const unsigned int bursts[] = { 1, 16, 128, 512, 1024 };
#define BURSTS	(sizeof(bursts) / sizeof(bursts[0]))

static struct {
	char latency[32];		/* the setting, in netmapd's form */
	char self[PATH_MAX], netmapd[PATH_MAX], pkt_gen[PATH_MAX], preload[PATH_MAX];
	unsigned int ms;
	int is_json;
	const char *path, *by;		/* measure only these; NULL, 0: all */
	unsigned int cores, burst;
	struct figures found;
} bench = { .ms = MS_DEFAULT };

static void usage(FILE *f)
{
	fputs("usage: daemon [--latency on|off|auto] [--ms MS] [--json] [--only PATH] [--cores N]\n"
	      "              [--by WAY] [--burst N] BUILD\n"
	      "\n"
	      "Measure BUILD/netmapd with BUILD/pkt-gen and BUILD/libnetmap-doorbell.so. Needs\n"
	      "root.\n"
	      "\n"
	      "  -l, --latency WORD  netmapd's setting of that name\n"
	      "  -t, --ms MS         time to measure each case, 100 to 60000 (1000)\n"
	      "  -j, --json          print JSON\n"
	      "  -o, --only PATH     measure only vale, pipe, unix or udp\n"
	      "  -c, --cores N       measure only on 1 or 2 cores\n"
	      "  -b, --burst N       measure only this burst: 1, 16, 128, 512 or 1024\n"
	      "  -y, --by WAY        measure only ioctl, doorbell, eager or mmsg\n"
	      "  -h, --help\n",
	      f);
}

static void figure_add(const struct figure *f)
{
	bench.found.all[bench.found.count++] = *f;
	if (!bench.is_json)
		figure_print(f);
}

static int is_wanted(const struct figure *f)
{
	return (!bench.path || !strcmp(bench.path, f->path)) &&
	       (!bench.by || !strcmp(bench.by, f->way)) &&
	       (!bench.cores || bench.cores == f->cores) &&
	       (!bench.burst || bench.burst == f->burst);
}

/* Measure the bare loops for a figure, on the sender's core. */
static void loops_run(struct figure *f, int is_pipe)
{
	cpu_set_t before;

	f->trip = f->cores > 1 ? loop_round_trip() : 0;
	sched_getaffinity(0, sizeof(before), &before);
	run_on_cpu(0, 0);
	f->loop = is_pipe ? "swap" : "copy";
	f->bare = is_pipe ? loop_swap(SLOTS) : loop_copy(SLOTS, 60);
	sched_setaffinity(0, sizeof(before), &before);
}

static int packets_run(int is_pipe, unsigned int cores, enum way way, unsigned int burst)
{
	struct figure f = {
		.path = is_pipe ? "pipe" : "vale",
		.way = way_name(way),
		.cores = cores,
		.burst = burst,
	};
	const struct flow flow = {
		.pkt_gen = bench.pkt_gen, .preload = bench.preload, .way = way, .burst = burst,
		.tx = is_pipe ? "bench{1" : "vale9:tx", .rx = is_pipe ? "bench}1" : "vale9:rx",
		.tx_cpu = 0, .rx_cpu = cores > 1, .ms = bench.ms,
	};
	struct flow_result r = { 0 };
	int err;

	if (!is_wanted(&f))
		return 0;
	loops_run(&f, is_pipe);
	err = flow_run(&flow, &r);
	f.sent = r.sent;
	f.received = r.received;
	f.part = r.part;
	f.tx_batch = r.tx_batch;
	f.rx_batch = r.rx_batch;
	figure_add(&f);
	return err || r.received <= 0 ? -1 : 0;
}

static int datagrams_run(int is_udp, unsigned int cores, unsigned int burst)
{
	struct figure f = {
		.path = is_udp ? "udp" : "unix", .way = "mmsg", .cores = cores, .burst = burst,
	};
	const struct datagram d = {
		.is_udp = is_udp,
		.burst = burst,
		.tx_cpu = 0,
		.rx_cpu = cores > 1,
		.ms = bench.ms / 2,
	};
	int err;

	if (!is_wanted(&f))
		return 0;
	loops_run(&f, 0);
	err = datagram_run(&d, &f.sent, &f.received);
	f.part = f.sent > 0 ? f.received / f.sent : 0;
	if (f.part > 1)		/* includes datagrams queued earlier */
		f.part = 1;
	figure_add(&f);
	return err || f.received <= 0 ? -1 : 0;
}

/* Measure empty syncs, on a netmapd of their own, whose threads are moved between CPUs. */
static int syncs_measure(const char *const settings[SERVER_SETTINGS])
{
	int err;

	if (server_start(bench.netmapd, settings))
		return -1;
	err = sync_cost_measure(bench.self, WAY_IOCTL, bench.preload, &bench.found.sync[WAY_IOCTL]);
	err |= sync_cost_measure(bench.self, WAY_DOORBELL, bench.preload,
				 &bench.found.sync[WAY_DOORBELL]);
	server_end();
	return err;
}

static int measure(unsigned int cores_max)
{
	unsigned int cores, i;
	int kind, way, err = 0;

	for (kind = 0; kind < 2; kind++)
		for (cores = 1; cores <= cores_max; cores++)
			for (way = 0; way < WAYS; way++)
				for (i = 0; i < BURSTS; i++)
					err |= packets_run(kind, cores, way, bursts[i]);
	for (kind = 0; kind < 2; kind++)
		for (cores = 1; cores <= cores_max; cores++)
			for (i = 0; i < BURSTS; i++)
				err |= datagrams_run(kind, cores, bursts[i]);
	return err;
}

static int run(void)
{
	unsigned int cores = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
	const char *const settings[SERVER_SETTINGS] = { bench.found.latency ? bench.latency :
									      NULL };
	int err;

	if (server_unshare())
		return -1;
	snprintf(bench.latency, sizeof(bench.latency), "latency=%s", bench.found.latency ?: "");
	err = syncs_measure(settings);
	if (server_start(bench.netmapd, settings))
		return -1;
	if (!bench.is_json)
		figures_print_title(&bench.found);
	err |= measure(cores);
	server_end();
	if (!bench.found.count) {
		fputs("bench: no case matches the options: see --help\n", stderr);
		return -1;
	}
	if (bench.is_json)
		return figures_print_json(&bench.found) | err;
	figures_print_limits(&bench.found);
	return err;
}

static int need(char *path, const char *build, const char *name, int mode)
{
	char dir[PATH_MAX];

	if (realpath(build, dir) && snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX &&
	    !access(path, mode))
		return 0;
	fprintf(stderr, "bench: %s/%s does not exist: build it first\n", build, name);
	return -1;
}

static int is_latency(const char *word)
{
	return !strcmp(word, "on") || !strcmp(word, "off") || !strcmp(word, "auto");
}

/* Returns -1 to continue, else an exit status. */
static int options_read(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "latency", required_argument, NULL, 'l' },
		{ "ms", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "only", required_argument, NULL, 'o' },
		{ "cores", required_argument, NULL, 'c' },
		{ "burst", required_argument, NULL, 'b' },
		{ "by", required_argument, NULL, 'y' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "l:t:jo:c:b:y:h", longs, NULL)) != -1) {
		switch (c) {
		case 'l': bench.found.latency = optarg; break;
		case 't': bench.ms = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'j': bench.is_json = 1; break;
		case 'o': bench.path = optarg; break;
		case 'c': bench.cores = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'b': bench.burst = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'y': bench.by = optarg; break;
		case 'h': usage(stdout); return 0;
		default: usage(stderr); return 2;
		}
	}
	if (optind == argc - 1 && bench.ms >= 100 && bench.ms <= MS_MAX &&
	    (!bench.found.latency || is_latency(bench.found.latency)))
		return -1;
	usage(stderr);
	return 2;
}

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", bench.self, sizeof(bench.self) - 1);
	int status;

	if (argc == 3 && !strcmp(argv[1], "--sync-client"))
		return sync_cost_client(atoi(argv[2]));
	status = options_read(argc, argv);
	if (status >= 0)
		return status;
	if (n <= 0 || need(bench.netmapd, argv[optind], "netmapd", X_OK) ||
	    need(bench.pkt_gen, argv[optind], "pkt-gen", X_OK) ||
	    need(bench.preload, argv[optind], "libnetmap-doorbell.so", R_OK))
		return 1;
	return run() ? 1 : 0;
}
