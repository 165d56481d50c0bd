/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile clients, each in a separate process that is killed and started again at random, while
 * well-behaved pairs on the same switch and on a pipe check every byte that passes. At the end
 * nothing of the hostile ones may be left.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "flow.h"
#include "frame.h"
#include "inspect.h"
#include "hostile_memory.h"

/* ---- the well-behaved ------------------------------------------------------------- */

#define GOOD_FLOW	100u
#define GOOD_SRC	0x7001u
#define GOOD_DST	0x7002u
#define GOOD_WINDOW	256u

struct good {
	struct flow_credit credit;
	struct flow_result result;
	const char *tx, *rx;
	uint32_t ready;
	bool is_pipe;
};

/* A frame of ours: its bytes and its place in the stream. */
static void judge(struct good *g, uint64_t *next, const char *data, uint32_t len)
{
	uint64_t seq = 0, *n;
	uint32_t flow = 0;

	g->result.frames++;
	if (!frame_check(data, len, &flow, &seq) || flow - GOOD_FLOW >= FLOWS) {
		if (!g->result.bad++)
			fprintf(stderr, "# bad frame: %u bytes, says flow %u, number %llu\n", len,
				flow, (unsigned long long)seq);
		return;
	}
	n = &next[flow - GOOD_FLOW];
	if (seq < *n)
		g->result.back++;
	else
		g->result.lost += seq - *n;
	*n = seq + 1;
}

static bool is_ours(const char *data, uint32_t len)
{
	struct mac src = mac_make(GOOD_SRC), dst = mac_make(GOOD_DST);

	return len >= FRAME_MIN && !memcmp(data, &dst, 6) && !memcmp(data + 6, &src, 6);
}

/*
 * Hostile clients may send to any port of the switch: the receiver checks the good frames among
 * all. Some are lost when the ring is full of others: credit for those is given after a while
 * without frames.
 */
static int good_receiver(void *arg)
{
	struct good *g = arg;
	struct port p;
	struct netmap_ring *r;
	uint64_t next[FLOWS] = { 0 }, last = now_ns();

	port_must(&p, g->rx);
	r = port_rx(&p, 0);
	__atomic_store_n(&g->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&g->credit.stop, __ATOMIC_ACQUIRE)) {
		uint64_t good = 0;

		if (port_poll(&p, POLLIN, 200) & POLLERR)
			return 2;
		for (; ring_space(r); ring_release(r, 1)) {
			const struct netmap_slot *s = &r->slot[r->head];
			const char *data = ring_buf(r, s->buf_idx);

			if (!is_ours(data, s->len))
				continue;
			judge(g, next, data, s->len);
			good++;
		}
		rxsync(&p);
		if (!good && now_ns() - last > 50000000ull && !g->is_pipe)
			good = GOOD_WINDOW;
		if (good)
			last = now_ns();
		if (good)
			flow_release(&g->credit, good);
	}
	return 0;
}

/*
 * The upper byte of the slots' flags for a frame to this port alone: if good frames were flooded,
 * hostile clients could send them on, altered.
 */
static uint16_t to_port(const char *name)
{
	struct nmreq_vale_list l = { 0 };

	if (ctrl_once(NETMAP_REQ_VALE_LIST, name, &l))
		give_up("number of %s", name);
	return l.nr_port_idx << NS_PORT_SHIFT;
}

static int good_sender(void *arg)
{
	struct good *g = arg;
	struct port p;
	struct flow f = { .port = &p,
			  .dst = GOOD_DST,
			  .src = GOOD_SRC,
			  .flow0 = GOOD_FLOW,
			  .min = 60,
			  .max = 1500,
			  .chunk = 2048,
			  .batch = 32,
			  .seed = opt.seed,
			  .credit = &g->credit,
			  .window = GOOD_WINDOW };
	int err;

	port_must(&p, g->tx);
	if (!g->is_pipe)
		f.slot_flags = to_port(g->rx);
	err = flow_send(&f);
	if (err)
		fprintf(stderr, "# good sender: %s\n", strerror(-err));
	return err ? 1 : 0;
}

