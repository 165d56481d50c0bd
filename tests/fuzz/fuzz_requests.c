/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests: headers, names, bodies, options and old requests from the input, on three descriptors.
 * Pointers lead into one block of memory, where bodies and options may overlap, to its last bytes
 * before an unmapped page, or nowhere.
 */
#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input.h"

#define FILES	3
#define BLOCK	4096u		/* bytes; a page that cannot be read follows */
#define CHAIN	12		/* most options in a list that has an end */
#define USERMEM_ACT	0xe0		/* first byte of an act from here on: user memory */
#define USERMEM	(256u * 4096u)	/* bytes of user memory */

static struct client file[FILES];
static uint8_t *block;
static uint8_t *usermem;		/* memory that every platform takes */
static int event;		/* an eventfd */
static struct os_interrupt interrupt;	/* always raised: a loop makes one round */

static void lent_get(void)
{
	int fd = memfd_create("user", MFD_CLOEXEC);

	os_assert(fd >= 0 && ftruncate(fd, USERMEM) == 0);
	usermem = mmap(NULL, USERMEM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	os_assert(usermem != MAP_FAILED && event >= 0);
	os_interrupt_begin(&interrupt);
	os_interrupt_raise(&interrupt, 0);
}

static void block_get(void)
{
	if (!block) {
		block = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		os_assert(block != MAP_FAILED && mprotect(block + BLOCK, BLOCK, PROT_NONE) == 0);
	}
	if (!usermem)
		lent_get();
	memset(block, 0, BLOCK);
}

/* In the block, most of the time; never at other memory that the engine could write to. */
static uint64_t address(struct input *in)
{
	static const uint64_t wild[] = { 0, 1, 4095, 1ull << 47, 1ull << 63, ~0ull, ~0ull - 4095 };
	uint16_t v = input_half(in);

	if (v < 0xf000)
		return (uintptr_t)block + v % BLOCK;
	if (v < 0xf800)
		return (uintptr_t)block + BLOCK - v % 64;
	return wild[v % (sizeof(wild) / sizeof(wild[0]))];
}

/* A list of options in the block: types, sizes and links from the input. */
static uint64_t chain(struct input *in)
{
	struct nmreq_option *o = (void *)(block + BLOCK / 2);
	uint32_t n = input_below(in, CHAIN), i;

	for (i = 0; i < n; i++) {
		uint8_t how = input_byte(in);

		o[i] = (struct nmreq_option){ .nro_reqtype = how & 7, .nro_status = 0xdead };
		o[i].nro_size = how & 8 ? input_size(in) : 0;
		o[i].nro_next = i + 1 < n ? (uintptr_t)&o[i + 1] : 0;
		if (how >= 0xe0)
			o[i].nro_next = how & 16 ? (uintptr_t)&o[input_below(in, n)] : address(in);
	}
	return n ? (uintptr_t)o : 0;
}

/* At most 3 rings and, unless it is refused anyway, 63 slots. */
static void put_few(uint8_t *rings, uint8_t *slots)
{
	rings[0] &= 3;
	rings[1] = 0;
	if (slots[3])
		return;
	slots[0] &= 63;
	slots[1] = slots[2] = 0;
}

/* Few rings in a body that asks for rings: gigabytes would be granted, but take seconds. */
static void tame(uint16_t type, uint64_t body)
{
	const bool is_newif = type == NETMAP_REQ_VALE_NEWIF;
	size_t rings_at = is_newif ? offsetof(struct nmreq_vale_newif, nr_tx_rings) :
				     offsetof(struct nmreq_register, nr_tx_rings);
	size_t slots_at = is_newif ? offsetof(struct nmreq_vale_newif, nr_tx_slots) :
				     offsetof(struct nmreq_register, nr_tx_slots);
	uint64_t place = body - (uintptr_t)block;
	int i;

	if (body < (uintptr_t)block || place + rings_at + 8 > BLOCK)
		return;
	if (type == NETMAP_REQ_REGISTER || is_newif)
		for (i = 0; i < 2; i++)
			put_few(block + place + rings_at + 2 * i, block + place + slots_at + 4 * i);
	if (type == NETMAP_REQ_REGISTER && place + sizeof(struct nmreq_register) <= BLOCK)
		block[place + offsetof(struct nmreq_register, nr_extra_bufs) + 1] = 0;
}

/* Any header, most with a version and a type that pass. */
static void request(struct client *p, struct input *in)
{
	struct nmreq_header h = { .nr_version = NETMAP_API };
	uint8_t how = input_byte(in), n;

	h.nr_reqtype = how & 0x20 ? input_half(in) : how % 18;
	if (how == 0xff)
		h.nr_version = input_half(in);
	if (how == 0xfe)
		h.nr_reserved = input_word(in);
	input_name(in, h.nr_name, sizeof(h.nr_name));
	n = input_byte(in);
	input_take(in, block + input_byte(in) * 8, n);
	h.nr_body = address(in);
	h.nr_options = how & 0x40 ? chain(in) : how & 0x80 ? address(in) : 0;
	tame(h.nr_reqtype, h.nr_body);
	nm_client_ctrl(p->c, &p->who, &h);
}

/* Rings that a request asks for: few, or too many for any port. */
static uint16_t rings(struct input *in)
{
	uint8_t v = input_byte(in);

	return v < 250 ? v % 4 : 0xffff - v % 2;
}

static const char *const names[] = { "valeF:a", "valeF:b", "pf", "valeF:pf", "x{1", "x}1",
	"valeF:a{1", "" };

static void register_sane(struct client *p, struct input *in, const char *name)
{
	p->reg = (struct nmreq_register){ .nr_mode = input_below(in, 10),
		.nr_ringid = (uint16_t)input_size(in), .nr_mem_id = (uint16_t)input_below(in, 4),
		.nr_tx_slots = input_slots(in), .nr_rx_slots = input_slots(in),
		.nr_tx_rings = rings(in), .nr_rx_rings = rings(in),
		.nr_extra_bufs = input_slots(in),
		.nr_flags = (uint64_t)input_half(in) << 8 & 0x3ff00 };
	client_ctrl(p, NETMAP_REQ_REGISTER, name, &p->reg, NULL);
}

/* As request(), with a meaningful name and a body of that type's size. */
static void sane_request(struct client *p, struct input *in)
{
	uint16_t type = input_byte(in) & 15;
	const char *name = names[input_byte(in) & 7];
	uint64_t opts;

	if (type == NETMAP_REQ_REGISTER) {
		register_sane(p, in, name);
		return;
	}
	opts = input_byte(in) < 16 ? chain(in) : 0;
	memset(block, 0, BLOCK / 2);
	input_take(in, block, sizeof(struct nmreq_vale_attach));
	tame(type, (uintptr_t)block);
	client_ctrl(p, type, name, block, (void *)(uintptr_t)opts);
}

/* Listings and reasons. The array lies in the block, or partly outside. */
static void inspect(struct client *p, struct input *in)
{
	struct nmreq_inspect i = { .what = input_below(in, 9), .rec_size = input_half(in) % 512,
		.count = input_byte(in), .cursor = input_size(in), .data = address(in) };

	client_ctrl(p, NETMAP_REQ_INSPECT, names[input_byte(in) & 7], &i, NULL);
	client_reason(p);
}

static void old_request(struct client *p, struct input *in)
{
	static const uint32_t cmd[] = { NIOCREGIF, NIOCGINFO, NIOCREGIF, NIOCCONFIG };
	uint8_t what = input_byte(in);
	struct nmreq r = { .nr_version = what < 240 ? 11 + what % 4 : what % 20 };

	if (what & 1)
		input_take(in, r.nr_name, sizeof(r.nr_name));
	else
		snprintf(r.nr_name, sizeof(r.nr_name), "%s", names[what / 2 % 8]);
	r.nr_cmd = (uint16_t)input_below(in, 14);
	r.nr_ringid = input_half(in);
	r.nr_arg1 = (uint16_t)input_size(in);
	r.nr_arg2 = (uint16_t)input_size(in);
	r.nr_arg3 = input_slots(in);
	r.nr_flags = input_word(in);
	r.nr_tx_slots = input_slots(in);
	r.nr_rx_slots = input_slots(in);
	r.nr_tx_rings = rings(in);
	r.nr_rx_rings = rings(in);
	nm_client_legacy(p->c, &p->who, cmd[what / 16 % 3], &r);
	if (what == 255)
		nm_client_unknown(p->c, &p->who, cmd[3]);
}

/* Mostly in the user memory, at any alignment. */
static uint64_t lent_address(struct input *in)
{
	uint16_t v = input_half(in);

	if (v >= 0xf000)
		return address(in);
	return (uintptr_t)usermem + (v & 0x800 ? v % USERMEM : v % (USERMEM / 4096) * 4096ul);
}

static void register_lent(struct client *p, struct input *in)
{
	struct nmreq_opt_extmem o = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_EXTMEM };
	struct nmreq_pools_info *i = &o.nro_info;

	o.nro_usrptr = lent_address(in);
	i->nr_memsize = input_byte(in) < 200 ? USERMEM - (o.nro_usrptr - (uintptr_t)usermem) :
					       input_word(in);
	if (input_byte(in) < 64) {
		i->nr_if_pool_objtotal = input_size(in);
		i->nr_if_pool_objsize = input_size(in);
		i->nr_ring_pool_objtotal = input_size(in);
		i->nr_ring_pool_objsize = input_size(in);
		i->nr_buf_pool_objtotal = input_size(in);
		i->nr_buf_pool_objsize = input_size(in);
	}
	p->reg = (struct nmreq_register){
		.nr_mode = NR_REG_ALL_NIC,
		.nr_tx_slots = 16,
		.nr_rx_slots = 16,
		.nr_mem_id = (uint16_t)(input_byte(in) < 240 ? 0 : input_below(in, 4))
	};
	client_ctrl(p, NETMAP_REQ_REGISTER, names[input_byte(in) & 7], &p->reg, &o.nro_opt);
}

