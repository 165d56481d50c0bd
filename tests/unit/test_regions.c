/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions, pools, extra buffers. */
#include "map.h"
#include "subject.h"

static struct client *with_extra(const char *name, uint32_t mode, uint16_t mem_id, uint32_t extra,
				 int *err)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = mode, .nr_mem_id = mem_id,
		.nr_extra_bufs = extra };
	*err = client_register_as_is(p, name, NULL);
	if (!*err)
		return p;
	diag("%s: %s", name, client_reason(p));
	client_end(p);
	return NULL;
}

/* The address of a buffer, computed without a ring. */
static uint8_t *buf_of(struct client *p, uint32_t idx)
{
	struct nmreq_pools_info info = { .nr_mem_id = p->reg.nr_mem_id };
	struct client *q = client_new();
	uint8_t *at = NULL;

	if (client_ctrl(q, NETMAP_REQ_POOLS_INFO_GET, "", &info, NULL) == 0 &&
	    idx < info.nr_buf_pool_objtotal)
		at = client_at(p,
			       info.nr_buf_pool_offset + (uint64_t)idx * info.nr_buf_pool_objsize,
			       info.nr_buf_pool_objsize);
	client_end(q);
	return at;
}

static uint32_t next_of(struct client *p, uint32_t idx)
{
	uint32_t next = 0;
	uint8_t *at = buf_of(p, idx);

	if (at)
		memcpy(&next, at, 4);
	return next;
}

static uint32_t list_length(struct client *p)
{
	uint32_t idx, n = 0;

	for (idx = p->nifp->ni_bufs_head; idx && n < 1000; idx = next_of(p, idx))
		n++;
	return n;
}

/* Buffers in use in a region, and its bad frees. */
static uint32_t used_bufs(uint16_t id, uint64_t *bad_frees)
{
	const struct nm_info_region r = region_info(id);

	if (bad_frees)
		*bad_frees = r.bad_frees;
	return r.bufs.used;
}

static void extra_buffers(void)
{
	struct client *p, *keep;
	uint32_t before;
	int err;

	keep = with_extra("x", NR_REG_NULL, 0, 0, &err);
	before = used_bufs(1, NULL);
	p = with_extra("lone{e", NR_REG_ALL_NIC, 0, 10, &err);
	if (!ok(p != NULL, "ten extra buffers"))
		return client_end(keep);
	is_num(p->reg.nr_extra_bufs, 10, "nr_extra_bufs says how many");
	is_num(list_length(p), 10, "the list from ni_bufs_head has that many");
	client_end(p);
	is_num(used_bufs(1, NULL), before, "all are free again after the close");

	p = with_extra("valeX:p", NR_REG_ALL_NIC, 0, 10, &err);
	is_num(p ? list_length(p) : 0, 10, "ten extra buffers of a VALE port");
	client_end(p);
	client_end(keep);
}

/* As FastClick does: one descriptor takes buffers, another one frees them. */
static void carry_over(void)
{
	struct client *keep, *a, *b;
	uint32_t before, idx, first, n;
	uint64_t bad = 0;
	int err;

	keep = with_extra("x", NR_REG_NULL, 0, 0, &err);
	before = used_bufs(1, NULL);
	a = with_extra("lone{a", NR_REG_ALL_NIC, 0, 10, &err);
	b = with_extra("lone{b", NR_REG_ALL_NIC, 0, 4, &err);
	first = a->nifp->ni_bufs_head;
	a->nifp->ni_bufs_head = 0;
	client_end(a);
	n = used_bufs(1, NULL);
	for (idx = first; next_of(b, idx); idx = next_of(b, idx))
		;
	memcpy(buf_of(b, idx), &b->nifp->ni_bufs_head, 4);
	b->nifp->ni_bufs_head = first;
	is_num(list_length(b), 14, "the second descriptor's list has both");
	client_end(b);
	is_num(used_bufs(1, &bad), before, "closing it frees all");
	ok(n >= before + 10, "closing the first did not free what it no longer listed");
	is_num((long long)bad, 0, "nothing was freed twice");
	client_end(keep);
}

/* A slot's buffer exchanged for an extra one: both are freed once. */
static void swapped(void)
{
	struct client *keep, *p;
	uint32_t before, idx, next;
	uint64_t bad = 0;
	int err;

	keep = with_extra("x", NR_REG_NULL, 0, 0, &err);
	before = used_bufs(1, NULL);
	p = with_extra("lone{s", NR_REG_ALL_NIC, 0, 1, &err);
	idx = p->nifp->ni_bufs_head;
	next = client_tx(p, 0)->slot[5].buf_idx;
	client_tx(p, 0)->slot[5].buf_idx = idx;
	client_tx(p, 0)->slot[5].flags |= NS_BUF_CHANGED;
	memset(buf_of(p, next), 0, 4);
	p->nifp->ni_bufs_head = next;
	client_end(p);
	is_num(used_bufs(1, &bad), before,
	       "a ring's buffer and an extra one, exchanged, are both freed");
	is_num((long long)bad, 0, "each of them once");
	client_end(keep);
}

