// SPDX-License-Identifier: BSD-2-Clause
/* nmctl regions, objects, settings, failures and why: the state of the engine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/number.h"
#include "nmctl.h"
#include "report.h"
#include "words.h"

/* The table has used/total of each pool; JSON has both numbers and more. */
static const struct column region_columns[] = {
	{ "region", "REGION", true },
	{ "refs", "REFS", true },
	{ "memsize", "MAPPED", true },
	{ "backed", "BACKED", true },
	{ "ifs_used", "IFS", true },
	{ "rings_used", "RINGS", true },
	{ "bufs_used", "BUFFERS", true },
	{ "buf_limit", "LIMIT", true },
	{ "buf_size", "BUFSIZE", true },
	{ "bad_frees", "BADFREES", true },
};

static const struct column region_json_columns[] = {
	{ "region", "", true },
	{ "refs", "", true },
	{ "memsize", "", true },
	{ "backed", "", true },
	{ "ifs_used", "", true },
	{ "ifs_total", "", true },
	{ "ifs_limit", "", true },
	{ "if_size", "", true },
	{ "rings_used", "", true },
	{ "rings_total", "", true },
	{ "rings_limit", "", true },
	{ "ring_size", "", true },
	{ "bufs_used", "", true },
	{ "bufs_total", "", true },
	{ "bufs_limit", "", true },
	{ "buf_size", "", true },
	{ "bad_frees", "", true },
};

static void add_pool_numbers(struct report *r, const struct nm_info_pool *p)
{
	report_num(r, p->used);
	report_num(r, p->total);
	report_num(r, p->limit);
	report_num(r, p->unit);
}

static uint64_t pool_bytes(const struct nm_info_pool *p)
{
	return (uint64_t)p->total * p->unit;
}

static void begin_region(struct report *r, const struct nm_info_region *g)
{
	report_num(r, g->id);
	report_num(r, g->refs);
	report_bytes(r, g->memsize);
	report_bytes(r, pool_bytes(&g->ifs) + pool_bytes(&g->rings) + pool_bytes(&g->bufs));
}

static void add_region(struct report *r, void *record)
{
	const struct nm_info_region *g = record;

	begin_region(r, g);
	report_share(r, g->ifs.used, g->ifs.total);
	report_share(r, g->rings.used, g->rings.total);
	report_share(r, g->bufs.used, g->bufs.total);
	report_num(r, g->bufs.limit);
	report_num(r, g->bufs.unit);
	report_num(r, g->bad_frees);
}

static void add_region_json(struct report *r, void *record)
{
	const struct nm_info_region *g = record;

	begin_region(r, g);
	add_pool_numbers(r, &g->ifs);
	add_pool_numbers(r, &g->rings);
	add_pool_numbers(r, &g->bufs);
	report_num(r, g->bad_frees);
}

static const struct listing region_listing = {
	.what = NM_INSPECT_REGIONS,
	.size = sizeof(struct nm_info_region),
	.name = "regions",
	LISTING_COLUMNS(region_columns),
	.add = add_region,
};

static const struct listing region_json_listing = {
	.what = NM_INSPECT_REGIONS,
	.size = sizeof(struct nm_info_region),
	.name = "regions",
	LISTING_COLUMNS(region_json_columns),
	.add = add_region_json,
};

int show_regions(struct nmctl *n)
{
	return listing_show(n, n->opt.json ? &region_json_listing : &region_listing, NULL);
}

static const struct column object_columns[] = {
	{ "name", "OBJECT", false },
	{ "created", "CREATED", true },
	{ "destroyed", "DESTROYED", true },
	{ "alive", "ALIVE", true },
};

static void add_object(struct report *r, void *record)
{
	struct nm_info_object *o = record;

	o->name[sizeof(o->name) - 1] = 0;
	report_text(r, o->name);
	report_num(r, o->created);
	report_num(r, o->destroyed);
	report_num(r, o->created - o->destroyed);
}

static const struct listing object_listing = {
	.what = NM_INSPECT_OBJECTS,
	.size = sizeof(struct nm_info_object),
	.name = "objects",
	LISTING_COLUMNS(object_columns),
	.add = add_object,
};

int show_objects(struct nmctl *n)
{
	return listing_show(n, &object_listing, NULL);
}

static const struct column setting_columns[] = {
	{ "name", "SETTING", false },
	{ "value", "VALUE", true },
	{ "initial", "INITIAL", true },
	{ "min", "MIN", true },
	{ "max", "MAX", true },
	{ "help", "MEANING", false },
};