static void good_start(struct good *g, pid_t pid[2])
{
	pid[0] = child_start(good_receiver, g);
	while (!__atomic_load_n(&g->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	pid[1] = child_start(good_sender, g);
}

static void good_end(struct good *g, pid_t pid[2], const char *what)
{
	g->credit.stop = 1;
	is_num(child_wait(pid[1]), 0, "%s: the good sender went on to the end", what);
	is_num(child_wait(pid[0]), 0, "%s: the good receiver too", what);
	ok(g->result.frames > 0, "%s: good frames passed (%llu)", what,
	   (unsigned long long)g->result.frames);
	is_num(g->result.bad, 0, "%s: not one wrong byte", what);
	is_num(g->result.back, 0, "%s: none twice or out of order", what);
	if (g->is_pipe)
		is_num(g->result.lost, 0, "%s: none lost", what);
	else
		diag("%s: %llu lost to a ring full of others' frames", what,
		     (unsigned long long)g->result.lost);
}

/* ---- the hostile: shared memory --------------------------------------------------- */

struct wreck {
	struct port port;
	struct rng rnd;
	uint32_t id;
	char *scratch;		/* pages that come and go, for NS_INDIRECT */
	volatile bool stop;
};

#define SCRATCH	(16u * 4096u)

static void random_bytes(struct rng *r, char *p, size_t n)
{
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t v = rng_next(r);

		memcpy(p, &v, 8);
	}
}

static struct netmap_ring *any_ring(struct wreck *w)
{
	uint32_t tx = w->port.reg.nr_tx_rings, n = tx + w->port.reg.nr_rx_rings;
	uint32_t i = rng_below(&w->rnd, n);
	int64_t ofs = w->port.nif->ring_ofs[i];

	/* An own write may have changed the offsets. */
	if (ofs <= 0 || (uint64_t)ofs >= w->port.reg.nr_memsize - w->port.reg.nr_offset - 65536)
		return NULL;
	return (struct netmap_ring *)((char *)w->port.nif + ofs);
}

static uint32_t odd_number(struct rng *r)
{
	static const uint32_t odd[] = { 0,    1,    2,	  0xffffffff, 0x80000000, 1023,
					1024, 1025, 4095, 65535,      65536 };

	return rng_below(r, 3) ? rng_below(r, 1100) : rng_below(r, 4) ?
		odd[rng_below(r, sizeof(odd) / sizeof(odd[0]))] : (uint32_t)rng_next(r);
}

static void damage_slot(struct wreck *w, struct netmap_ring *ring)
{
	struct netmap_slot *s = &ring->slot[rng_below(&w->rnd, 1024)];

	switch (rng_below(&w->rnd, 7)) {
	case 6:
		s->flags = NS_INDIRECT;
		s->ptr = (uintptr_t)w->scratch + rng_below(&w->rnd, SCRATCH);
		break;
	case 0:
		s->buf_idx = odd_number(&w->rnd);
		break;
	case 1:
		s->len = rng_next(&w->rnd);
		break;
	case 2:
		s->flags = rng_next(&w->rnd);
		break;
	case 3:
		s->ptr = rng_next(&w->rnd);
		break;
	case 4:
		s->flags = NS_INDIRECT;
		s->ptr = (uintptr_t)w->port.mem + rng_below(&w->rnd, 1 << 20);
		break;
	default:
		s->flags = NS_BUF_CHANGED | NS_MOREFRAG;
		s->buf_idx = rng_below(&w->rnd, 5000);
		break;
	}
}

/* Unmap, protect or map again a page that NS_INDIRECT slots point to. */
static void damage_scratch(struct wreck *w)
{
	char *page = w->scratch + rng_below(&w->rnd, SCRATCH / 4096) * 4096;

	switch (rng_below(&w->rnd, 4)) {
	case 0:
		madvise(page, 4096, MADV_DONTNEED);
		break;
	case 1: mprotect(page, 4096, PROT_NONE); break;
	case 2: mprotect(page, 4096, PROT_READ | PROT_WRITE); break;
	default: mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0); break;
	}
}

