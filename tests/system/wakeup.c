/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No lost wakeups: two processes that sleep in poll, select or epoll wake each other with
 * one frame at a time, many rounds, each with its chance of a race between going to
 * sleep and being woken. A wait that takes seconds is a wakeup lost.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "port.h"

#define LOST_MS	5000

struct waiter;
struct how {
	const char *name;
	/* Wait for POLLIN or POLLOUT. Returns whether it came in time. */
	bool (*wait)(struct waiter *w, bool out);
	uint32_t edge;
};

struct waiter {
	const struct how *how;
	struct port port;
	int ep;
};

static bool wait_poll(struct waiter *w, bool out)
{
	return port_poll(&w->port, out ? POLLOUT : POLLIN, LOST_MS) > 0;
}

static bool wait_select(struct waiter *w, bool out)
{
	struct timeval tv = { LOST_MS / 1000, 0 };
	fd_set s;

	FD_ZERO(&s);
	FD_SET(w->port.fd, &s);
	return select(w->port.fd + 1, out ? NULL : &s, out ? &s : NULL, NULL, &tv) == 1;
}

static bool wait_epoll(struct waiter *w, bool out)
{
	struct epoll_event e = { .events = (out ? EPOLLOUT : EPOLLIN) | w->how->edge };

	if (out)
		epoll_ctl(w->ep, EPOLL_CTL_MOD, w->port.fd, &e);
	return epoll_wait(w->ep, &e, 1, LOST_MS) == 1;
}

static const struct how hows[] = {
	{ "poll", wait_poll, 0 },
	{ "select", wait_select, 0 },
	{ "epoll level", wait_epoll, 0 },
	{ "epoll edge", wait_epoll, EPOLLET },
};

static void waiter_open(struct waiter *w, const struct how *how, const char *name, bool out)
{
	struct epoll_event e = { .events = (out ? EPOLLOUT : EPOLLIN) | how->edge };

	w->how = how;
	port_must(&w->port, name, .tx_slots = 64, .rx_slots = 64);
	w->ep = epoll_create1(0);
	epoll_ctl(w->ep, EPOLL_CTL_ADD, w->port.fd, &e);
}

static void waiter_close(struct waiter *w)
{
	close(w->ep);
	port_close(&w->port);
}

static struct shared {
	uint32_t ready;
	uint32_t lost;
	uint32_t rounds;
} *sh;

/* Sends one frame; by poll itself or by ioctl in turn. */
static void send_one(struct waiter *w, uint32_t i)
{
	struct netmap_ring *t = port_tx(&w->port, 0);
	struct netmap_slot *s = &t->slot[t->head];

	frame_make(ring_buf(t, s->buf_idx), 60, FRAME_BROADCAST, 1, 1, i);
	s->len = 60;
	s->flags = 0;
	ring_release(t, 1);
	txsync(&w->port);
}

static bool recv_one(struct waiter *w)
{
	struct netmap_ring *r = port_rx(&w->port, 0);
	unsigned int tries;

	for (tries = 0; tries < 100; tries++) {
		if (ring_space(r)) {
			ring_release(r, ring_space(r));
			rxsync(&w->port);
			return true;
		}
		if (!w->how->wait(w, false))
			return false;
	}
	return false;
}

static bool pipes;
static const struct how *how_now;

static int echo(void *arg)
{
	struct waiter w;
	uint32_t i;

	(void)arg;
	waiter_open(&w, how_now, pipes ? "wake}1" : "vale77:b", false);
	__atomic_store_n(&sh->ready, 1, __ATOMIC_RELEASE);
	for (i = 0; i < opt.rounds; i++) {
		if (!recv_one(&w))
			return 1;
		send_one(&w, i);
	}
	/* Stay until the last frame has been taken. */
	while (!__atomic_load_n(&sh->rounds, __ATOMIC_ACQUIRE))
		usleep(1000);
	return 0;
}

static void ping_pong(const struct how *how)
{
	struct waiter w;
	pid_t pid;
	uint32_t i;

	how_now = how;
	sh->ready = sh->rounds = 0;
	waiter_open(&w, how, pipes ? "wake{1" : "vale77:a", false);
	pid = child_start(echo, NULL);
	while (!__atomic_load_n(&sh->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	for (i = 0; i < opt.rounds; i++) {
		send_one(&w, i);
		if (!recv_one(&w))
			break;
	}
	__atomic_store_n(&sh->rounds, 1, __ATOMIC_RELEASE);
	is_num(i, opt.rounds, "%s, %s: %u rounds without a lost wakeup", pipes ? "pipe" : "switch",
	   how->name, opt.rounds);
	if (i == opt.rounds)
		is_num(child_wait(pid), 0, "%s, %s: nor at the other side",
		       pipes ? "pipe" : "switch", how->name);
	else
		child_kill(pid);
	waiter_close(&w);
}

/* A receiver that empties a pipe whenever it is full, while the sender sleeps for room. */
static int emptier(void *arg)
{
	struct port p;

	(void)arg;
	port_must(&p, "wakeout}1", .tx_slots = 64, .rx_slots = 64);
	__atomic_store_n(&sh->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&sh->rounds, __ATOMIC_ACQUIRE)) {
		port_poll(&p, POLLIN, 100);
		ring_release(port_rx(&p, 0), ring_space(port_rx(&p, 0)));
		rxsync(&p);
	}
	return 0;
}

static void fill(struct waiter *w, uint32_t i)
{
	struct netmap_ring *t = port_tx(&w->port, 0);
	char frame[60];

	frame_make(frame, sizeof(frame), FRAME_BROADCAST, 1, 1, i);
	while (ring_put(t, frame, sizeof(frame), 0))
		;
	txsync(&w->port);
}

static void for_room(const struct how *how)
{
	struct netmap_ring *t;
	struct waiter w;
	pid_t pid;
	uint32_t i;

	sh->ready = sh->rounds = 0;
	waiter_open(&w, how, "wakeout{1", true);
	t = port_tx(&w.port, 0);
	pid = child_start(emptier, NULL);
	while (!__atomic_load_n(&sh->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	for (i = 0; i < opt.rounds; i++) {
		unsigned int fills;

		/*
		 * This end's and the other end's ring: full, unless the receiver empties it just
		 * now.
		 */
		for (fills = 0; fills < 3 && ring_space(t); fills++)
			fill(&w, i);
		if (!how->wait(&w, true))
			break;
	}
	is_num(i, opt.rounds, "waiting for room, %s: %u rounds without a lost wakeup", how->name,
	   opt.rounds);
	__atomic_store_n(&sh->rounds, 1, __ATOMIC_RELEASE);
	is_num(child_wait(pid), 0, "waiting for room, %s: the other side ended well", how->name);
	waiter_close(&w);
}

int main(int argc, char **argv)
{
	unsigned int i;

	test_start(argc, argv);
	sh = shared_alloc(sizeof(*sh));
	for (i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		pipes = false;
		ping_pong(&hows[i]);
		pipes = true;
		ping_pong(&hows[i]);
		for_room(&hows[i]);
	}
	return test_done();
}
