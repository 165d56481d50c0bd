// SPDX-License-Identifier: BSD-2-Clause
/*
 * Devices that go down, are renamed, moved, removed while ports are open on them, idle and under
 * load: clients get POLLERR and a reason, nothing leaks, and the device can be opened again.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

static uint8_t buf[2048];

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

/* Poll returns an error, a sync has its reason. */
static void is_broken(struct port *p, int err, const char *word, const char *what)
{
	ok(port_poll(p, POLLIN, 20000) & POLLERR, "%s: POLLERR", what);
	is_err(rxsync(p), err, "%s: rxsync", what);
	is_err(txsync(p), err, "%s: txsync", what);
	ok(has_reason(p->fd, word), "%s: the reason says \"%s\"", what, word);
}

static void test_down(void)
{
	struct nm_info_port info;
	struct port p, far;
	unsigned int tries;

	link_pair("v0", "v1");
	port_must(&p, "v0");
	need(link_set_up("v0", 0), "v0 down");
	is_broken(&p, -ENETDOWN, "down", "down");
	ok(inspect_port("v0", &info) && info.flags & NM_INFO_DOWN, "the listing says so");
	need(link_set_up("v0", 1), "v0 up");
	is_err(rxsync(&p), 0, "up again, it works");
	/* A virtual device has XDP only with the setting xdp 2. */
	ok(inspect_port("v0", &info) && (inspect_setting("xdp") == 2 ? info.flags & NM_INFO_XDP_RX :
					 info.flags == NM_INFO_EMULATED),
	   "the listing says %s", inspect_setting("xdp") == 2 ? "by XDP" : "emulated");
	port_must(&far, "v1");
	frame_make(buf, 60, 2, 1, 1, 1);
	ok(!port_send(&p, buf, 60) && port_poll(&far, POLLIN, 10000) & POLLIN, "and frames pass");
	port_close(&far);
	port_close(&p);

	need(link_set_up("v1", 0), "v1 down");
	port_must(&p, "v0");
	port_send(&p, buf, 60);
	ok(ring_space(port_tx(&p, 0)) < port_tx(&p, 0)->num_slots - 1,
	   "a frame waits while there is no link");
	need(link_set_up("v1", 1), "v1 up");
	for (tries = 0; tries < 1000 && ring_space(port_tx(&p, 0)) < port_tx(&p, 0)->num_slots - 1;
	     tries++) {
		sleep_ms(20);
		txsync(&p);
	}
	is_num(ring_space(port_tx(&p, 0)), port_tx(&p, 0)->num_slots - 1,
	       "and goes when there is one");
	port_close(&p);
	link_delete("v0");
}

static void test_rename(void)
{
	struct port p, q;

	link_pair("v0", "v1");
	port_must(&p, "v0");
	need(link_set_up("v0", 0), "v0 down");
	need(link_rename("v0", "lan0"), "rename");
	is_broken(&p, -ENXIO, "renamed", "renamed");
	need(link_set_up("lan0", 1), "lan0 up");
	is_err(port_open(&q, "v0"), -ENXIO, "the old name is none");
	is_err(port_open(&q, "lan0"), 0, "the new one is");
	need(link_veth("v0", "v2"), "another v0");
	port_close(&q);
	is_err(port_open(&q, "v0"), 0,
	       "another device of the old name, while the port is still open");
	is_err(rxsync(&q), 0, "works");
	port_close(&q);
	port_close(&p);
	link_delete("v0");
	link_delete("lan0");
}

static int other_ns(void *arg)
{
	struct port p;

	ns_enter_new();
	__atomic_store_n((uint32_t *)arg, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n((uint32_t *)arg, __ATOMIC_ACQUIRE) < 2)
		usleep(1000);
	if (link_set_up("v0", 1) || port_open(&p, "v0"))
		return 1;
	/* The namespace ends with this process, the device with it, and the port before both. */
	return rxsync(&p) ? 2 : 0;
}

static void test_move(void)
{
	uint32_t *step = shared_alloc(sizeof(*step));
	struct port p, q;
	pid_t child;

	link_pair("v0", "v1");
	port_must(&p, "v0");
	child = child_start(other_ns, step);
	while (__atomic_load_n(step, __ATOMIC_ACQUIRE) < 1)
		usleep(1000);
	need(link_move("v0", child), "move");
	is_broken(&p, -ENXIO, "moved", "moved");
	is_err(port_open(&q, "v0"), -ENXIO, "it is not here any more");
	__atomic_store_n(step, 2, __ATOMIC_RELEASE);
	is_num(child_wait(child), 0, "it opens where it went");
	port_close(&p);
}

