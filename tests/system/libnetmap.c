/* SPDX-License-Identifier: BSD-2-Clause */
/* The library on a device: ports in steps, regions shared and not, packets, refusals, threads. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <libnetmap.h>

#include "frame.h"
#include "port.h"
#include "program.h"

static char text[8192];		/* errors of the context under test, a line each */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void keep(struct nmctx *ctx, const char *line)
{
	size_t used = strlen(text);

	(void)ctx;
	snprintf(text + used, sizeof(text) - used, "%s\n", line);
}

static void lock(struct nmctx *ctx, int on)
{
	(void)ctx;
	if (on)
		pthread_mutex_lock(&mutex);
	else
		pthread_mutex_unlock(&mutex);
}

static struct nmctx ctx = { .error = keep, .lock = lock };

static bool told(const char *word)
{
	bool yes = strcasestr(text, word) != NULL;

	if (!yes)
		diag("told: %s", text);
	return yes;
}

static struct nmport_d *must_open(const char *spec)
{
	struct nmport_d *d = nmport_open(spec);

	if (d == NULL)
		give_up("%s opens: %s", spec, text);
	return d;
}

/* Open files of this process, and its maps of regions. */
static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static int count_maps(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	int n = 0;

	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, " rw-s ") != NULL;
	fclose(f);
	return n;
}

/* One frame from here to there, through inject and the two syncs; whether it arrived. */
static bool passes(struct nmport_d *from, struct nmport_d *to, uint32_t seq)
{
	struct netmap_ring *rx;
	char frame[200];
	bool good;

	frame_make(frame, sizeof(frame), FRAME_BROADCAST, 7, 1, seq);
	if (nmport_inject(from, frame, sizeof(frame)) != sizeof(frame) || nmport_txsync(from) ||
	    nmport_rxsync(to))
		return false;
	rx = NETMAP_RXRING(to->nifp, to->first_rx_ring);
	if (nm_ring_space(rx) != 1)
		return false;
	good = rx->slot[rx->head].len == sizeof(frame) &&
	       memcmp(NETMAP_BUF(rx, rx->slot[rx->head].buf_idx), frame, sizeof(frame)) == 0;
	rx->head = rx->cur = nm_ring_next(rx, rx->head);
	return good;
}

/* Whether the kernel can read there; nothing is changed. */
static bool is_readable(const void *at)
{
	int ends[2];
	bool yes;

	if (pipe(ends))
		give_up("no pipe");
	yes = write(ends[1], at, 1) == 1;
	close(ends[0]);
	close(ends[1]);
	return yes;
}

/* A map has the port's region, and nothing of what is before it in what the device maps. */
static void test_map(void)
{
	struct nmport_d *d = must_open("vale110:m");
	const struct netmap_ring *r = NETMAP_RXRING(d->nifp, 0);

	is_num((int64_t)d->mem->size, (int64_t)d->reg.nr_memsize,
	       "a map has the size that the device names");
	ok(is_readable(d->nifp) && is_readable(r) &&
	   is_readable(NETMAP_BUF(r, r->slot[r->num_slots - 1].buf_idx)), "its port is in it");
	if (dev_is_process())
		ok(!is_readable(d->mem->mem), "other regions are not");
	else
		skip("a region is mapped alone", "other regions are not");
	nmport_close(d);
}

static void test_open(void)
{
	int maps = count_maps();
	struct nmport_d *a = must_open("vale110:a"), *b = must_open("vale110:b");

	is_num(count_maps(), maps + 2, "two regions are mapped");
	ok(a->register_done && a->mmap_done && a->fd >= 0, "an open port says so");
	ok(a->reg.nr_mem_id != 0 && a->reg.nr_memsize != 0 && a->reg.nr_tx_rings == 1,
	   "its request has the real values");
	ok(a->mem->size == a->reg.nr_memsize && a->mem->mem_id == a->reg.nr_mem_id,
	   "its map is the region's");
	ok((char *)a->nifp == (char *)a->mem->mem + a->reg.nr_offset, "its interface lies in it");
	is_num(a->nifp->ni_version, NETMAP_API, "and is one");
	ok(a->first_tx_ring == 0 && a->last_tx_ring == 0 && a->first_rx_ring == 0 &&
	   a->last_rx_ring == 0, "one ring each way");
	ok(a->mem != b->mem, "two switch ports have regions of their own");
	ok(passes(a, b, 1) && passes(b, a, 2), "packets pass both ways");
	nmport_close(b);
	nmport_close(a);
	is_num((intptr_t)ctx.mem_descs, 0, "closed: nothing is listed as mapped");
	is_num(count_maps(), maps, "nor mapped");
}

