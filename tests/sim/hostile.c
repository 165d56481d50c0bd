/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile clients. They share a table of open files: any number may use one at a time, as threads
 * with one descriptor do; the one that closes it has it alone, as the platform promises. They write
 * anything into a ring that they can reach, at any time. Some are in the domain of the good clients
 * and spare what they would share with them; strangers, in other domains, try everything.
 */
#include <stdio.h>
#include <unistd.h>

#include "sim.h"

#define RINGS	16

/* A ring as it was when bound: its words are rubbish soon. */
struct prey {
	struct netmap_ring *ring;
	uint32_t num_slots;
	bool is_tx;
};

static struct file {
	pthread_rwlock_t lock;	/* write: open, bind, close; read: everything else */
	struct client p;
	bool is_open;
	bool is_stranger;
	struct prey prey[RINGS];
	uint32_t prey_count;
} files[HOSTILE_FILES];

static uint64_t acts;		/* atomic */

static struct os_domain strangers[] = {
	{ .uid = 1001, .is_limited = true },
	{ .uid = 1002, .is_limited = true },
};

static const char *const names[] = {
	"valeSim:h0", "valeSim:h1", "valeSim:h2", "valeSim:h3", "valeSim:h4", "valeOther:h0",
	"valeOther:h1", "lone{1", "lone}1", "lone{2", "lone}2", "valeSim:h0{1", "valeSim:h0}1",
	"valeSim:h0{1}7", "sim0", "sim1", "valeSim:sim0", "valeSim:sim1", "valeOther:sim0", "none",
	"nosuch", "", "vale:", "valeSim:", "{", "a}",
	GOOD_PIPE_A, GOOD_A,
};
#define NAMES	(sizeof(names) / sizeof(names[0]))
#define ADMIN_NAMES	(NAMES - 2)	/* without those of good.c */
#define MONITOR_NAMES	(NAMES - 1)	/* without those of good.c on the switch */

void hostile_begin(void)
{
	int i;

	for (i = 0; i < HOSTILE_FILES; i++)
		pthread_rwlock_init(&files[i].lock, NULL);
}

static uint64_t random_address(struct rng *r)
{
	static uint8_t memory[2 * 65536]; /* room behind each address for the longest answer */

	switch (rng_below(r, 5)) {
	case 0:
		return 0;
	case 1:
		return rng_next(r);
	case 2:
		return rng_below(r, 4096);
	default:
		return (uintptr_t)memory + rng_below(r, sizeof(memory) / 2);
	}
}

static uint32_t random_word(struct rng *r)
{
	switch (rng_below(r, 6)) {
	case 0:
		return 0;
	case 1:
		return 0xffffffff;
	case 2:
		return (uint32_t)rng_next(r);
	case 3:
		return 1u << rng_below(r, 32);
	default:
		return rng_below(r, 4096);
	}
}

/* The number of slots by the engine: another file may have changed the ring's word already. */
static void prey_add(struct file *f, struct netmap_ring *ring, bool is_tx)
{
	if (ring && f->prey_count < RINGS)
		f->prey[f->prey_count++] = (struct prey){
			ring, is_tx ? f->p.reg.nr_tx_slots : f->p.reg.nr_rx_slots, is_tx };
}

/* Destinations: broadcast, the stations of good.c, unknown ones. */
static void buffers_fill(struct file *f, struct rng *r)
{
	const char *base = client_at(&f->p, 0, 1);
	uint32_t i, k;

	for (i = 0; i < f->prey_count; i++) {
		struct prey *y = &f->prey[i];

		for (k = 0; y->is_tx && k < y->num_slots; k += 1 + rng_below(r, 8)) {
			/* buf_ofs may be rubbish already: any address in the map will do. */
			uint64_t off = (uint64_t)((char *)y->ring - base) +
				       (uint64_t)y->ring->buf_ofs +
				       UINT64_C(2048) * y->ring->slot[k].buf_idx;
			uint8_t *at = client_at(&f->p, off, 64);
			const uint32_t dst[] = { STATION_ALL, 0xb0b0, 0xa0a0, rng_below(r, 100),
				STATION_GROUP | 1 };

			if (at)
				frame_make(at, 64, dst[rng_below(r, 5)], 1 + rng_below(r, 100),
					   random_word(r));
		}
	}
}

/* The caller of one request: the platform may note in it what it finds out. */
static struct os_caller caller_of(const struct file *f)
{
	return (struct os_caller){ .pid = f->p.who.pid };
}

/* The number of names that a file uses. */
static uint32_t names_of(const struct file *f, uint32_t spared)
{
	return f->is_stranger ? NAMES : spared;
}

