// SPDX-License-Identifier: BSD-2-Clause
/*
 * What limits a path. The model of a packet's time is packet_ns + burst_ns / burst, fitted by least
 * squares of relative errors, because the times span orders of magnitude. Neither part is negative.
 */
#include "limit.h"

#define GROUP_MAX	16	/* figures that are evaluated */
#define STARVED	0.5	/* if less than this part is received, the receiver is the limit */

struct sums {
	double w, x, y, xx, xy;
};

static struct sums sums_of(const struct figure *group, unsigned int n)
{
	struct sums s = { 0 };

	for (unsigned int i = 0; i < n; i++) {
		double y = figure_ns(&group[i]), x = 1.0 / group[i].burst, w;

		if (y <= 0)
			continue;
		w = 1 / (y * y);
		s.w += w;
		s.x += w * x;
		s.y += w * y;
		s.xx += w * x * x;
		s.xy += w * x * y;
	}
	return s;
}

static void fit(const struct sums *s, struct limit *out)
{
	double det = s->w * s->xx - s->x * s->x;

	out->burst_ns = (s->w * s->xy - s->x * s->y) / det;
	out->packet_ns = (s->y - out->burst_ns * s->x) / s->w;
	if (out->burst_ns < 0) {
		out->burst_ns = 0;
		out->packet_ns = s->y / s->w;
	} else if (out->packet_ns < 0) {
		out->packet_ns = 0;
		out->burst_ns = s->xy / s->xx;
	}
}

/* Return the median. A value that was not measured is 0, and so are all others of its kind. */
static double median(const double *values, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		unsigned int below = 0, same = 0;

		for (unsigned int j = 0; j < n; j++) {
			below += values[j] < values[i];
			same += values[j] == values[i];
		}
		if (below <= n / 2 && below + same > n / 2)
			return values[i];
	}
	return 0;
}

int limit_find(const struct figure *group, unsigned int n, struct limit *out)
{
	const struct sums s = sums_of(group, n);
	double bare[GROUP_MAX] = { 0 }, trip[GROUP_MAX] = { 0 };
	unsigned int i, known = 0;

	for (i = 0; i < n && i < GROUP_MAX; i++) {
		known += group[i].received > 0;
		bare[i] = group[i].bare;
		trip[i] = group[i].trip;
	}
	*out = (struct limit){ .bare = median(bare, i), .trip = median(trip, i) };
	if (known < 2)
		return -1;
	fit(&s, out);
	return 0;
}

const char *limit_words(const struct limit *l, const struct figure *f)
{
	if (f->part < STARVED)
		return "the receiver, which gets less than half of the packets";
	if (l->burst_ns / f->burst > l->packet_ns)
		return "the burst";
	return "the packets";
}