static void test_removal(void)
{
	struct port p, q;

	link_pair("v0", "v1");
	port_must(&p, "v0");
	port_must(&q, "v0", .mode = NR_REG_SW);
	need(link_delete("v0"), "delete");
	is_broken(&p, -ENXIO, "gone", "removed");
	is_broken(&q, -ENXIO, "gone", "removed, host rings");
	link_pair("v0", "v1");
	port_close(&p);
	port_must(&p, "v0");
	is_err(rxsync(&p), 0, "a new device of that name works while the old port is open");
	port_close(&q);
	port_close(&p);
	link_delete("v0");
}

static void test_namespace_ends(int64_t alive)
{
	uint32_t *step = shared_alloc(sizeof(*step));
	pid_t child;
	int i;

	*step = 2;
	for (i = 0; i < 3; i++) {
		link_pair("v0", "v1");
		*step = 0;
		child = child_start(other_ns, step);
		while (__atomic_load_n(step, __ATOMIC_ACQUIRE) < 1)
			usleep(1000);
		need(link_move("v0", child), "move");
		__atomic_store_n(step, 2, __ATOMIC_RELEASE);
		is_num(child_wait(child), 0, "a namespace ends with a card's port open in it");
	}
	is_num(inspect_settled(alive), alive, "and nothing is left");
}

/* ---- under load ------------------------------------------------------------------- */

struct load {
	const char *name;
	uint32_t stop, started;
	uint64_t frames;
};

static int blast(void *arg)
{
	struct load *l = arg;
	struct port p;
	unsigned int i;

	while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE)) {
		if (port_open(&p, l->name, .mode = NR_REG_NIC_SW)) {
			usleep(500);
			continue;
		}
		__atomic_store_n(&l->started, 1, __ATOMIC_RELEASE);
		frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 1);
		do {
			for (i = 0; i < 64; i++) {
				ring_put(port_tx(&p, 0), buf, 60, 0);
				ring_put(port_tx(&p, p.nif->ni_tx_rings), buf, 60, 0);
			}
			__atomic_fetch_add(&l->frames, port_drain(&p), __ATOMIC_RELEASE);
			/* Let the process that changes the device run, also on a slow machine. */
			usleep(1000);
			if (port_poll(&p, POLLOUT | POLLIN, 5) & POLLERR)
				break;
		} while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE));
		port_close(&p);
	}
	return 0;
}

static void one_round(unsigned int i)
{
	switch (i % 4) {
	case 0:
		link_delete("v0");
		link_veth("v0", "v1");
		break;
	case 1:
		link_set_up("v0", 0);
		link_set_up("v0", 1);
		break;
	case 2:
		link_set_up("v1", 0);
		link_rename("v1", "w1");
		link_rename("w1", "v1");
		link_set_up("v1", 1);
		break;
	case 3:
		link_mtu("v0", 1000 + i);
		break;
	}
}

static uint64_t frames_of(const struct load *l)
{
	return __atomic_load_n(&l[0].frames, __ATOMIC_ACQUIRE) +
	       __atomic_load_n(&l[1].frames, __ATOMIC_ACQUIRE);
}

/* On a slow machine clients need time between changes to do more than open the device again. */
static bool goes_on(const struct load *l)
{
	const uint64_t until = now_ns() + opt.deadline * 1000000000ull / 4;
	const uint64_t from = frames_of(l);

	while (frames_of(l) == from && now_ns() < until)
		usleep(1000);
	return frames_of(l) != from;
}

static void test_load(int64_t alive)
{
	struct load *l = shared_alloc(3 * sizeof(*l));
	static const char *const names[] = { "v0", "v1", "v0" };
	pid_t child[3];
	uint64_t until;
	unsigned int i, n, stuck = 0;

	link_pair("v0", "v1");
	for (i = 0; i < 3; i++) {
		l[i].name = names[i];
		child[i] = child_start(blast, &l[i]);
	}
	for (i = 0; i < 3; i++) {
		while (!__atomic_load_n(&l[i].started, __ATOMIC_ACQUIRE))
			usleep(1000);
	}
	until = now_ns() + opt.deadline * 1000000000ull / 2;
	for (i = 0; i < opt.rounds && now_ns() < until; i++) {
		one_round(i);
		usleep(3000);
		if (i % 10 == 0)
			stuck += !goes_on(l);
	}
	/* One is killed in the middle of it. */
	child_kill(child[2]);
	for (n = 0; n < 3; n++)
		__atomic_store_n(&l[n].stop, 1, __ATOMIC_RELEASE);
	is_num(child_wait(child[0]), 0, "%u rounds of removal, down, rename and mtu under load", i);
	is_num(child_wait(child[1]), 0, "at both ends");
	is_num(stuck, 0, "and frames were received meanwhile");
	link_delete("v0");
	is_num(inspect_settled(alive), alive, "nothing is left");
}

int main(int argc, char **argv)
{
	int64_t alive;

	opt.rounds = 100;
	opt.deadline = 120;
	test_start(argc, argv);
	ns_enter_new();
	alive = inspect_alive_alone();
	test_down();
	test_rename();
	test_move();
	test_removal();
	test_namespace_ends(alive);
	test_load(alive);
	return test_done();
}