/* Sometimes a request as a program makes it, else random bytes. */
static void register_fill(struct nmreq_register *reg, bool is_stranger, struct rng *r)
{
	static const uint64_t flags[] = {
		NR_EXCLUSIVE, NR_TX_RINGS_ONLY, NR_RX_RINGS_ONLY, NR_NO_TX_POLL,
		NR_DO_RX_POLL, NR_ACCEPT_VNET_HDR, NR_MONITOR_TX, NR_ZCOPY_MON,
		NR_MONITOR_RX, NR_MONITOR_TX | NR_MONITOR_RX, NR_MONITOR_TX | NR_ZCOPY_MON,
		NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON,
	};

	*reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	if (rng_chance(r, 3))
		reg->nr_flags = flags[rng_below(r, sizeof(flags) / sizeof(flags[0]))];
	if (rng_chance(r, 3)) {
		reg->nr_tx_rings = (uint16_t)rng_below(r, 5);
		reg->nr_rx_rings = (uint16_t)rng_below(r, 5);
		reg->nr_tx_slots = 4 + rng_below(r, 300);
		reg->nr_rx_slots = 4 + rng_below(r, 300);
	}
	if (rng_chance(r, 3))
		reg->nr_extra_bufs = rng_below(r, 200);
	if (rng_chance(r, 4))
		reg->nr_mode = rng_below(r, 10);
	if (rng_chance(r, 4))
		reg->nr_ringid = (uint16_t)rng_below(r, 6);
	if (rng_chance(r, 10)) {
		reg->nr_tx_slots = random_word(r);
		reg->nr_rx_rings = (uint16_t)random_word(r);
		reg->nr_extra_bufs = random_word(r) % 100000;
	}
	if (rng_chance(r, 6))
		reg->nr_mem_id = (uint16_t)rng_below(r, 12);
	if (!is_stranger && good_is_region(reg->nr_mem_id))
		reg->nr_mem_id = 0;	/* clients that share a region trust each other */
}

/* With and without offsets, so that frames cross between all of them. */
static void offsets_fill(struct nmreq_opt_offsets *o, struct rng *r)
{
	*o = (struct nmreq_opt_offsets){ .nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS };
	o->nro_max_offset = rng_chance(r, 3) ? 128 : rng_below(r, 2048);
	o->nro_initial_offset = rng_below(r, 2) * rng_below(r, 200);
	o->nro_offset_bits = rng_chance(r, 3) ? rng_below(r, 65) : 16;
	o->nro_tx_align = rng_chance(r, 4) ? 1u << rng_below(r, 7) : 0;
	o->nro_min_gap = rng_chance(r, 4) ? rng_below(r, 500) : 0;
}

static void bind_locked(struct file *f, struct rng *r)
{
	struct nmreq_opt_offsets offsets;
	uint32_t i, known;

	register_fill(&f->p.reg, f->is_stranger, r);
	/*
	 * A pipe on a port of good.c would share its region, as would a zero-copy monitor. A
	 * client with a copy of its frames could send them on the switch again, cut short.
	 */
	known = f->p.reg.nr_flags & (NR_MONITOR_TX | NR_MONITOR_RX) ? MONITOR_NAMES : NAMES;
	if (f->p.reg.nr_mode == NR_REG_PIPE_MASTER || f->p.reg.nr_mode == NR_REG_PIPE_SLAVE ||
	    f->p.reg.nr_flags & NR_ZCOPY_MON)
		known = ADMIN_NAMES;
	offsets_fill(&offsets, r);
	if (client_register_as_is(&f->p, names[rng_below(r, names_of(f, known))],
				  rng_chance(r, 3) ? &offsets.nro_opt : NULL) ||
	    !f->p.nifp)
		return;
	f->prey_count = 0;
	for (i = 0; i < RINGS / 2; i++)
		prey_add(f, client_tx(&f->p, i), true);
	for (i = 0; i < RINGS / 2; i++)
		prey_add(f, client_rx(&f->p, i), false);
	buffers_fill(f, r);
}

static void act_open_close(struct file *f, struct rng *r)
{
	pthread_rwlock_wrlock(&f->lock);
	if (f->is_open && (rng_chance(r, 3) || f->p.map)) {
		f->prey_count = 0;
		client_close(&f->p);
		f->is_open = false;
	}
	if (!f->is_open) {
		struct os_domain *d = &strangers[rng_below(r, 2)];

		f->is_stranger = rng_chance(r, 2);
		f->is_open = client_open_in(&f->p, &test_ns,
					    f->is_stranger ? d : &os_domain_first) == 0;
	}
	if (f->is_open && !f->p.map)
		bind_locked(f, r);
	pthread_rwlock_unlock(&f->lock);
}

static void store32(void *at, uint32_t v)
{
	__atomic_store_n((uint32_t *)at, v, __ATOMIC_RELAXED);
}

