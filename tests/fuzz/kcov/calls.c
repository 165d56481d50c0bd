/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The requests of /dev/netmap, made of a program's bytes: most are sensible when the bytes are 0,
 * so that a program gets past the first checks and each byte alters one thing.
 */
#include "state.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const names[] = {
	"valeK0:a", "valeK0:b", "valeK0:c", "valeK1:a", "kp0", "kp1", "kf0", "kf1", "kf2",
	"x{1", "x}1", "valeK0:a{1", "valeK0:a}1", "kf0{1", "kf0}1", "valeK0:kf0", "valeK0:kp0",
	"valeK1:kf2", "valeK1:kp1", "valeK1:kf0", "x{2", "x}2", "valeK0:", "", "vale", "nosuch",
	"lo", "valeK0:a{1}2", "}", "kp0{1", "kp0}1", "aNameThatIsLongerThanThoseOfDevicesAre",
};
#define NAMES	(sizeof(names) / sizeof(names[0]))

static const uint64_t flags[] = {
	0, NR_MONITOR_TX, NR_MONITOR_RX, NR_MONITOR_TX | NR_MONITOR_RX,
	NR_MONITOR_TX | NR_ZCOPY_MON, NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON,
	NR_EXCLUSIVE, NR_RX_RINGS_ONLY, NR_TX_RINGS_ONLY, NR_ACCEPT_VNET_HDR, NR_DO_RX_POLL,
	NR_NO_TX_POLL, NR_TX_RINGS_ONLY | NR_RX_RINGS_ONLY, ~0ull,
};
#define FLAGS	(sizeof(flags) / sizeof(flags[0]))

static void name_put(char *to, size_t n, struct args *a)
{
	uint32_t v = arg(a), i;

	memset(to, 0, n);
	if (v < 224)
		strncpy(to, names[v % NAMES], n - 1);
	for (i = 0; v >= 224 && i < n && a->left; i++)
		to[i] = (char)arg(a);
}

/* An address: of len bytes in scratch, or one that is hostile. */
static uint64_t address(struct args *a, uint64_t good)
{
	uint32_t v = arg(a);

	switch (v < 200 ? 0 : v % 7) {
	case 1: return 1 + arg(a);
	case 2: return 0xffff800000000000ull + arg_word(a);
	case 3: return (uintptr_t)scratch + SCRATCH - arg(a);
	case 4: return 0x7ffffffff000ull - arg(a);
	case 5: return (uintptr_t)usermem + arg_half(a);
	case 6: return files[v / 7 % FILES].mem ? (uintptr_t)files[v / 7 % FILES].mem : good;
	default: return good;
	}
}

/* ---- options ----------------------------------------------------------------------- */

union option {
	struct nmreq_option head;
	struct nmreq_opt_extmem extmem;
	struct nmreq_opt_csb csb;
	struct nmreq_opt_offsets offsets;
	struct nmreq_opt_sync_kloop_mode mode;
	struct { struct nmreq_opt_sync_kloop_eventfds o; int32_t fd[16]; } events;
};

static void option_extmem(union option *o, struct args *a)
{
	struct nmreq_pools_info *i = &o->extmem.nro_info;
	uint32_t v = arg(a);

	o->head.nro_reqtype = NETMAP_REQ_OPT_EXTMEM;
	o->extmem.nro_usrptr = address(a, (uintptr_t)usermem + v % 16 * 4096);
	i->nr_memsize = USERMEM - v % 16 * 4096;
	if (v & 16) {
		i->nr_if_pool_objtotal = arg_value(a, 16);
		i->nr_ring_pool_objtotal = arg_value(a, 16);
		i->nr_ring_pool_objsize = arg_value(a, 36864);
		i->nr_buf_pool_objtotal = arg_value(a, 512);
		i->nr_buf_pool_objsize = arg_value(a, 2048);
	}
	if (v & 32)
		i->nr_memsize = arg_word(a);
}

static void option_csb(union option *o, struct args *a)
{
	uint32_t v = arg(a);

	o->head.nro_reqtype = NETMAP_REQ_OPT_CSB;
	o->csb.csb_atok = address(a, (uintptr_t)usermem + USERMEM - 8192 + (v & 1) * 64);
	o->csb.csb_ktoa = address(a, (uintptr_t)usermem + USERMEM - 4096 + (v & 2) * 64);
}

static void option_offsets(union option *o, struct args *a)
{
	o->head.nro_reqtype = NETMAP_REQ_OPT_OFFSETS;
	o->offsets.nro_max_offset = arg_value(a, 2048);
	o->offsets.nro_initial_offset = arg_value(a, 64);
	o->offsets.nro_offset_bits = arg(a) % 72;
	o->offsets.nro_tx_align = arg_value(a, 16);
	o->offsets.nro_min_gap = arg_value(a, 64);
}