static void damage(struct wreck *w)
{
	struct netmap_ring *ring = any_ring(w);

	if (!rng_below(&w->rnd, 200))
		damage_scratch(w);
	if (!ring)
		return;
	switch (rng_below(&w->rnd, 12)) {
	case 0: ring->head = odd_number(&w->rnd); break;
	case 1: ring->cur = odd_number(&w->rnd); break;
	case 2: ring->tail = odd_number(&w->rnd); break;
	case 3: ring->flags = rng_next(&w->rnd); break;
	case 4: random_bytes(&w->rnd, (char *)(uintptr_t)ring, 64); break;
	case 5: ring->head = ring->cur = rng_below(&w->rnd, 1024); break;
	default: damage_slot(w, ring); break;
	}
}

static void *damage_thread(void *arg)
{
	struct wreck *w = arg;

	while (!w->stop)
		damage(w);
	return NULL;
}

/* One thread writes at random while this one syncs and polls. */
static int hostile_rings(void *arg)
{
	struct wreck w = { .id = (uintptr_t)arg };
	char name[32];
	pthread_t t;
	uint64_t i;

	w.rnd.state = opt.seed ^ (uint64_t)getpid() << 20;
	if (w.id % 3 == 2)
		snprintf(name, sizeof(name), "hostile%c1", getpid() % 2 ? '{' : '}');
	else
		snprintf(name, sizeof(name), "vale91:h%u", w.id);
	if (port_open(&w.port, name, .tx_rings = 2, .rx_rings = 2, .extra = 4))
		return 1;
	w.scratch = mmap(NULL, SCRATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pthread_create(&t, NULL, damage_thread, &w))
		return 1;
	for (i = 0; ; i++) {
		int what = i % 8;

		if (what < 3)
			txsync(&w.port);
		else if (what < 6)
			rxsync(&w.port);
		else
			port_poll(&w.port, what == 6 ? POLLIN : POLLIN | POLLOUT, 0);
	}
	return 0;
}

static sigjmp_buf out_of_memory;

/* A page of the region that has no memory behind it yet. */
static void bus_error(int sig)
{
	siglongjmp(out_of_memory, sig);
}

/* Any word of the region: netmap_ifs, rings, free buffers, the list of extra ones. */
static int hostile_region(void *arg)
{
	uint32_t id = (uintptr_t)arg;
	static struct rng rnd;	/* static, to outlive the jump */
	static struct port p;
	uint64_t base, size;
	char name[32];
	unsigned int i;

	snprintf(name, sizeof(name), "vale91:r%u", id);
	rnd.state = opt.seed ^ (uint64_t)getpid() << 21;
	signal(SIGBUS, bus_error);
	if (sigsetjmp(out_of_memory, 1))
		port_close(&p);
	for (;;) {
		if (port_open(&p, name, .extra = 16))
			return 1;
		/*
		 * Clients that map a region trust each other: regions of the well-behaved are left
		 * alone.
		 */
		base = port_region(&p);
		size = p.reg.nr_memsize - base;
		for (i = 0; i < 3000; i++) {
			size_t at = rng_next(&rnd) % (size - 4096) & ~7ul;

			if (i % 50)
				at = rng_below(&rnd, 1 << 18) & ~7u;
			if (at > size - 64)
				at = 0;
			random_bytes(&rnd, p.mem + base + at, 64);
			if (i % 10 == 0)
				p.nif->ni_bufs_head = odd_number(&rnd);
			if (i % 7 == 0)
				txsync(&p);
			if (i % 7 == 3)
				rxsync(&p);
		}
		port_close(&p);
	}
	return 0;
}

/* ---- the hostile: requests -------------------------------------------------------- */

static uint64_t odd_pointer(struct rng *r, const char *mine)
{
	switch (rng_below(r, 6)) {
	case 0: return 0;
	case 1: return rng_next(r);
	case 2: return 0xffff800000000000ull + rng_below(r, 1 << 30);
	case 3: return (uintptr_t)mine + 4096 - rng_below(r, 64);
	case 4: return 0x7fffffffe000ull + rng_below(r, 8192);
	default: return (uintptr_t)mine + rng_below(r, 2048);
	}
}

