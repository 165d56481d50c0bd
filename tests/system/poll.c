/* SPDX-License-Identifier: BSD-2-Clause */
/* poll, select and epoll: readiness and the syncs they imply. No test here waits long. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "port.h"

static char buf[4096];

static void queue(struct port *p, uint64_t seq)
{
	frame_make(buf, 64, FRAME_BROADCAST, 1, 1, seq);
	ring_put(port_tx(p, 0), buf, 64, 0);
}

static bool got(struct port *p, uint64_t seq)
{
	int n = port_recv(p, buf, sizeof(buf));

	return n == 64 && frame_is(buf, n, FRAME_BROADCAST, 1, 1, seq);
}

static void test_unbound(void)
{
	struct port p = { .fd = dev_open() };
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT };
	int ep = epoll_create1(0);

	ok(port_poll(&p, POLLIN, 0) & POLLERR, "unbound: poll(POLLIN) gives POLLERR");
	ok(port_poll(&p, POLLOUT, 0) & POLLERR, "unbound: poll(POLLOUT) gives POLLERR");
	ok(port_poll(&p, POLLIN | POLLOUT, 10000) & POLLERR, "unbound: poll does not block");
	epoll_ctl(ep, EPOLL_CTL_ADD, p.fd, &e);
	is_num(epoll_wait(ep, &e, 1, 0), 1, "unbound: epoll reports it");
	ok(e.events & EPOLLERR, "unbound: epoll gives EPOLLERR");
	close(ep);
	close(p.fd);
}

/* An fd that is added to epoll while unbound and bound later. */
static void test_epoll_before_bind(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct port p = { .fd = dev_open() }, q;
	int ep = epoll_create1(0);

	epoll_ctl(ep, EPOLL_CTL_ADD, p.fd, &e);
	p.reg.nr_mode = NR_REG_ALL_NIC;
	is_err(ctrl(p.fd, NETMAP_REQ_REGISTER, "vale76:late", &p.reg), 0,
	       "bound while in an epoll set");
	/* epoll registers with the rings when an fd is added: before the bind there are none. */
	epoll_ctl(ep, EPOLL_CTL_DEL, p.fd, NULL);
	epoll_ctl(ep, EPOLL_CTL_ADD, p.fd, &e);
	port_must(&q, "vale76:q");
	port_map(&p);
	is_num(epoll_wait(ep, &e, 1, 0), 0, "bound while in an epoll set: not ready");
	queue(&q, 5);
	txsync(&q);
	is_num(epoll_wait(ep, &e, 1, 2000), 1, "added again after the bind: woken");
	port_close(&q);
	port_close(&p);
	close(ep);
}

static void test_levels(struct port *a, struct port *b)
{
	is_num(port_poll(b, POLLIN, 0), 0, "nothing there: not readable");
	ok(port_poll(a, POLLOUT, 0) & POLLOUT, "room: writable");
	is_num(port_poll(a, POLLIN | POLLOUT, 0) & (POLLIN | POLLOUT), POLLOUT,
	   "both asked: the one that holds");
	queue(a, 1);
	txsync(a);
	ok(port_poll(b, POLLIN, 0) & POLLIN, "a frame: readable");
	ok(port_poll(b, POLLIN, 0) & POLLIN, "level: still readable");
	ok(port_poll(b, POLLRDNORM, 0) & POLLRDNORM, "POLLRDNORM too");
	ok(port_poll(a, POLLWRNORM, 0) & POLLWRNORM, "POLLWRNORM too");
	ok(got(b, 1), "poll brought the frame in");
	rxsync(b);
	is_num(port_poll(b, POLLIN, 0), 0, "released: not readable");
	is_num(port_poll(b, 0, 0), 0, "no events asked: none");
}

static void test_implicit_tx(struct port *a, struct port *b)
{
	queue(a, 2);
	is_num(port_poll(a, POLLIN, 0), 0, "poll(POLLIN) with a frame queued");
	ok(got(b, 2), "poll(POLLIN) alone transmits");
	queue(a, 3);
	port_poll(a, POLLOUT, 0);
	ok(got(b, 3), "poll(POLLOUT) transmits");
	queue(a, 4);
	port_poll(a, 0, 0);
	rxsync(b);
	diag("poll without events %s",
	     ring_space(port_rx(b, 0)) ? "transmits" : "does not transmit");
	txsync(a);
	port_drain(b);
}

static void test_implicit_rx(struct port *a, struct port *b)
{
	struct netmap_ring *r = port_rx(b, 0);

	queue(a, 5);
	txsync(a);
	is_num(ring_space(r), 0, "no rx sync yet: tail has not moved");
	port_poll(b, POLLOUT, 0);
	is_num(ring_space(r), 0, "poll(POLLOUT) does not refresh rx rings");
	port_poll(b, POLLIN, 0);
	is_num(ring_space(r), 1, "poll(POLLIN) refreshes rx rings");
	port_drain(b);
}