static void option_events(union option *o, struct args *a)
{
	uint32_t n = 2 + arg(a) % 16, i, v = arg(a);

	o->head.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS;
	o->head.nro_size = sizeof(o->events.o) + n / 2 * 8;
	for (i = 0; i < 16; i++)
		o->events.fd[i] = v & 1 && i % 2 ? -1 :
				  v & 2		 ? (int32_t)arg(a) - 1 :
						   events[i % EVENTS];
}

static void option_mode(union option *o, struct args *a)
{
	o->head.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_MODE;
	o->mode.mode = arg(a);
}

/* A chain of those that the bits of which name, in scratch; 64 and 128 damage it. */
static uint64_t options(uint32_t which, struct args *a)
{
	static void (*const fill[])(union option *, struct args *) = { option_extmem, option_csb,
		option_offsets, option_events, option_mode };
	union option *o = (union option *)(void *)(scratch + 4096), *last = NULL;
	uint64_t first = 0;
	uint32_t i;

	for (i = 0; i < 5; i++) {
		if (!(which >> i & 1))
			continue;
		memset(o, 0, sizeof(*o));
		fill[i](o, a);
		if (which & 64)
			o->head.nro_size = arg_value(a, sizeof(*o));
		if (last)
			last->head.nro_next = (uintptr_t)o;
		else
			first = (uintptr_t)o;
		last = o++;
	}
	if (last && which & 128)
		last->head.nro_next = address(a, first);
	if (last && which & 32)
		last->head.nro_reqtype = arg(a);
	return first;
}

/* ---- requests ---------------------------------------------------------------------- */

/* What succeeds may outlive the file. */
static int request(struct file *f, uint16_t type, struct args *a, void *body, uint32_t which)
{
	struct nmreq_header h = { .nr_version = NETMAP_API, .nr_reqtype = type };
	int err;

	name_put(h.nr_name, sizeof(h.nr_name), a);
	h.nr_options = options(which, a);
	h.nr_body = body ? address(a, (uintptr_t)body) : 0;
	if (arg(a) > 250)
		h.nr_version = (uint16_t)arg(a);
	err = ctrl_raw(f->fd, &h);
	if (!err && type >= NETMAP_REQ_VALE_ATTACH && type <= NETMAP_REQ_VALE_POLLING_DISABLE)
		is_lasting = true;
	return err;
}

void file_set(struct file *f, int fd)
{
	int old = __atomic_exchange_n(&f->fd, fd, __ATOMIC_RELAXED);

	if (old >= 0)
		close(old);
}

static void file_unmap(struct file *f)
{
	char *mem = __atomic_exchange_n(&f->mem, NULL, __ATOMIC_RELAXED);

	if (mem)
		munmap(mem, f->size);
}

void file_forget(struct file *f)
{
	file_set(f, -1);
	file_unmap(f);
}

void call_open(struct file *f, struct args *a)
{
	file_forget(f);
	file_set(f, open(opt.device, (arg(a) & 1 ? O_RDWR | O_NONBLOCK : O_RDWR) | O_CLOEXEC));
}

static void file_need(struct file *f)
{
	if (f->fd < 0)
		file_set(f, open(opt.device, O_RDWR | O_CLOEXEC));
}

void call_close(struct file *f, struct args *a)
{
	file_unmap(f);
	if (!(arg(a) & 1))
		file_forget(f);
}

/* Map what was bound and remember where its rings are. */
static void file_map(struct file *f, uint64_t offset, uint64_t size, uint32_t slots)
{
	struct netmap_if *nif;
	uint32_t i, n;
	char *mem;

	file_unmap(f);
	f->size = size;
	f->slots = slots ? slots : 1;
	f->ring_count = f->tx_count = 0;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	if (mem == MAP_FAILED)
		return;
	f->nif = (uint32_t)offset;
	nif = (struct netmap_if *)(void *)(mem + offset);
	f->tx_count = nif->ni_tx_rings + nif->ni_host_tx_rings;
	n = f->tx_count + nif->ni_rx_rings + nif->ni_host_rx_rings;
	for (i = 0; i < n && f->ring_count < RINGS; i++)
		if (nif->ring_ofs[i] > 0)
			f->ring[f->ring_count++] = (uint32_t)((int64_t)offset + nif->ring_ofs[i]);
	if (f->tx_count > f->ring_count)
		f->tx_count = f->ring_count;
	f->mem = mem;
}

