/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile clients that take all they can, let requests hang, and try to reach what is others'. */
#define _GNU_SOURCE
#include "hostile.h"

#include <net/netmap_doorbell.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "port.h"

#define HELD	256u	/* files at a time */
#define HUNG	24u
#define TOUCHED	(32u << 20)

struct siege *siege;
void *hole;

static struct rng begin(void)
{
	return (struct rng){ opt.seed ^ (uint64_t)getpid() << 26 };
}

/* ---- memory that never answers ------------------------------------------------------ */

/* A page whose first read waits until this process ends; NULL where that is not allowed. */
void *hole_make(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	r.range.start = (uintptr_t)page;
	r.range.len = 4096;
	if (page == MAP_FAILED || fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &r))
		return NULL;
	return page;
}

static void *hung_request(void *arg)
{
	struct nmreq_header h = { .nr_version = NETMAP_API, .nr_reqtype = NETMAP_REQ_REGISTER,
		.nr_name = "vale91:hung", .nr_body = (uintptr_t)arg };

	ctrl_raw(dev_open(), &h);
	return NULL;
}

static void *hung_sync(void *arg)
{
	static _Thread_local struct port p;
	struct netmap_slot *s;

	if (port_open(&p, "vale91:hungtx"))
		return NULL;
	s = &port_tx(&p, 0)->slot[0];
	s->flags = NS_INDIRECT;
	s->len = 100;
	s->ptr = (uintptr_t)arg;
	ring_release(port_tx(&p, 0), 1);
	txsync(&p);
	return NULL;
}

/* Only netmapd has doorbells. */
static void hang_bell(void)
{
	struct nmreq_doorbell b = { 0 };
	struct nm_doorbell *bell;
	struct netmap_slot *s;
	struct port p;

	if (port_open(&p, "vale91:bell"))
		return;
	s = &port_tx(&p, 0)->slot[0];
	s->flags = NS_INDIRECT;
	s->len = 100;
	s->ptr = (uintptr_t)hole;
	ring_release(port_tx(&p, 0), 1);
	port_unmap(&p);
	if (ctrl(p.fd, NETMAP_REQ_DOORBELL, "", &b) == 0) {
		bell = mmap(NULL, b.size, PROT_READ | PROT_WRITE, MAP_SHARED, p.fd,
			    (off_t)b.offset);
		if (bell != MAP_FAILED) {
			__atomic_store_n(&bell->request, 1u << NM_DOORBELL_SHIFT | NM_DOORBELL_TX,
					 __ATOMIC_SEQ_CST);
			syscall(SYS_futex, &bell->request, 1 /* FUTEX_WAKE */, 1, NULL, NULL, 0);
		}
	}
	close(p.fd);
}

int hostile_hang(void *arg)
{
	pthread_attr_t small;
	pthread_t t;
	unsigned int i;

	(void)arg;
	if (!hole)
		return 1;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (i = 0; i < HUNG; i++) {
		if (i % 3 == 2)
			hang_bell();
		else if (pthread_create(&t, &small, i % 3 ? hung_sync : hung_request, hole))
			break;
	}
	pause();
	return 0;
}

/* ---- everything there is ------------------------------------------------------------ */

/* As many open files and ports as there may be, in storms. */
int hostile_hoard(void *arg)
{
	static struct port p[HELD];
	struct rng r = begin();
	unsigned int i, n;
	char name[32];

	(void)arg;
	for (;;) {
		for (n = 0; n < HELD; n++) {
			snprintf(name, sizeof(name), "vale9%u:o%u", 1 + n % 2 * 3, n);
			if (port_open(&p[n], name, .extra = rng_below(&r, 64), .tx_slots = 32,
				      .rx_slots = 32))
				break;
		}
		for (i = 0; i < n; i += 2)
			port_close(&p[i]);
		for (i = 1; i < n; i += 2)
			port_close(&p[i]);
	}
	return 0;
}

