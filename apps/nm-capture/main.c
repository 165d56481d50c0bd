/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm-capture: writes what a port receives into a pcapng file, and what it could not take into
 * the statistics there. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/signals.h"
#include "../common/units.h"
#include "capture.h"

#define WAIT_DEFAULT	2	/* seconds that a card's link may take to come up */
#define FLUSH_MS	1000	/* a quiet port's packets reach the file after this time */

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

struct rates {
	uint64_t start, next, last_ns, seen, bytes;
};

static void
report_if_due(const struct capture *c, struct rates *r)
{
	uint64_t now = clock_now();
	double seconds = (double)(now - r->last_ns) / (double)NSEC_PER_SEC;
	char a[32], b[32];

	if (c->opt->report_ms == 0 || now < r->next)
		return;
	fprintf(stderr, "%8.3f s\t%s\t%s\t%llu kept\t%llu dropped\n",
	    (double)(now - r->start) / (double)NSEC_PER_SEC,
	    units_format(a, sizeof(a), (double)(c->seen - r->seen) / seconds, "pps"),
	    units_format(b, sizeof(b), 8 * (double)(c->bytes - r->bytes) / seconds, "bps"),
	    (unsigned long long)c->kept, (unsigned long long)capture_drops(c));
	r->seen = c->seen;
	r->bytes = c->bytes;
	r->last_ns = now;
	r->next += c->opt->report_ms * NSEC_PER_MSEC;
}

/* Until a signal, enough packets, or a failure: -1. */
static int
capture_all(struct capture *c, int signal_fd, struct errmsg *err)
{
	struct pollfd p[2] = {
		{ .fd = c->port.fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	uint64_t now = clock_now();
	struct rates r = { now, now + c->opt->report_ms * NSEC_PER_MSEC, now, 0, 0 };
	int ready;

	while (!capture_has_enough(c)) {
		ready = poll(p, 2, c->opt->report_ms > 0 && c->opt->report_ms < FLUSH_MS ?
		    (int)c->opt->report_ms : FLUSH_MS);
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

static void
put_number(struct json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

/* Standard output may be the capture itself. */
static void
print_summary(const struct capture *c, uint64_t drops)
{
	struct json_object *o;

	if (!c->opt->json) {
		fprintf(stderr, "Total:\t%llu packets\t%llu kept\t%llu bytes\t%llu dropped\n",
		    (unsigned long long)c->seen, (unsigned long long)c->kept,
		    (unsigned long long)c->bytes, (unsigned long long)drops);
		return;
	}
	o = json_object_new_object();
	put_number(o, "packets", c->seen);
	put_number(o, "kept", c->kept);
	put_number(o, "bytes", c->bytes);
	put_number(o, "dropped", drops);
	fprintf(stderr, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

/* Some cards drop their link when their rings change hands. True if a signal came. */
static bool
wait_for_link(const struct options *opt, int signal_fd)
{
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };
	int seconds = opt->wait_s;

	if (seconds == WAIT_AUTO)
		seconds = port_spec_is_virtual(&opt->spec) ? 0 : WAIT_DEFAULT;
	return seconds > 0 && poll(&p, 1, seconds * 1000) > 0;
}

static int
run(const struct options *opt, struct errmsg *err)
{
	int signal_fd = signals_open(), ret = 0;
	struct errmsg later;
	struct capture c;
	uint64_t drops;

	if (signal_fd < 0)
		return errmsg_set(err, "signalfd: %s", strerror(errno));
	if (capture_open(&c, opt, err)) {
		close(signal_fd);
		return -1;
	}
	fprintf(stderr, "nm-capture: %s: %u rings, to %s\n", c.port.spec.name, c.port.rx_count,
	    c.file.path);
	if (!wait_for_link(opt, signal_fd))
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

int
main(int argc, char **argv)
{
	struct options opt;
	struct errmsg err;
	int ret;

	switch (capture_options_parse(&opt, argc, argv, &err)) {
	case OPTIONS_HELP:
		capture_usage(true);
		return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
	case OPTIONS_BAD:
		fprintf(stderr, "nm-capture: %s\n", err.text);
		capture_usage(false);
		return EXIT_USAGE;
	}
	ret = run(&opt, &err);
	if (ret != 0)
		fprintf(stderr, "nm-capture: %s\n", err.text);
	capture_options_free(&opt);
	return ret != 0 ? EXIT_FAILED : EXIT_OK;
}