static void odd_name(struct rng *r, char name[NETMAP_REQ_IFNAMSIZ])
{
	static const char *const some[] = { "vale92:a", "vale92:b", "vale92:a{1", "vale92:a}1",
					    "odd{1",	"odd}1",    "hp92",	  "vale92:hp92",
					    "lo",	"",	    "vale",	  "vale92:",
					    "x{",	"odd{1}2",  "nosuch" };
	uint32_t i;

	if (rng_below(r, 5)) {
		strcpy(name, some[rng_below(r, sizeof(some) / sizeof(some[0]))]);
		return;
	}
	for (i = 0; i < NETMAP_REQ_IFNAMSIZ; i++)
		name[i] = rng_next(r);
}

static void random_options(struct rng *r, char *at)
{
	struct nmreq_option *o = (struct nmreq_option *)at;

	random_bytes(r, at, 512);
	o->nro_reqtype = rng_below(r, 8);
	o->nro_next = rng_below(r, 2) ? (uintptr_t)at + rng_below(r, 256) : odd_pointer(r, at);
	o->nro_size = rng_below(r, 2) ? rng_below(r, 200) : rng_next(r);
}

static void random_ctrl(struct rng *r, int fd, char *mine)
{
	struct nmreq_header h = { .nr_version = rng_below(r, 20) ? NETMAP_API : rng_next(r) };
	static const uint16_t extra[] = { NETMAP_REQ_INSPECT, NETMAP_REQ_REASON_GET };

	h.nr_reqtype = rng_below(r, 10) ? rng_below(r, 17) : extra[rng_below(r, 2)];
	h.nr_reserved = rng_below(r, 20) ? 0 : rng_next(r);
	odd_name(r, h.nr_name);
	random_bytes(r, mine, 1024);
	if (rng_below(r, 4)) {
		h.nr_body = (uintptr_t)mine;
		if (rng_below(r, 3))
			memset(mine, 0, 512);
		((struct nmreq_register *)mine)->nr_mode = rng_below(r, 10);
		if (h.nr_reqtype == NETMAP_REQ_INSPECT) {
			((struct nmreq_inspect *)mine)->what = rng_below(r, 9);
			((struct nmreq_inspect *)mine)->data = odd_pointer(r, mine);
			((struct nmreq_inspect *)mine)->pad = 0;
		}
	} else {
		h.nr_body = odd_pointer(r, mine);
	}
	if (!rng_below(r, 4)) {
		h.nr_options = (uintptr_t)mine + 2048;
		random_options(r, mine + 2048);
	}
	ctrl_raw(fd, &h);
}

static void random_legacy(struct rng *r, int fd, char *mine)
{
	struct nmreq *q = (struct nmreq *)mine;
	char name[NETMAP_REQ_IFNAMSIZ];

	random_bytes(r, mine, sizeof(*q));
	odd_name(r, name);
	if (rng_below(r, 4))
		memset(mine, 0, sizeof(*q));
	memcpy(q->nr_name, name, sizeof(q->nr_name));
	q->nr_version = 10 + rng_below(r, 10);
	q->nr_cmd = rng_below(r, 3) ? 0 : rng_below(r, 14);
	q->nr_flags = rng_below(r, 3) ? rng_below(r, 10) : rng_next(r);
	do_ioctl(fd, rng_below(r, 2) ? NIOCREGIF : NIOCGINFO, mine);
}