/* Descriptors until none is left: here, and in what serves them. */
int hostile_descriptors(void *arg)
{
	unsigned int i, n;
	int fd[4096];

	(void)arg;
	for (;;) {
		for (n = 0; n < 4096; n++) {
			fd[n] = n % 4 ? open(opt.device, O_RDWR | O_CLOEXEC) : dup(fd[n / 2]);
			if (fd[n] < 0)
				break;
		}
		for (i = 0; i < n; i++)
			close(fd[i]);
	}
	return 0;
}

/* Extra buffers by the million, long rings, regions of their own, big listings. */
int hostile_big(void *arg)
{
	struct rng r = begin();
	struct port p;
	char name[32];

	for (;;) {
		snprintf(name, sizeof(name), "vale9%u:b%u", 1 + rng_below(&r, 2) * 3,
			 (unsigned int)(uintptr_t)arg);
		if (!port_open(&p, name, .extra = rng_below(&r, 2) ? 1000000 : rng_below(&r, 20000),
			       .tx_slots = rng_below(&r, 17000), .rx_slots = rng_below(&r, 17000),
			       .tx_rings = (uint16_t)rng_below(&r, 70),
			       .rx_rings = (uint16_t)rng_below(&r, 70),
			       .mem_id = (uint16_t)(rng_below(&r, 2) ? 0 : rng_below(&r, 40)))) {
			txsync(&p);
			port_close(&p);
		}
	}
	return 0;
}

/* Chains of options: long ones, circles, overlapping ones. */
int hostile_options(void *arg)
{
	struct rng r = begin();
	uint64_t *w = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct nmreq_register reg;
	unsigned int i, at;
	int fd = dev_open();

	(void)arg;
	for (;;) {
		for (i = 0; i < 200; i++) {
			struct nmreq_option *o;

			at = rng_below(&r, 8000);
			o = (struct nmreq_option *)(void *)&w[at];
			o->nro_reqtype = rng_below(&r, 7);
			o->nro_size = rng_below(&r, 3) ? 0 : rng_below(&r, 5000);
			o->nro_next = (uintptr_t)&w[rng_below(&r, 8000)];
		}
		memset(&reg, 0, sizeof(reg));
		reg.nr_mode = NR_REG_ALL_NIC;
		ctrl_opts(fd, (uint16_t)rng_below(&r, 16), "vale91:opt", &reg, &w[at]);
		if (rng_chance(&r, 50)) {
			close(fd);
			fd = dev_open();
		}
	}
	return 0;
}

/* ---- maps --------------------------------------------------------------------------- */

static sigjmp_buf no_memory;

static void bus_error(int sig)
{
	siglongjmp(no_memory, sig);
}

static void map_use(struct port *p, char *region, uint64_t size, struct rng *r)
{
	/* Rings are at the beginning. */
	uint32_t pages = rng_chance(r, 4) ? 64 : (uint32_t)(size / 4096);
	char *page = region + rng_below(r, pages) * 4096ul;

	switch (rng_below(r, 6)) {
	case 0: madvise(page, 4096, MADV_REMOVE); break;
	case 1: madvise(page, 65536, MADV_DONTNEED); break;
	case 2: page[5] = 1; break;
	case 3: mlock(page, 65536); break;
	default:
		txsync(p);
		rxsync(p);
		break;
	}
}

/* Pages of its own region touched, punched, locked and protected, then used again. */
int hostile_map(void *arg)
{
	static struct rng r;	/* static, to outlive the jump */
	static struct port p;
	static uint64_t base, size;
	static unsigned int left;
	char name[32];

	r = begin();
	signal(SIGBUS, bus_error);
	signal(SIGSEGV, bus_error);
	snprintf(name, sizeof(name), "vale91:m%u", (unsigned int)(uintptr_t)arg);
	for (;;) {
		if (port_open(&p, name, .extra = 8))
			return 1;
		base = port_region(&p);
		size = p.reg.nr_memsize - base;
		if (size > TOUCHED)
			size = TOUCHED;
		for (left = 400; left; left--)
			if (!sigsetjmp(no_memory, 1))
				map_use(&p, p.mem + base, size, &r);
		port_close(&p);
	}
	return 0;
}

