/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the inline functions of netmap_user.h do: port specifications, copies, and packets in
 * rings made here, without /dev/netmap. Valid C and C++; each check is a test point.
 */
#define NETMAP_WITH_LIBS
#include <net/netmap_user.h>

#define SLOTS		8u
#define BUF_SIZE	256u
#define RINGS		4u	/* transmit, host transmit, receive, host receive: two of each */
#define BUFS		(2 + 2 * RINGS * SLOTS)

static int failed;

static void check(int ok, const char *what)
{
	printf("%s - helpers: %s\n", ok ? "ok" : "not ok", what);
	failed += !ok;
}

/* one specification: refused with this errno, or understood as these fields */
struct spec {
	const char *text;
	int err;
	const char *name;
	uint32_t flags;
	uint16_t ringid;
	uint16_t region;
};

static const struct spec specs[] = {
	{ "netmap:eth0", 0, "eth0", NR_REG_ALL_NIC, 0, 0 },
	{ "netmap:eth0^", 0, "eth0", NR_REG_SW, 0, 0 },
	{ "netmap:eth0^3", 0, "eth0", NR_REG_ONE_SW, 3, 0 },
	{ "netmap:eth0*", 0, "eth0", NR_REG_NIC_SW, 0, 0 },
	{ "netmap:eth0+", 0, "eth0", NR_REG_NIC_SW, 0, 0 },
	{ "netmap:eth0-12", 0, "eth0", NR_REG_ONE_NIC, 12, 0 },
	{ "netmap:eth0-0/x", 0, "eth0", NR_REG_ONE_NIC | NR_EXCLUSIVE, 0, 0 },
	{ "netmap:eth0-1@7", 0, "eth0", NR_REG_ONE_NIC, 1, 7 },
	{ "netmap:eth0@2/R", 0, "eth0", NR_REG_ALL_NIC | NR_RX_RINGS_ONLY, 0, 2 },
	{ "netmap:eth0/T@2", 0, "eth0", NR_REG_ALL_NIC | NR_TX_RINGS_ONLY, 0, 2 },
	{ "netmap:eth0/zrt", 0, "eth0",
	  NR_REG_ALL_NIC | NR_ZCOPY_MON | NR_MONITOR_TX | NR_MONITOR_RX, 0, 0 },
	{ "netmap:br-lan", 0, "br-lan", NR_REG_ALL_NIC, 0, 0 },
	{ "netmap:br-lan-2", 0, "br-lan", NR_REG_ONE_NIC, 2, 0 },
	{ "netmap:br-2x", 0, "br-2x", NR_REG_ALL_NIC, 0, 0 },
	{ "netmap:eth0.100", 0, "eth0.100", NR_REG_ALL_NIC, 0, 0 },
	{ "netmap:eth0{1", 0, "eth0{1", NR_REG_ALL_NIC, 0, 0 },
	{ "netmap:eth0}abc", 0, "eth0}abc", NR_REG_ALL_NIC, 0, 0 },
	{ "netmap:eth0{1/x", 0, "eth0{1", NR_REG_ALL_NIC | NR_EXCLUSIVE, 0, 0 },
	{ "vale0:1", 0, "vale0:1", NR_REG_ALL_NIC, 0, 0 },
	{ "vale:p", 0, "vale:p", NR_REG_ALL_NIC, 0, 0 },
	{ "valeab:x-1", 0, "valeab:x", NR_REG_ONE_NIC, 1, 0 },
	{ "vale0:1{2", 0, "vale0:1{2", NR_REG_ALL_NIC, 0, 0 },
	{ "netmap:a{1}2/x", 0, "a{1}2", NR_REG_ALL_NIC | NR_EXCLUSIVE, 0, 0 },
	{ "netmap:abcdefghijklmno", 0, "abcdefghijklmno", NR_REG_ALL_NIC, 0, 0 },
	{ "netmap:abcdefghijklmnop", ENAMETOOLONG, NULL, 0, 0, 0 },
	{ "vale0:abcdefghijk", ENAMETOOLONG, NULL, 0, 0, 0 },
	{ "", EINVAL, NULL, 0, 0, 0 },
	{ "eth0", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:-1", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:{1", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0{", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0{1{", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0&", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0^x", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0*3", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0-4096", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0/q", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0/x/x", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0@", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0@65536", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:eth0@conf:slots=3", EINVAL, NULL, 0, 0, 0 },
	{ "netmap:vale0:0", EINVAL, NULL, 0, 0, 0 },
	{ "vale0", EINVAL, NULL, 0, 0, 0 },
	{ "vale0:", EINVAL, NULL, 0, 0, 0 },
	{ "vale0:1:2", EINVAL, NULL, 0, 0, 0 }
};

static int spec_is_right(const struct spec *s)
{
	struct nm_desc d;
	char err[NM_ERRBUF_SIZE] = "";

	memset(&d, 0, sizeof(d));
	errno = 0;
	if (nm_parse(s->text, &d, err) < 0)
		return s->err == errno && err[0] != '\0';
	return s->err == 0 && strcmp(d.req.nr_name, s->name) == 0 && d.req.nr_flags == s->flags &&
	       d.req.nr_ringid == s->ringid && d.req.nr_arg2 == s->region;
}

static void check_specs(void)
{
	char what[128];
	size_t i;

	for (i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		sprintf(what, "specification '%s' %s", specs[i].text,
			specs[i].err ? "refused" : "understood");
		check(spec_is_right(&specs[i]), what);
	}
}

/* every length up to 2048: all bytes arrive, and none beside them */
static void check_copy(void)
{
	static unsigned char from[2048 + 2], to[2048 + 2];
	int len, i, bad = 0;

	for (i = 0; i < (int)sizeof(from); i++)
		from[i] = (unsigned char)(i % 251 + 1);
	for (len = 0; len <= 2048; len++) {
		memset(to, 0, sizeof(to));
		nm_pkt_copy(from + 1, to + 1, len);
		bad += to[0] != 0 || to[len + 1] != 0 || memcmp(from + 1, to + 1, (size_t)len) != 0;
	}
	check(bad == 0, "nm_pkt_copy, all lengths to 2048");
}

/*
 * A region as netmap would lay it out: the interface, the rings, the buffers. The card and the
 * host have two rings each way.
 */
struct world {
	struct nm_desc d;
	char *mem;
};

static uint32_t ring_place(uint32_t i)
{
	return 512 +
	       i * (uint32_t)(sizeof(struct netmap_ring) + SLOTS * sizeof(struct netmap_slot));
}

/* write a field that applications may only read */
static void set(const void *field, const void *value, size_t size)
{
	memcpy((void *)(size_t)field, value, size);
}

#define SET(type, field, v)	do {	\
	type set_value = (type)(v);	\
	set(&(field), &set_value, sizeof(set_value));	\
} while (0)

static void world_make_ring(struct world *w, uint32_t i)
{
	struct netmap_ring *ring = NM_AT_(struct netmap_ring *, w->mem, ring_place(i));
	uint32_t slot;

	SET(int64_t, ring->buf_ofs, (int64_t)ring_place(2 * RINGS) - (int64_t)ring_place(i));
	SET(uint32_t, ring->num_slots, SLOTS);
	SET(uint32_t, ring->nr_buf_size, BUF_SIZE);
	SET(uint16_t, ring->dir, i >= RINGS);
	SET(ssize_t, w->d.nifp->ring_ofs[i], ring_place(i));
	for (slot = 0; slot < SLOTS; slot++)
		ring->slot[slot].buf_idx = 2 + i * SLOTS + slot;
	ring->tail = i >= RINGS ? 0 : SLOTS - 1;
}

static void world_make(struct world *w, uint32_t flags, uint16_t ringid)
{
	struct netmap_if *nifp;
	uint32_t i;

	memset(w, 0, sizeof(*w));
	w->d.self = &w->d;
	w->d.fd = -1;
	w->mem = (char *)aligned_alloc(NM_CACHE_ALIGN, 65536);
	if (w->mem == NULL)
		exit(2);
	memset(w->mem, 0, 65536);
	nifp = NETMAP_IF(w->mem, 0);
	w->d.nifp = nifp;
	SET(uint32_t, nifp->ni_tx_rings, RINGS / 2);
	SET(uint32_t, nifp->ni_rx_rings, RINGS / 2);
	SET(uint32_t, nifp->ni_host_tx_rings, RINGS / 2);
	SET(uint32_t, nifp->ni_host_rx_rings, RINGS / 2);
	for (i = 0; i < 2 * RINGS; i++)
		world_make_ring(w, i);
	w->d.req.nr_flags = flags;
	w->d.req.nr_ringid = ringid;
	nm_ring_range_(&w->d.req, 2, 2, &w->d.first_tx_ring, &w->d.last_tx_ring);
	nm_ring_range_(&w->d.req, 2, 2, &w->d.first_rx_ring, &w->d.last_rx_ring);
	w->d.cur_tx_ring = w->d.first_tx_ring;
	w->d.cur_rx_ring = w->d.first_rx_ring;
}

static void world_free(struct world *w)
{
	free(w->mem);
}

static int range_is(uint32_t flags, uint16_t ringid, int first, int last)
{
	struct world w;
	int ok;

	world_make(&w, flags, ringid);
	ok = w.d.first_tx_ring == first && w.d.last_tx_ring == last &&
	     w.d.first_rx_ring == first && w.d.last_rx_ring == last;
	world_free(&w);
	return ok;
}

static void check_ranges(void)
{
	check(range_is(NR_REG_ALL_NIC, 0, 0, 1), "rings of the card");
	check(range_is(NR_REG_SW, 0, 2, 3), "rings of the host");
	check(range_is(NR_REG_NIC_SW, 0, 0, 3), "rings of both");
	check(range_is(NR_REG_ONE_NIC, 1, 1, 1), "one ring of the card");
	check(range_is(NR_REG_ONE_SW, 1, 3, 3), "one ring of the host");
	check(range_is(NR_REG_DEFAULT, 0, 0, 1), "old selection, nothing set");
	check(range_is(NR_REG_DEFAULT, NETMAP_SW_RING, 2, 3), "old selection, host");
	check(range_is(NR_REG_DEFAULT, NETMAP_HW_RING | 1, 1, 1), "old selection, one ring");
}

static void check_rings(void)
{
	struct world w;
	struct netmap_ring *tx, *rx;

	world_make(&w, NR_REG_ALL_NIC, 0);
	tx = NETMAP_TXRING(w.d.nifp, 1);
	rx = NETMAP_RXRING(w.d.nifp, 1);
	check((char *)tx == w.mem + ring_place(1) && (char *)rx == w.mem + ring_place(RINGS + 1),
	      "NETMAP_TXRING and NETMAP_RXRING");
	check(nm_ring_next(tx, 0) == 1 && nm_ring_next(tx, SLOTS - 1) == 0, "nm_ring_next");
	check(nm_ring_space(tx) == SLOTS - 1 && nm_ring_space(rx) == 0, "nm_ring_space");
	check(!nm_ring_empty(tx) && nm_ring_empty(rx), "nm_ring_empty");
	check(!nm_tx_pending(tx), "nm_tx_pending, nothing queued");
	tx->head = tx->cur = 5;
	tx->tail = 2;
	check(nm_ring_space(tx) == 5 && nm_tx_pending(tx), "the same, round the end");
	check(NETMAP_BUF(tx, 9) == w.mem + ring_place(2 * RINGS) + 9 * BUF_SIZE &&
	      NETMAP_BUF(rx, 9) == NETMAP_BUF(tx, 9), "NETMAP_BUF");
	check(NETMAP_BUF_IDX(tx, NETMAP_BUF(tx, 9)) == 9 &&
	      NETMAP_BUF_IDX(rx, NETMAP_BUF(tx, 9) + BUF_SIZE - 1) == 9, "NETMAP_BUF_IDX");
	SET(uint64_t, tx->offset_mask, 0xff);
	tx->slot[0].ptr = 0x1234;
	NETMAP_WOFFSET(tx, &tx->slot[0], 0x10u);
	check(tx->slot[0].ptr == 0x1210 && NETMAP_ROFFSET(tx, &tx->slot[0]) == 0x10 &&
	      NETMAP_BUF_OFFSET(tx, &tx->slot[0]) == NETMAP_BUF(tx, tx->slot[0].buf_idx) + 0x10,
	      "offsets in slots");
	world_free(&w);
}

static void fill(unsigned char *p, size_t n, unsigned int seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (unsigned char)(seed * 31 + i);
}

static void check_inject(void)
{
	unsigned char pkt[3 * BUF_SIZE + 10];
	struct netmap_ring *r0, *r1;
	struct world w;
	int n, ok;

	world_make(&w, NR_REG_ALL_NIC, 0);
	r0 = NETMAP_TXRING(w.d.nifp, 0);
	r1 = NETMAP_TXRING(w.d.nifp, 1);
	fill(pkt, sizeof(pkt), 1);
	r0->slot[0].flags = 0x80 | NS_MOREFRAG | NS_INDIRECT;
	check(nm_inject(&w.d, pkt, 60) == 60 && r0->head == 1 && r0->cur == 1 &&
	      r0->slot[0].len == 60 && memcmp(NETMAP_BUF(r0, 2), pkt, 60) == 0,
	      "nm_inject, one slot");
	check(r0->slot[0].flags == 0x80, "nm_inject keeps unknown flags, drops stale ones");
	check(nm_inject(&w.d, pkt, BUF_SIZE) == (int)BUF_SIZE && r0->head == 2 &&
	      r0->slot[1].flags == 0, "nm_inject, a whole buffer");
	check(nm_inject(&w.d, pkt, sizeof(pkt)) == (int)sizeof(pkt) && r0->head == 6 &&
	      r0->slot[2].flags == NS_MOREFRAG && r0->slot[4].flags == NS_MOREFRAG &&
	      r0->slot[5].flags == 0 && r0->slot[5].len == 10 &&
	      memcmp(NETMAP_BUF(r0, 7), pkt + 3 * BUF_SIZE, 10) == 0, "nm_inject, four slots");
	check(nm_inject(&w.d, pkt, sizeof(pkt)) == (int)sizeof(pkt) && r0->head == 6 &&
	      r1->head == 4, "nm_inject, no room in the first ring");
	check(nm_inject(&w.d, pkt, sizeof(pkt)) == 0 && r0->head == 6 && r1->head == 4,
	      "nm_inject, no room for a long packet");
	for (n = 0; nm_inject(&w.d, pkt, 1) == 1; n++)
		continue;
	check(n == 4 && nm_ring_empty(r0) && nm_ring_empty(r1), "nm_inject until all is full");
	check(nm_inject(&w.d, pkt, 0) == 0, "nm_inject, nothing");
	ok = nm_inject(&w.d, pkt, NETMAP_MAX_FRAGS * BUF_SIZE + 1) == 0;
	check(ok, "nm_inject, more than 64 slots");
	world_free(&w);
}

/* put n packets of 60 bytes into a receive ring */
static void receive(struct world *w, uint32_t ring, uint32_t n)
{
	struct netmap_ring *r = NETMAP_RXRING(w->d.nifp, ring);

	for (; n > 0; n--) {
		struct netmap_slot *slot = &r->slot[r->tail];

		fill((unsigned char *)NETMAP_BUF(r, slot->buf_idx), 60, ring);
		slot->len = 60;
		slot->flags = 0;
		r->tail = nm_ring_next(r, r->tail);
	}
}

static void check_nextpkt(void)
{
	struct nm_pkthdr hdr;
	struct netmap_ring *r;
	struct world w;
	unsigned char *p;

	world_make(&w, NR_REG_ALL_NIC, 0);
	r = NETMAP_RXRING(w.d.nifp, 1);
	check(nm_nextpkt(&w.d, &hdr) == NULL, "nm_nextpkt, nothing there");
	receive(&w, 1, 5);
	r->ts.tv_sec = 77;
	p = nm_nextpkt(&w.d, &hdr);
	check(p != NULL && p == hdr.buf &&
		      p == (unsigned char *)NETMAP_BUF(r, r->slot[0].buf_idx) && hdr.len == 60 &&
		      hdr.caplen == 60 && hdr.slot == &r->slot[0] && hdr.d == &w.d &&
		      hdr.ts.tv_sec == 77 && hdr.flags == NM_MORE_PKTS && r->head == 1 &&
		      r->cur == 1,
	      "nm_nextpkt");

	/* buffers in a row, then one elsewhere */
	r->slot[1].flags = r->slot[2].flags = NS_MOREFRAG;
	r->slot[1].len = r->slot[2].len = BUF_SIZE;
	r->slot[3].buf_idx = 2;
	p = nm_nextpkt(&w.d, &hdr);
	check(p != NULL && hdr.len == 2 * BUF_SIZE + 60 && hdr.caplen == 2 * BUF_SIZE &&
	      r->head == 4 && hdr.flags == NM_MORE_PKTS, "nm_nextpkt, three slots");
	r->slot[4].flags = NS_MOREFRAG;
	p = nm_nextpkt(&w.d, &hdr);
	check(p != NULL && hdr.len == 60 && hdr.flags == 0 && r->head == 5,
	      "nm_nextpkt stops where the ring ends");
	check(nm_nextpkt(&w.d, &hdr) == NULL && w.d.st.ps_recv == 3, "nm_nextpkt, at the end");
	world_free(&w);
}

static void check_unbound(void)
{
	struct nm_pkthdr hdr;
	struct world w;
	uint32_t i;

	world_make(&w, NR_REG_ALL_NIC, 0);
	receive(&w, 0, 1);
	for (i = 0; i < 2 * RINGS; i++)
		SET(ssize_t, w.d.nifp->ring_ofs[i], 0);
	check(nm_nextpkt(&w.d, &hdr) == NULL && nm_inject(&w.d, "x", 1) == 0,
	      "rings that are not bound are left alone");
	world_free(&w);
}

/* what the callback saw */
struct seen {
	int packets;
	int last;	/* packets without NM_MORE_PKTS */
	int wrong;
};

static void look(unsigned char *arg, const struct nm_pkthdr *hdr, const unsigned char *buf)
{
	struct seen *s = (struct seen *)(void *)arg;

	s->packets++;
	s->last += hdr->flags != NM_MORE_PKTS;
	s->wrong += buf != hdr->buf || hdr->len != 60 || hdr->caplen != 60;
}

static void check_dispatch(void)
{
	struct world w;
	struct seen s = { 0, 0, 0 };
	unsigned char *arg = (unsigned char *)&s;

	world_make(&w, NR_REG_NIC_SW, 0);
	check(nm_dispatch(&w.d, 0, look, arg) == 0 && s.packets == 0, "nm_dispatch, nothing there");
	receive(&w, 0, 3);
	receive(&w, 1, 2);
	receive(&w, 3, 7);
	check(nm_dispatch(&w.d, 4, look, arg) == 4 && s.packets == 4 && s.last == 1,
	      "nm_dispatch, at most four");
	check(NETMAP_RXRING(w.d.nifp, 0)->head == 3 && NETMAP_RXRING(w.d.nifp, 1)->head == 1,
	      "nm_dispatch gives back what it showed");
	check(nm_dispatch(&w.d, -1, look, arg) == 8 && s.packets == 12 && s.last == 2,
	      "nm_dispatch, all of the rest");
	check(s.wrong == 0 && w.d.st.ps_recv == 12, "nm_dispatch, headers");
	world_free(&w);
}

static void check_open(void)
{
	struct nm_desc parent, d, *p = &d;

	memset(&parent, 0, sizeof(parent));
	parent.self = &parent;
	strcpy(parent.req.nr_name, "other");
	parent.req.nr_flags = NR_REG_ONE_NIC;
	parent.req.nr_ringid = 3;
	parent.req.nr_arg1 = 1;
	parent.req.nr_arg2 = 2;
	parent.req.nr_arg3 = 3;
	parent.req.nr_tx_slots = 64;

	memset(&d, 0, sizeof(d));
	check(nm_open_request_(p, NULL, NULL, NM_OPEN_IFNAME, &parent) == 0 &&
	      strcmp(d.req.nr_name, "other") == 0 && d.req.nr_flags == NR_REG_ONE_NIC &&
	      d.req.nr_ringid == 3 && d.req.nr_arg2 == 0 && d.req.nr_tx_slots == 0,
	      "NM_OPEN_IFNAME");
	memset(&d, 0, sizeof(d));
	check(nm_open_request_(p, "netmap:a", &parent.req, NETMAP_NO_TX_POLL | NR_EXCLUSIVE,
			       NULL) == 0 &&
	      strcmp(d.req.nr_name, "a") == 0 && d.req.nr_ringid == NETMAP_NO_TX_POLL &&
	      d.req.nr_flags == (NR_REG_ALL_NIC | NR_EXCLUSIVE) && d.req.nr_tx_slots == 64 &&
	      d.req.nr_version == NETMAP_API, "a request to start from, and flags");
	memset(&d, 0, sizeof(d));
	check(nm_open_request_(p, "netmap:a", NULL, NM_OPEN_ARG1 | NM_OPEN_ARG2 | NM_OPEN_ARG3 |
			       NM_OPEN_RING_CFG, &parent) == 0 &&
	      d.req.nr_arg1 == 1 && d.req.nr_arg2 == 2 && d.req.nr_arg3 == 3 &&
	      d.req.nr_tx_slots == 64, "NM_OPEN_ARG1, 2, 3 and NM_OPEN_RING_CFG");
	errno = 0;
	check(nm_open("netmap:abcdefghijklmnop", NULL, 0, NULL) == NULL && errno == ENAMETOOLONG,
	      "nm_open says why not");
	check(nm_close(NULL) == EINVAL, "nm_close of nothing");
}

int main(void)
{
	check_specs();
	check_copy();
	check_ranges();
	check_rings();
	check_inject();
	check_nextpkt();
	check_unbound();
	check_dispatch();
	check_open();
	return failed != 0;
}