/* Write a random value into a word of a ring's header or slots. */
static void act_scribble(struct file *f, struct rng *r)
{
	uint32_t n = 1 + rng_below(r, 20), i;

	for (i = 0; f->prey_count && i < n; i++) {
		struct prey *y = &f->prey[rng_below(r, f->prey_count)];
		struct netmap_slot *s = &y->ring->slot[rng_below(r, y->num_slots)];

		switch (rng_below(r, 8)) {
		case 0:
			store32((uint8_t *)y->ring + 4 * rng_below(r, sizeof(*y->ring) / 4),
				random_word(r));
			break;
		case 1:
			store32(&y->ring->head, rng_below(r, y->num_slots));
			break;
		case 2:
			store32(&y->ring->cur, rng_below(r, y->num_slots));
			break;
		case 3:
			store32(&s->buf_idx, random_word(r));
			break;
		case 4:
			__atomic_store_n(&s->ptr,
					 rng_chance(r, 2) ? rng_below(r, 2100) : random_address(r),
					 __ATOMIC_RELAXED);
			break;
		case 5:
			__atomic_store_n(&s->flags, (uint16_t)random_word(r), __ATOMIC_RELAXED);
			break;
		case 6:
			__atomic_store_n(&s->len, (uint16_t)random_word(r), __ATOMIC_RELAXED);
			break;
		case 7:
			store32(&f->p.nifp->ni_bufs_head, random_word(r));
			break;
		}
	}
}

static void slot_fill(struct netmap_slot *s, struct rng *r)
{
	uint32_t len = rng_chance(r, 20) ? rng_below(r, 2049) : 64;
	uint32_t flags = rng_chance(r, 10) ? 1u << rng_below(r, 16) : 0;

	__atomic_store_n(&s->len, (uint16_t)len, __ATOMIC_RELAXED);
	__atomic_store_n(&s->flags, (uint16_t)flags, __ATOMIC_RELAXED);
}

/* As a program does: fill slots and move head as far as the ring seems to allow. */
static void act_use(struct file *f, struct rng *r)
{
	uint32_t i, head, tail, n;
	struct os_caller who;

	if (!f->prey_count)
		return;
	for (i = 0; i < f->prey_count; i++) {
		struct prey *y = &f->prey[i];

		head = __atomic_load_n(&y->ring->head, __ATOMIC_RELAXED);
		tail = __atomic_load_n(&y->ring->tail, __ATOMIC_RELAXED);
		if (head >= y->num_slots || tail >= y->num_slots)
			continue;
		n = rng_below(r, (tail + y->num_slots - head) % y->num_slots + 1);
		for (; n; n--) {
			struct netmap_slot *s = &y->ring->slot[head];

			if (y->is_tx)
				slot_fill(s, r);
			head = head + 1 == y->num_slots ? 0 : head + 1;
		}
		store32(&y->ring->head, head);
		store32(&y->ring->cur, head);
	}
	who = caller_of(f);
	nm_client_sync(f->p.c, &who, true);
	who = caller_of(f);
	nm_client_sync(f->p.c, &who, false);
}

static void act_poll(struct file *f, struct rng *r)
{
	struct os_caller who = caller_of(f);
	struct os_poller poller;
	uint32_t events = rng_below(r, 2) * POLLIN | rng_below(r, 2) * POLLOUT;

	os_poller_begin(&poller);
	nm_client_poll(f->p.c, &who, events, rng_chance(r, 2) ? &poller : NULL);
	if (rng_chance(r, 4))
		os_poller_wait(&poller, 1);
	os_poller_end(&poller);
}

union body {
	struct nmreq_vale_attach attach;
	struct nmreq_port_hdr hdr;
	struct nmreq_vale_polling polling;
	struct nmreq_inspect inspect;
	struct nmreq_vale_newif newif;
	uint64_t word[64];
};

/* Values with which it often succeeds. */
static void body_fill(union body *b, uint16_t type, struct rng *r)
{
	switch (type) {
	case NETMAP_REQ_VALE_ATTACH:
		b->attach.reg.nr_mode = NR_REG_ALL_NIC;
		break;
	case NETMAP_REQ_PORT_HDR_SET:
		b->hdr.nr_hdr_len = rng_below(r, 4) ? 0 : 10 + 2 * rng_below(r, 2);
		break;
	case NETMAP_REQ_VALE_POLLING_ENABLE:
		b->polling = (struct nmreq_vale_polling){ 1 + rng_below(r, 2), 0, 1, 0 };
		break;
	case NETMAP_REQ_INSPECT:
		b->inspect = (struct nmreq_inspect){
			.what = rng_below(r, 9), .rec_size = 1 + rng_below(r, 1100),
			.count = 1 + rng_below(r, 50), .cursor = random_word(r),
			.data = random_address(r),
		};
		break;
	case NETMAP_REQ_VALE_NEWIF:
		b->newif.nr_tx_rings = (uint16_t)rng_below(r, 4);
		break;
	}
}

