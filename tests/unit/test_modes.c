/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rings a register binds, exclusively or not, in both directions or one. */
#include "subject.h"

#define RINGS	4

/* A VALE port with several rings, bound by mode. */
static struct client *many_rings(uint32_t mode, uint16_t ringid, uint64_t flags, int *err)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_tx_rings = RINGS, .nr_rx_rings = RINGS,
		.nr_mode = mode, .nr_ringid = ringid, .nr_flags = flags };
	*err = client_register_as_is(p, "valeM:p", NULL);
	if (!*err)
		return p;
	client_end(p);
	return NULL;
}

/* The rings bound: a bit for each tx ring, from bit 16 on for each rx ring. */
static uint32_t bound_mask(struct client *p)
{
	uint32_t mask = 0, i;

	for (i = 0; i < RINGS; i++) {
		if (client_tx(p, i))
			mask |= 1u << i;
		if (client_rx(p, i))
			mask |= 1u << (16 + i);
	}
	return mask;
}

static void modes(void)
{
	static const struct {
		const char *what;
		uint32_t mode;
		uint16_t ringid;
		uint64_t flags;
		int err;
		uint32_t mask;
	} table[] = {
		{ "all rings", NR_REG_ALL_NIC, 0, 0, 0, 0xf000f },
		{ "one ring, the first", NR_REG_ONE_NIC, 0, 0, 0, 0x10001 },
		{ "one ring, the last", NR_REG_ONE_NIC, 3, 0, 0, 0x80008 },
		{ "one ring too far", NR_REG_ONE_NIC, 4, 0, -EINVAL, 0 },
		{ "one ring much too far", NR_REG_ONE_NIC, 0xffff, 0, -EINVAL, 0 },
		{ "tx rings only", NR_REG_ALL_NIC, 0, NR_TX_RINGS_ONLY, 0, 0x0000f },
		{ "rx rings only", NR_REG_ALL_NIC, 0, NR_RX_RINGS_ONLY, 0, 0xf0000 },
		{ "one rx ring", NR_REG_ONE_NIC, 2, NR_RX_RINGS_ONLY, 0, 0x40000 },
		{ "mode 0", NR_REG_DEFAULT, 0, 0, -EINVAL, 0 },
		{ "mode 15", 15, 0, 0, -EINVAL, 0 },
		{ "mode 1000000", 1000000, 0, 0, -EINVAL, 0 },
	};
	struct leak_check leak;
	struct client *p;
	size_t i;
	int err;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		leak_check_begin(&leak);
		p = many_rings(table[i].mode, table[i].ringid, table[i].flags, &err);
		is_err(err, table[i].err, "%s", table[i].what);
		if (p) {
			is_num(bound_mask(p), table[i].mask, "%s: the rings that ring_ofs shows",
			       table[i].what);
			is_err(client_txsync(p), 0, "%s: tx sync", table[i].what);
			is_err(client_rxsync(p), 0, "%s: rx sync", table[i].what);
		}
		client_end(p);
		leak_check_end(&leak, table[i].what);
	}
}

