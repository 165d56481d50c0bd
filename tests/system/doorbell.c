/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells, by their protocol alone: which clients get one, syncs and polls by it, rubbish in it.
 * The module has none and says so.
 */
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <net/netmap_doorbell.h>

#include "child.h"
#include "frame.h"
#include "port.h"

#define LOTS	300	/* doorbells at a time */

static struct nm_doorbell *bell_map(const struct port *p)
{
	struct nmreq_doorbell body = { 0 };
	void *m;

	if (ctrl(p->fd, NETMAP_REQ_DOORBELL, "", &body))
		return NULL;
	m = mmap(NULL, body.size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, (off_t)body.offset);
	return m == MAP_FAILED ? NULL : m;
}

static void wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

/* Ring, and wait for the answer without sleeping, for some seconds at most. */
static bool ring_bell(struct nm_doorbell *b, uint32_t what)
{
	uint32_t number = (load(&b->request) >> NM_DOORBELL_SHIFT) + 1;
	uint32_t request = number << NM_DOORBELL_SHIFT | what;
	unsigned int i;

	__atomic_store_n(&b->request, request, __ATOMIC_SEQ_CST);
	wake(&b->request);
	for (i = 0; i < 20000 && load(&b->done) != request; i++)
		usleep(100);
	return load(&b->done) == request;
}

static void test_who(void)
{
	struct nmreq_doorbell body = { 0 };
	int fd = dev_open();
	struct port p;

	is_err(ctrl(fd, NETMAP_REQ_DOORBELL, "", &body), -ENXIO, "unbound: no doorbell");
	ok(has_reason(fd, "bound"), "unbound: has a reason");
	close(fd);
	port_must(&p, "vale80:who");
	is_err(ctrl(p.fd, NETMAP_REQ_DOORBELL, "", NULL), -EFAULT,
	       "a bad pointer for the answer: EFAULT");
	is_err(ctrl(p.fd, NETMAP_REQ_DOORBELL, "", &body), 0, "a good one after that");
	is_err(ctrl(p.fd, NETMAP_REQ_DOORBELL, "", &body), -EBUSY, "one doorbell a file");
	ok(has_reason(p.fd, "already"), "one doorbell a file: has a reason");
	port_close(&p);
}

static void test_syncs(void)
{
	char frame[60], got[2048];
	struct nm_doorbell *b;
	struct port a, r;

	port_must(&a, "vale80:a");
	port_must(&r, "vale80:r");
	b = bell_map(&a);
	if (!b)
		give_up("a bound file gets a doorbell");
	memset(frame, 0xff, 6);
	memset(frame + 6, 2, sizeof(frame) - 6);
	ok(ring_put(port_tx(&a, 0), frame, 60, 0), "a frame is put");
	ok(ring_bell(b, NM_DOORBELL_TX), "a tx sync is answered");
	is_num(port_recv(&r, got, sizeof(got)), 60, "its frame arrives");
	is_num(port_send(&r, frame, 60), 0, "one comes back");
	is_num(port_rx(&a, 0)->tail, 0, "it is not seen before a sync");
	ok(ring_bell(b, NM_DOORBELL_RX), "an rx sync is answered");
	is_num(ring_take(port_rx(&a, 0), got, sizeof(got)), 60, "now it is");
	port_tx(&a, 0)->head = 5000;
	ok(ring_bell(b, NM_DOORBELL_TX), "the bell of a corrupt ring is answered too");
	is_err(b->result, -EIO, "with EIO");
	ok(has_reason(a.fd, "reset"), "and a reason");
	munmap(b, 4096);
	port_close(&a);
	port_close(&r);
}

static void test_polls(void)
{
	struct nm_doorbell *b;
	uint32_t events;
	char frame[60] = { 0 };
	struct port a, r;
	unsigned int i;

	port_must(&a, "vale80:pa");
	port_must(&r, "vale80:pr");
	b = bell_map(&r);
	if (!b)
		give_up("a bound file gets a doorbell");
	memset(frame, 0xff, 6);
	events = load(&b->events);
	ok(ring_bell(b, NM_DOORBELL_POLL | NM_DOORBELL_POLLIN), "a poll is answered");
	is_num(b->ready, 0, "nothing is ready");
	is_num(load(&b->events), events, "no event before a frame");
	port_send(&a, frame, 60);
	for (i = 0; i < 20000 && load(&b->events) == events; i++)
		usleep(100);
	ok(load(&b->events) != events, "a frame makes an event");
	ok(ring_bell(b, NM_DOORBELL_POLL | NM_DOORBELL_POLLIN | NM_DOORBELL_POLLOUT),
	   "a poll for both");
	is_num(b->ready, POLLIN | POLLOUT, "both are ready");
	munmap(b, 4096);
	port_close(&a);
	port_close(&r);
}

