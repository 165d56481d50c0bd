// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmreplay: sends a capture file as a link with limited bandwidth, delay and loss would. It reads
 * the file and computes the schedule; then a thread sends. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../common/tool.h"
#include "report.h"

/* Wait for the end of the sender, and stop it after a signal. */
static void watch(const struct options *opt, struct sender *s, int signal_fd)
{
	struct pollfd p[2] = {
		{ .fd = s->done_fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	struct counts last = { 0 };
	struct rate_clock clock;

	rate_start(&clock, opt->report_ms);
	while (poll(p, 2, rate_timeout(&clock)) >= 0 || errno == EINTR) {
		if (p[0].revents != 0)
			return;
		if (p[1].revents != 0) {
			atomic_store(&s->stop, true);
			p[1].fd = -1;	/* once is enough */
			p[1].revents = 0;
			continue;
		}
		replay_report_rates_if_due(opt, s, &clock, &last);
	}
}

/* A packet that does not fit in the ring would block all packets after it. */
static int check_lengths(const struct port *port, const struct trace *t, struct errmsg *err)
{
	const struct ring *ring = port->tx[0];
	uint64_t most = (uint64_t)(ring->num_slots - 1) * ring->buf_size;
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (t->packets[i].len > most)
			return errmsg_set(err,
					  "%s: packet %zu has %u bytes, the ring has room "
					  "for %llu",
					  port->spec.name, i + 1, t->packets[i].len,
					  (unsigned long long)most);
	}
	return 0;
}

/* For --strict: every packet of the file that the model let through has been sent. */
static int check_clean(const struct sender *s, struct errmsg *err)
{
	const size_t left_out = trace_left_out(s->trace),
		     unsent = s->schedule->count - (size_t)s->packets;

	if (left_out + unsent + s->unsent + drops_total(&s->dropped) == 0)
		return 0;
	return errmsg_set(err,
			  "%s: not all was sent: %zu packets left out, %zu not reached, %u slots "
			  "still queued, %llu packets dropped", s->port->spec.name, left_out,
			  unsent, s->unsent, (unsigned long long)drops_total(&s->dropped));
}

static int replay_on(const struct options *opt, struct sender *s, int signal_fd, struct errmsg *err)
{
	int error;

	if (s->port->tx_count == 0)
		return errmsg_set(err, "%s: no transmit ring is bound", opt->spec.name);
	if (check_lengths(s->port, s->trace, err))
		return -1;
	if (tool_wait_link(opt->wait_s, port_spec_is_virtual(&opt->spec), signal_fd))
		return 0;
	error = sender_start(s);
	if (error != 0)
		return errmsg_set(err, "cannot start a thread: %s", strerror(error));
	watch(opt, s, signal_fd);
	pthread_join(s->thread, NULL);
	drops_collect(s->port, &s->dropped);
	replay_report_totals(opt, s);
	if (s->has_failed)
		*err = s->err;
	return s->has_failed || (opt->strict && check_clean(s, err)) ? -1 : 0;
}

static int replay(const struct options *opt, const struct trace *t, const struct schedule *plan,
		  struct errmsg *err)
{
	static const struct port_wish no_wish;
	struct sender s = { .trace = t, .schedule = plan, .batch = opt->batch, .cpu = opt->cpu };
	int signal_fd = tool_open_signals(err), ret;
	struct port port;

	if (signal_fd < 0)
		return -1;
	s.done_fd = eventfd(0, EFD_CLOEXEC);
	if (s.done_fd < 0)
		return errmsg_set(err, "eventfd: %s", strerror(errno));
	ret = port_open(&port, &opt->spec, &no_wish, NULL, err);
	if (ret == 0) {
		s.port = &port;
		ret = replay_on(opt, &s, signal_fd, err);
		port_close(&port);
	}
	close(s.done_fd);
	close(signal_fd);
	return ret;
}

static int run(const struct options *opt, struct errmsg *err)
{
	struct schedule plan = { 0 };
	struct trace trace;
	int ret;

	if (trace_load(&trace, opt->file, err))
		return -1;
	ret = schedule_make(&plan, &trace, &opt->models, err);
	if (ret == 0) {
		replay_report_plan(opt, &trace, &plan);
		if (opt->only_schedule)
			replay_report_schedule(&trace, &plan);
		else
			ret = replay(opt, &trace, &plan, err);
	}
	schedule_free(&plan);
	trace_free(&trace);
	return ret;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct errmsg err;
	int status;

	status = tool_begin(&replay_program, &opt, argc, argv);
	if (status >= 0)
		return status;
	return tool_end(&replay_program, run(&opt, &err), &err);
}