/* Any request with any argument, on a few fds; mmaps of any size; no order. */
static int hostile_requests(void *arg)
{
	struct rng rnd = { opt.seed ^ (uint64_t)getpid() << 22 };
	char *mine = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd[6];
	unsigned int i;

	(void)arg;
	munmap(mine + 4096, 4096);
	for (i = 0; i < 6; i++)
		fd[i] = dev_open();
	for (;;) {
		struct port p;

		i = rng_below(&rnd, 6);
		p.fd = fd[i];
		switch (rng_below(&rnd, 12)) {
		case 0:
			close(fd[i]);
			fd[i] = dev_open();
			break;
		case 1:
			do_ioctl(fd[i], rng_next(&rnd), (void *)odd_pointer(&rnd, mine));
			break;
		case 2:
			do_ioctl(fd[i], rng_below(&rnd, 2) ? NIOCTXSYNC : NIOCRXSYNC, NULL);
			port_poll(&p, rng_next(&rnd) & 0x7fff, 0);
			break;
		case 3: {
			size_t len = rng_below(&rnd, 3) ? rng_below(&rnd, 1 << 24) :
							  rng_next(&rnd) >> 20;
			char *m = mmap(NULL, len, PROT_READ | PROT_WRITE,
				       rng_below(&rnd, 4) ? MAP_SHARED : MAP_PRIVATE, fd[i],
				       rng_below(&rnd, 2) ? 0 : rng_next(&rnd) >> 30 & ~0xfffull);

			if (m != MAP_FAILED)
				munmap(m, len);
			break;
		}
		case 4: case 5:
			random_legacy(&rnd, fd[i], mine);
			break;
		default:
			random_ctrl(&rnd, fd[i], mine);
			break;
		}
	}
	return 0;
}

/* ---- the hostile: lifetimes ------------------------------------------------------- */

static int shared_fd;

static void *sync_thread(void *arg)
{
	struct wreck *w = arg;
	struct port p = { 0 };

	while (!w->stop) {
		p.fd = __atomic_load_n(&shared_fd, __ATOMIC_RELAXED);
		txsync(&p);
		rxsync(&p);
		port_poll(&p, POLLIN | POLLOUT, 0);
		port_poll(&p, POLLIN, 1);
	}
	return NULL;
}

/* Close the fd and unmap while a thread syncs and polls. */
static int hostile_close(void *arg)
{
	struct wreck w = { .id = (uintptr_t)arg };
	char name[32];
	pthread_t t;
	unsigned int i;

	w.rnd.state = opt.seed ^ (uint64_t)getpid() << 23;
	shared_fd = -1;
	if (pthread_create(&t, NULL, sync_thread, &w))
		return 1;
	for (i = 0; ; i++) {
		struct port p;

		snprintf(name, sizeof(name), i % 4 == 3 ? "closing{%u" : "vale91:c%u", w.id);
		if (port_open(&p, name))
			return 1;
		__atomic_store_n(&shared_fd, p.fd, __ATOMIC_RELAXED);
		frame_make(ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[0].buf_idx), 60,
			   FRAME_BROADCAST, 9, 1, 1);
		port_tx(&p, 0)->slot[0].len = 60;
		ring_release(port_tx(&p, 0), 1);
		if (i % 2)
			usleep(rng_below(&w.rnd, 300));
		port_unmap(&p);
		if (i % 3)
			usleep(rng_below(&w.rnd, 300));
		port_close(&p);
	}
	return 0;
}

/* Opens, binds and closes as fast as it can. */
static int hostile_churn(void *arg)
{
	uint32_t id = (uintptr_t)arg;
	struct rng rnd = { opt.seed ^ (uint64_t)getpid() << 24 };
	char name[32];
	struct port p;

	for (;;) {
		static const char *const forms[] = { "vale91:k%u", "vale93:k%u", "churn{%u",
						     "churn}%u", "vale91:k{%u" };

		snprintf(name, sizeof(name), forms[rng_below(&rnd, 5)], rng_below(&rnd, 3) + id);
		if (!port_open(&p, name, .extra = rng_below(&rnd, 8))) {
			if (rng_below(&rnd, 2))
				txsync(&p);
			port_close(&p);
		}
	}
	return 0;
}

/* Both sides of a fork use one fd and one map; either may end first. */
static int hostile_fork(void *arg)
{
	uint32_t id = (uintptr_t)arg;
	struct rng rnd = { opt.seed ^ (uint64_t)getpid() << 25 };
	char name[32];

	for (;;) {
		struct port p;
		unsigned int i;
		pid_t pid;

		snprintf(name, sizeof(name), rng_below(&rnd, 2) ? "vale91:f%u" : "vale91:f%u{1",
			 id);
		if (port_open(&p, name))
			return 1;
		pid = fork();
		if (pid < 0)
			return 1;
		rng_next(&rnd);
		for (i = rng_below(&rnd, 30) + !pid; i; i--) {
			frame_make(ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[0].buf_idx), 60,
				   FRAME_BROADCAST, 9, 1, i);
			ring_release(port_tx(&p, 0), ring_space(port_tx(&p, 0)) / 2);
			txsync(&p);
			rxsync(&p);
		}
		if (!pid)
			_exit(0);
		if (rng_below(&rnd, 2)) {
			child_wait(pid);
			port_close(&p);
		} else {
			port_close(&p);
			child_kill(pid);
		}
	}
	return 0;
}

