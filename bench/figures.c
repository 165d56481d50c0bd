// SPDX-License-Identifier: BSD-2-Clause
/* The results of measuring netmapd, as a table and as JSON. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "figures.h"
#include "limit.h"

double figure_ns(const struct figure *f)
{
	return f->received > 0 ? 1e9 / f->received : 0;
}

static const char *format(char *text, size_t size, double value, const char *form)
{
	if (value <= 0)
		return "-";
	snprintf(text, size, form, value);
	return text;
}

void figures_print_title(const struct figures *f)
{
	printf("netmapd, latency=%s; packets of 60 bytes, as received; sender and receiver on one\n"
	       "core or on two. 'x bare': relative to a loop that copies such packets, or swaps\n"
	       "slots for a pipe, run just before on one core. 'trip': a cache line to the other\n"
	       "core and back, just before.\n\n",
	       f->latency ? f->latency : "auto");
	printf("%-6s %5s  %-8s %5s %9s %10s %9s %8s %8s %7s %9s\n", "path", "cores", "by", "burst",
	       "Mpps", "ns", "received", "bare ns", "x bare", "trip ns", "rx batch");
	fflush(stdout);
}

void figure_print(const struct figure *f)
{
	double ns = figure_ns(f);
	char t[7][32];

	printf("%-6s %5u  %-8s %5u %9s %10s %9s %8s %8s %7s %9s\n", f->path, f->cores, f->way,
	       f->burst, format(t[0], sizeof(t[0]), f->received / 1e6, "%.3f"),
	       format(t[1], sizeof(t[1]), ns, "%.1f"),
	       format(t[2], sizeof(t[2]), 100 * f->part, "%.1f %%"),
	       format(t[3], sizeof(t[3]), f->bare, "%.2f"),
	       format(t[4], sizeof(t[4]), f->bare > 0 ? ns / f->bare : 0, "%.1f"),
	       format(t[5], sizeof(t[5]), f->trip, "%.0f"),
	       format(t[6], sizeof(t[6]), f->rx_batch, "%.1f"));
	fflush(stdout);
}

static void print_sync(const struct figures *f, enum way way)
{
	const struct sync_cost *s = &f->sync[way];
	char t[4][32];

	printf("  by %-8s  on the core netmapd chooses %s, on the same core %s, on the other %s,\n"
	       "               with a client on each core %s\n", way_name(way),
	       format(t[0], sizeof(t[0]), s->alone, "%.0f"),
	       format(t[1], sizeof(t[1]), s->same, "%.0f"),
	       format(t[2], sizeof(t[2]), s->across, "%.0f"),
	       format(t[3], sizeof(t[3]), s->both, "%.0f"));
}

static int is_group(const struct figure *a, const struct figure *b)
{
	return a->cores == b->cores && !strcmp(a->path, b->path) && !strcmp(a->way, b->way);
}

/* Return the end of the figures with the same path, number of cores and way. */
static unsigned int group_end(const struct figures *f, unsigned int first)
{
	unsigned int end = first + 1;

	while (end < f->count && is_group(&f->all[first], &f->all[end]))
		end++;
	return end;
}

static void print_limit(const struct figures *f, unsigned int first, unsigned int end)
{
	const struct figure *last = &f->all[end - 1];
	struct limit l;

	printf("  %-4s  %u core%s  by %-8s ", last->path, last->cores, last->cores == 1 ? " " : "s",
	       last->way);
	if (limit_find(&f->all[first], end - first, &l)) {
		puts("not enough figures");
		return;
	}
	printf("%9.0f a burst, %8.1f a packet", l.burst_ns, l.packet_ns);
	if (l.bare > 0)
		printf(" (%.1f x bare", l.packet_ns / l.bare);
	if (l.trip > 0)
		printf(", %.2f trips", l.packet_ns / l.trip);
	printf("); limited at burst %u by %s\n", last->burst, limit_words(&l, last));
}