static void exclusive(void)
{
	struct client *a, *b, *c;
	int err;

	a = many_rings(NR_REG_ALL_NIC, 0, NR_EXCLUSIVE, &err);
	is_err(err, 0, "all rings exclusively");
	b = many_rings(NR_REG_ALL_NIC, 0, 0, &err);
	is_err(err, -EBUSY, "all rings of an exclusive client");
	b = many_rings(NR_REG_ONE_NIC, 1, NR_RX_RINGS_ONLY, &err);
	is_err(err, -EBUSY, "one rx ring of an exclusive client");
	client_end(a);

	a = many_rings(NR_REG_ONE_NIC, 1, NR_EXCLUSIVE, &err);
	is_err(err, 0, "one ring exclusively, after that client closed");
	b = many_rings(NR_REG_ONE_NIC, 2, NR_EXCLUSIVE, &err);
	is_err(err, 0, "another ring exclusively");
	c = many_rings(NR_REG_ALL_NIC, 0, 0, &err);
	is_err(err, -EBUSY, "all rings, while two are bound exclusively");
	c = many_rings(NR_REG_ONE_NIC, 3, 0, &err);
	is_err(err, 0, "a ring that no client has exclusively");
	client_end(a);
	client_end(b);

	a = many_rings(NR_REG_ONE_NIC, 3, NR_EXCLUSIVE, &err);
	is_err(err, -EBUSY, "exclusively rings that another client has");
	a = many_rings(NR_REG_ONE_NIC, 3, 0, &err);
	is_err(err, 0, "not exclusively rings that another client has");
	client_end(a);
	client_end(c);

	a = many_rings(NR_REG_ALL_NIC, 0, NR_EXCLUSIVE | NR_TX_RINGS_ONLY, &err);
	is_err(err, 0, "tx rings exclusively");
	b = many_rings(NR_REG_ALL_NIC, 0, NR_EXCLUSIVE | NR_RX_RINGS_ONLY, &err);
	is_err(err, 0, "rx rings exclusively by another");
	client_end(a);
	client_end(b);
}

static void real_values(void)
{
	struct client *p = client_new(), *q;
	struct netmap_ring *tx, *rx;
	struct nm_region *r;

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 64,
		.nr_rx_slots = 128,
		.nr_tx_rings = 2, .nr_rx_rings = 3 };
	is_err(client_register_as_is(p, "valeM:v", NULL), 0, "rings and slots as asked");
	if (!p->nifp)
		return client_end(p);
	is_num(p->reg.nr_tx_rings, 2, "nr_tx_rings is as asked");
	is_num(p->reg.nr_rx_rings, 3, "nr_rx_rings is as asked");
	is_num(p->reg.nr_tx_slots, 64, "nr_tx_slots is as asked");
	is_num(p->reg.nr_rx_slots, 128, "nr_rx_slots is as asked");
	is_num(p->reg.nr_host_tx_rings, p->nifp->ni_host_tx_rings,
	       "nr_host_tx_rings is in the netmap_if");
	ok(p->reg.nr_mem_id > 1, "a private region");
	ok(p->nifp->ni_flags & NI_PRIV_MEM, "NI_PRIV_MEM says so");
	is_num(p->nifp->ni_version, NETMAP_API, "ni_version");
	is_num(p->nifp->ni_tx_rings, 2, "ni_tx_rings");
	is_num(p->nifp->ni_rx_rings, 3, "ni_rx_rings");
	is_str(p->nifp->ni_name, "valeM:v", "ni_name");
	r = nm_client_region(p->c);
	is_num((long long)p->reg.nr_memsize, (long long)nm_region_size(r),
	       "nr_memsize is the region's");
	nm_region_put(r);
	tx = client_tx(p, 1);
	rx = client_rx(p, 2);
	is_num(tx->num_slots, 64, "tx num_slots");
	is_num(tx->ringid, 1, "tx ringid");
	is_num(tx->dir, 0, "tx dir");
	is_num(rx->num_slots, 128, "rx num_slots");
	is_num(rx->ringid, 2, "rx ringid");
	is_num(rx->dir, 1, "rx dir");
	is_num(ring_space(tx), 63, "a tx ring starts with all slots but one");
	is_num(ring_space(rx), 0, "an rx ring starts empty");
	is_num(tx->nr_buf_size, 2048, "nr_buf_size");

	q = client_bound_with("valeM:v", NR_REG_ALL_NIC, 0, 0);
	is_num(q ? q->reg.nr_tx_slots : 0, 64, "a second descriptor gets the port's real slots");
	is_num(q ? q->reg.nr_rx_rings : 0, 3, "and its real rings");
	client_end(q);
	client_end(p);

	p = client_bound("valeM:d");
	is_num(p->reg.nr_tx_slots, 1024, "1024 slots by default");
	is_num(p->reg.nr_tx_rings, 1, "one ring by default");
	client_end(p);
}

