// SPDX-License-Identifier: BSD-2-Clause
/*
 * Measure netmapd with a network device, on a veth pair in a network namespace: frames sent and
 * received per second by its two ways to the wire, compared with plain programs on AF_PACKET and
 * AF_XDP, all in one run. The device counts sent frames, the receiver those received. A veth pair
 * does all of its work on the sender's CPU, the receiver's share in the kernel included.
 *
 * Exit status: 0 all cases were measured, 1 at least one was not, 2 wrong usage.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow.h"
#include "load.h"
#include "moment.h"
#include "server.h"

#define WARM_MS		300
#define MS_DEFAULT	1000
#define MS_MAX		60000
#define TX		"v0"
#define RX		"v1"
#define STATION		"02:00:00:00:00:99"	/* as load_frame() */

/* A plain program, or netmapd with a setting. */
static const struct way_to_wire {
	const char *name;
	void (*send)(const struct load *l), (*receive)(const struct load *l);
	const char *setting;
} ways[] = {
	{ "sendmmsg, recvmmsg", packet_send, packet_receive, NULL },
	{ "TPACKET_V3", packet_send_ring, packet_receive_ring, NULL },
	{ "AF_XDP", xdp_send, xdp_receive, NULL },
	{ "netmapd, AF_PACKET", NULL, NULL, "xdp=0" },
	{ "netmapd, AF_XDP", NULL, NULL, "xdp=2" },
};
#define WAYS_TO_WIRE	(sizeof(ways) / sizeof(ways[0]))

struct rate {
	double sent, received;		/* frames per second; 0: not measured */
	double offered;			/* frames per second sent to the receiver */
};

static struct {
	char netmapd[PATH_MAX], pkt_gen[PATH_MAX];
	unsigned int ms;
	int is_json;
} bench = { .ms = MS_DEFAULT };

static void usage(FILE *f)
{
	fputs("usage: wire [--ms MS] [--json] BUILD\n"
	      "\n"
	      "Measure BUILD/netmapd with BUILD/pkt-gen on a veth pair, compared with plain\n"
	      "programs. Needs root.\n"
	      "\n"
	      "  -t, --ms MS   time to measure each case, 100 to 60000 (1000)\n"
	      "  -j, --json    print JSON\n"
	      "  -h, --help\n", f);
}

static int pair_make(void)
{
	if (!system("ip link add " TX " type veth peer name " RX " && ip link set " TX " up && "
		    "ip link set " RX " up"))
		return 0;
	fputs("bench: cannot make a veth pair\n", stderr);
	return -1;
}

/* Return the number of frames that the device has sent. */
static double device_sent(void)
{
	FILE *f = fopen("/proc/self/net/dev", "re");
	unsigned long long packets = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " " TX ": %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu",
			   &packets) == 1)
			break;
	if (f)
		fclose(f);
	return (double)packets;
}

/* Measure frames per second that the device sends, and by which count grows; count may be NULL. */
static void measure(const _Atomic uint64_t *count, double *sent, double *counted)
{
	double sent_before = device_sent(), seconds;
	uint64_t before = count ? atomic_load(count) : 0, begin = moment_ns();

	sleep_ms(bench.ms);
	seconds = (double)(moment_ns() - begin) / 1e9;
	*sent = (device_sent() - sent_before) / seconds;
	if (count)
		*counted = (double)(atomic_load(count) - before) / seconds;
}

static int plain_send(const struct way_to_wire *w, struct rate *r)
{
	struct load tx = { .device = TX, .run = w->send, .cpu = 0 };

	if (load_start(&tx))
		return -1;
	sleep_ms(WARM_MS);
	measure(NULL, &r->sent, NULL);
	return load_end(&tx) && r->sent > 0 ? 0 : -1;
}

static int plain_receive(const struct way_to_wire *w, int cpu, struct rate *r)
{
	struct load tx = { .device = TX, .run = packet_send, .cpu = 0 };
	struct load rx = { .device = RX, .run = w->receive, .cpu = cpu };
	int ran = 0;

	if (load_start(&rx))
		return -1;
	sleep_ms(WARM_MS);
	if (!load_start(&tx)) {
		sleep_ms(WARM_MS);
		measure(rx.count, &r->offered, &r->received);
		ran = load_end(&tx);
	}
	return load_end(&rx) && ran && r->received > 0 ? 0 : -1;
}

