// SPDX-License-Identifier: BSD-2-Clause
/* Computing the schedule. */
#include "schedule.h"

#include <stdlib.h>
#include <string.h>

#define TIME_MAX	9e18	/* ns: 285 years */

/* Compare by time, then by position in the file. */
static int earlier(const void *a, const void *b)
{
	const struct departure *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->packet < y->packet ? -1 : x->packet > y->packet;
}

/* When the link is free again, and when the last packet left in order; ns. */
struct link {
	double free_at, last;
};

static double pass_link(struct link *l, const struct trace_packet *p, const struct bandwidth *m)
{
	if (m->kind == BANDWIDTH_REAL)
		return (double)p->at / m->speedup;
	l->free_at += bandwidth_time(m, p->wire_len);
	return l->free_at;
}

static void fill(struct schedule *s, const struct trace *t, const struct models *m)
{
	struct link link = { 0, 0 };
	struct dice dice;
	size_t i;

	dice_seed(&dice, m->seed);
	for (i = 0; i < t->count; i++) {
		const struct trace_packet *p = &t->packets[i];
		double at = pass_link(&link, p, &m->bandwidth);
		bool overtakes;

		if (loss_draw(&m->loss, &dice, p->wire_len)) {
			s->lost++;
			continue;
		}
		overtakes = m->reorder > 0 && dice_real(&dice) < m->reorder;
		if (!overtakes) {
			at += delay_draw(&m->delay, &dice);
			if (at < link.last)
				at = link.last;
			link.last = at;
		}
		/* A file may say any time, and a number that is too large has no integer. */
		s->departures[s->count++] =
			(struct departure){ at < TIME_MAX ? (uint64_t)at : (uint64_t)TIME_MAX, i };
		s->bytes += p->len;
	}
}

int schedule_make(struct schedule *s, const struct trace *t, const struct models *m,
		  struct errmsg *err)
{
	memset(s, 0, sizeof(*s));
	s->departures = calloc(t->count + 1, sizeof(s->departures[0]));
	if (!s->departures)
		return errmsg_set(err, "out of memory");
	fill(s, t, m);
	if (m->reorder > 0)
		qsort(s->departures, s->count, sizeof(s->departures[0]), earlier);
	return 0;
}

void schedule_free(struct schedule *s)
{
	free(s->departures);
	memset(s, 0, sizeof(*s));
}