/* The last ring of a doorbell is served before the port ends, answered or not. */
static void test_close(void)
{
	char frame[60] = { 0 }, got[2048];
	struct nm_doorbell *b;
	struct port a, r;

	port_must(&a, "vale80:ca");
	port_must(&r, "vale80:cr");
	b = bell_map(&a);
	if (!b)
		give_up("a bound file gets a doorbell");
	memset(frame, 0xff, 6);
	ring_put(port_tx(&a, 0), frame, 60, 0);
	b->request = 1u << NM_DOORBELL_SHIFT | NM_DOORBELL_TX;
	port_close(&a);
	ok(port_poll(&r, POLLIN, 5000) == POLLIN, "a sync asked for just before close is made");
	is_num(port_recv(&r, got, sizeof(got)), 60, "its frame arrives");
	munmap(b, 4096);
	port_close(&r);
}

static void test_many(void)
{
	static struct port p[LOTS];
	unsigned int i, n = 0;
	char name[32];

	for (i = 0; i < LOTS; i++) {
		struct nm_doorbell *b;

		snprintf(name, sizeof(name), "d{%u", i);
		port_must(&p[i], name, .tx_slots = 16, .rx_slots = 16);
		b = bell_map(&p[i]);
		if (b && ring_bell(b, NM_DOORBELL_TX | NM_DOORBELL_RX))
			n++;
		if (b)
			munmap(b, 4096);
	}
	is_num(n, LOTS, "%u doorbells at a time", LOTS);
	for (i = 0; i < LOTS; i++)
		port_close(&p[i]);
}

/* A child that writes anything into its doorbell's page, until it is killed. */
static int rubbish(void *arg)
{
	struct rng rnd = { opt.seed };
	struct nm_doorbell *b;
	struct port p;

	(void)arg;
	port_must(&p, "vale80:rub", .tx_rings = 2);
	b = bell_map(&p);
	if (!b)
		return 1;
	for (;;) {
		uint32_t *words = (uint32_t *)(void *)b;

		__atomic_store_n(&words[rng_below(&rnd, sizeof(*b) / 4)], (uint32_t)rng_next(&rnd),
				 __ATOMIC_RELAXED);
		__atomic_store_n(&b->request, (uint32_t)rng_next(&rnd), __ATOMIC_RELAXED);
		if (!rng_below(&rnd, 4))
			wake(&b->request);
		port_tx(&p, 0)->head = port_tx(&p, 0)->cur = rng_below(&rnd, 1024);
	}
}

static void test_rubbish(void)
{
	char frame[60] = { 0 }, got[2048];
	struct port a, r;
	unsigned int i, sent = 0, arrived = 0;

	port_must(&a, "vale81:a");
	port_must(&r, "vale81:r");
	memset(frame, 0xff, 6);
	for (i = 0; i < 10; i++) {
		pid_t child = child_start(rubbish, NULL);
		uint64_t end = now_ns() + 200000000;

		while (now_ns() < end) {
			sent += port_send(&a, frame, 60) == 0;
			arrived += port_recv(&r, got, sizeof(got)) == 60;
		}
		child_kill(child);
	}
	ok(sent > 100, "others send meanwhile (%u)", sent);
	is_num(arrived, sent, "and all arrives");
	port_close(&a);
	port_close(&r);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	if (dev_is_process()) {
		test_who();
		test_syncs();
		test_polls();
		test_close();
		test_many();
		test_rubbish();
	} else {
		struct nmreq_doorbell body = { 0 };
		struct port p;

		port_must(&p, "vale80:k");
		ok(ctrl(p.fd, NETMAP_REQ_DOORBELL, "", &body) < 0, "the kernel gives no doorbell");
		ok(has_reason(p.fd, NULL), "and says so");
		port_close(&p);
	}
	return test_done();
}
