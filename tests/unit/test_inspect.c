/* SPDX-License-Identifier: BSD-2-Clause */
/* Listings, reasons and settings. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "subject.h"

/* Get one page of a listing. Returns how many records it has, or the error. */
static int page(struct client *q, uint32_t what, const char *name, void *rec, uint32_t size,
		uint32_t count,
		uint64_t *cursor)
{
	struct nmreq_inspect body = { .what = what, .rec_size = size, .count = count,
		.cursor = *cursor,
		.data = (uintptr_t)rec };
	int err = client_ctrl(q, NETMAP_REQ_INSPECT, name, &body, NULL);

	*cursor = body.cursor;
	return err ? err : (int)body.count;
}

static void ports(void)
{
	struct client *q = client_new(), *a = client_bound("valeI:a"), *p1 = client_bound("lone{1"),
		      *x;
	struct nm_info_port rec[16];
	uint64_t cursor = 0;
	uint8_t frame[60];
	int n, i, seen = 0;

	x = client_bound_with("valeI:x", NR_REG_ALL_NIC, 0, NR_EXCLUSIVE);
	frame_make(frame, 60, STATION_ALL, 1, 1);
	client_send(a, frame, 60);
	n = page(q, NM_INSPECT_PORTS, "", rec, sizeof(rec[0]), 16, &cursor);
	ok(n >= 4, "two VALE ports and two ends of a pipe are listed");
	for (i = 0; i < n; i++) {
		if (strcmp(rec[i].name, "valeI:a") == 0) {
			seen |= 1;
			is_num(rec[i].kind, NM_KIND_VALE, "kind of a VALE port");
			is_str(rec[i].switch_name, "valeI", "its switch");
			ok(rec[i].flags & NM_INFO_ATTACHED, "it is attached");
			is_num(rec[i].clients, 1, "it has a client");
			is_num(rec[i].tx_slots, 1024, "tx slots");
			is_num(rec[i].region_id, a->reg.nr_mem_id, "region");
			is_num((long long)rec[i].tx_packets, 1, "tx packets");
			is_num((long long)rec[i].tx_bytes, 60, "tx bytes");
		} else if (strcmp(rec[i].name, "valeI:x") == 0) {
			seen |= 2;
			ok(rec[i].flags & NM_INFO_EXCLUSIVE, "it is bound exclusively");
			is_num((long long)rec[i].rx_packets, 1, "rx packets");
		} else if (strcmp(rec[i].name, "lone{1") == 0) {
			seen |= 4;
			is_num(rec[i].kind, NM_KIND_PIPE, "kind of a pipe");
			is_num(rec[i].clients, 1, "this end has a client");
		} else if (strcmp(rec[i].name, "lone}1") == 0) {
			seen |= 8;
			is_num(rec[i].clients, 0, "the other end has none");
		}
	}
	is_num(seen, 15, "all four by name");
	is_num(page(q, NM_INSPECT_PORTS, "", rec, sizeof(rec[0]), 16, &cursor), 0,
	       "then the listing ends");
	client_end(x);
	client_end(p1);
	client_end(a);
	client_end(q);
}

/* A listing by one record at a time has the same records as one page. */
static void paging(void)
{
	static const uint32_t sizes[] = { 0,
					  sizeof(struct nm_info_port),
					  sizeof(struct nm_info_ring),
					  sizeof(struct nm_info_region),
					  sizeof(struct nm_info_switch),
					  sizeof(struct nm_info_failure),
					  sizeof(struct nm_info_object),
					  sizeof(struct nm_info_tunable) };
	static uint8_t all[64 * 1024], one[1024];
	struct client *q = client_new(), *p[10];
	char name[32];
	uint32_t what;
	int i, n;

	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "vale%d:p", i);
		p[i] = client_bound(name);
	}
	client_register(q, "nosuch");
	for (what = NM_INSPECT_PORTS; what <= NM_INSPECT_TUNABLES; what++) {
		uint64_t cursor = 0, c1 = 0;
		int differ = 0, m = 0;

		n = page(q, what, "", all, sizes[what], (uint32_t)(sizeof(all) / sizes[what]),
			 &cursor);
		ok(n > 0, "listing %u has records", what);
		while (m <= n && page(q, what, "", one, sizes[what], 1, &c1) == 1) {
			differ += memcmp(one, all + (size_t)m * sizes[what], sizes[what]) != 0;
			m++;
		}
		is_num(m, n, "listing %u one by one has as many", what);
		is_num(differ, 0, "listing %u one by one is the same", what);
	}
	for (i = 0; i < 10; i++)
		client_end(p[i]);
	client_end(q);
}

