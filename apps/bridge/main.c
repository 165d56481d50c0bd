// SPDX-License-Identifier: BSD-2-Clause
/*
 * bridge: joins two ports. Its loop moves the received frames both ways and sends them; then poll()
 * returns the received slots and sleeps. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/tool.h"
#include "report.h"

#define DRAIN_MS	1000	/* at the end: give up after this time without progress */
#define NAP_NS		50000	/* sleep after a round without progress */
#define BUSY_ROUNDS	256	/* of a busy loop between two checks of signals and time */

struct bridge {
	struct pair pair;
	struct report report;
	int signal_fd;
	bool is_blocked[2];	/* by direction: a frame waits for room */
	bool is_pending[2];	/* by port: some slots are not sent yet */
};

/* Move frames through all rings of one direction. Return the number of slots moved. */
static unsigned int move_way(struct bridge *b, unsigned int i)
{
	struct way *w = &b->pair.way[i];
	unsigned int k, done = 0;

	b->is_blocked[i] = false;
	for (k = 0; k < w->count; k++) {
		done += move_frames(&w->movers[k], b->pair.opt->batch);
		b->is_blocked[i] |= w->movers[k].is_blocked;
	}
	return done;
}

/* Events to poll for: port i receives for direction i and sends for the other one. */
static short wanted(const struct bridge *b, unsigned int i)
{
	short events = 0;

	if (b->pair.way[i].count > 0 && !b->is_blocked[i])
		events |= POLLIN;
	if (b->is_blocked[!i] || b->is_pending[i])
		events |= POLLOUT;
	return events;
}

/* Return 1 to go on, 0 after a signal, -1 if a port has failed. */
static int wait_for_work(struct bridge *b, bool moved, struct errmsg *err)
{
	struct pollfd p[3] = {
		{ .fd = b->pair.port[0].fd, .events = wanted(b, 0) },
		{ .fd = b->pair.port[1].fd, .events = wanted(b, 1) },
		{ .fd = b->signal_fd, .events = POLLIN },
	};
	unsigned int i;

	if (poll(p, 3, rate_timeout(&b->report.clock)) < 0 && errno != EINTR)
		return errmsg_set(err, "poll: %s", strerror(errno));
	if (p[2].revents != 0)
		return 0;
	for (i = 0; i < 2; i++) {
		if (p[i].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			errno = EIO;
			return port_explain(&b->pair.port[i], "the port has failed", err);
		}
	}
	/* With several rings poll() may report room in one while frames wait for another. */
	if (!moved && (b->is_blocked[0] || b->is_blocked[1]))
		clock_sleep_until(clock_now() + NAP_NS);
	return 1;
}

/* Send moved and pending slots. Return -1 if a port has failed. */
static int push(struct bridge *b, struct errmsg *err)
{
	unsigned int i, left;

	for (i = 0; i < 2; i++) {
		left = port_push(&b->pair.port[i], err);
		if (left == UINT_MAX)
			return -1;
		b->is_pending[i] = left > 0;
	}
	return 0;
}

static int run_sleeping(struct bridge *b, struct errmsg *err)
{
	bool moved = true;
	int more;

	while ((more = wait_for_work(b, moved, err)) > 0) {
		moved = move_way(b, 0) + move_way(b, 1) > 0;
		if (push(b, err))
			return -1;
		report_rates_if_due(&b->report, &b->pair);
	}
	return more;
}

static int run_busy(struct bridge *b, struct errmsg *err)
{
	const struct port *port = b->pair.port;
	unsigned int round;

	for (round = 1;; round++) {
		if (port_sync(&port[0], NIOCRXSYNC, err) || port_sync(&port[1], NIOCRXSYNC, err))
			return -1;
		move_way(b, 0);
		move_way(b, 1);
		if (port_sync(&port[0], NIOCTXSYNC, err) || port_sync(&port[1], NIOCTXSYNC, err))
			return -1;
		if (round % BUSY_ROUNDS != 0)
			continue;
		if (tool_was_signalled(b->signal_fd))
			return 0;
		report_rates_if_due(&b->report, &b->pair);
	}
}

/* Pass on what has arrived by now, and wait for readers to take what is queued. */
static void finish(struct bridge *b)
{
	struct pair *p = &b->pair;
	struct errmsg unused;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (port_sync(&b->pair.port[i], NIOCRXSYNC, &unused) == 0)
			move_way(b, i);
	}
	for (i = 0; i < 2; i++) {
		p->unsent[i] = port_drain(&p->port[i], DRAIN_MS);
		drops_collect(&p->port[i], &p->dropped[i]);
		if (p->unsent[i] > 0)
			fprintf(stderr,
				"bridge: %s: %u slots are still queued: no reader took them\n",
				p->port[i].spec.name, p->unsent[i]);
	}
	report_totals(&b->report, &b->pair);
}

/* For --strict. */
static int check_clean(const struct pair *p, struct errmsg *err)
{
	uint64_t drops = 0, unsent = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		drops += pair_counts(p, i).drops + drops_total(&p->dropped[i]);
		unsent += p->unsent[i];
	}
	return drops_refuse(drops, unsent, err);
}

static int run(struct bridge *b, struct errmsg *err)
{
	const struct options *opt = b->pair.opt;
	bool is_virtual = port_spec_is_virtual(&opt->spec[0]) &&
			  port_spec_is_virtual(&opt->spec[1]);
	int ret = 0;

	report_opened(&b->pair);
	if (!tool_wait_link(opt->wait_s, is_virtual, b->signal_fd)) {
		rate_start(&b->report.clock, opt->report_ms);
		ret = opt->busy ? run_busy(b, err) : run_sleeping(b, err);
		finish(b);
		if (ret == 0 && opt->strict)
			ret = check_clean(&b->pair, err);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct bridge b;
	struct options opt;
	struct errmsg err;
	int status, ret;

	status = tool_begin(&bridge_program, &opt, argc, argv);
	if (status >= 0)
		return status;
	memset(&b, 0, sizeof(b));
	b.signal_fd = tool_open_signals(&err);
	if (b.signal_fd < 0 || pair_open(&b.pair, &opt, &err))
		return tool_end(&bridge_program, -1, &err);
	ret = run(&b, &err);
	pair_close(&b.pair);
	close(b.signal_fd);
	return tool_end(&bridge_program, ret, &err);
}
