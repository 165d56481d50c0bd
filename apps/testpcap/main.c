// SPDX-License-Identifier: BSD-2-Clause
/*
 * testpcap: joins two interfaces with calls of libpcap alone, for comparison with bridge. To open
 * netmap ports, it runs itself by nm-pcap. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../pcap/named.h"
#include "../common/tool.h"
#include "report.h"

/* Run this program again by the nm-pcap in its folder. Returns only on failure. */
static int run_by_nm_pcap(int argc, char **argv)
{
	static char own[PATH_MAX];
	char other[PATH_MAX + sizeof("/nm-pcap")], copy[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char **args = calloc((size_t)argc + 2, sizeof(args[0]));

	if (n < 0 || !args) {
		perror("testpcap");
		return EXIT_FAILED;
	}
	own[n] = '\0';
	snprintf(copy, sizeof(copy), "%s", own);
	snprintf(other, sizeof(other), "%s/nm-pcap", dirname(copy));
	args[0] = other;
	args[1] = own;
	memcpy(args + 2, argv + 1, (size_t)(argc - 1) * sizeof(args[0]));
	execv(other, args);
	fprintf(stderr, "testpcap: %s: %s; it is needed to open netmap ports\n", other,
		strerror(errno));
	free(args);
	return EXIT_FAILED;
}

/* Move packets until a signal. Return -1 if a side has failed. */
static int move_all(struct side *sides, struct report *r, int signal_fd, struct errmsg *err)
{
	struct pollfd p[3] = {
		{ .fd = pcap_get_selectable_fd(sides[0].pcap), .events = POLLIN },
		{ .fd = pcap_get_selectable_fd(sides[1].pcap), .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	unsigned int i;

	for (;;) {
		if (poll(p, 3, rate_timeout(&r->clock)) < 0 && errno != EINTR)
			return errmsg_set(err, "poll: %s", strerror(errno));
		for (i = 0; i < 2; i++) {
			/* If the side has failed, the call that receives says how. */
			if (p[i].revents != 0 && side_move(&sides[i], r->opt->batch, err) < 0)
				return -1;
		}
		if (p[2].revents != 0)
			return 0;
		report_rates_if_due(r);
	}
}

static int open_both(struct side *sides, const struct options *opt, struct errmsg *err)
{
	sides[0].other = &sides[1];
	sides[1].other = &sides[0];
	if (side_open(&sides[0], opt->name[0], err))
		return -1;
	if (side_open(&sides[1], opt->name[1], err) == 0)
		return 0;
	side_close(&sides[0]);
	return -1;
}

static int run(const struct options *opt, int signal_fd, struct errmsg *err)
{
	struct side sides[2] = { { .pcap = NULL }, { .pcap = NULL } };
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };
	struct report report;
	int ret = 0;

	if (open_both(sides, opt, err))
		return -1;
	report_start(&report, opt, sides);
	if (opt->wait_s == 0 || poll(&p, 1, (int)opt->wait_s * 1000) == 0)
		ret = move_all(sides, &report, signal_fd, err);
	report_totals(&report);
	side_close(&sides[0]);
	side_close(&sides[1]);
	return ret;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct errmsg err;
	int signal_fd, ret, status;

	status = tool_begin(&testpcap_program, &opt, argc, argv);
	if (status >= 0)
		return status;
	if ((testpcap_is_netmap(opt.name[0]) || testpcap_is_netmap(opt.name[1])) &&
	    getenv(NAMED_PORTS) == NULL)
		return run_by_nm_pcap(argc, argv);
	signal_fd = tool_open_signals(&err);
	if (signal_fd < 0)
		return tool_end(&testpcap_program, -1, &err);
	ret = run(&opt, signal_fd, &err);
	close(signal_fd);
	return tool_end(&testpcap_program, ret, &err);
}