static void enter_csb(struct client *p, struct input *in)
{
	struct nmreq_opt_csb o = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_CSB };
	bool is_new = input_byte(in) < 128;

	o.csb_atok = lent_address(in);
	o.csb_ktoa = lent_address(in);
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE,
		.nr_tx_slots = 16, .nr_rx_slots = 16 };
	client_ctrl(p, is_new ? NETMAP_REQ_REGISTER : NETMAP_REQ_CSB_ENABLE,
		    names[input_byte(in) & 7], &p->reg, &o.nro_opt);
}

static int32_t descriptor(struct input *in)
{
	uint8_t v = input_byte(in);

	return v < 128 ? event : v < 192 ? -1 : v;
}

/* A loop, after the application's words are set from the input. */
static void run_loop(struct client *p, struct input *in)
{
	uint64_t room[5] = { 0 };	/* the option and two entries */
	struct nmreq_opt_sync_kloop_eventfds *e = (void *)room;
	struct nmreq_opt_sync_kloop_mode m = { .nro_opt.nro_reqtype =
						       NETMAP_REQ_OPT_SYNC_KLOOP_MODE };
	struct nmreq_sync_kloop_start body = { .sleep_us = input_byte(in) };
	uint8_t how = input_byte(in);
	uint16_t place = input_half(in);
	int i;

	input_take(in, usermem + place % (USERMEM - 256), input_byte(in) % 128);
	e->nro_opt.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS;
	e->nro_opt.nro_size = how & 64 ? input_size(in) : sizeof(room);
	e->nro_opt.nro_next = how & 2 ? (uintptr_t)&m : 0;
	for (i = 0; i < 2; i++) {
		e->eventfds[i].ioeventfd = descriptor(in);
		e->eventfds[i].irqfd = descriptor(in);
	}
	m.mode = how >> 2 & 7;
	client_ctrl(p, how & 32 ? NETMAP_REQ_SYNC_KLOOP_STOP : NETMAP_REQ_SYNC_KLOOP_START, "",
		    &body,
		    how & 1 ? &e->nro_opt :
		    how & 2 ? &m.nro_opt :
			      NULL);
}