static void swap_buffers(struct netmap_slot *a, struct netmap_slot *b)
{
	uint32_t idx = a->buf_idx;

	a->buf_idx = b->buf_idx;
	b->buf_idx = idx;
	b->len = a->len;
	a->flags |= NS_BUF_CHANGED;
	b->flags |= NS_BUF_CHANGED;
}

/* A frame through the switch from a to b, then without a copy into the pipe from p to q. */
static void exchange(struct nmport_d *a, struct nmport_d *b, struct nmport_d *p, struct nmport_d *q)
{
	struct netmap_ring *rx = NETMAP_RXRING(b->nifp, 0), *tx = NETMAP_TXRING(p->nifp, 0);
	char frame[100];
	uint32_t idx;

	frame_make(frame, sizeof(frame), FRAME_BROADCAST, 7, 1, 99);
	nmport_inject(a, frame, sizeof(frame));
	is_num(nmport_txsync(a) | nmport_rxsync(b), 0, "a packet on the switch");
	is_num(nm_ring_space(rx), 1, "arrives");
	idx = rx->slot[rx->head].buf_idx;
	swap_buffers(&rx->slot[rx->head], &tx->slot[tx->head]);
	rx->head = rx->cur = nm_ring_next(rx, rx->head);
	tx->head = tx->cur = nm_ring_next(tx, tx->head);
	is_num(nmport_txsync(p) | nmport_rxsync(q), 0, "its buffer is put into the pipe");
	rx = NETMAP_RXRING(q->nifp, 0);
	is_num(nm_ring_space(rx), 1, "arrives");
	is_num(rx->slot[rx->head].buf_idx, idx, "as the very buffer");
	ok(!memcmp(NETMAP_BUF(rx, idx), frame, sizeof(frame)), "with what was in it");
}

static void test_share(void)
{
	struct nmport_d *a = must_open("vale110:a"), *b = must_open("vale110:b@share=vale110:a");
	struct nmport_d *c, *p, *q;
	const char *name = "vale110:a/x";

	is_num(b->reg.nr_mem_id, a->reg.nr_mem_id, "share: the same region");
	ok(b->mem == a->mem && a->mem->refcount == 2, "mapped once");
	is_num(nmreq_get_mem_id(&name, &ctx), a->reg.nr_mem_id, "its number can be asked");
	ok(!strcmp(name, "/x"), "and the rest of the name is left");
	ok(passes(a, b, 3), "packets pass");
	p = must_open("vale110:a{1");
	q = must_open("vale110:a}1");
	ok(p->mem == a->mem && q->mem == a->mem && a->mem->refcount == 4,
	   "a pipe is in its parent's region, in the same map");
	exchange(a, b, p, q);
	name = "vale110:a}7";
	is_num(nmreq_get_mem_id(&name, &ctx), a->reg.nr_mem_id, "so is one that is not there yet");
	c = nmport_clone(a);
	ok(c != NULL && !c->register_done && c->reg.nr_mem_id == a->reg.nr_mem_id,
	   "a clone is not registered, and asks for the same region");
	is_num(nmport_open_desc(c), 0, "it opens");
	ok(c->mem == a->mem && c->fd != a->fd, "in the same map, by an fd of its own");
	nmport_close(a);
	nmport_close(p);
	nmport_close(q);
	is_num(b->mem->refcount, 2, "three were closed: two are left in the map");
	ok(passes(b, c, 5), "which still pass packets");
	nmport_close(c);
	nmport_close(b);
	is_num((intptr_t)ctx.mem_descs, 0, "all closed: nothing is mapped");
}

static void test_pipes(void)
{
	struct nmport_d *a = must_open("netmap:lp{1"), *b = must_open("netmap:lp}1");
	struct nmport_d *c = must_open("netmap:lp{2");
	uint32_t i, sent = 0;

	ok(a->mem == b->mem && a->mem == c->mem, "pipes without a parent share the global region");
	is_num(a->mem->mem_id, 1, "which is number 1");
	for (i = 0; i < 100; i++)
		sent += passes(a, b, i) && passes(b, a, i);
	is_num(sent, 100, "packets pass both ways");
	nmport_close(c);
	nmport_close(a);
	nmport_close(b);
}