static int netmapd_send(struct rate *r)
{
	const struct flow f = {
		.pkt_gen = bench.pkt_gen,
		.tx = TX,
		.station = STATION,
		.burst = LOAD_BURST,
		.tx_cpu = 0,
	};
	struct flow_result result;
	struct flow_ends e;

	if (flow_begin(&f, &e))
		return -1;
	measure(NULL, &r->sent, NULL);
	return flow_end(&f, &e, &result) || r->sent <= 0 ? -1 : 0;
}

static int netmapd_receive(int cpu, struct rate *r)
{
	const struct flow f = {
		.pkt_gen = bench.pkt_gen, .rx = RX, .burst = LOAD_BURST, .rx_cpu = cpu
	};
	struct load tx = { .device = TX, .run = packet_send, .cpu = 0 };
	struct flow_result result = { 0 };
	struct flow_ends e;
	int err, ran = 0;

	/* pkt-gen's warm-up needs received frames, so start the sender first. */
	if (load_start(&tx))
		return -1;
	err = flow_begin(&f, &e);
	if (!err) {
		measure(NULL, &r->offered, NULL);
		ran = load_end(&tx);
		err = flow_end(&f, &e, &result);
	}
	load_end(&tx);
	r->received = result.received;
	return err || !ran || r->received <= 0 ? -1 : 0;
}

static int way_run(const struct way_to_wire *w, int cpu, struct rate *r)
{
	const char *const settings[SERVER_SETTINGS] = { w->setting };
	int err;

	if (!w->setting)
		return plain_send(w, r) | plain_receive(w, cpu, r);
	if (server_start(bench.netmapd, settings))
		return -1;
	err = netmapd_send(r) | netmapd_receive(cpu, r);
	server_end();
	return err;
}

static void print_title(void)
{
	printf("Frames of 60 bytes on a veth pair, millions per second: sent without a receiver;\n"
	       "received, and offered by sendmmsg. %u at a time.\n\n%-20s %9s %9s %9s\n",
	       LOAD_BURST, "by", "sent", "received", "offered");
}

static void rate_print(const struct way_to_wire *w, const struct rate *r)
{
	printf("%-20s %9.3f %9.3f %9.3f\n", w->name, r->sent / 1e6, r->received / 1e6,
	       r->offered / 1e6);
	fflush(stdout);
}

static void put(struct json_object *o, const char *key, double value)
{
	json_object_object_add(o, key, value > 0 ? json_object_new_double(value) : NULL);
}

static void rate_add(struct json_object *list, const struct way_to_wire *w, const struct rate *r)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "by", json_object_new_string(w->name));
	put(o, "sent_pps", r->sent);
	put(o, "received_pps", r->received);
	put(o, "offered_pps", r->offered);
	json_object_array_add(list, o);
}

static int run(void)
{
	struct json_object *list = bench.is_json ? json_object_new_array() : NULL;
	const int cpu = sysconf(_SC_NPROCESSORS_ONLN) > 1;
	int err = 0;

	if (server_unshare() || pair_make())
		return -1;
	if (!list)
		print_title();
	for (unsigned int i = 0; i < WAYS_TO_WIRE; i++) {
		struct rate r = { 0 };

		err |= way_run(&ways[i], cpu, &r);
		if (list)
			rate_add(list, &ways[i], &r);
		else
			rate_print(&ways[i], &r);
	}
	if (list)
		puts(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PRETTY |
						    JSON_C_TO_STRING_SPACED));
	json_object_put(list);
	return fflush(stdout) ? -1 : err;
}

static int need(char *path, const char *build, const char *name)
{
	char dir[PATH_MAX];

	if (realpath(build, dir) && snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX &&
	    !access(path, X_OK))
		return 0;
	fprintf(stderr, "bench: %s/%s does not exist: build it first\n", build, name);
	return -1;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "ms", required_argument, NULL, 't' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "t:jh", longs, NULL)) != -1) {
		switch (c) {
		case 't': bench.ms = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'j': bench.is_json = 1; break;
		case 'h': usage(stdout); return 0;
		default: usage(stderr); return 2;
		}
	}
	if (optind != argc - 1 || bench.ms < 100 || bench.ms > MS_MAX) {
		usage(stderr);
		return 2;
	}
	if (need(bench.netmapd, argv[optind], "netmapd") ||
	    need(bench.pkt_gen, argv[optind], "pkt-gen"))
		return 1;
	return run() ? 1 : 0;
}