static void bad_lists(void)
{
	static const struct { const char *what; uint32_t link; } bad[] = {
		{ "a circular list", 1 }, { "a list to a buffer far away", 0x7fffffff },
		{ "a list to buffer 2^32-1", 0xffffffff }, { "a list into another's ring", 2 },
		{ "a list to buffer 1", 3 },
	};
	struct client *keep, *p, *other;
	uint32_t before, idx;
	uint8_t frame[60];
	uint64_t bad_now, bad_was;
	size_t i;
	int err;

	keep = with_extra("lone{keep", NR_REG_ALL_NIC, 0, 0, &err);
	other = with_extra("lone}keep", NR_REG_ALL_NIC, 0, 0, &err);
	before = used_bufs(1, &bad_was);
	frame_make(frame, 60, 1, 2, 3);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p = with_extra("lone{bad", NR_REG_ALL_NIC, 0, 3, &err);
		idx = p->nifp->ni_bufs_head;
		bad_now = bad[i].link == 1 ? idx :
			  bad[i].link == 2 ? client_tx(keep, 0)->slot[9].buf_idx :
			  bad[i].link == 3 ? 1 :
					     bad[i].link;
		idx = next_of(p, next_of(p, idx));
		memcpy(buf_of(p, idx), &bad_now, 4);
		client_end(p);
		if (bad[i].link == 2) {
			/* Region 1 is shared: a client in it may free buffers of another's ring. */
			before = used_bufs(1, &bad_was);
			continue;
		}
		is_num(used_bufs(1, &bad_now), before, "%s: its own buffers are free", bad[i].what);
		ok(bad_now > bad_was, "%s: a bad free is counted", bad[i].what);
		bad_was = bad_now;
		ok(client_send(keep, frame, 60) && client_drain(other) == 1,
		   "%s: other clients go on", bad[i].what);
	}
	p = with_extra("lone{bad", NR_REG_ALL_NIC, 0, 3, &err);
	p->nifp->ni_bufs_head = 0xfffffff0u;
	client_end(p);
	ok(client_send(keep, frame, 60), "a wild ni_bufs_head: other clients go on");
	client_end(other);
	client_end(keep);
}

static void region_ids(void)
{
	struct client *a, *b, *c, *pipe, far;
	static struct os_ns other;
	int err;

	a = with_extra("valeX:a", NR_REG_ALL_NIC, 0, 0, &err);
	b = with_extra("valeX:b", NR_REG_ALL_NIC, 0, 0, &err);
	ok(a->reg.nr_mem_id != b->reg.nr_mem_id && a->reg.nr_mem_id > 1,
	   "two VALE ports have two private regions");
	c = with_extra("valeX:c", NR_REG_ALL_NIC, a->reg.nr_mem_id, 0, &err);
	if (ok(c != NULL, "a third asks for the region of the first")) {
		is_num(c->reg.nr_mem_id, a->reg.nr_mem_id, "and gets it");
		is_num((long long)c->reg.nr_memsize, (long long)a->reg.nr_memsize,
		       "of the same size");
		ok(client_tx(c, 0)->slot[0].buf_idx != client_tx(a, 0)->slot[0].buf_idx,
		   "with other buffers");
	}
	client_end(c);
	is_err(client_open(&far, &other), 0, "a client in another namespace");
	far.reg = (struct nmreq_register){ .nr_mode = NR_REG_NULL, .nr_mem_id = a->reg.nr_mem_id };
	is_err(client_register_as_is(&far, "x", NULL), -EINVAL, "cannot use a region of this one");
	client_close(&far);
	c = with_extra("valeX:d", NR_REG_ALL_NIC, 1, 0, &err);
	is_num(c ? c->reg.nr_mem_id : 0, 1, "a VALE port in the global region");
	ok(c && !(c->nifp->ni_flags & NI_PRIV_MEM), "NI_PRIV_MEM is not set there");
	pipe = with_extra("valeX:a{1", NR_REG_ALL_NIC, 0, 0, &err);
	is_num(pipe ? pipe->reg.nr_mem_id : 0, a->reg.nr_mem_id,
	       "a pipe lives in its parent's region");
	client_end(pipe);
	client_end(a);
	client_end(b);
	client_end(c);
	pipe = with_extra("lone{1", NR_REG_ALL_NIC, 0, 0, &err);
	is_num(pipe ? pipe->reg.nr_mem_id : 0, 1,
	       "a pipe without a parent lives in the global region");
	client_end(pipe);
}