static void test_rings(void)
{
	struct nmport_d *a = must_open("vale110:r@conf:rings=4,slots=256,rx-slots=512");
	struct nmport_d *b;

	ok(a->reg.nr_tx_rings == 4 && a->reg.nr_rx_rings == 4, "conf: rings");
	ok(a->reg.nr_tx_slots == 256 && a->reg.nr_rx_slots == 512, "conf: slots");
	ok(a->first_tx_ring == 0 && a->last_tx_ring == 3 && a->last_rx_ring == 3, "all are bound");
	b = must_open("vale110:r-2");
	ok(b->first_tx_ring == 2 && b->last_tx_ring == 2 && b->cur_tx_ring == 2 &&
	   b->first_rx_ring == 2 && b->last_rx_ring == 2, "-2: ring 2 alone");
	ok(b->mem == a->mem, "in the same map");
	nmport_close(b);
	b = must_open("vale110:r/R");
	ok(b->first_tx_ring > b->last_tx_ring && b->last_rx_ring == 3, "R: no transmit ring");
	is_num(nmport_inject(b, "x", 1), 0, "so nothing can be sent");
	nmport_close(b);
	b = must_open("vale110:r/T");
	ok(b->first_rx_ring > b->last_rx_ring && b->last_tx_ring == 3, "T: no receive ring");
	nmport_close(b);
	b = nmport_prepare("vale110:r");
	b->reg.nr_mode = NR_REG_NULL;
	b->reg.nr_extra_bufs = 5;
	is_num(nmport_open_desc(b), 0, "no ring at all");
	ok(b->first_rx_ring > b->last_rx_ring && b->first_tx_ring > b->last_tx_ring, "is said");
	ok(b->reg.nr_extra_bufs == 5 && b->nifp->ni_bufs_head >= 2, "extra buffers came");
	nmport_close(b);
	nmport_close(a);
}

/* All rings are filled before there is no room. */
static void test_inject(void)
{
	struct nmport_d *a = must_open("vale110:i@conf:rings=2,slots=64");
	unsigned int n = 0;

	while (n < 1000 && nmport_inject(a, text, 60) == 60)
		n++;
	is_num(n, 2 * 63, "both rings were filled");
	is_num(nmport_txsync(a), 0, "synced");
	is_num(nmport_inject(a, text, 60), 60, "there is room again");
	nmport_close(a);
}

static void test_steps(void)
{
	struct nmport_d *d = nmport_prepare("vale110:s");

	text[0] = 0;
	is_num(nmport_register(d), 0, "register");
	is_num(nmport_register(d), -1, "twice is refused");
	ok(errno == EINVAL && told("already registered"), "with a reason");
	is_num(nmport_parse(d, "vale110:t"), -1, "another name comes too late");
	is_num(nmport_extmem(d, text, sizeof(text)), -1, "so does memory");
	is_num(nmport_offset(d, 0, 0, 0, 0), -1, "so do offsets");
	ok(told("external memory must") && told("offsets must"), "with a reason");
	is_num(nmport_mmap(d), 0, "mmap");
	is_num(nmport_mmap(d), -1, "twice is refused");
	nmport_undo_open_desc(d);
	ok(d->fd == -1 && d->nifp == NULL && d->mem == NULL, "undone");
	is_num(d->reg.nr_mem_id, 0, "the request is as it was before");
	is_num(nmport_open_desc(d), 0, "and opens again");
	nmport_close(d);
}