/* ---- the war ----------------------------------------------------------------------- */

static int (*const kinds[])(void *) = { hostile_rings, hostile_region, hostile_requests,
					hostile_close, hostile_churn,  hostile_rings,
					hostile_fork, hostile_extmem, hostile_csb };
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static unsigned int war(uint64_t end)
{
	pid_t pid[KINDS];
	struct rng rnd = { opt.seed };
	unsigned int i, killed = 0;

	for (i = 0; i < KINDS; i++)
		pid[i] = child_start(kinds[i], (void *)(uintptr_t)(i * 7 + 1));
	while (now_ns() < end) {
		usleep(rng_below(&rnd, 200000));
		i = rng_below(&rnd, KINDS);
		child_kill(pid[i]);
		killed++;
		pid[i] = child_start(kinds[i], (void *)(uintptr_t)(i * 7 + 1));
	}
	for (i = 0; i < KINDS; i++)
		child_kill(pid[i]);
	return killed;
}

/* Persistent ports that random requests made are not freed by a close. */
static void clean_up(void)
{
	static struct nm_info_port ports[512];
	int i, n = inspect(NM_INSPECT_PORTS, "", ports, sizeof(ports[0]), 512);

	for (i = 0; i < n; i++) {
		struct nmreq_vale_detach d = { 0 };
		struct nmreq_vale_polling off = { 0 };

		if (!(ports[i].flags & NM_INFO_PERSISTENT))
			continue;
		if (ports[i].flags & NM_INFO_POLLING)
			ctrl_once(NETMAP_REQ_VALE_POLLING_DISABLE, ports[i].name, &off);
		if (ports[i].flags & NM_INFO_ATTACHED) {
			char name[130];

			snprintf(name, sizeof(name), "%.60s:%.60s", ports[i].switch_name,
				 ports[i].name);
			if (ctrl_once(NETMAP_REQ_VALE_DETACH, name, &d))
				ctrl_once(NETMAP_REQ_VALE_DETACH, ports[i].name, &d);
		}
		ctrl_once(NETMAP_REQ_VALE_DELIF, ports[i].name, NULL);
	}
}

int main(int argc, char **argv)
{
	struct good *pair, *pipe;
	pid_t pair_pid[2], pipe_pid[2];
	struct port first;
	int64_t before, after;
	unsigned int i;

	opt.deadline = 0;
	test_start(argc, argv);
	if (!opt.deadline)
		alarm(opt.deadline = opt.seconds + 120);
	diag("seed %llu", (unsigned long long)opt.seed);
	before = inspect_alive();
	/* Takes port number 0, which slot flags cannot name. */
	port_must(&first, "vale91:first");
	pair = shared_alloc(sizeof(*pair));
	pipe = shared_alloc(sizeof(*pipe));
	pair->tx = "vale91:goodtx";
	pair->rx = "vale91:goodrx";
	/* In a private region: clients that share one must trust each other. */
	pipe->tx = "vale97:good{p";
	pipe->rx = "vale97:good}p";
	pipe->is_pipe = true;
	good_start(pair, pair_pid);
	good_start(pipe, pipe_pid);
	diag("%u killed", war(now_ns() + opt.seconds * 1000000000ull));
	good_end(pair, pair_pid, "switch");
	good_end(pipe, pipe_pid, "pipe");
	port_close(&first);
	clean_up();
	for (i = 0; i < 50; i++) {
		after = inspect_alive();
		if (after == before)
			break;
		usleep(100000);
	}
	is_num(after, before, "of all that was made as much is left as before");
	return test_done();
}
