// SPDX-License-Identifier: BSD-2-Clause
/*
 * Takes the place of nmctl's device.c in its tests: an engine of canned answers. The
 * environment variable NMCTL_FAKE makes it misbehave: absent, foreign, stuck, greedy, empty.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <net/netmap_inspect.h>

#include "../../../apps/common/device.h"

#define PORTS	150	/* more than two pages */

static struct nmreq_reason last;

static int is_mode(const char *mode)
{
	const char *m = getenv("NMCTL_FAKE");

	return m && !strcmp(m, mode);
}

int device_open(const char *path)
{
	(void)path;
	return is_mode("absent") ? -ENOENT : is_mode("forbidden") ? -EACCES : 7;
}

void device_close(int fd)
{
	if (fd != 7)
		abort();
}

static int refuse(uint16_t type, int err, const char *text)
{
	memset(&last, 0, sizeof(last));
	last.reqtype = type;
	last.err = err;
	snprintf(last.text, sizeof(last.text), "%s", text);
	return -err;
}

static int fill_port(void *rec, uint64_t i)
{
	static uint64_t looks;
	struct nm_info_port p = {
		.kind = i % 3 ? NM_KIND_VALE : NM_KIND_PIPE,
		.flags = i % 3 ? NM_INFO_ATTACHED | NM_INFO_PERSISTENT : 0,
		.port_index = (uint32_t)i, .region_id = 1,
		.tx_rings = 1, .rx_rings = 2, .tx_slots = 1024, .rx_slots = 512, .clients = 1,
	};

	if (i >= PORTS)
		return 0;
	looks += !i;
	p.tx_packets = looks * 1000 * i;
	p.tx_bytes = 60 * p.tx_packets;
	p.tx_drops = i;
	snprintf(p.name, sizeof(p.name), i == 5 ? "vale0:\033[31mred" : "vale0:p%03u",
		 (unsigned int)i);
	snprintf(p.switch_name, sizeof(p.switch_name), "vale0");
	memcpy(rec, &p, sizeof(p));
	return 1;
}

static int fill_ring(void *rec, uint64_t i, const char *port)
{
	struct nm_info_ring g = {
		.ringid = 0, .dir = (uint32_t)i & 1, .host = i >= 4, .num_slots = 1024,
		.head = 3, .cur = 4, .tail = 1023, .packets = 100 + i, .bytes = 6000, .slots = 100,
		.drops = { 1, 2, 3, 4, 5, 6 },
	};

	if (i >= 4)
		return 0;
	snprintf(g.port, sizeof(g.port), "%.63s", *port ? port : "vale0:p001");
	memcpy(rec, &g, sizeof(g));
	return 1;
}

static int fill_failure(void *rec, uint64_t i)
{
	struct nm_info_failure f = {
		.time_us = 1700000000123456 + i, .pid = 4242, .err = ENOMEM,
		.reqtype = NETMAP_REQ_REGISTER, .comm = "pkt-gen", .name = "vale0:x",
	};

	if (i >= 2 || is_mode("empty"))
		return 0;
	snprintf(f.text, sizeof(f.text), "buffer pool exhausted: %u of 16 in use",
		 15 + (unsigned int)i);
	memcpy(rec, &f, sizeof(f));
	return 1;
}

static int fill_region(void *rec, uint64_t i)
{
	struct nm_info_region g = {
		.id = 1, .refs = 2, .memsize = 1536 << 10, .bufs = { 2048, 512, 163840, 77 },
		.rings = { 36864, 20, 200, 4 }, .ifs = { 1024, 10, 100, 2 },
	};

	if (i)
		return 0;
	memcpy(rec, &g, sizeof(g));
	return 1;
}

static int fill_switch(void *rec, uint64_t i)
{
	struct nm_info_switch s = { .name = "vale0", .ports = 3, .stations = 9, .flooded = 11 };

	if (i)
		return 0;
	memcpy(rec, &s, sizeof(s));
	return 1;
}

static int fill_object(void *rec, uint64_t i)
{
	struct nm_info_object o = { .name = "client", .created = 12, .destroyed = 10 };

	if (i)
		return 0;
	memcpy(rec, &o, sizeof(o));
	return 1;
}

static int fill_tunable(void *rec, uint64_t i)
{
	struct nm_info_tunable t[] = {
		{ "buf_num", "buffers of the global region", 163840, 2, 1 << 20, 163840 },
		{ "ring_num", "rings of the global region", 200, 2, 1024, 200 },
	};

	if (i >= 2)
		return 0;
	memcpy(rec, &t[i], sizeof(t[i]));
	return 1;
}