static void test_refusals(void)
{
	struct nmport_d *a = must_open("vale110:x/x"), *b;
	int fds = count_fds();

	text[0] = 0;
	ok(nmport_open("vale110:x") == NULL, "a port held exclusively is refused");
	is_num(errno, EBUSY, "errno");
	ok(told("vale110:x: cannot register: ") && told("exclusive"), "in the engine's words");
	text[0] = 0;
	b = nmport_prepare("vale110:x@conf:slots=128");
	is_num(nmport_open_desc(b), -1, "the same in steps");
	ok(b->fd == -1 && b->reg.nr_tx_slots == 128 && b->reg.nr_mem_id == 0,
	   "leaves the request as it was");
	nmport_undo_prepare(b);
	nmport_close(a);

	text[0] = 0;
	ok(nmport_open("netmap:nosuch0") == NULL, "a device that does not exist is refused");
	ok(told("nosuch0: cannot register: "), "and named");
	text[0] = 0;
	ok(nmport_open("vale110:y@share=netmap:nosuch0") == NULL, "nor can its region be shared");
	ok(told("nosuch0: cannot get its memory region: "), "told");
	text[0] = 0;
	ok(nmport_open("vale110:y@share=vale110:nosuch") == NULL, "nor that of a switch port");
	ok(told("vale110:nosuch: cannot get its memory region: "), "told");
	text[0] = 0;
	ok(nmport_open("vale110:y@share=vale110:nosuch{1") == NULL, "nor that of a pipe on it");
	ok(told("vale110:nosuch: cannot get its memory region: "), "told");
	text[0] = 0;
	ok(nmport_open("vale110:y@60000") == NULL, "a region that does not exist is refused");
	ok(told("60000"), "and named");
	is_num(count_fds(), fds - 1, "no descriptor is left behind");
}

/* An option works, or is refused by its name without a leak. */
static void check_option(struct nmport_d *d, const char *name, uint32_t type)
{
	struct nmreq_option *o = nmreq_find_option(&d->hdr, type);

	text[0] = 0;
	if (nmport_open_desc(d) == 0) {
		is_num(o->nro_status, 0, "%s is honoured, and says so", name);
		if (d->extmem != NULL)
			ok((uintptr_t)d->mem->mem == d->extmem->nro_usrptr,
			   "%s: in that memory", name);
		else
			ok(NETMAP_TXRING(d->nifp, 0)->offset_mask != 0, "%s: in the rings", name);
		return;
	}
	is_num(errno, EOPNOTSUPP, "%s is refused", name);
	ok(o->nro_status == EOPNOTSUPP && told(name), "%s: by its name", name);
}

static void test_options(void)
{
	size_t size = 64 << 20;
	/* Memory that each platform takes: a process cannot map memory without a file. */
	int file = memfd_create("memory", MFD_CLOEXEC);
	void *mem = ftruncate(file, (off_t)size) ? MAP_FAILED :
		    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	struct nmport_d *d = nmport_prepare("vale110:o");

	nmport_extmem(d, mem, size);
	check_option(d, "extmem", NETMAP_REQ_OPT_EXTMEM);
	nmport_close(d);
	munmap(mem, size);
	close(file);
	nmport_enable_option("offset");
	d = nmport_prepare("vale110:o@offset:initial=64,bits=16");
	check_option(d, "offset", NETMAP_REQ_OPT_OFFSETS);
	nmport_close(d);
	nmport_disable_option("offset");
}

static void test_garbled(void)
{
	struct nmport_d *a = must_open("vale110:g");

	text[0] = 0;
	NETMAP_TXRING(a->nifp, 0)->head = 5000;
	is_num(nmport_txsync(a), -1, "a ring out of order fails its sync");
	ok(errno == EIO && told("vale110:g: transmit rings: "), "and the text says so");
	is_num(nmport_txsync(a), 0, "it was put right");
	nmport_close(a);
}

/* Threads open and close ports of one region, in one context. */
static void *open_many(void *arg)
{
	const char *spec = arg;
	intptr_t bad = 0;
	int i;

	for (i = 0; i < 100; i++) {
		struct nmport_d *d = nmport_open(spec);

		if (d == NULL || d->nifp->ni_version != NETMAP_API || nmport_inject(d, "x", 1) != 1)
			bad++;
		nmport_close(d);
	}
	return (void *)bad;
}

static void test_threads(void)
{
	static char spec[4][16] = { "netmap:th{1", "netmap:th}1", "netmap:th{2", "netmap:th}2" };
	pthread_t t[4];
	void *bad;
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, open_many, spec[i]);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &bad);
		is_num((intptr_t)bad, 0, "thread %d: all of its ports opened", i);
	}
	is_num((intptr_t)ctx.mem_descs, 0, "nothing is mapped");
}

int main(int argc, char **argv)
{
	int fds, maps;

	test_start(argc, argv);
	nmctx_set_default(&ctx);
	fds = count_fds();
	maps = count_maps();
	test_open();
	test_map();
	test_share();
	test_pipes();
	test_rings();
	test_inject();
	test_steps();
	test_refusals();
	test_options();
	test_garbled();
	test_threads();
	is_num(count_fds(), fds, "no descriptor is left");
	is_num(count_maps(), maps, "no map is left");
	return test_done();
}
