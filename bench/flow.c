// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two pkt-gen for some time. Rates come from the lines that they print meanwhile: the first ones
 * are the warm-up, the last one may be incomplete.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "moment.h"

#define LINE_MS		100	/* between two lines */
#define WARM_LINES	2	/* and the one in which the first packets arrived */
#define START_MS	10000	/* to open the port; the machine may be busy */
#define END_MS		10000
#define DRAIN_MS	50	/* for the receiver to empty its ring */
#define MAX_PACKETS	"2000000000"
#define LINES_MAX	256	/* lines that are evaluated */

struct line {
	double at, pps;
};

static int side_start(struct child *c, const struct flow *f, int sends)
{
	char burst[16], cpu[16];
	char *argv[] = {
		(char *)(uintptr_t)f->pkt_gen, "-f", sends ? "tx" : "rx",
		"-i", (char *)(uintptr_t)(sends ? f->tx : f->rx), "-b", burst, "-a", cpu, "-w", "0",
		"-T", "100", "-N", "--json", sends ? "-l" : NULL, "60", "-n", MAX_PACKETS,
		f->station ? "-D" : NULL, (char *)(uintptr_t)f->station, NULL,
	};

	snprintf(burst, sizeof(burst), "%u", f->burst);
	snprintf(cpu, sizeof(cpu), "%d", sends ? f->tx_cpu : f->rx_cpu);
	if (child_start(c, argv, f->way, f->preload))
		return -1;
	if (!child_wait_line(c, START_MS))
		return 0;
	child_end(c, SIGKILL, END_MS);
	return -1;
}

static double number_of(const char *json, const char *key)
{
	const char *at = strstr(json, key);

	at = at ? strpbrk(at + strlen(key), "0123456789") : NULL;
	return at ? strtod(at, NULL) : 0;
}

static unsigned int lines_of(const char *text, struct line *lines)
{
	unsigned int n = 0;
	double bps, batch;

	for (const char *at = text; at && n < LINES_MAX; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (sscanf(at, "%lf\t%lf\t%lf\t%lf", &lines[n].at, &lines[n].pps, &bps, &batch) ==
		    4)
			n++;
	}
	return n;
}

/* Return the mean from the end of the warm-up to the last line but one with packets. */
static double rate_of(const struct child *c)
{
	struct line lines[LINES_MAX];
	unsigned int first = 0, last, i, n = lines_of(c->err_text, lines);
	double packets = 0;

	while (first < n && lines[first].pps <= 0)
		first++;
	for (last = n; last > first && lines[last - 1].pps <= 0; last--)
		;
	first += WARM_LINES;
	if (last < first + 3)	/* the machine was too busy to print lines */
		return number_of(c->out_text, "\"packets_per_second\"");
	last -= 2;
	for (i = first + 1; i <= last; i++)
		packets += lines[i].pps * (lines[i].at - lines[i - 1].at);
	return packets / (lines[last].at - lines[first].at);
}

static void result_make(const struct child *tx, const struct child *rx, struct flow_result *out)
{
	double sent = tx ? number_of(tx->out_text, "\"packets\"") : 0;

	*out = (struct flow_result){ 0 };
	if (tx) {
		out->sent = rate_of(tx);
		out->tx_batch = number_of(tx->out_text, "\"mean_batch\"");
	}
	if (rx) {
		out->received = rate_of(rx);
		out->part = sent > 0 ? number_of(rx->out_text, "\"packets\"") / sent : 0;
		out->rx_batch = number_of(rx->out_text, "\"mean_batch\"");
	}
}

int flow_begin(const struct flow *f, struct flow_ends *e)
{
	if (f->rx && side_start(&e->rx, f, 0))
		return -1;
	if (f->tx && side_start(&e->tx, f, 1)) {
		if (f->rx)
			child_end(&e->rx, SIGKILL, END_MS);
		return -1;
	}
	sleep_ms((WARM_LINES + 3) * LINE_MS);
	return 0;
}

int flow_end(const struct flow *f, struct flow_ends *e, struct flow_result *out)
{
	int err = f->tx ? child_end(&e->tx, SIGINT, END_MS) : 0;

	sleep_ms(DRAIN_MS);
	if (f->rx)
		err |= child_end(&e->rx, SIGINT, END_MS);
	if (!err)
		result_make(f->tx ? &e->tx : NULL, f->rx ? &e->rx : NULL, out);
	return err;
}

int flow_run(const struct flow *f, struct flow_result *out)
{
	struct flow_ends e;

	if (flow_begin(f, &e))
		return -1;
	sleep_ms(f->ms);
	return flow_end(f, &e, out);
}
