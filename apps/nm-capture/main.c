// SPDX-License-Identifier: BSD-2-Clause
/*
 * nm-capture: writes the packets that a port receives to a pcapng file, whose statistics count the
 * drops. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/json.h"
#include "../common/tool.h"
#include "capture.h"

#define FLUSH_MS	1000	/* a quiet port's packets reach the file after this time */

static struct counts counts_of(const struct capture *c)
{
	return (struct counts){ .packets = c->seen, .bytes = c->bytes, .drops = capture_drops(c) };
}

static void report_if_due(const struct capture *c, struct rate_clock *clock, struct counts *last)
{
	struct counts now;

	if (!rate_is_due(clock))
		return;
	now = counts_of(c);
	rate_print_counts(stderr, clock, NULL, last, &now);
	*last = now;
	rate_done(clock);
}

/* Capture until a signal or enough packets arrive. Return -1 on failure. */
static int capture_all(struct capture *c, int signal_fd, struct errmsg *err)
{
	struct pollfd p[2] = {
		{ .fd = c->port.fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	struct counts last = { 0 };
	struct rate_clock clock;
	int ready, timeout;

	rate_start(&clock, c->opt->report_ms);
	while (!capture_has_enough(c)) {
		timeout = rate_timeout(&clock);
		ready = poll(p, 2, timeout >= 0 && timeout < FLUSH_MS ? timeout : FLUSH_MS);
		if (ready < 0 && errno != EINTR)
			return errmsg_set(err, "poll: %s", strerror(errno));
		if (p[0].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			errno = EIO;
			return port_explain(&c->port, "the port has failed", err);
		}
		if (capture_take(c, err))
			return -1;
		if (p[1].revents != 0)
			break;
		if (ready == 0 && pcapng_flush(&c->file, err))
			return -1;
		report_if_due(c, &clock, &last);
	}
	return port_sync(&c->port, NIOCRXSYNC, err);
}

/* To standard error, as standard output may be the capture itself. */
static void print_totals(const struct capture *c, const struct counts *total)
{
	struct json_object *o;

	if (!c->opt->json) {
		fprintf(stderr, "Total:\t%llu packets\t%llu kept\t%llu bytes\t%llu drops\n",
			(unsigned long long)total->packets, (unsigned long long)c->kept,
			(unsigned long long)total->bytes, (unsigned long long)total->drops);
		return;
	}
	o = json_object_new_object();
	json_put_text(o, "port", c->opt->spec.name);
	json_put_number(o, "kept", c->kept);
	json_put_counts(o, total);
	json_print(stderr, o);
}

static int run(const struct options *opt, struct errmsg *err)
{
	int signal_fd = tool_open_signals(err), ret = 0;
	struct errmsg later;
	struct capture c;
	struct counts total;

	if (signal_fd < 0)
		return -1;
	if (capture_open(&c, opt, err)) {
		close(signal_fd);
		return -1;
	}
	fprintf(stderr, "nm-capture: %s: %u rings, to %s\n", c.port.spec.name, c.port.rx_count,
		c.file.path);
	if (!tool_wait_link(opt->wait_s, port_spec_is_virtual(&opt->spec), signal_fd))
		ret = capture_all(&c, signal_fd, err);
	total = counts_of(&c);
	if (capture_close(&c, ret != 0, &later) != 0 && ret == 0) {
		*err = later;
		ret = -1;
	}
	print_totals(&c, &total);
	close(signal_fd);
	return ret;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct errmsg err;
	int status;

	status = tool_begin(&capture_program, &opt, argc, argv);
	if (status >= 0)
		return status;
	status = tool_end(&capture_program, run(&opt, &err), &err);
	capture_options_free(&opt);
	return status;
}
