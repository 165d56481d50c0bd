// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl failures and nmctl why: requests that were refused, and the reason in words.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "listing.h"
#include "verbs.h"
#include "words.h"

static const struct column columns[] = {
	{ "time", "TIME", false },	 { "pid", "PID", true },    { "program", "PROGRAM", false },
	{ "request", "REQUEST", false }, { "port", "PORT", false }, { "error", "ERROR", false },
	{ "reason", "REASON", false },
};

/* The same for one process, of which less is known. */
static const struct column why_columns[] = {
	{ "pid", "PID", true },
	{ "request", "REQUEST", false },
	{ "error", "ERROR", false },
	{ "reason", "REASON", false },
};

static void add_failure(struct report *r, void *record)
{
	struct nm_info_failure *f = record;
	char when[FORMAT_LEN];

	f->comm[sizeof(f->comm) - 1] = 0;
	f->name[sizeof(f->name) - 1] = 0;
	f->text[sizeof(f->text) - 1] = 0;
	format_time(when, f->time_us);
	report_text(r, when);
	report_num(r, f->pid);
	report_text(r, f->comm);
	report_text(r, words_request(f->reqtype));
	report_text(r, f->name[0] ? f->name : "-");
	report_text(r, words_errno(abs(f->err)));
	report_text(r, f->text);
}

static const struct listing listing = {
	.what = NM_INSPECT_FAILURES,
	.size = sizeof(struct nm_info_failure),
	.name = "failures",
	LISTING_COLUMNS(columns),
	.add = add_failure,
};

int show_failures(struct nmctl *n)
{
	return listing_show(n, &listing, NULL);
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
		report_error("why", ENOENT, "no request has failed", n->args.json);
		return EXIT_FAILED;
	}
	f = array;
	report_init(&r, "why", listing.cols, listing.ncols);
	add_failure(&r, &f[count - 1]);
	report_end_record(&r, n->args.json);
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
		report_error(what, ENOENT, "no failed request of it is remembered", n->args.json);
		return EXIT_FAILED;
	}
	reason.text[sizeof(reason.text) - 1] = 0;
	report_init(&r, "why", why_columns, sizeof(why_columns) / sizeof(why_columns[0]));
	report_num(&r, pid);
	report_text(&r, words_request(reason.reqtype));
	report_text(&r, words_errno(abs(reason.err)));
	report_text(&r, reason.text);
	report_end_record(&r, n->args.json);
	return EXIT_OK;
}

int show_why(struct nmctl *n)
{
	uint32_t pid;

	if (!n->args.operand_count)
		return why_newest(n);
	if (args_parse_number("PID", n->args.operands[0], 1, INT32_MAX, &pid))
		return EXIT_USAGE;
	return why_process(n, pid);
}