static void test_no_tx_poll(struct port *b)
{
	struct port p;

	port_must(&p, "vale76:notx", .flags = NR_NO_TX_POLL);
	queue(&p, 6);
	port_poll(&p, POLLIN, 0);
	rxsync(b);
	is_num(ring_space(port_rx(b, 0)), 0, "NR_NO_TX_POLL: poll(POLLIN) does not transmit");
	port_poll(&p, POLLOUT, 0);
	ok(got(b, 6), "NR_NO_TX_POLL: poll(POLLOUT) does");
	port_close(&p);
}

static void test_do_rx_poll(struct port *a)
{
	struct port p;

	port_must(&p, "vale76:rxp", .flags = NR_DO_RX_POLL);
	queue(a, 7);
	txsync(a);
	port_poll(&p, POLLOUT, 0);
	is_num(ring_space(port_rx(&p, 0)), 1, "NR_DO_RX_POLL: poll(POLLOUT) refreshes rx rings");
	port_close(&p);
}

static void test_full_pipe(void)
{
	struct port a, b;
	unsigned int i;

	port_must(&a, "pollpipe{1");
	port_must(&b, "pollpipe}1");
	for (i = 0; i < 5000; i++) {
		if (!ring_space(port_tx(&a, 0))) {
			txsync(&a);
			if (!ring_space(port_tx(&a, 0)))
				break;
		}
		queue(&a, i);
	}
	is_num(port_poll(&a, POLLOUT, 0), 0, "full pipe: not writable");
	ok(port_poll(&b, POLLIN, 0) & POLLIN, "full pipe: readable at the other end");
	port_drain(&b);
	ok(port_poll(&a, POLLOUT, 10000) & POLLOUT, "pipe emptied: writable");
	port_close(&b);
	port_close(&a);
}

static void test_select(struct port *a, struct port *b)
{
	struct timeval tv = { 0, 0 };
	fd_set r, w;

	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(b->fd, &r);
	FD_SET(a->fd, &w);
	is_num(select(64, &r, &w, NULL, &tv), 1, "select: writable only");
	ok(FD_ISSET(a->fd, &w) && !FD_ISSET(b->fd, &r), "select: the right sets");
	queue(a, 8);
	txsync(a);
	FD_SET(b->fd, &r);
	FD_ZERO(&w);
	tv.tv_sec = 1;
	is_num(select(64, &r, &w, NULL, &tv), 1, "select: readable");
	ok(got(b, 8), "select brought the frame in");
	rxsync(b);
}

static void test_epoll(struct port *a, struct port *b, uint32_t edge, const char *what)
{
	struct epoll_event e = { .events = EPOLLIN | edge };
	int ep = epoll_create1(0);

	is_num(epoll_ctl(ep, EPOLL_CTL_ADD, b->fd, &e), 0, "%s: added", what);
	is_num(epoll_wait(ep, &e, 1, 0), 0, "%s: nothing there", what);
	queue(a, 9);
	txsync(a);
	is_num(epoll_wait(ep, &e, 1, 1000), 1, "%s: a frame", what);
	is_num(epoll_wait(ep, &e, 1, 0), edge ? 0 : 1, "%s: %s", what,
	   edge ? "told once" : "told again");
	ok(got(b, 9), "%s: epoll_wait brought the frame in", what);
	rxsync(b);
	is_num(epoll_wait(ep, &e, 1, 0), 0, "%s: released, not ready", what);
	queue(a, 10);
	txsync(a);
	is_num(epoll_wait(ep, &e, 1, 1000), 1, "%s: the next frame", what);
	port_drain(b);
	close(ep);
}

/*
 * A reader that empties a full ring and waits again, without a sync between, has its ring synced
 * by that wait, edge-triggered too: else nothing ends its wait.
 */
static void test_epoll_full(const char *from, const char *to, uint32_t edge, const char *what)
{
	struct epoll_event e = { .events = EPOLLIN | edge };
	int ep = epoll_create1(0);
	struct port a, b;
	uint32_t i, slots;

	port_must(&a, from);
	port_must(&b, to);
	is_num(epoll_ctl(ep, EPOLL_CTL_ADD, b.fd, &e), 0, "%s, %s: added", to, what);
	slots = port_rx(&b, 0)->num_slots - 1;
	for (i = 0; i < 2 * slots; i++) {
		queue(&a, i);
		if (!ring_space(port_tx(&a, 0)) || i % 64 == 63)
			txsync(&a);
		if (!ring_space(port_tx(&a, 0)))
			break;
	}
	txsync(&a);
	is_num(epoll_wait(ep, &e, 1, 5000), 1, "%s, %s: a full ring", to, what);
	is_num(ring_space(port_rx(&b, 0)), slots, "%s, %s: all its slots", to, what);
	ring_release(port_rx(&b, 0), slots);
	epoll_wait(ep, &e, 1, 100);
	port_poll(&a, POLLOUT, 0);
	queue(&a, 7);
	txsync(&a);
	is_num(epoll_wait(ep, &e, 1, 5000), 1, "%s, %s: emptied without a sync, frames come", to,
	       what);
	ok(ring_space(port_rx(&b, 0)) > 0, "%s, %s: they are there", to, what);
	close(ep);
	port_close(&b);
	port_close(&a);
}