/*
 * Any request, with a body of rubbish or none, and none that configures ports of good.c, except a
 * stranger's.
 */
static void act_request(struct file *f, struct rng *r)
{
	static const uint16_t types[] = {
		NETMAP_REQ_PORT_INFO_GET, NETMAP_REQ_VALE_ATTACH, NETMAP_REQ_VALE_DETACH,
		NETMAP_REQ_VALE_LIST, NETMAP_REQ_PORT_HDR_SET, NETMAP_REQ_PORT_HDR_GET,
		NETMAP_REQ_VALE_NEWIF, NETMAP_REQ_VALE_DELIF, NETMAP_REQ_VALE_POLLING_ENABLE,
		NETMAP_REQ_VALE_POLLING_DISABLE, NETMAP_REQ_POOLS_INFO_GET,
		NETMAP_REQ_SYNC_KLOOP_START, NETMAP_REQ_CSB_ENABLE, NETMAP_REQ_INSPECT,
		NETMAP_REQ_REASON_GET, 0, 77,
	};
	union body body = { .word = { 0 } };
	struct nmreq_header h = { .nr_version = 14 };
	struct os_caller who = caller_of(f);
	const char *name = names[rng_below(r, names_of(f, ADMIN_NAMES))];
	uint32_t i;

	if (rng_chance(r, 20))
		h.nr_version = (uint16_t)random_word(r);
	h.nr_reqtype = types[rng_below(r, sizeof(types) / sizeof(types[0]))];
	memcpy(h.nr_name, name, strlen(name));
	h.nr_body = rng_chance(r, 10) ? random_address(r) : (uintptr_t)&body;
	if (rng_chance(r, 10))
		h.nr_options = random_address(r);
	body_fill(&body, h.nr_reqtype, r);
	if (rng_chance(r, 20))
		for (i = 0; i < 64; i++)
			body.word[i] = rng_next(r);
	if (!f->is_stranger && h.nr_reqtype == NETMAP_REQ_VALE_NEWIF &&
	    good_is_region(body.newif.nr_mem_id))
		return;
	nm_client_ctrl(f->p.c, &who, &h);
}

static void act_legacy(struct file *f, struct rng *r)
{
	struct nmreq old = { .nr_version = 8 + rng_below(r, 12),
		.nr_cmd = (uint16_t)rng_below(r, 14) };
	const char *name = names[rng_below(r, names_of(f, ADMIN_NAMES))];

	memcpy(old.nr_name, name, strnlen(name, sizeof(old.nr_name)));
	old.nr_arg1 = (uint16_t)rng_below(r, 3);
	/* Binding needs the file alone. */
	client_legacy(&f->p, old.nr_cmd ? NIOCREGIF : NIOCGINFO, &old);
	nm_client_unknown(f->p.c, &f->p.who, random_word(r));
}

static void act_map(struct file *f, struct rng *r)
{
	struct nm_region *region = nm_client_region(f->p.c);
	uint64_t size, off;
	int i;

	if (!region)
		return;
	size = nm_region_size(region);
	for (i = 0; i < 50; i++) {
		off = rng_next(r) % (size + size / 8) / OS_PAGE_SIZE * OS_PAGE_SIZE;
		if (nm_region_page(region, off) && off >= size)
			sim_wrong("a page behind the end of a region");
	}
	nm_region_put(region);
}

static void (*const deeds[])(struct file *f, struct rng *r) = {
	act_scribble, act_scribble, act_use, act_use, act_use, act_use, act_poll,
	act_request, act_request, act_legacy, act_map,
};

void *hostile_run(void *arg)
{
	struct rng *r = arg;
	uint64_t done = 0;

	for (; !sim_is_over(); done++) {
		struct file *f = &files[rng_below(r, HOSTILE_FILES)];

		if (rng_chance(r, 40)) {
			act_open_close(f, r);
			continue;
		}
		pthread_rwlock_rdlock(&f->lock);
		if (f->is_open)
			deeds[rng_below(r, sizeof(deeds) / sizeof(deeds[0]))](f, r);
		pthread_rwlock_unlock(&f->lock);
	}
	__atomic_add_fetch(&acts, done, __ATOMIC_RELAXED);
	return NULL;
}

uint64_t hostile_end(void)
{
	int i;

	for (i = 0; i < HOSTILE_FILES; i++) {
		if (files[i].is_open)
			client_close(&files[i].p);
		files[i].is_open = false;
		pthread_rwlock_destroy(&files[i].lock);
	}
	return __atomic_load_n(&acts, __ATOMIC_RELAXED);
}