static void bad_values(void)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 1u << 30 };
	is_err(client_register_as_is(p, "valeM:v", NULL), -EINVAL, "2^30 slots are refused");
	ok(strlen(client_reason(p)) > 10, "2^30 slots: a reason is given");
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_rx_slots = 1 };
	is_err(client_register_as_is(p, "valeM:v", NULL), -EINVAL, "one slot is refused");
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_rings = 0xffff };
	is_err(client_register_as_is(p, "valeM:v", NULL), -EINVAL, "65535 rings are refused");
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_mem_id = 777 };
	is_err(client_register_as_is(p, "valeM:v", NULL), -EINVAL,
	       "a region that does not exist is refused");
	ok(strstr(client_reason(p), "777") != NULL, "the reason names it");
	is_err(client_register(p, "valeM:v"), 0, "after these refusals a plain register works");
	client_end(p);
}

static void buffers_differ(void)
{
	struct client *p = client_bound("valeM:b");
	struct netmap_ring *ring[2] = { client_tx(p, 0), client_rx(p, 0) };
	static uint8_t seen[1 << 20];
	uint32_t i, dir, twice = 0, low = 0;

	memset(seen, 0, sizeof(seen));
	for (dir = 0; dir < 2; dir++) {
		for (i = 0; i < ring[dir]->num_slots; i++) {
			uint32_t idx = ring[dir]->slot[i].buf_idx % sizeof(seen);

			low += idx < 2;
			twice += seen[idx];
			seen[idx] = 1;
		}
	}
	is_num(twice, 0, "no buffer is in two slots");
	is_num(low, 0, "buffers 0 and 1 are in no slot");
	client_end(p);
}

/* Two descriptors with one ring each of the same port. */
static void shared_port(void)
{
	struct client *a, *b, *peer = client_bound("valeM:peer");
	uint8_t frame[60];
	int err;

	a = many_rings(NR_REG_ONE_NIC, 0, 0, &err);
	b = many_rings(NR_REG_ONE_NIC, 1, 0, &err);
	frame_make(frame, 60, STATION_ALL, 5, 1);
	ok(client_put(a, 0, frame, 60, 0) && !client_txsync(a), "the first sends by ring 0");
	ok(client_put(b, 1, frame, 60, 0) && !client_txsync(b), "the second by ring 1");
	is_num(client_drain(peer), 2, "both arrive");
	ok(client_put(a, 0, frame, 60, 0) && !client_txsync(b),
	   "a frame queued by the first, a sync by the second");
	is_num(client_drain(peer), 0, "syncs only its own ring");
	client_end(a);
	ok(client_put(b, 1, frame, 60, 0) && !client_txsync(b),
	   "the first has closed, the second sends");
	is_num(client_drain(peer), 1, "it arrives");
	a = many_rings(NR_REG_ONE_NIC, 0, 0, &err);
	ok(!client_txsync(a) && client_drain(peer) == 0,
	   "the next client of ring 0 does not send what the first had queued");
	client_end(a);
	client_end(b);
	client_end(peer);
}

static void null_mode(void)
{
	struct client *p = client_bound_with("nothing", NR_REG_NULL, 0, 0);

	if (!ok(p != NULL, "mode null binds by an unused name"))
		return;
	is_err(client_txsync(p), 0, "tx sync");
	is_err(client_rxsync(p), 0, "rx sync");
	ok(!(client_poll(p, POLLIN) & POLLIN), "nothing to read");
	is_num(p->reg.nr_mem_id, 1, "it is in the global region");
	client_end(p);

	p = client_new();
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_NULL, .nr_tx_rings = 1,
		.nr_rx_rings = 1,
		.nr_extra_bufs = 8 };
	is_err(client_register_as_is(p, "nothing", NULL), 0,
	       "a null port with rings and extra buffers");
	is_num(p->reg.nr_extra_bufs, 8, "its extra buffers are granted");
	client_end(p);
}

SUBJECTS({ "modes", modes }, { "exclusive", exclusive }, { "real values", real_values },
	 { "bad values", bad_values }, { "buffers differ", buffers_differ },
	 { "shared port", shared_port }, { "null mode", null_mode })
