// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rings follow the queues of a device. When these become fewer or more, clients get POLLERR and a
 * reason, also those asleep, and opening again finds the new number; idle and under load.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define CHANGES	12u	/* under load */

static uint8_t buf[2048];

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

/* Frames may come first. */
static bool has_error(struct port *p)
{
	const uint64_t until = now_ns() + 20000000000ull;
	int revents;

	do {
		revents = port_poll(p, POLLIN, 1000);
		port_drain(p);
	} while (!(revents & POLLERR) && now_ns() < until);
	return revents & POLLERR;
}

static void is_changed(struct port *p, const char *what)
{
	ok(has_error(p), "%s: POLLERR", what);
	is_err(rxsync(p), -ENXIO, "%s: rxsync", what);
	is_err(txsync(p), -ENXIO, "%s: txsync", what);
	ok(has_reason(p->fd, "queues"), "%s: the reason says \"queues\"", what);
}

static void has_rings(struct port *p, uint32_t n, const char *what)
{
	port_must(p, "v0");
	is_num(p->nif->ni_tx_rings, n, "%s: tx rings", what);
	is_num(p->nif->ni_rx_rings, n, "%s: rx rings", what);
	is_err(rxsync(p), 0, "%s: it works", what);
}

static int sleeper(void *arg)
{
	uint32_t *asleep = arg;
	struct port p;

	if (port_open(&p, "v0", .mode = NR_REG_ONE_NIC))
		return 1;
	__atomic_store_n(asleep, 1, __ATOMIC_RELEASE);
	return port_poll(&p, POLLIN, 20000) & POLLERR ? 0 : 2;
}

/*
 * veth does not lower its number of queues while a program of XDP is on it, as with the setting xdp
 * 2.
 */
static bool can_change(void)
{
	struct port p, far;
	int err;

	port_must(&p, "v0");
	port_must(&far, "v1");
	err = link_queues("v0", 2);
	port_close(&p);
	port_close(&far);
	if (err == -EINVAL || err == -EOPNOTSUPP)
		return false;
	need(err, "two queues");
	need(link_queues("v0", 4), "four queues");
	return true;
}

static void test_change(void)
{
	uint32_t *asleep = shared_alloc(sizeof(*asleep));
	struct nm_info_port info;
	struct port p, q, far;
	pid_t child;

	has_rings(&p, 4, "four queues");
	child = child_start(sleeper, asleep);
	while (!__atomic_load_n(asleep, __ATOMIC_ACQUIRE))
		usleep(1000);
	sleep_ms(20);
	need(link_queues("v0", 2), "two queues");
	is_changed(&p, "fewer");
	has_rings(&q, 2, "opened again beside the old one");
	is_num(child_wait(child), 0, "who sleeps on one of the rings is woken");
	ok(inspect_port("v0", &info), "it is listed");
	port_must(&far, "v1");
	frame_make(buf, 60, 2, 1, 1, 1);
	ok(!port_send(&q, buf, 60) && port_poll(&far, POLLIN, 20000) & POLLIN, "frames pass");
	port_close(&p);
	ok(!port_send(&far, buf, 60) && port_poll(&q, POLLIN, 20000) & POLLIN,
	   "both ways, when the old one is closed");
	need(link_queues("v0", 3), "three queues");
	is_changed(&q, "more");
	port_close(&q);
	has_rings(&p, 3, "more");
	port_close(&p);
	port_close(&far);
	need(link_queues("v0", 4), "four queues");
}

struct load {
	uint32_t stop;
	uint64_t opened, frames;
};

/* Bind all rings, and again when their number changes. */
static int blast(void *arg)
{
	struct load *l = arg;
	struct port p;
	uint32_t i, n;

	while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE)) {
		if (port_open(&p, "v0"))
			return 1;
		__atomic_fetch_add(&l->opened, 1, __ATOMIC_RELEASE);
		frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 1);
		do {
			for (i = 0; i < p.nif->ni_tx_rings; i++) {
				for (n = 0; n < 32 && ring_put(port_tx(&p, i), buf, 60, 0); n++)
					;
			}
			l->frames += port_drain(&p);
			usleep(500);
		} while (!(port_poll(&p, POLLOUT | POLLIN, 5) & POLLERR) &&
			 !__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE));
		port_close(&p);
	}
	return 0;
}

/* The far end sends by all its queues, however many the near end has. */
static int feed(void *arg)
{
	struct load *l = arg;
	struct port p;
	uint32_t i;

	if (port_open(&p, "v1"))
		return 1;
	frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 1);
	while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE)) {
		for (i = 0; i < p.nif->ni_tx_rings; i++)
			ring_put(port_tx(&p, i), buf, 60, 0);
		port_drain(&p);
		txsync(&p);
		usleep(500);
	}
	port_close(&p);
	return 0;
}

static void test_load(void)
{
	static const uint32_t queues[] = { 1, 4, 2, 3 };
	struct load *l = shared_alloc(sizeof(*l));
	int64_t alive = inspect_alive_alone();
	uint64_t until, seen = 0;
	pid_t near, far;
	unsigned int i;

	near = child_start(blast, l);
	far = child_start(feed, l);
	until = now_ns() + opt.deadline * 1000000000ull / 2;
	for (i = 0; i < CHANGES && now_ns() < until; i++) {
		/* The client has opened the device before it changes again. */
		while (__atomic_load_n(&l->opened, __ATOMIC_ACQUIRE) == seen && now_ns() < until)
			usleep(1000);
		seen = __atomic_load_n(&l->opened, __ATOMIC_ACQUIRE);
		need(link_queues("v0", queues[i % 4]), "another number of queues");
	}
	/* On a busy machine the sender may not have run between two changes. */
	while (!__atomic_load_n(&l->frames, __ATOMIC_RELAXED) && now_ns() < until)
		usleep(1000);
	__atomic_store_n(&l->stop, 1, __ATOMIC_RELEASE);
	is_num(child_wait(near), 0, "%u changes under load", i);
	is_num(child_wait(far), 0, "at the far end nothing is noticed");
	is_num(i, CHANGES, "each was noticed");
	ok(l->frames > 0, "and frames were received meanwhile");
	is_num(inspect_settled(alive), alive, "nothing is left");
}

int main(int argc, char **argv)
{
	opt.deadline = 120;
	test_start(argc, argv);
	ns_enter_new();
	need(link_veth_queues("v0", "v1", 4), "a veth pair of four queues");
	if (!can_change()) {
		skip("veth cannot do it here", "other queues");
		return test_done();
	}
	test_change();
	test_load();
	link_delete("v0");
	return test_done();
}