void figures_print_limits(const struct figures *f)
{
	unsigned int first, end;

	puts("\nAn empty NIOCTXSYNC, in ns:");
	print_sync(f, WAY_IOCTL);
	print_sync(f, WAY_DOORBELL);
	puts("Limits: ns fitted to the figures of all bursts, for each burst (syncs, wakeups) and\n"
	     "for each packet, and the larger of the two at the longest burst:");
	for (first = 0; first < f->count; first = end) {
		end = group_end(f, first);
		print_limit(f, first, end);
	}
}

static void put(struct json_object *o, const char *key, double value)
{
	json_object_object_add(o, key, value > 0 ? json_object_new_double(value) : NULL);
}

static struct json_object *json_of_figure(const struct figure *f)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "path", json_object_new_string(f->path));
	json_object_object_add(o, "cores", json_object_new_int((int)f->cores));
	json_object_object_add(o, "by", json_object_new_string(f->way));
	json_object_object_add(o, "burst", json_object_new_int((int)f->burst));
	put(o, "sent_pps", f->sent);
	put(o, "received_pps", f->received);
	put(o, "ns", figure_ns(f));
	put(o, "received", f->part);
	json_object_object_add(o, "bare_loop", f->loop ? json_object_new_string(f->loop) : NULL);
	put(o, "bare_ns", f->bare);
	put(o, "times_bare", f->bare > 0 ? figure_ns(f) / f->bare : 0);
	put(o, "round_trip_ns", f->trip);
	put(o, "tx_batch", f->tx_batch);
	put(o, "rx_batch", f->rx_batch);
	return o;
}

static struct json_object *json_of_sync(const struct figures *f, enum way way)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "by", json_object_new_string(way_name(way)));
	put(o, "alone_ns", f->sync[way].alone);
	put(o, "same_core_ns", f->sync[way].same);
	put(o, "other_core_ns", f->sync[way].across);
	put(o, "client_on_each_core_ns", f->sync[way].both);
	return o;
}

static struct json_object *json_of_limit(const struct figure *group, unsigned int n)
{
	struct json_object *o = json_object_new_object();
	const struct figure *last = &group[n - 1];
	struct limit l;

	json_object_object_add(o, "path", json_object_new_string(last->path));
	json_object_object_add(o, "cores", json_object_new_int((int)last->cores));
	json_object_object_add(o, "by", json_object_new_string(last->way));
	if (limit_find(group, n, &l))
		return o;
	json_object_object_add(o, "burst_ns", json_object_new_double(l.burst_ns));
	json_object_object_add(o, "packet_ns", json_object_new_double(l.packet_ns));
	json_object_object_add(o, "limit", json_object_new_string(limit_words(&l, last)));
	return o;
}

static struct json_object *json_of_limits(const struct figures *f)
{
	struct json_object *list = json_object_new_array();
	unsigned int first, end;

	for (first = 0; first < f->count; first = end) {
		end = group_end(f, first);
		json_object_array_add(list, json_of_limit(&f->all[first], end - first));
	}
	return list;
}

int figures_print_json(const struct figures *f)
{
	struct json_object *o = json_object_new_object(), *syncs = json_object_new_array();
	struct json_object *list = json_object_new_array();

	json_object_array_add(syncs, json_of_sync(f, WAY_IOCTL));
	json_object_array_add(syncs, json_of_sync(f, WAY_DOORBELL));
	for (unsigned int i = 0; i < f->count; i++)
		json_object_array_add(list, json_of_figure(&f->all[i]));
	json_object_object_add(o, "latency",
			       json_object_new_string(f->latency ? f->latency : "auto"));
	json_object_object_add(o, "empty_sync", syncs);
	json_object_object_add(o, "figures", list);
	json_object_object_add(o, "limits", json_of_limits(f));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
	json_object_put(o);
	return fflush(stdout) || ferror(stdout) ? -1 : 0;
}
