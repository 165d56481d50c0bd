// SPDX-License-Identifier: BSD-2-Clause
/*
 * nm-tee: copies the packets that a monitor sees of one port to other ports. Ends when the
 * monitored port is closed. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/json.h"
#include "../common/request.h"
#include "../common/tool.h"
#include "copy.h"
#include "options.h"

#define DRAIN_MS	200	/* at the end: give up after this time without progress */
#define RETRY_MS	100	/* between two attempts to monitor a port that is not open yet */

struct tee {
	const struct options *opt;
	struct port monitor, output[OUTPUTS_MAX];
	unsigned int opened;
	struct copier *copiers;		/* one per ring of the monitor */
	struct copy_to *to;		/* the outputs of each copier */
	char listed[PORT_LISTED_LEN];	/* the monitor's name in listings */
	struct rate_clock clock;
	struct counts last;		/* at the rate line before */
	struct drops dropped[OUTPUTS_MAX]; /* by the engine, from each output; at the end */
	uint64_t unsent;		/* slots still queued at the end */
};

static FILE *lines_of(const struct tee *t)
{
	return t->opt->json ? stderr : stdout;
}

/* Return the outputs of one ring. */
static struct copy_to *outputs_of(const struct tee *t, unsigned int ring)
{
	return &t->to[ring * t->opt->outputs];
}

/* Wait for another program to open the port, as --wait says. Return 1 after a signal. */
static int open_monitor(struct tee *t, int signal_fd, struct errmsg *err)
{
	const struct port_wish wish = { .rx_slots = t->opt->slots };
	const uint64_t end = clock_now() + (uint64_t)t->opt->wait_s * NSEC_PER_SEC;
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };

	while (port_open(&t->monitor, &t->opt->spec, &wish, NULL, err)) {
		if (errno != ENXIO || clock_now() >= end)
			return -1;
		if (poll(&p, 1, RETRY_MS) > 0)
			return 1;
	}
	return 0;
}

static int open_outputs(struct tee *t, struct errmsg *err)
{
	static const struct port_wish none;
	struct port *port;

	for (; t->opened < t->opt->outputs; t->opened++) {
		port = &t->output[t->opened];
		if (port_open(port, &t->opt->output[t->opened], &none, NULL, err))
			return -1;
		if (port->tx_count == 0) {
			errmsg_set(err, "%s: no transmit ring is bound", port->spec.name);
			port_close(port);
			return -1;
		}
	}
	return 0;
}

static int make_copiers(struct tee *t, struct errmsg *err)
{
	const unsigned int rings = t->monitor.rx_count, outputs = t->opt->outputs;
	unsigned int i, k;

	t->copiers = calloc(rings, sizeof(t->copiers[0]));
	t->to = calloc((size_t)rings * outputs, sizeof(t->to[0]));
	if (rings == 0 || !t->copiers || !t->to)
		return errmsg_set(err, "out of memory");
	for (i = 0; i < rings; i++) {
		t->copiers[i] = (struct copier){ .from = t->monitor.rx[i],
						 .drop = t->opt->drop };
		for (k = 0; k < outputs; k++)
			outputs_of(t, i)[k] = (struct copy_to){
				.ring = t->output[k].tx[i % t->output[k].tx_count]
			};
	}
	return 0;
}

/* Return the packets that were taken from the monitor. */
static struct counts taken(const struct tee *t)
{
	struct counts sum = { 0 };
	unsigned int i;

	for (i = 0; t->copiers && i < t->monitor.rx_count; i++)
		counts_add(&sum, &t->copiers[i].counts);
	return sum;
}

/* The same, with the packets that the monitor's rings had no room for among the drops. */
static struct counts monitored(const struct tee *t)
{
	struct counts sum = taken(t);
	struct nm_info_port info;

	/* If several monitors have this name, the first one is listed. */
	if (request_port_info(t->monitor.fd, t->listed, &info) == 0)
		sum.drops += info.rx_drops;
	return sum;
}

/* Return the packets that were copied to one output, at the end with the drops by the engine. */
static struct counts copied(const struct tee *t, unsigned int output)
{
	struct counts sum = { 0 };
	unsigned int i;

	for (i = 0; t->to && i < t->monitor.rx_count; i++)
		counts_add(&sum, &outputs_of(t, i)[output].counts);
	sum.drops += drops_total(&t->dropped[output]);
	return sum;
}

static void report_if_due(struct tee *t)
{
	struct counts now;

	if (!rate_is_due(&t->clock))
		return;
	now = monitored(t);
	rate_print_counts(lines_of(t), &t->clock, NULL, &t->last, &now);
	fflush(lines_of(t));
	t->last = now;
	rate_done(&t->clock);
}

/* Copy the received frames and send the copies. Sets blocked[] of outputs without room. */
static int copy_all(struct tee *t, bool *blocked, struct errmsg *err)
{
	uint64_t left = t->opt->count ? t->opt->count - taken(t).packets : UINT64_MAX;
	unsigned int i, k;

	memset(blocked, 0, t->opt->outputs * sizeof(*blocked));
	for (i = 0; i < t->monitor.rx_count; i++) {
		left -= copy_frames(&t->copiers[i], outputs_of(t, i), t->opt->outputs, left);
		for (k = 0; k < t->opt->outputs; k++) {
			blocked[k] |= outputs_of(t, i)[k].is_blocked;
			outputs_of(t, i)[k].is_blocked = false;
		}
	}
	for (k = 0; k < t->opt->outputs; k++) {
		if (port_sync(&t->output[k], NIOCTXSYNC, err))
			return -1;
	}
	return 0;
}