static void give_memory(struct client *p, struct input *in)
{
	switch (input_byte(in) & 3) {
	case 0:
		register_lent(p, in);
		break;
	case 1:
		enter_csb(p, in);
		break;
	default:
		run_loop(p, in);
		break;
	}
}

static void move(struct client *p)
{
	client_txsync(p);
	client_rxsync(p);
	client_poll(p, POLLIN | POLLOUT);
}

static void start(struct client *p)
{
	os_assert(client_open(p, &test_ns) == 0);
	p->who.interrupt = &interrupt;
}

static void reopen(struct client *p)
{
	client_close(p);
	start(p);
}

static void act(struct client *p, uint8_t what, struct input *in)
{
	static void (*const act_of[])(struct client *, struct input *) = { request, sane_request,
		sane_request, old_request, inspect };

	if (what < 5)
		act_of[what](p, in);
	else if (what == 5)
		move(p);
	else
		reopen(p);
}

static void configure(void)
{
	nm_setting_set("buf_size", 512);
	nm_setting_set("priv_buf_size", 512);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int i;

	block_get();
	fuzz_begin(configure);
	for (i = 0; i < FILES; i++)
		start(&file[i]);
	while (in.left) {
		uint8_t what = input_byte(&in);

		if (what >= USERMEM_ACT)
			give_memory(&file[what % FILES], &in);
		else
			act(&file[what % FILES], what / FILES % 7, &in);
		os_assert(os_test_locks_held() == 0);
	}
	for (i = 0; i < FILES; i++)
		client_close(&file[i]);
	fuzz_end();
	return 0;
}