/* With netmapd it is the memory of one's own domain: read and written, or left as it is. */
static void did(const char *what, bool has)
{
	if (has && !siege->is_wrong && !dev_is_process()) {
		siege->is_wrong = 1;
		fprintf(stderr, "# the device's file was %s\n", what);
	}
}

/* The device's file itself: cut, filled, written to, advised about. */
int hostile_file(void *arg)
{
	struct rng r = begin();
	char bytes[64] = { 0 };
	int fd = dev_open();

	(void)arg;
	for (;;) {
		off_t at = (off_t)(rng_next(&r) >> 30);

		switch (rng_below(&r, 6)) {
		case 0: did("read", ftruncate(fd, at) > 0); break;
		case 1: did("filled", fallocate(fd, (int)rng_below(&r, 4), at, 4096) == 0); break;
		case 2: did("written", pwrite(fd, bytes, sizeof(bytes), at) > 0); break;
		case 3: did("read", pread(fd, bytes, sizeof(bytes), at) > 0); break;
		case 4: fsync(fd); break;
		default: close(open(opt.device, O_RDWR | O_TRUNC | O_CLOEXEC)); break;
		}
	}
	return 0;
}

/* ---- what is others' ----------------------------------------------------------------- */

/* Count frames of the good pairs, by their destination, in memory that is mapped here. */
static void look_for_frames(const char *at, uint64_t len)
{
	const struct mac dst = mac_make(siege->station);
	uint64_t i;

	for (i = 0; siege->station && i + 64 < len; i += 2048)
		if (!memcmp(at + i, &dst, sizeof(dst)))
			siege->frames_seen++;
}

/* Bind what the good use, read what is mapped then. */
int hostile_spy(void *arg)
{
	static const uint64_t flags[] = { NR_MONITOR_RX, NR_MONITOR_TX | NR_MONITOR_RX,
		NR_MONITOR_RX | NR_ZCOPY_MON, 0, 0 };
	struct rng r = begin();
	struct port p;
	char name[64];

	(void)arg;
	signal(SIGBUS, bus_error);
	for (;;) {
		const char *good = siege->names[rng_below(&r, SIEGE_NAMES)];
		uint32_t how = rng_below(&r, 5);
		uint16_t id = 0;
		int err;

		if (how == 3)
			id = (uint16_t)(2 + rng_below(&r, 20));
		snprintf(name, sizeof(name), "%.50s%s", how == 3 ? "vale96:spy" : good,
			 how == 4 ? "{9" : "");
		err = port_open(&p, name, .flags = flags[how], .mem_id = id);
		if (err)
			continue;
		if (how < 3)
			siege->monitored++;
		if (how == 4)
			siege->piped++;
		if (!sigsetjmp(no_memory, 1)) {
			uint64_t base = port_region(&p);

			/* By another's fault the map may show more than the own region. */
			look_for_frames(p.mem + base, p.reg.nr_memsize - base < TOUCHED ?
					p.reg.nr_memsize - base : TOUCHED);
		}
		port_close(&p);
	}
	return 0;
}

/* Open files that travel in sockets which are closed before they are read. */
int hostile_pass(void *arg)
{
	struct rng r = begin();
	struct port p;
	char name[32];
	int sock[2];

	for (;;) {
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sock))
			return 1;
		snprintf(name, sizeof(name), "vale91:p%u", (unsigned int)(uintptr_t)arg);
		if (!port_open(&p, name)) {
			fd_send(sock[0], p.fd);
			if (rng_below(&r, 2))
				fd_send(sock[0], sock[1]);
			port_close(&p);
			if (rng_below(&r, 2)) {
				p.fd = fd_recv(sock[1]);
				txsync(&p);
				close(p.fd);
			}
		}
		close(sock[0]);
		close(sock[1]);
	}
	return 0;
}
