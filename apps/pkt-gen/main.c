// SPDX-License-Identifier: BSD-2-Clause
/*
 * pkt-gen: sends and receives packets at the speed of netmap, and measures it.
 *
 * The main thread opens the ports and starts the workers. From then on it waits for a signal, the
 * end of an interval, or the end of a worker. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/tool.h"
#include "report.h"
#include "session.h"

#define WAKE_MS		20	/* between attempts to wake workers that must stop */

static void do_nothing(int signal)
{
	(void)signal;	/* the signal only interrupts a system call */
}

/* Wait until then, or until other_fd is readable. Return true if a signal arrived. */
static bool wait_until(uint64_t then, int signal_fd, int other_fd)
{
	struct pollfd p[2] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = other_fd, .events = POLLIN },
	};
	uint64_t now = clock_now();
	int ms = then > now ? (int)((then - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC) : 0;

	return poll(p, 2, then == UINT64_MAX ? -1 : ms) > 0 && (p[0].revents & POLLIN);
}

static void clear_event(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0)
		return;		/* no worker has ended */
}

/* Print rates until all workers have ended. Return true if a signal arrived first. */
static bool watch(struct session *s, struct report *r, int signal_fd)
{
	uint64_t step = r->opt->report_ms * NSEC_PER_MSEC,
		 next = step > 0 ? r->start + step : UINT64_MAX;

	while (!session_has_ended(s)) {
		if (wait_until(next, signal_fd, s->done_fd))
			return true;
		clear_event(s->done_fd);
		if (clock_now() >= next && !session_has_ended(s)) {
			report_interval(r, s, clock_now());
			next += step;
		}
	}
	return false;
}

/* A signal may arrive just before a worker goes to sleep, so repeat it until the worker ends. */
static void stop(struct session *s)
{
	atomic_store(&s->stop, true);
	while (!session_has_ended(s)) {
		session_wake(s);
		wait_until(clock_now() + WAKE_MS * NSEC_PER_MSEC, -1, s->done_fd);
		clear_event(s->done_fd);
	}
}

static int print_failures(const struct session *s)
{
	unsigned int i;
	int status = EXIT_OK;

	for (i = 0; i < s->count; i++) {
		if (!s->workers[i].has_failed)
			continue;
		fprintf(stderr, "pkt-gen: %s\n", s->workers[i].err.text);
		status = EXIT_FAILED;
	}
	return status;
}

static int finish(const struct session *s, bool was_interrupted)
{
	const struct options *opt = s->opt;
	int status = print_failures(s);
	struct summary sum;

	summary_make(&sum, s, was_interrupted);
	if (opt->json)
		summary_print_json(&sum, opt);
	else
		summary_print_text(&sum, opt);
	if (opt->strict && !summary_is_clean(&sum, opt))
		status = EXIT_FAILED;
	return status;
}

static int run(struct session *s, int signal_fd)
{
	struct errmsg err;
	struct report r;
	bool was_interrupted;
	int status = EXIT_OK;

	report_init(&r, s->opt, clock_now());
	report_opened(&r, s);
	if (tool_wait_link(s->opt->wait_s, port_spec_is_virtual(&s->workers[0].port.spec),
			   signal_fd))
		return EXIT_OK;
	report_init(&r, s->opt, clock_now());
	if (session_start(s, &err)) {
		fprintf(stderr, "pkt-gen: %s\n", err.text);
		status = EXIT_FAILED;
	}
	was_interrupted = watch(s, &r, signal_fd);
	stop(s);
	session_join(s);
	return status != EXIT_OK ? status : finish(s, was_interrupted);
}

int main(int argc, char **argv)
{
	struct options opt;
	struct session s;
	struct errmsg err;
	int signal_fd, status;

	status = tool_begin(&pktgen_program, &opt, argc, argv);
	if (status >= 0)
		return status;
	if (session_load(&s, &opt, &err))
		return tool_end(&pktgen_program, -1, &err);
	sigaction(SESSION_SIGNAL, &(struct sigaction){ .sa_handler = do_nothing }, NULL);
	signal_fd = tool_open_signals(&err);
	if (signal_fd < 0 || session_open(&s, &err))
		return tool_end(&pktgen_program, -1, &err);
	status = run(&s, signal_fd);
	session_close(&s);
	close(signal_fd);
	return status != EXIT_OK ? status : tool_end(&pktgen_program, 0, NULL);
}
