// SPDX-License-Identifier: BSD-2-Clause
/*
 * A long TCP stream between two namespaces, every byte of it known, with the offloads that devices
 * have by default: by the program bridge between two cards and between a card and its host stack,
 * and by the same ways without netmap; and past a program with some of the host rings. Prints
 * the rate of each; --packets is its length in KiB. The ways without netmap pass 64 KiB of a stream
 * in one piece, as no wire does, so they run once more with whole frames from the sender. A stream
 * to the stack comes merged, as from a card.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "child.h"
#include "inspect.h"
#include "link.h"
#include "port.h"
#include "stream.h"

enum way { PLAIN_BRIDGE, FRAMES_BRIDGE, CARDS, PLAIN, FRAMES, STACK, BACK, PART };

static const char *const names[] = {
	[PLAIN_BRIDGE] = "a bridge of the kernel",
	[FRAMES_BRIDGE] = "a bridge of the kernel, frame by frame",
	[CARDS] = "bridge between two cards",
	[PLAIN] = "nothing but the wire",
	[FRAMES] = "nothing but the wire, frame by frame",
	[STACK] = "bridge between a card and its stack",
	[BACK] = "the other way, from the card to its stack",
	[PART] = "a program with one of 16 host rings",
};

#define HOST_RINGS	16

struct middle {
	enum way way;
	uint32_t step;
};

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

static void step_to(struct middle *m, uint32_t step)
{
	__atomic_store_n(&m->step, step, __ATOMIC_RELEASE);
}

static void step_wait(struct middle *m, uint32_t step)
{
	while (__atomic_load_n(&m->step, __ATOMIC_ACQUIRE) < step)
		usleep(1000);
}

/* The program, in place of this process; it ends when it is killed. */
static int become_bridge(const char *a, const char *b)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	dup2(null, STDOUT_FILENO);
	execlp("bridge", "bridge", "-w", "0", "-i", a, b ? "-i" : NULL, b, NULL);
	return 9;
}

/* It forwards frames of the stream that it gets; most likely there are none. */
static int become_forwarder(void)
{
	struct netmap_ring *r;
	struct port p;

	if (port_open(&p, "c0", .mode = NR_REG_ONE_SW, .ringid = 5, .host_tx_rings = HOST_RINGS,
		      .host_rx_rings = HOST_RINGS))
		return 9;
	r = port_rx(&p, p.nif->ni_rx_rings + 5);
	r->flags |= NR_FORWARD;
	for (;;) {
		port_poll(&p, POLLIN, 1000);
		while (ring_space(r)) {
			r->slot[r->head].flags |= NS_FORWARD;
			ring_release(r, 1);
		}
	}
}

static int plain_bridge(void)
{
	if (link_kind("br0", "bridge") || link_join("m0", "br0") || link_join("m1", "br0"))
		return 8;
	for (;;)
		pause();
}

/* Between the two namespaces, in a third one. */
static int middle(void *arg)
{
	struct middle *m = arg;

	alarm(0);
	if (m->way == STACK || m->way == BACK)
		return become_bridge("c0", NULL);
	if (m->way == PART)
		return become_forwarder();
	if (unshare(CLONE_NEWNET))
		return 7;
	ns_be_quiet();
	step_to(m, 1);
	step_wait(m, 2);
	if (link_set_up("m0", 1) || link_set_up("m1", 1))
		return 6;
	return m->way == CARDS ? become_bridge("m0", "m1") : plain_bridge();
}

static pid_t start_middle(struct middle *m)
{
	pid_t pid;

	if (m->way == PLAIN || m->way == FRAMES)
		return 0;
	pid = child_start(middle, m);
	if (m->way >= STACK)
		return pid;
	need(link_veth("c0", "m0"), "a veth pair");
	need(link_veth("m1", "s0"), "another");
	step_wait(m, 1);
	need(link_move("m0", pid), "move m0");
	need(link_move("m1", pid), "move m1");
	step_to(m, 2);
	return pid;
}

/* Until then the stack has the wire; frames in flight while the program binds both may be lost. */
static void wait_for_stack(void)
{
	struct nm_info_ring ring[2 * (HOST_RINGS + 1)];
	int i, n;

	for (;;) {
		n = inspect(NM_INSPECT_RINGS, "c0", ring, sizeof(ring[0]),
			    sizeof(ring) / sizeof(ring[0]));
		for (i = 0; i < n; i++) {
			if (ring[i].host && ring[i].clients)
				return;
		}
		usleep(1000);
	}
}

static void transfer(struct stream *s, const char *name)
{
	pid_t far;

	far = stream_serve(s);
	if (far < 0)
		need(far, "the stream's server");
	is_err(stream_run(s), 0, "%s: one end is content", name);
	is_num(child_wait(far), 0, "%s: and the other", name);
	is_num((int64_t)s->got, (int64_t)s->bytes, "%s: all bytes", name);
	is_num((int64_t)s->bad, 0, "%s: each the right one", name);
	diag("%s: %.0f MiB, %.0f Mbit/s, %llu segments sent again", name, s->bytes / 1048576.0,
	     s->bytes * 8e3 / s->ns, (unsigned long long)s->resent);
}

static void test_way(enum way way)
{
	struct stream *s = shared_alloc(sizeof(*s));
	struct middle *m = shared_alloc(sizeof(*m));
	pid_t mid;

	*s = (struct stream){
		.dev = "s0",
		.address = "10.2.0.2",
		.bytes = opt.packets * 1024,
		.is_back = way == BACK,
	};
	m->way = way;
	if (way >= PLAIN)
		need(link_veth("c0", "s0"), "a veth pair");
	mid = start_middle(m);
	if (way == FRAMES_BRIDGE || way == FRAMES)
		need(link_complete("c0"), "offloads of c0");
	/* As cards do by default, and a veth pair does not. */
	if (way == BACK)
		need(link_set_gro("c0", true), "GRO of c0");
	need(link_address("c0", "10.2.0.1", 24), "address of c0");
	if (way >= STACK)
		wait_for_stack();
	transfer(s, names[way]);
	if (mid) {
		kill(mid, SIGTERM);
		child_wait(mid);
	}
	link_delete("c0");
	/* The other end's namespace may take a while to end. */
	while (!access("/sys/class/net/s0", F_OK))
		usleep(1000);
}

int main(int argc, char **argv)
{
	enum way way;

	opt.packets = 32768;
	opt.deadline = 250;
	test_start(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	ns_enter_new();
	for (way = PLAIN_BRIDGE; way <= PART; way++)
		test_way(way);
	return test_done();
}