static int fill(struct nmreq_inspect *q, void *rec, uint64_t i, const char *name)
{
	switch (q->what) {
	case NM_INSPECT_PORTS: return fill_port(rec, i);
	case NM_INSPECT_RINGS: return fill_ring(rec, i, name);
	case NM_INSPECT_REGIONS: return fill_region(rec, i);
	case NM_INSPECT_SWITCHES: return fill_switch(rec, i);
	case NM_INSPECT_FAILURES: return fill_failure(rec, i);
	case NM_INSPECT_OBJECTS: return fill_object(rec, i);
	case NM_INSPECT_TUNABLES: return fill_tunable(rec, i);
	default: return 0;
	}
}

static int inspect(struct nmreq_inspect *q, const char *name)
{
	char *array = (char *)(uintptr_t)q->data;
	uint32_t n = 0;

	if (!strcmp(name, "nowhere"))
		return refuse(NETMAP_REQ_INSPECT, ENOENT, "there is no port named nowhere");
	while (n < q->count && fill(q, array + (size_t)n * q->rec_size, q->cursor + n, name))
		n++;
	if (!is_mode("stuck"))
		q->cursor += n;
	q->count = is_mode("greedy") ? 1000 : n;
	return 0;
}

static int vale_list(struct nmreq_header *h)
{
	static const struct nmreq_vale_list at[] = { { 0, 0, 0 }, { 0, 0, 7 }, { 2, 0, 1 } };
	static const char *const names[] = { "vale0:a", "vale0:b", "valeX:c" };
	struct nmreq_vale_list *l = (void *)(uintptr_t)h->nr_body;

	for (int i = 0; i < 3; i++) {
		bool before = at[i].nr_bridge_idx < l->nr_bridge_idx ||
			      (at[i].nr_bridge_idx == l->nr_bridge_idx &&
			       at[i].nr_port_idx < l->nr_port_idx);

		if (*h->nr_name ? strcmp(h->nr_name, names[i]) != 0 : before)
			continue;
		*l = at[i];
		snprintf(h->nr_name, sizeof(h->nr_name), "%s", names[i]);
		return 0;
	}
	return refuse(NETMAP_REQ_VALE_LIST, ENOENT, "no further ports");
}

static int reason(struct nmreq_reason *r)
{
	if (r->pid && r->pid != 4242)
		return -ENOENT;
	if (r->pid)
		refuse(NETMAP_REQ_REGISTER, ENOMEM, "no memory for 4242");
	last.pid = r->pid;
	*r = last;
	return 0;
}

/* Requests that change something tell on standard error what arrived. */
static int change(struct nmreq_header *h)
{
	struct nmreq_vale_attach *a = (void *)(uintptr_t)h->nr_body;
	struct nmreq_vale_newif *f = (void *)(uintptr_t)h->nr_body;
	struct nmreq_vale_polling *p = (void *)(uintptr_t)h->nr_body;
	struct nmreq_port_hdr *d = (void *)(uintptr_t)h->nr_body;

	fprintf(stderr, "request %u %s", h->nr_reqtype, h->nr_name);
	switch (h->nr_reqtype) {
	case NETMAP_REQ_VALE_ATTACH:
		fprintf(stderr, " mode %u mem %u", a->reg.nr_mode, a->reg.nr_mem_id);
		a->port_index = 42;
		break;
	case NETMAP_REQ_VALE_NEWIF:
		fprintf(stderr, " %u %u %u %u %u", f->nr_tx_rings, f->nr_rx_rings, f->nr_tx_slots,
			f->nr_rx_slots, f->nr_mem_id);
		break;
	case NETMAP_REQ_VALE_POLLING_ENABLE:
	case NETMAP_REQ_VALE_POLLING_DISABLE:
		fprintf(stderr, " mode %u first %u cpus %u", p->nr_mode, p->nr_first_cpu_id,
			p->nr_num_polling_cpus);
		break;
	case NETMAP_REQ_PORT_HDR_SET:
		fprintf(stderr, " len %u", d->nr_hdr_len);
		break;
	case NETMAP_REQ_PORT_HDR_GET:
		d->nr_hdr_len = 12;
		break;
	}
	fprintf(stderr, "\n");
	if (!strcmp(h->nr_name, "vale0:full"))
		return refuse(h->nr_reqtype, ENOSPC, "VALE port limit 254 reached");
	return 0;
}

int device_ctrl(int fd, struct nmreq_header *h)
{
	if (fd != 7 || h->nr_version != NETMAP_API || h->nr_reserved)
		abort();
	if (is_mode("foreign")) {
		h->nr_version = 99;
		return -EINVAL;
	}
	switch (h->nr_reqtype) {
	case NETMAP_REQ_INSPECT:
		return inspect((void *)(uintptr_t)h->nr_body, h->nr_name);
	case NETMAP_REQ_REASON_GET:
		return reason((void *)(uintptr_t)h->nr_body);
	case NETMAP_REQ_VALE_LIST:
		return vale_list(h);
	default:
		return change(h);
	}
}