static void sizes_of_records(void)
{
	struct client *q = client_new(), *a = client_bound("valeI:a");
	uint8_t buf[600];
	uint64_t cursor = 0;
	uint32_t i, nonzero = 0;

	memset(buf, 0xee, sizeof(buf));
	is_num(page(q, NM_INSPECT_PORTS, "", buf, 8, 1, &cursor), 1, "records cut to 8 bytes");
	ok(memcmp(buf, "valeI:a", 8) == 0, "are the records' first 8");
	is_num(buf[8], 0xee, "and no byte more");
	cursor = 0;
	is_num(page(q, NM_INSPECT_PORTS, "", buf, 600, 1, &cursor), 1, "records of 600 bytes");
	for (i = sizeof(struct nm_info_port); i < 600; i++)
		nonzero += buf[i] != 0;
	is_num(nonzero, 0, "have zeros behind the known fields");
	cursor = 0;
	is_err(page(q, NM_INSPECT_PORTS, "", buf, 0, 1, &cursor), -EINVAL, "records of no bytes");
	is_err(page(q, NM_INSPECT_PORTS, "", buf, 0xffffffff, 1, &cursor), -EINVAL,
	       "records of 2^32 bytes");
	is_err(page(q, 0, "", buf, 8, 1, &cursor), -EINVAL, "listing 0");
	is_err(page(q, 99, "", buf, 8, 1, &cursor), -EINVAL, "listing 99");
	cursor = 0;
	is_num(page(q, NM_INSPECT_PORTS, "", (void *)16, 8, 1, &cursor), -EFAULT,
	       "records out of reach");
	cursor = ~UINT64_C(0);
	for (i = NM_INSPECT_PORTS; i <= NM_INSPECT_TUNABLES; i++) {
		cursor = ~UINT64_C(0);
		ok(page(q, i, "", buf, 8, 1, &cursor) <= 1,
		   "a wild cursor in listing %u does no harm", i);
	}
	client_end(a);
	client_end(q);
}

static void reasons(void)
{
	struct client *p = client_new(), *q = client_new();
	struct nmreq_reason r = { 0 };

	is_err(client_ctrl(p, NETMAP_REQ_REASON_GET, "", &r, NULL), -ENOENT,
	       "no failure, no reason");
	client_register(p, "nosuch");
	is_err(client_ctrl(p, NETMAP_REQ_REASON_GET, "", &r, NULL), 0, "the reason of a failure");
	is_num(r.err, ENXIO, "its errno");
	is_num(r.reqtype, NETMAP_REQ_REGISTER, "the request that failed");
	ok(strstr(r.text, "nosuch") != NULL, "the text names the port");
	memset(&r, 0, sizeof(r));
	is_err(client_ctrl(q, NETMAP_REQ_REASON_GET, "", &r, NULL), -ENOENT,
	       "another descriptor has none");
	r.pid = (uint32_t)q->who.pid;
	is_err(client_ctrl(q, NETMAP_REQ_REASON_GET, "", &r, NULL), 0, "but the process has");
	ok(strstr(r.text, "nosuch") != NULL, "the same");
	r.pid = 0x7ffffffe;
	is_err(client_ctrl(q, NETMAP_REQ_REASON_GET, "", &r, NULL), -ENOENT,
	       "an unknown process has none");
	client_txsync(p);
	memset(&r, 0, sizeof(r));
	client_ctrl(p, NETMAP_REQ_REASON_GET, "", &r, NULL);
	is_num(r.err, ENXIO, "a failed sync has a reason");
	is_num(r.reqtype, 0, "recorded with request 0");
	client_end(p);
	client_end(q);
}

/* A failure is for clients of its own namespace to see. */
static void failures_elsewhere(void)
{
	static struct nm_info_failure rec[200];
	static struct os_ns other;
	struct client c;
	uint64_t cursor = 0;

	is_err(client_open(&c, &other), 0, "a client in another namespace");
	is_err(client_register(&c, "elsewhere"), -ENXIO, "fails to register");
	client_close(&c);
	is_err(client_open(&c, &test_ns), 0, "a client in this one");
	is_num(page(&c, NM_INSPECT_FAILURES, "", rec, sizeof(rec[0]), 200, &cursor), 0,
	       "sees nothing of that");
	client_close(&c);
}

/* A ring that is corrupt at each sync leaves one entry. */
static void failing_syncs(void)
{
	static struct nm_info_failure rec[200];
	struct client *p = client_bound("valeI:a");
	uint64_t cursor = 0;
	int i;

	for (i = 0; i < 10; i++) {
		client_tx(p, 0)->head = 0xffffffff;
		client_txsync(p);
	}
	is_num(page(p, NM_INSPECT_FAILURES, "", rec, sizeof(rec[0]), 200, &cursor), 1,
	       "ten failing syncs are one failure");
	client_end(p);
}

static void *fail_often(void *arg)
{
	struct client *p = client_new();
	int i;

	for (i = 0; i < 200; i++)
		client_register(p, arg);
	client_end(p);
	return NULL;
}