static void info_requests(void)
{
	struct client *a, *q = client_new();
	struct nmreq_port_info_get port = { 0 };
	struct nmreq_pools_info pools = { 0 };
	int err;

	a = with_extra("valeX:a", NR_REG_ALL_NIC, 0, 0, &err);
	is_err(client_ctrl(q, NETMAP_REQ_PORT_INFO_GET, "valeX:a", &port, NULL), 0, "port info");
	is_num((long long)port.nr_memsize, (long long)a->reg.nr_memsize, "port info: nr_memsize");
	is_num(port.nr_mem_id, a->reg.nr_mem_id, "port info: nr_mem_id");
	is_num(port.nr_tx_slots, 1024, "port info: nr_tx_slots");
	is_num(port.nr_rx_rings, 1, "port info: nr_rx_rings");
	is_err(client_ctrl(q, NETMAP_REQ_POOLS_INFO_GET, "valeX:a", &pools, NULL), 0,
	       "pools info by port");
	is_num(pools.nr_mem_id, a->reg.nr_mem_id, "pools info: nr_mem_id");
	is_num((long long)pools.nr_memsize, (long long)a->reg.nr_memsize, "pools info: nr_memsize");
	is_num(pools.nr_buf_pool_objsize, 2048, "pools info: buffers of 2048 bytes");
	ok(pools.nr_buf_pool_objtotal >= 2 * 2048,
	   "pools info: at least 2 x (1024 + 1024) buffers");
	ok((int64_t)pools.nr_buf_pool_offset ==
	   (char *)client_tx(a, 0) - (char *)client_at(a, 0, 1) + client_tx(a, 0)->buf_ofs,
	   "pools info: nr_buf_pool_offset is where buf_ofs points");
	pools = (struct nmreq_pools_info){ .nr_mem_id = 1 };
	is_err(client_ctrl(q, NETMAP_REQ_POOLS_INFO_GET, "", &pools, NULL), 0, "pools info by id");
	is_num(pools.nr_mem_id, 1, "pools info: of the global region");
	ok(pools.nr_buf_pool_objtotal >= 163840, "pools info: 163840 buffers or more");
	ok(pools.nr_if_pool_objtotal >= 100 && pools.nr_ring_pool_objtotal >= 200,
	   "pools info: 100 ifs, 200 rings or more");
	pools = (struct nmreq_pools_info){ .nr_mem_id = 4321 };
	is_err(client_ctrl(q, NETMAP_REQ_POOLS_INFO_GET, "", &pools, NULL), -EINVAL,
	       "pools info of a region that does not exist");
	is_err(client_ctrl(q, NETMAP_REQ_PORT_INFO_GET, "nosuch", &port, NULL), -ENXIO,
	       "port info of a port that does not exist");
	client_end(a);
	client_end(q);
}

/* More than there is: fewer are granted, and all are freed with the client. */
static void exhaustion(void)
{
	struct client *keep, *p = client_new();
	uint32_t before;
	int err;

	is_err(nm_setting_set("buf_num", 5000), 0, "a small region");
	is_err(nm_setting_set("region_mb", 32), 0, "that may grow to 32 MiB");
	keep = with_extra("x", NR_REG_NULL, 0, 0, &err);
	before = used_bufs(1, NULL);
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_NULL, .nr_extra_bufs = 0xfffffff0u };
	err = client_register_as_is(p, "x", NULL);
	is_err(err, 0, "2^32 extra buffers: bound");
	ok(p->reg.nr_extra_bufs > 0 && p->reg.nr_extra_bufs < 1u << 28,
	   "2^32 extra buffers: fewer are granted (%u)", p->reg.nr_extra_bufs);
	client_end(p);
	is_num(used_bufs(1, NULL), before, "2^32 extra buffers: all are free again");
	client_end(keep);
	nm_setting_set("buf_num", 163840);
	nm_setting_set("region_mb", 4032);
}