/* The same while the sender sleeps for room and the reader is late. */
static void test_epoll_late(uint32_t edge, const char *what)
{
	struct epoll_event e = { .events = EPOLLIN | edge };
	int ep = epoll_create1(0);
	struct port a, b;
	uint32_t slots;

	port_must(&a, "late{1");
	port_must(&b, "late}1");
	epoll_ctl(ep, EPOLL_CTL_ADD, b.fd, &e);
	slots = port_rx(&b, 0)->num_slots - 1;
	while (ring_space(port_tx(&a, 0))) {
		while (ring_space(port_tx(&a, 0)))
			queue(&a, 1);
		txsync(&a);
	}
	is_num(epoll_wait(ep, &e, 1, 5000), 1, "late, %s: a full ring", what);
	epoll_wait(ep, &e, 1, 50);
	epoll_wait(ep, &e, 1, 50);
	ring_release(port_rx(&b, 0), slots);
	epoll_wait(ep, &e, 1, 2000);
	ok(port_poll(&a, POLLOUT, 0) & POLLOUT, "late, %s: a wait makes room for the sender", what);
	is_num(epoll_wait(ep, &e, 1, 5000), 1, "late, %s: and what it sends comes", what);
	close(ep);
	port_close(&b);
	port_close(&a);
}

static void test_epoll_tx(struct port *a, struct port *b)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(0);

	epoll_ctl(ep, EPOLL_CTL_ADD, a->fd, &e);
	queue(a, 11);
	epoll_wait(ep, &e, 1, 0);
	rxsync(b);
	diag("epoll_wait of an fd that is not ready %s",
	     ring_space(port_rx(b, 0)) ? "transmits" : "does not transmit");
	e.events = EPOLLIN | EPOLLOUT;
	epoll_ctl(ep, EPOLL_CTL_MOD, a->fd, &e);
	epoll_wait(ep, &e, 1, 0);
	ok(got(b, 11), "epoll(EPOLLOUT) transmits");
	rxsync(b);
	close(ep);
}

static void test_one_way(struct port *b)
{
	struct port p;

	port_must(&p, "vale76:one", .flags = NR_RX_RINGS_ONLY);
	is_num(port_poll(&p, POLLOUT, 0) & POLLOUT, 0, "no tx ring bound: not writable");
	port_close(&p);
	port_must(&p, "vale76:one", .flags = NR_TX_RINGS_ONLY);
	is_num(port_poll(&p, POLLIN, 0) & POLLIN, 0, "no rx ring bound: not readable");
	ok(port_poll(&p, POLLIN | POLLOUT, 0) & POLLOUT, "tx ring bound: writable");
	port_close(&p);
	(void)b;
}

static void test_garbled(struct port *a, struct port *b)
{
	port_tx(a, 0)->head = 0x12345678;
	ok(port_poll(a, POLLOUT, 0) & POLLERR, "poll of a corrupt ring gives POLLERR");
	ok(port_poll(a, POLLOUT, 0) & POLLOUT, "then it is in order");
	queue(a, 12);
	port_poll(a, POLLOUT, 0);
	ok(got(b, 12), "and works");
}

int main(int argc, char **argv)
{
	struct port a, b;

	test_start(argc, argv);
	test_unbound();
	test_epoll_before_bind();
	port_must(&a, "vale76:a");
	port_must(&b, "vale76:b");
	test_levels(&a, &b);
	test_implicit_tx(&a, &b);
	test_implicit_rx(&a, &b);
	test_no_tx_poll(&b);
	test_do_rx_poll(&a);
	test_full_pipe();
	port_drain(&a);
	port_drain(&b);
	test_select(&a, &b);
	port_drain(&a);
	test_epoll(&a, &b, 0, "epoll, level");
	test_epoll(&a, &b, EPOLLET, "epoll, edge");
	test_epoll_full("full{1", "full}1", EPOLLET, "edge");
	test_epoll_full("full{1", "full}1", 0, "level");
	test_epoll_full("vale74:a", "vale74:b", EPOLLET, "edge");
	test_epoll_full("vale74:a", "vale74:b", 0, "level");
	test_epoll_late(EPOLLET, "edge");
	test_epoll_late(0, "level");
	test_epoll_tx(&a, &b);
	test_one_way(&b);
	test_garbled(&a, &b);
	port_close(&b);
	port_close(&a);
	return test_done();
}