static bool has_enough(const struct tee *t)
{
	return t->opt->count != 0 && taken(t).packets >= t->opt->count;
}

/* Copy until a signal, --count packets, or the end of the port. Return -1 on failure. */
static int tee_all(struct tee *t, int signal_fd, struct errmsg *err)
{
	struct pollfd p[OUTPUTS_MAX + 2];
	bool blocked[OUTPUTS_MAX] = { false };
	unsigned int i, n = t->opt->outputs;
	int waiting;

	rate_start(&t->clock, t->opt->report_ms);
	while (!has_enough(t)) {
		p[n + 1] = (struct pollfd){ .fd = signal_fd, .events = POLLIN };
		for (waiting = 0, i = 0; i < n; i++) {
			p[i] = (struct pollfd){ .fd = blocked[i] ? t->output[i].fd : -1,
						.events = POLLOUT };
			waiting += blocked[i];
		}
		/* While an output is full, leave packets in the monitor's rings. */
		p[n] = (struct pollfd){ .fd = waiting ? -1 : t->monitor.fd, .events = POLLIN };
		if (poll(p, n + 2, rate_timeout(&t->clock)) < 0 && errno != EINTR)
			return errmsg_set(err, "poll: %s", strerror(errno));
		if (p[n + 1].revents != 0)
			break;
		if (copy_all(t, blocked, err))
			return -1;
		if (p[n].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			errno = ENXIO;
			port_explain(&t->monitor, "the monitored port is closed", err);
			fprintf(stderr, "nm-tee: %s\n", err->text);
			break;
		}
		report_if_due(t);
	}
	return 0;
}

static struct json_object *json_of_port(const char *name, struct counts c)
{
	struct json_object *o = json_object_new_object();

	json_put_text(o, "port", name);
	json_put_counts(o, &c);
	return o;
}

static void print_json(const struct tee *t)
{
	struct json_object *o = json_of_port(t->opt->spec.name, monitored(t));
	struct json_object *outputs = json_object_new_array();
	unsigned int i;

	json_put_real(o, "seconds", rate_elapsed(&t->clock));
	for (i = 0; i < t->opt->outputs; i++) {
		struct json_object *output = json_of_port(t->opt->output[i].name, copied(t, i));

		json_put_causes(output, &t->dropped[i]);
		json_object_array_add(outputs, output);
	}
	json_put_number(o, "unsent_slots", t->unsent);
	json_object_object_add(o, "outputs", outputs);
	json_print(stdout, o);
}

static void print_totals(const struct tee *t)
{
	struct counts c = monitored(t);
	unsigned int i;

	if (t->opt->json) {
		print_json(t);
		return;
	}
	rate_print_total(stdout, "Total:", t->opt->spec.name, &c);
	for (i = 0; i < t->opt->outputs; i++) {
		c = copied(t, i);
		rate_print_total(stdout, "", t->opt->output[i].name, &c);
	}
	for (i = 0; i < t->opt->outputs; i++)
		drops_print(stdout, t->opt->output[i].name, &t->dropped[i]);
}

/* Wait for readers to take what is queued, and count what the engine dropped. */
static void finish(struct tee *t)
{
	unsigned int i;

	for (i = 0; i < t->opened; i++) {
		t->unsent += port_drain(&t->output[i], DRAIN_MS);
		drops_collect(&t->output[i], &t->dropped[i]);
	}
	print_totals(t);
}

/* For --strict. */
static int check_clean(const struct tee *t, struct errmsg *err)
{
	uint64_t drops = monitored(t).drops;
	unsigned int i;

	for (i = 0; i < t->opened; i++)
		drops += copied(t, i).drops;
	return drops_refuse(drops, t->unsent, err);
}

static void tee_close(struct tee *t)
{
	while (t->opened > 0) {
		t->opened--;
		port_close(&t->output[t->opened]);
	}
	if (t->monitor.fd >= 0)
		port_close(&t->monitor);
	free(t->copiers);
	free(t->to);
}

static int run(const struct options *opt, struct errmsg *err)
{
	struct tee t = { .opt = opt, .monitor = { .fd = -1 } };
	int signal_fd = tool_open_signals(err), ret;

	if (signal_fd < 0)
		return -1;
	port_spec_listed(&opt->spec, t.listed);
	ret = open_outputs(&t, err);
	if (ret == 0)
		ret = open_monitor(&t, signal_fd, err);
	if (ret == 0)
		ret = make_copiers(&t, err);
	if (ret == 0) {
		fprintf(lines_of(&t), "nm-tee: %s: %u rings, to %u ports\n", t.listed,
			t.monitor.rx_count, opt->outputs);
		fflush(lines_of(&t));
		ret = tee_all(&t, signal_fd, err);
		finish(&t);
		if (ret == 0 && opt->strict)
			ret = check_clean(&t, err);
	}
	tee_close(&t);
	close(signal_fd);
	return ret;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct errmsg err;
	int status;

	status = tool_begin(&tee_program, &opt, argc, argv);
	if (status >= 0)
		return status;
	return tool_end(&tee_program, run(&opt, &err), &err);
}