/* A request for more than there is frees what it had already. */
static void exhaustion_of_rings(void)
{
	struct client *keep, *p;
	uint32_t before, n;
	int err = 0;

	nm_setting_set("region_mb", 16);
	nm_setting_set("buf_num", 64);
	nm_setting_set("ring_num", 1);
	keep = with_extra("x", NR_REG_NULL, 0, 0, &err);
	before = region_info(1).bufs.used;
	p = client_new();
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC,
					  .nr_tx_slots = 4000,
					  .nr_rx_slots = 4000 };
	is_err(client_register_as_is(p, "lone{big", NULL), -ENOMEM,
	       "rings for more buffers than there are");
	ok(strstr(client_reason(p), "buffer pool exhausted"), "the reason says so");
	is_num(region_info(1).bufs.used, before, "all buffers are free again");
	client_end(p);
	p = client_new();
	for (n = 1; n < 100 && !err; n++) {
		p->reg = (struct nmreq_register){ .nr_mode = NR_REG_NULL,
						  .nr_tx_rings = (uint16_t)n,
						  .nr_tx_slots = 8 };
		err = client_register_as_is(p, "x", NULL);
		client_end(p);
		p = client_new();
	}
	is_err(err, -ENOMEM, "more rings than there are (%u)", n - 1);
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_NULL,
					  .nr_tx_rings = (uint16_t)(n - 1),
					  .nr_tx_slots = 8 };
	client_register_as_is(p, "x", NULL);
	ok(strstr(client_reason(p), "ring pool exhausted"), "the reason says so: %s",
	   client_reason(p));
	is_num(region_info(1).rings.used, 0, "all rings are free again");
	client_end(p);
	client_end(keep);
	nm_setting_set("ring_num", 200);
	nm_setting_set("buf_num", 163840);
	nm_setting_set("region_mb", 4032);
}

/* A private region has room for all the port's buffers, and for a million extra ones. */
static void private_room(void)
{
	struct client *p = client_new();

	is_err(nm_setting_set("priv_region_mb", 16), 0, "private regions of 16 MiB");
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC,
					  .nr_tx_slots = 4096,
					  .nr_rx_slots = 4096 };
	is_err(client_register_as_is(p, "valeX:big", NULL), 0,
	       "a port that needs as much in buffers");
	client_end(p);
	nm_setting_set("priv_region_mb", 1024);
	nm_setting_set("priv_buf_size", 64);
	p = client_new();
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_extra_bufs = 0xfffffff0u };
	os_test_fail_at(300);	/* enough of them: a million take a while to link */
	is_err(client_register_as_is(p, "valeX:extra", NULL), 0,
	       "2^32 extra buffers of a VALE port");
	os_test_fail_at(0);
	ok(p->reg.nr_extra_bufs > 10000, "as many are granted as there is memory for (%u)",
	   p->reg.nr_extra_bufs);
	client_end(p);
	nm_setting_set("priv_buf_size", 2048);
}

static void map_outlives(void)
{
	struct client p, *q;
	struct map *map;
	uint8_t *at;
	uint64_t off;

	is_err(client_open(&p, &test_ns), 0, "a client");
	is_err(client_register(&p, "valeX:m"), 0, "a port");
	off = p.reg.nr_offset;
	at = client_buf(&p, client_tx(&p, 0), client_tx(&p, 0)->slot[0].buf_idx);
	at[7] = 42;
	map = p.map;
	p.map = NULL;		/* the descriptor goes, the map stays */
	client_close(&p);
	is_num(at[7], 42, "memory is readable after the descriptor is closed");
	at[7] = 43;
	ok(map_at(map, off, 8) != NULL, "and so is the rest of the map");
	q = client_bound("valeX:m");
	ok(q && q->map != map, "a new port of that name has another region");
	client_end(q);
	is_num(at[7], 43, "the old map is untouched");
	map_put(map);
}

static void page_bounds(void)
{
	struct client *p = client_bound("valeX:g");
	struct nm_region *r = nm_client_region(p->c);
	uint64_t size = nm_region_size(r);

	ok(size % OS_PAGE_SIZE == 0, "a region is whole pages");
	ok(nm_region_page(r, 0) != NULL, "its first page is there");
	ok(nm_region_page(r, size) == NULL, "there is no page behind its end");
	ok(nm_region_page(r, size + (UINT64_C(1) << 40)) == NULL, "nor far behind it");
	ok(nm_region_page(r, ~UINT64_C(0) - (OS_PAGE_SIZE - 1)) == NULL,
	   "nor at the largest offset");
	nm_region_put(r);
	client_end(p);
}

SUBJECTS({ "extra buffers", extra_buffers }, { "carry over", carry_over }, { "swapped", swapped },
	 { "bad lists", bad_lists }, { "region ids", region_ids },
	 { "info requests", info_requests }, { "exhaustion", exhaustion },
	 { "exhaustion of rings", exhaustion_of_rings }, { "private room", private_room },
	 { "map outlives", map_outlives }, { "page bounds", page_bounds })