void call_register(struct file *f, struct args *a)
{
	struct nmreq_header h = { .nr_version = NETMAP_API, .nr_reqtype = NETMAP_REQ_REGISTER };
	struct nmreq_register *r = (void *)scratch;
	struct args name = *a;
	uint32_t how, which;

	arg(a);			/* the name's */
	memset(r, 0, sizeof(*r));
	how = arg(a);
	r->nr_mode = how ? how % 11 : NR_REG_ALL_NIC;
	r->nr_flags = flags[arg(a) % FLAGS];
	which = arg(a);
	how = arg(a);
	r->nr_ringid = how & 7;
	r->nr_tx_slots = r->nr_rx_slots = how & 8 ? arg_value(a, 1024) : 16;
	if (how & 16)
		r->nr_rx_slots = arg_value(a, 1024);
	if (how & 32)
		r->nr_tx_rings = r->nr_host_tx_rings = (uint16_t)arg_value(a, 4);
	if (how & 64)
		r->nr_rx_rings = r->nr_host_rx_rings = (uint16_t)arg_value(a, 4);
	if (how & 128)
		r->nr_mem_id = (uint16_t)arg_value(a, 2);
	r->nr_extra_bufs = arg_value(a, 4096);
	file_need(f);
	if (name.left && *name.at < 224)
		name.left = 1;
	name_put(h.nr_name, sizeof(h.nr_name), &name);
	h.nr_options = options(which, a);
	h.nr_body = address(a, (uintptr_t)r);
	if (ctrl_raw(f->fd, &h) == 0 && h.nr_body == (uintptr_t)r)
		file_map(f, r->nr_offset, r->nr_memsize, r->nr_tx_slots);
}

/* Any request but registration: its body is of the bytes that follow. */
void call_ctrl(struct file *f, struct args *a)
{
	static const uint16_t types[] = {
		NETMAP_REQ_PORT_INFO_GET, NETMAP_REQ_VALE_ATTACH, NETMAP_REQ_VALE_DETACH,
		NETMAP_REQ_VALE_LIST, NETMAP_REQ_PORT_HDR_SET, NETMAP_REQ_PORT_HDR_GET,
		NETMAP_REQ_VALE_NEWIF, NETMAP_REQ_VALE_DELIF, NETMAP_REQ_VALE_POLLING_ENABLE,
		NETMAP_REQ_VALE_POLLING_DISABLE, NETMAP_REQ_POOLS_INFO_GET,
		NETMAP_REQ_REASON_GET, 0, 0x1003, NETMAP_REQ_SYNC_KLOOP_STOP, 99,
	};
	union {
		struct nmreq_vale_attach attach;
		struct nmreq_vale_newif newif;
		struct nmreq_vale_polling polling;
		struct nmreq_pools_info pools;
		struct nmreq_port_hdr hdr;
		uint8_t byte[512];
	} *b = (void *)scratch;
	uint16_t type = types[arg(a) % (sizeof(types) / sizeof(types[0]))];
	uint32_t which = arg(a);

	memset(b, 0, sizeof(*b));
	switch (type) {
	case NETMAP_REQ_VALE_ATTACH:
		b->attach.reg.nr_mode = 1 + arg(a) % 10;
		b->attach.reg.nr_flags = flags[arg(a) % FLAGS];
		break;
	case NETMAP_REQ_VALE_NEWIF:
		b->newif.nr_tx_rings = b->newif.nr_rx_rings = (uint16_t)(arg(a) % 5);
		b->newif.nr_tx_slots = arg_value(a, 1024);
		b->newif.nr_rx_slots = arg_value(a, 1024);
		b->newif.nr_mem_id = (uint16_t)arg_value(a, 2);
		break;
	case NETMAP_REQ_VALE_POLLING_ENABLE:
	case NETMAP_REQ_VALE_POLLING_DISABLE:
		b->polling.nr_mode = 1 + arg(a) % 4;
		b->polling.nr_first_cpu_id = arg(a) % 3;
		b->polling.nr_num_polling_cpus = 1 + arg_value(a, 2);
		break;
	case NETMAP_REQ_PORT_HDR_SET:
		b->hdr.nr_hdr_len = arg(a);
		break;
	case NETMAP_REQ_POOLS_INFO_GET:
		b->pools.nr_mem_id = (uint16_t)arg_value(a, 2);
		break;
	case NETMAP_REQ_VALE_LIST:
		b->byte[0] = (uint8_t)arg(a);
		b->byte[4] = (uint8_t)arg(a);
		break;
	}
	request(f, type, a, b, which & 31 ? 0 : which);
}

