// SPDX-License-Identifier: BSD-2-Clause
/* The device, requests on it, and listings, which are read page by page until one is empty. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/device.h"
#include "../common/request.h"
#include "nmctl.h"
#include "report.h"
#include "words.h"

#define PAGE_RECORDS	64
#define MAX_RECORDS	(1u << 20)	/* more than any engine has: the list is endless */

int nmctl_connect_quietly(struct nmctl *n)
{
	if (n->fd < 0)
		n->fd = device_open(n->opt.device);
	return n->fd < 0 ? n->fd : 0;
}

int nmctl_connect(struct nmctl *n)
{
	char text[256];
	int err = nmctl_connect_quietly(n);

	if (err) {
		snprintf(text, sizeof(text), "%s%s", strerror(-err), request_open_hint(-err));
		report_error(n->opt.device, -err, text, n->opt.json);
	}
	return err;
}

int nmctl_request(struct nmctl *n, uint16_t type, const char *name, void *body, char *name_out)
{
	return request_send(n->fd, type, name, body, name_out);
}

int nmctl_failed(struct nmctl *n, const char *what, int err)
{
	char text[NM_REASON_LEN];

	request_explain(n->fd, err, text, sizeof(text));
	report_error(what, -err, text, n->opt.json);
	return EXIT_FAILED;
}

const char *nmctl_port_operand(const struct nmctl *n)
{
	return n->opt.operand_count ? request_port_name(n->opt.operands[0]) : NULL;
}

/* Make room for one more page after count records. */
static int grow(void **array, size_t count, size_t rec_size)
{
	void *bigger = reallocarray(*array, count + PAGE_RECORDS, rec_size);

	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	return 0;
}

/* Read one page to @place. Return the number of its records or -errno. */
static int read_page(struct nmctl *n, const char *name, struct nmreq_inspect *req, void *place)
{
	uint64_t before = req->cursor;
	int err;

	req->count = PAGE_RECORDS;
	req->data = (uintptr_t)place;
	err = nmctl_request(n, NETMAP_REQ_INSPECT, name, req, NULL);
	if (err)
		return err;
	if (req->count > PAGE_RECORDS || (req->count && req->cursor == before))
		return -EPROTO;		/* an endless list */
	return (int)req->count;
}

int nmctl_inspect(struct nmctl *n, uint32_t what, const char *name, size_t rec_size, void **out,
		  size_t *count)
{
	struct nmreq_inspect req = { .what = what, .rec_size = (uint32_t)rec_size };
	void *array = NULL;
	size_t total = 0;
	int got;

	do {
		got = total < MAX_RECORDS ? grow(&array, total, rec_size) : -EPROTO;
		if (!got)
			got = read_page(n, name, &req, (char *)array + total * rec_size);
		if (got < 0) {
			free(array);
			return got;
		}
		total += (size_t)got;
	} while (got);
	*out = array;
	*count = total;
	return 0;
}

int nmctl_list(struct nmctl *n, uint32_t what, const char *name, size_t rec_size, void **out,
	       size_t *count)
{
	int err = nmctl_connect(n);

	if (err)
		return err;
	err = nmctl_inspect(n, what, name, rec_size, out, count);
	if (err)
		nmctl_failed(n, name ? name : words_listing(what), err);
	return err;
}
