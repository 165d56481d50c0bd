// SPDX-License-Identifier: BSD-2-Clause
/*
 * nm-capture: writes what a port receives into a pcapng file, and what it could not take into
 * the statistics there. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/json.h"
#include "../common/tool.h"
#include "../common/number.h"
#include "capture.h"

#define FLUSH_MS	1000	/* a quiet port's packets reach the file after this time */

struct rates {
	uint64_t start, next, last_ns, seen, bytes;
};

static void report_if_due(const struct capture *c, struct rates *r)
{
	uint64_t now = clock_now();
	double seconds = (double)(now - r->last_ns) / (double)NSEC_PER_SEC;
	char a[NUMBER_LEN], b[NUMBER_LEN];

	if (c->opt->report_ms == 0 || now < r->next)
		return;
	fprintf(stderr, "%8.3f s\t%s\t%s\t%llu kept\t%llu dropped\n",
		(double)(now - r->start) / (double)NSEC_PER_SEC,
		number_format(a, (double)(c->seen - r->seen) / seconds, "pps"),
		number_format(b, 8 * (double)(c->bytes - r->bytes) / seconds, "bps"),
		(unsigned long long)c->kept, (unsigned long long)capture_drops(c));
	r->seen = c->seen;
	r->bytes = c->bytes;
	r->last_ns = now;
	r->next += c->opt->report_ms * NSEC_PER_MSEC;
}

/* Until a signal, enough packets, or a failure: -1. */
static int capture_all(struct capture *c, int signal_fd, struct errmsg *err)
{
	struct pollfd p[2] = {
		{ .fd = c->port.fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	uint64_t now = clock_now();
	struct rates r = { now, now + c->opt->report_ms * NSEC_PER_MSEC, now, 0, 0 };
	int ready;

	while (!capture_has_enough(c)) {
		ready = poll(p, 2,
			     c->opt->report_ms > 0 && c->opt->report_ms < FLUSH_MS ?
				     (int)c->opt->report_ms :
				     FLUSH_MS);
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
		report_if_due(c, &r);
	}
	return port_sync(&c->port, NIOCRXSYNC, err);
}

/* Standard output may be the capture itself. */
static void print_summary(const struct capture *c, uint64_t drops)
{
	struct json_object *o;

	if (!c->opt->json) {
		fprintf(stderr, "Total:\t%llu packets\t%llu kept\t%llu bytes\t%llu dropped\n",
			(unsigned long long)c->seen, (unsigned long long)c->kept,
			(unsigned long long)c->bytes, (unsigned long long)drops);
		return;
	}
	o = json_object_new_object();
	json_put_number(o, "packets", c->seen);
	json_put_number(o, "kept", c->kept);
	json_put_number(o, "bytes", c->bytes);
	json_put_number(o, "dropped", drops);
	json_print(stderr, o);
}

static int run(const struct options *opt, struct errmsg *err)
{
	int signal_fd = tool_open_signals(err), ret = 0;
	struct errmsg later;
	struct capture c;
	uint64_t drops;

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
	drops = capture_drops(&c);
	if (capture_close(&c, ret != 0, &later) != 0 && ret == 0) {
		*err = later;
		ret = -1;
	}
	print_summary(&c, drops);
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