void call_legacy(struct file *f, struct args *a)
{
	struct nmreq *q = (void *)scratch;
	uint32_t how = arg(a);

	memset(q, 0, sizeof(*q));
	q->nr_version = how & 1 ? 8 + arg(a) % 12 : 11;
	q->nr_cmd = how & 2 ? (uint16_t)(arg(a) % 16) : 0;
	q->nr_flags = how & 4 ? arg(a) % 11 | (uint32_t)flags[arg(a) % FLAGS] : 0;
	q->nr_ringid = how & 8 ? (uint16_t)arg_half(a) : 0;
	q->nr_arg1 = how & 16 ? (uint16_t)arg_value(a, 2) : 0;
	q->nr_arg2 = how & 32 ? (uint16_t)arg_value(a, 2) : 0;
	q->nr_arg3 = how & 64 ? arg_value(a, 512) : 0;
	if (q->nr_cmd)
		is_lasting = true;
	name_put(q->nr_name, sizeof(q->nr_name), a);
	file_need(f);
	if (do_ioctl(f->fd, how & 128 ? NIOCGINFO : NIOCREGIF,
		     (void *)(uintptr_t)address(a, (uintptr_t)q)) == 0 &&
	    !(how & 128) && !q->nr_cmd)
		file_map(f, q->nr_offset, q->nr_memsize, q->nr_tx_slots);
}

void call_inspect(struct file *f, struct args *a)
{
	struct nmreq_inspect *i = (void *)scratch;

	*i = (struct nmreq_inspect){ .what = arg(a) % 10 };
	i->count = arg_value(a, 16);
	i->rec_size = 64 + arg_half(a) % 1100;
	i->cursor = arg_value(a, 8);
	i->data = address(a, (uintptr_t)scratch + 8192);
	request(f, NETMAP_REQ_INSPECT, a, i, 0);
}

/* ---- CSB mode ---------------------------------------------------------------------- */

void call_csb(struct file *f, struct args *a)
{
	uint32_t which = arg(a);

	ctrl_opts(f->fd, NETMAP_REQ_CSB_ENABLE, "", NULL,
		  (void *)(uintptr_t)options(which ? which : 2, a));
}

void call_loop(struct file *f, struct args *a)
{
	struct nmreq_sync_kloop_start *s = (void *)(scratch + 12288);
	uint32_t which = arg(a);

	*s = (struct nmreq_sync_kloop_start){ .sleep_us = arg_value(a, 1000000) };
	ctrl_opts(f->fd, NETMAP_REQ_SYNC_KLOOP_START, "",
		  (void *)(uintptr_t)address(a, (uintptr_t)s),
		  (void *)(uintptr_t)options(which, a));
}

void call_stop(struct file *f, struct args *a)
{
	(void)a;
	ctrl(f->fd, NETMAP_REQ_SYNC_KLOOP_STOP, "", NULL);
}

/* ---- maps, and the end ------------------------------------------------------------- */

/* Another map of the file, at any place: read, written and gone again. */
void call_map(struct file *f, struct args *a)
{
	uint32_t how = arg(a);
	size_t len = how & 1 ? (size_t)arg_word(a) * 16 : 1 << 20;
	off_t at = how & 2 ? (off_t)arg_half(a) << (12 + arg(a) % 36) : 0;
	int prot = how & 4 ? PROT_READ : PROT_READ | PROT_WRITE;
	char *m = mmap(NULL, len, prot, how & 8 ? MAP_PRIVATE : MAP_SHARED, f->fd, at);

	if (m == MAP_FAILED)
		return;
	if (how & 16)
		madvise(m, len < 65536 ? len : 65536, MADV_POPULATE_READ);
	if (how & 32)
		madvise(m, len, MADV_DONTNEED);
	if (how & 64)
		mprotect(m, len, PROT_NONE);
	if (how & 128)
		madvise(m, len, MADV_REMOVE);
	munmap(m, len);
}

void calls_clean(void)
{
	static const char *const parts[] = { "kp0", "kp1", "kf0", "kf1", "kf2" };
	int fd = open(opt.device, O_RDWR);
	unsigned int i, k;
	char name[32];

	for (i = 0; i < 5; i++) {
		for (k = 0; k < 2; k++) {
			struct nmreq_vale_polling off = { .nr_mode = 1, .nr_num_polling_cpus = 1 };
			struct nmreq_vale_detach d = { 0 };

			strcpy(name, k ? "valeK1:" : "valeK0:");
			strcat(name, parts[i]);
			ctrl(fd, NETMAP_REQ_VALE_POLLING_DISABLE, name, &off);
			ctrl(fd, NETMAP_REQ_VALE_DETACH, name, &d);
		}
		ctrl(fd, NETMAP_REQ_VALE_DELIF, parts[i], NULL);
	}
	close(fd);
}