static void failures_at_once(void)
{
	static char name[2][8] = { "nosuch0", "nosuch1" };
	static struct nm_info_failure rec[200];
	struct client *q = client_new();
	uint64_t cursor = 0;
	pthread_t t[2];
	int i, n, bad = 0;

	for (i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, fail_often, name[i]);
	for (i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	n = page(q, NM_INSPECT_FAILURES, "", rec, sizeof(rec[0]), 200, &cursor);
	for (i = 0; i < n; i++)
		bad += strncmp(rec[i].name, "nosuch", 6) != 0 || rec[i].err != ENXIO;
	ok(n >= 16 && !bad, "failures of two threads at once are kept whole");
	client_end(q);
}

static void failures(void)
{
	struct client *q = client_new();
	static struct nm_info_failure rec[2000];
	uint64_t cursor = 0;
	int i, n, bad = 0;
	char name[32];

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "nosuch%d", i);
		client_register(q, name);
	}
	n = page(q, NM_INSPECT_FAILURES, "", rec, sizeof(rec[0]), 2000, &cursor);
	ok(n >= 16, "the newest failures are kept");
	diag("%d of 1000 kept", n);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "nosuch%d", 1000 - n + i);
		bad += strcmp(rec[i].name, name) != 0 || rec[i].err != ENXIO ||
		       rec[i].pid != (uint32_t)q->who.pid || !rec[i].comm[0];
	}
	is_num(bad, 0, "oldest first, with name, errno, process");
	client_end(q);
}

static void objects(void)
{
	struct client *q = client_new(), *a;
	struct nm_info_object rec[32];
	uint64_t cursor = 0, created, destroyed, sum = 0;
	int i, n;

	a = client_bound("valeI:a");
	n = page(q, NM_INSPECT_OBJECTS, "", rec, sizeof(rec[0]), 32, &cursor);
	nm_engine_totals(&created, &destroyed);
	ok(n > 3, "several kinds of objects");
	for (i = 0; i < n; i++)
		sum += rec[i].created;
	is_num((long long)sum, (long long)created, "their sum is the engine's total");
	client_end(a);
	client_end(q);
}

static void settings(void)
{
	uint32_t i, was, bad_min = 0, bad_max = 0, bad_set = 0;
	struct client *keep;
	int err;

	for (i = 0; i < nm_setting_count; i++) {
		const struct nm_setting *t = &nm_settings[i];

		was = nm_setting_get(t->name);
		if (was != t->initial || t->initial < t->min || t->initial > t->max)
			ok(false, "%s starts within its bounds", t->name);
		if (t->min > 0)
			bad_min += nm_setting_set(t->name, t->min - 1) != -ERANGE;
		if (t->max < 0xffffffff)
			bad_max += nm_setting_set(t->name, t->max + 1) != -ERANGE;
		err = nm_setting_set(t->name, t->max) | nm_setting_set(t->name, t->min) |
		      nm_setting_set(t->name, was);
		if (err)
			ok(false, "%s can be set to its bounds", t->name);
		bad_set += nm_setting_get(t->name) != was;
	}
	is_num(bad_min, 0, "no setting goes below its least value");
	is_num(bad_max, 0, "nor above its greatest");
	is_num(bad_set, 0, "all are set back");
	is_err(nm_setting_set("nosuch", 1), -ENOENT, "an unknown setting");
	is_num(nm_setting_get("nosuch"), 0, "reads 0");
	keep = client_bound("lone{1");
	is_err(nm_setting_set("buf_num", 5000), -EBUSY,
	       "buf_num while the global region is in use");
	client_end(keep);
	is_err(nm_setting_set("buf_num", 5000), 0, "and when it is not");
	nm_setting_set("buf_num", 163840);
}

static void known_names(void)
{
	static const char *const names[] = { "buf_num",		 "buf_size",	  "ring_num",
					     "ring_size",	 "if_num",	  "if_size",
					     "priv_buf_num",	 "priv_buf_size", "priv_ring_num",
					     "priv_ring_size",	 "priv_if_num",	  "priv_if_size",
					     "admode",		 "xdp",		  "default_pipes",
					     "bridge_batch",	 "fwd",		  "mitigate",
					     "generic_ringsize", "generic_rings", "generic_mit",
					     "verbose" };
	uint32_t i, k;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (k = 0; k < nm_setting_count; k++)
			if (strcmp(nm_settings[k].name, names[i]) == 0)
				break;
		ok(k < nm_setting_count, "there is a setting %s", names[i]);
	}
	is_num(nm_setting_get("buf_num"), 163840, "buf_num");
	is_num(nm_setting_get("bridge_batch"), 1024, "bridge_batch");
}

/* The global region is made with the settings of that moment. */
static void sized_region(void)
{
	struct client *p;

	is_err(nm_setting_set("buf_size", 512), 0, "buf_size 512");
	p = client_bound("lone{1");
	is_num(p ? client_tx(p, 0)->nr_buf_size : 0, 512, "rings have buffers of 512 bytes");
	client_end(p);
	is_err(nm_setting_set("buf_size", 2048), 0, "buf_size is set back");
}

SUBJECTS({ "ports", ports }, { "paging", paging }, { "record sizes", sizes_of_records },
	 { "reasons", reasons }, { "failures", failures },
	 { "failures elsewhere", failures_elsewhere }, { "failing syncs", failing_syncs },
	 { "failures at once", failures_at_once }, { "objects", objects }, { "settings", settings },
	 { "known names", known_names }, { "sized region", sized_region })