static void add_setting(struct report *r, const struct nm_info_tunable *t)
{
	report_text(r, t->name);
	report_num(r, t->value);
	report_num(r, t->initial);
	report_num(r, t->min);
	report_num(r, t->max);
	report_text(r, t->help);
}

int show_settings(struct nmctl *n)
{
	const char *wanted = n->opt.operand_count ? n->opt.operands[0] : NULL;
	struct nm_info_tunable *t;
	struct report r;
	void *array;
	size_t count, shown = 0;

	if (nmctl_list(n, NM_INSPECT_TUNABLES, NULL, sizeof(*t), &array, &count))
		return EXIT_FAILED;
	report_init(&r, "settings", COLUMNS(setting_columns));
	t = array;
	for (size_t i = 0; i < count; i++, t++) {
		t->name[sizeof(t->name) - 1] = 0;
		t->help[sizeof(t->help) - 1] = 0;
		if (wanted && strcmp(wanted, t->name))
			continue;
		add_setting(&r, t);
		shown++;
	}
	free(array);
	if (wanted && !shown) {
		report_discard(&r);
		report_error(wanted, ENOENT, "there is no setting of this name", n->opt.json);
		return EXIT_FAILED;
	}
	report_end(&r, n->opt.json);
	return EXIT_OK;
}

static const struct column failure_columns[] = {
	{ "time", "TIME", false },
	{ "pid", "PID", true },
	{ "program", "PROGRAM", false },
	{ "request", "REQUEST", false },
	{ "port", "PORT", false },
	{ "error", "ERROR", false },
	{ "reason", "REASON", false },
};

/* For one process, of which the engine keeps less. */
static const struct column why_columns[] = {
	{ "pid", "PID", true },
	{ "request", "REQUEST", false },
	{ "error", "ERROR", false },
	{ "reason", "REASON", false },
};

static void add_failure(struct report *r, void *record)
{
	struct nm_info_failure *f = record;

	f->comm[sizeof(f->comm) - 1] = 0;
	f->name[sizeof(f->name) - 1] = 0;
	f->text[sizeof(f->text) - 1] = 0;
	report_time(r, f->time_us);
	report_num(r, f->pid);
	report_text(r, f->comm);
	report_text(r, words_request(f->reqtype));
	report_text(r, f->name[0] ? f->name : "-");
	report_text(r, words_errno(abs(f->err)));
	report_text(r, f->text);
}

static const struct listing failure_listing = {
	.what = NM_INSPECT_FAILURES,
	.size = sizeof(struct nm_info_failure),
	.name = "failures",
	LISTING_COLUMNS(failure_columns),
	.add = add_failure,
};

int show_failures(struct nmctl *n)
{
	return listing_show(n, &failure_listing, NULL);
}

static int why_newest(struct nmctl *n)
{
	struct nm_info_failure *f;
	struct report r;
	void *array;
	size_t count;

	if (nmctl_list(n, NM_INSPECT_FAILURES, NULL, sizeof(*f), &array, &count))
		return EXIT_FAILED;
	if (!count) {
		free(array);
		report_error("why", ENOENT, "no request has failed", n->opt.json);
		return EXIT_FAILED;
	}
	f = array;
	report_init(&r, "why", failure_listing.cols, failure_listing.ncols);
	add_failure(&r, &f[count - 1]);
	report_end_record(&r, n->opt.json);
	free(array);
	return EXIT_OK;
}

static int why_process(struct nmctl *n, uint32_t pid)
{
	struct nmreq_reason reason = { .pid = pid };
	struct report r;
	char what[32];
	int err;

	if (nmctl_connect(n))
		return EXIT_FAILED;
	err = nmctl_request(n, NETMAP_REQ_REASON_GET, NULL, &reason, NULL);
	if (err) {
		snprintf(what, sizeof(what), "process %u", pid);
		if (err != -ENOENT)
			return nmctl_failed(n, what, err);
		report_error(what, ENOENT, "the log has no failed request of this process",
			     n->opt.json);
		return EXIT_FAILED;
	}
	reason.text[sizeof(reason.text) - 1] = 0;
	report_init(&r, "why", COLUMNS(why_columns));
	report_num(&r, pid);
	report_text(&r, words_request(reason.reqtype));
	report_text(&r, words_errno(abs(reason.err)));
	report_text(&r, reason.text);
	report_end_record(&r, n->opt.json);
	return EXIT_OK;
}

int show_why(struct nmctl *n)
{
	struct errmsg err;
	uint32_t pid;

	if (!n->opt.operand_count)
		return why_newest(n);
	if (number_parse_uint(&pid, 1, INT32_MAX, n->opt.operands[0], "PID", &err))
		return options_refuse("%s", err.text);
	return why_process(n, pid);
}
