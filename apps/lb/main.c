// SPDX-License-Identifier: BSD-2-Clause
/*
 * lb: spreads the packets that a port receives over pipes; all packets of a connection go to the
 * same pipe. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/tool.h"
#include "report.h"

#define DRAIN_MS	1000	/* at the end: give up after this time without progress */

struct lb {
	struct balancer b;
	int signal_fd;
	struct rate_clock clock;
	uint64_t left;		/* slots still queued at the end */
	struct pollfd *polls;	/* signal, port, then the pipes with pending slots */
};

static void report_if_due(struct lb *lb)
{
	if (!rate_is_due(&lb->clock))
		return;
	lb_report_table(&lb->b, rate_elapsed(&lb->clock));
	rate_done(&lb->clock);
}

static const struct port *port_of(const struct balancer *b, int fd)
{
	unsigned int i;

	for (i = 0; i < b->pipe_count; i++) {
		if (b->pipes[i].port.fd == fd)
			return &b->pipes[i].port;
	}
	return &b->port;
}

/* Return 1 to go on, 0 after a signal, -1 if a port has failed. */
static int wait_for_work(struct lb *lb, struct errmsg *err)
{
	struct balancer *b = &lb->b;
	unsigned int i, n = 2;

	lb->polls[0] = (struct pollfd){ .fd = lb->signal_fd, .events = POLLIN };
	lb->polls[1] = (struct pollfd){ .fd = b->port.fd, .events = POLLIN };
	for (i = 0; i < b->pipe_count; i++) {
		if (b->pipes[i].is_waiting)
			lb->polls[n++] = (struct pollfd){ b->pipes[i].port.fd, POLLOUT, 0 };
	}
	if (poll(lb->polls, n, rate_timeout(&lb->clock)) < 0 && errno != EINTR)
		return errmsg_set(err, "poll: %s", strerror(errno));
	if (lb->polls[0].revents != 0)
		return 0;
	for (i = 1; i < n; i++) {
		if (lb->polls[i].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			errno = EIO;
			return port_explain(port_of(b, lb->polls[i].fd), "the port has failed",
					    err);
		}
	}
	return 1;
}

static void spread_all(struct balancer *b, unsigned int max)
{
	unsigned int i;

	for (i = 0; i < b->port.rx_count; i++)
		spread_inlet(&b->spread, &b->inlets[i], max);
}

static int balance(struct lb *lb, struct errmsg *err)
{
	struct balancer *b = &lb->b;
	int more;

	while ((more = wait_for_work(lb, err)) > 0) {
		spread_all(b, b->opt->batch);
		if (balancer_push(b, err))
			return -1;
		report_if_due(lb);
	}
	return more;
}

/* Pass on what has arrived by now, as long as readers make progress. */
static void finish(struct lb *lb)
{
	uint64_t last = clock_now(), before = UINT64_MAX, left;
	struct errmsg unused;

	port_sync(&lb->b.port, NIOCRXSYNC, &unused);
	spread_all(&lb->b, UINT_MAX);
	port_sync(&lb->b.port, NIOCRXSYNC, &unused);
	while (balancer_push(&lb->b, &unused) == 0) {
		left = balancer_left(&lb->b);
		if (left < before)
			last = clock_now();
		before = left;
		if (left == 0 || clock_now() - last > DRAIN_MS * NSEC_PER_MSEC)
			break;
		clock_sleep_until(clock_now() + NSEC_PER_MSEC);
	}
	lb->left = left = balancer_left(&lb->b);
	if (left > 0)
		fprintf(stderr, "lb: %llu slots are still queued: no reader took them\n",
			(unsigned long long)left);
	lb_report_table(&lb->b, rate_elapsed(&lb->clock));
}

static int run(struct lb *lb, struct errmsg *err)
{
	const struct options *opt = lb->b.opt;
	int ret = 0;

	lb->polls = calloc(lb->b.pipe_count + 2u, sizeof(lb->polls[0]));
	if (!lb->polls)
		return errmsg_set(err, "out of memory");
	lb_report_start(&lb->b);
	if (!tool_wait_link(opt->wait_s, port_spec_is_virtual(&opt->spec), lb->signal_fd)) {
		rate_start(&lb->clock, opt->report_ms);
		ret = balance(lb, err);
		finish(lb);
		if (ret == 0 && opt->strict)
			ret = drops_refuse(lb_report_counts(&lb->b).drops, lb->left, err);
	}
	free(lb->polls);
	return ret;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct errmsg err;
	struct lb lb;
	int status, ret;

	status = tool_begin(&lb_program, &opt, argc, argv);
	if (status >= 0)
		return status;
	memset(&lb, 0, sizeof(lb));
	lb.signal_fd = tool_open_signals(&err);
	if (lb.signal_fd < 0 || balancer_open(&lb.b, &opt, &err))
		return tool_end(&lb_program, -1, &err);
	ret = run(&lb, &err);
	balancer_close(&lb.b);
	close(lb.signal_fd);
	return tool_end(&lb_program, ret, &err);
}
