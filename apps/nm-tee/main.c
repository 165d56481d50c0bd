// SPDX-License-Identifier: BSD-2-Clause
/*
 * nm-tee: copies what a monitor sees of one port into others. Ends when the port that is monitored
 * is closed. Exit status: 0, 1 failed, 2 wrong usage.
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
#include "../common/number.h"
#include "copy.h"
#include "options.h"

#define RETRY_MS	100	/* between two looks for a port that is not open yet */

typedef unsigned long long ull;

struct tee {
	const struct options *opt;
	struct port monitor, output[OUTPUTS_MAX];
	unsigned int opened;
	struct copier *copiers;		/* one for each ring of the monitor */
	struct copy_to *to;		/* outputs of each */
	char listed[PORT_LISTED_LEN];	/* the monitor */
	uint64_t start, next, last_ns;
	struct copy_counts last;
};

static FILE *lines_of(const struct tee *t)
{
	return t->opt->json ? stderr : stdout;
}

static struct copy_to *to_of(const struct tee *t, unsigned int ring)
{
	return &t->to[ring * t->opt->outputs];
}

/* The port may be opened later, by another program. 1 if a signal came first. */
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
						 .limit = port_buffer_limit(&t->monitor),
						 .drop = t->opt->drop };
		for (k = 0; k < outputs; k++)
			to_of(t, i)[k] = (struct copy_to){
				.ring = t->output[k].tx[i % t->output[k].tx_count],
				.limit = port_buffer_limit(&t->output[k])
			};
	}
	return 0;
}

static struct copy_counts taken(const struct tee *t)
{
	struct copy_counts sum = { 0 };
	unsigned int i;

	for (i = 0; t->copiers && i < t->monitor.rx_count; i++) {
		sum.packets += t->copiers[i].counts.packets;
		sum.bytes += t->copiers[i].counts.bytes;
		sum.drops += t->copiers[i].counts.drops;
	}
	return sum;
}

static struct copy_counts given(const struct tee *t, unsigned int output)
{
	struct copy_counts sum = { 0 };
	unsigned int i;

	for (i = 0; t->to && i < t->monitor.rx_count; i++) {
		sum.packets += to_of(t, i)[output].counts.packets;
		sum.bytes += to_of(t, i)[output].counts.bytes;
		sum.drops += to_of(t, i)[output].counts.drops;
	}
	return sum;
}

/* What the monitor had no room for; of the first one, where several are alike. */
static uint64_t missed(const struct tee *t)
{
	struct nm_info_port info;

	return request_port_info(t->monitor.fd, t->listed, &info) ? 0 : info.rx_drops;
}

static void report_if_due(struct tee *t)
{
	uint64_t now = clock_now();
	double seconds = (double)(now - t->last_ns) / (double)NSEC_PER_SEC;
	struct copy_counts c;
	char a[NUMBER_LEN], b[NUMBER_LEN];

	if (t->opt->report_ms == 0 || now < t->next)
		return;
	c = taken(t);
	fprintf(lines_of(t), "%8.3f s\t%s\t%s\t%llu missed\n",
		(double)(now - t->start) / (double)NSEC_PER_SEC,
		number_format(a, (double)(c.packets - t->last.packets) / seconds, "pps"),
		number_format(b, 8 * (double)(c.bytes - t->last.bytes) / seconds, "bps"),
		(ull)missed(t));
	fflush(lines_of(t));
	t->last = c;
	t->last_ns = now;
	t->next += t->opt->report_ms * NSEC_PER_MSEC;
}

/* Copies what is there, and has it sent. *blocked: by which output. -1 if one of them has failed. */
static int copy_all(struct tee *t, bool *blocked, struct errmsg *err)
{
	uint64_t left = t->opt->count ? t->opt->count - taken(t).packets : UINT64_MAX;
	unsigned int i, k;

	memset(blocked, 0, t->opt->outputs * sizeof(*blocked));
	for (i = 0; i < t->monitor.rx_count; i++) {
		left -= copy_frames(&t->copiers[i], to_of(t, i), t->opt->outputs, left);
		for (k = 0; k < t->opt->outputs; k++) {
			blocked[k] |= to_of(t, i)[k].is_blocked;
			to_of(t, i)[k].is_blocked = false;
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

/* Until a signal, enough packets, or the port is closed; -1 if something has failed. */
static int tee_all(struct tee *t, int signal_fd, struct errmsg *err)
{
	struct pollfd p[OUTPUTS_MAX + 2];
	bool blocked[OUTPUTS_MAX] = { false };
	unsigned int i, n = t->opt->outputs;
	int waiting, timeout = t->opt->report_ms > 0 ? (int)t->opt->report_ms : -1;

	t->start = t->last_ns = clock_now();
	t->next = t->start + t->opt->report_ms * NSEC_PER_MSEC;
	while (!has_enough(t)) {
		p[n + 1] = (struct pollfd){ .fd = signal_fd, .events = POLLIN };
		for (waiting = 0, i = 0; i < n; i++) {
			p[i] = (struct pollfd){ .fd = blocked[i] ? t->output[i].fd : -1,
						.events = POLLOUT };
			waiting += blocked[i];
		}
		/* While an output is full there is nothing to do with what the monitor has. */
		p[n] = (struct pollfd){ .fd = waiting ? -1 : t->monitor.fd, .events = POLLIN };
		if (poll(p, n + 2, timeout) < 0 && errno != EINTR)
			return errmsg_set(err, "poll: %s", strerror(errno));
		if (p[n + 1].revents != 0)
			break;
		if (copy_all(t, blocked, err))
			return -1;
		if (p[n].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			errno = ENXIO;
			port_explain(&t->monitor, "nothing more comes", err);
			fprintf(stderr, "nm-tee: %s\n", err->text);
			break;
		}
		report_if_due(t);
	}
	return 0;
}

static struct json_object *json_counts(const char *name, struct copy_counts c)
{
	struct json_object *o = json_object_new_object();

	json_put_text(o, "port", name);
	json_put_number(o, "packets", c.packets);
	json_put_number(o, "bytes", c.bytes);
	json_put_number(o, "drops", c.drops);
	return o;
}

static void print_json(const struct tee *t, uint64_t lost)
{
	struct json_object *o = json_counts(t->opt->spec.name, taken(t)),
			   *out = json_object_new_array();
	unsigned int i;

	json_put_number(o, "missed", lost);
	for (i = 0; i < t->opt->outputs; i++)
		json_object_array_add(out, json_counts(t->opt->output[i].name, given(t, i)));
	json_object_object_add(o, "outputs", out);
	json_print(stdout, o);
}

static void print_totals(const struct tee *t)
{
	struct copy_counts c = taken(t);
	uint64_t lost = missed(t);
	unsigned int i;

	if (t->opt->json) {
		print_json(t, lost);
		return;
	}
	printf("Total:\t%s\t%llu packets\t%llu bytes\t%llu missed\n", t->opt->spec.name,
	       (ull)c.packets, (ull)c.bytes, (ull)lost);
	for (i = 0; i < t->opt->outputs; i++) {
		c = given(t, i);
		printf("\t%s\t%llu packets\t%llu bytes\t%llu dropped\n", t->opt->output[i].name,
		       (ull)c.packets, (ull)c.bytes, (ull)c.drops);
	}
}

static void tee_close(struct tee *t)
{
	while (t->opened > 0) {
		t->opened--;
		port_drain(&t->output[t->opened], 200);
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
		print_totals(&t);
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
