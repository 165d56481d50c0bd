// SPDX-License-Identifier: BSD-2-Clause
/*
 * Emulated network cards with the drivers of their kernel, in pairs wired to each other: frames
 * both ways on all queues, the host's stack by a bridge, a chain through all cards, and cards that
 * are unbound, unplugged and lose their driver while they are busy. Where there are none it skips.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card.h"
#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"
#include "stream.h"

#define WINDOW	32u	/* frames in flight: less than any card's ring */
#define MOST	2000u	/* frames sent until enough have arrived */
#define BURST	16u	/* of a client under load, for each ring */

static uint8_t buf[2048], got[2048];
static unsigned int pairs;

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

/* Cards receive only frames to their address unless they are promiscuous. */
static void hear_all(const char *name)
{
	struct ifreq req = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(req.ifr_name, name);
	ioctl(fd, SIOCGIFFLAGS, &req);
	req.ifr_flags |= IFF_PROMISC;
	if (ioctl(fd, SIOCSIFFLAGS, &req))
		give_up("%s: %s", name, strerror(errno));
	close(fd);
}

static void ready(unsigned int pair, struct card c[2])
{
	if (!card_ready(pair, 0, &c[0]) || !card_ready(pair, 1, &c[1]))
		give_up("pair %u has no link", pair);
	hear_all(c[0].name);
	hear_all(c[1].name);
}

static uint32_t len_of(uint64_t seq)
{
	return 60 + seq * 7 % 1455;
}

static int receive(struct port *p)
{
	unsigned int tries;
	int n = -EAGAIN;

	for (tries = 0; n == -EAGAIN && tries < 400; tries++) {
		n = port_recv(p, got, sizeof(got));
		if (n == -EAGAIN)
			port_poll(p, POLLIN, 50);
	}
	return n;
}

/* A frame that came: its number if it is whole and the first with it, -1 if not. */
static bool is_new(int n, uint8_t *seen)
{
	uint32_t flow;
	uint64_t seq;

	if (!frame_check(got, n, &flow, &seq) || seq >= MOST || n != (int)len_of(seq) ||
	    seen[seq]++) {
		diag("%d bytes are wrong", n);
		return false;
	}
	return true;
}

/*
 * Send frames from all tx rings of one, in turn, until n arrived whole at the other. Emulated cards
 * lose one now and then, when the machine is busy: then frames in flight are given up.
 */
static uint32_t pass(struct port *from, struct port *to, uint32_t count)
{
	static uint8_t seen[MOST];
	uint32_t sent = 0, in_flight = 0, came = 0, i;
	int n;

	memset(seen, 0, sizeof(seen));
	while (came < count) {
		for (i = in_flight; i < WINDOW && sent < MOST; i++, sent++, in_flight++) {
			frame_make(buf, len_of(sent), 2, 1, 7, sent);
			if (!ring_put(port_tx(from, sent % from->reg.nr_tx_rings), buf,
				      len_of(sent), 0))
				break;
		}
		n = txsync(from) || !in_flight ? -EIO : receive(to);
		if (n == -EAGAIN) {
			diag("%u frames lost", in_flight);
			in_flight = 0;
			continue;
		}
		if (n < 0 || !is_new(n, seen))
			break;
		came++;
		in_flight -= in_flight > 0;
	}
	return came;
}

/* Drops of our rings of the card, of all causes. */
static uint64_t drops_of(const char *name)
{
	struct nm_info_port info;
	uint64_t sum = 0;
	unsigned int i, d;

	if (!inspect_port(name, &info))
		return 1;
	for (d = 0; d < 2; d++) {
		struct nm_info_ring ring;

		for (i = 0; inspect_ring(name, d, i, &ring); i++)
			for (unsigned int c = 0; c < sizeof(ring.drops) / sizeof(ring.drops[0]);
			     c++)
				sum += ring.drops[c];
	}
	return sum;
}

static void test_traffic(const struct card c[2])
{
	struct port a, b;
	unsigned int i;

	port_must(&a, c[0].name);
	port_must(&b, c[1].name);
	is_num(a.reg.nr_tx_rings, c[0].queues[0], "%s: a tx ring for each queue", c[0].driver);
	is_num(a.reg.nr_rx_rings, c[0].queues[1], "%s: an rx ring for each queue", c[0].driver);
	is_num(pass(&a, &b, 500), 500, "%s: frames cross", c[0].driver);
	is_num(pass(&b, &a, 500), 500, "%s: and back", c[0].driver);
	is_num((int64_t)(drops_of(c[0].name) + drops_of(c[1].name)), 0, "%s: our rings drop none",
	       c[0].driver);
	port_close(&a);
	port_close(&b);
	for (i = 0; i < c[0].queues[0]; i++) {
		port_must(&a, c[0].name, .mode = NR_REG_ONE_NIC, .ringid = i);
		port_must(&b, c[1].name);
		frame_make(buf, 100, 2, 1, 7, i);
		ok(ring_put(port_tx(&a, i), buf, 100, 0) && !txsync(&a) && receive(&b) == 100 &&
		   frame_is(got, 100, 2, 1, 7, i), "%s: queue %u alone", c[0].driver, i);
		port_close(&a);
		port_close(&b);
	}
}

/* ---- the stack's end --------------------------------------------------------------- */

struct transfer {
	struct stream stream;
	char name[2][IFNAMSIZ], address[2][16];
	uint32_t ready, done;
};

static int bridge(void *arg)
{
	struct transfer *t = arg;
	unsigned int i;
	struct port p;

	port_must(&p, t->name[0], .mode = NR_REG_NIC_SW);
	__atomic_store_n(&t->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&t->done, __ATOMIC_ACQUIRE)) {
		port_poll(&p, POLLIN, 20);
		for (i = 0; i < p.reg.nr_rx_rings; i++)
			ring_move(port_rx(&p, i), port_tx(&p, p.nif->ni_tx_rings));
		ring_move(port_rx(&p, p.nif->ni_rx_rings), port_tx(&p, 0));
		txsync(&p);
	}
	port_close(&p);
	return 0;
}

static void test_stack(const struct card c[2])
{
	struct transfer *t = shared_alloc(sizeof(*t));
	unsigned int i;
	pid_t far, mid;

	for (i = 0; i < 2; i++) {
		strcpy(t->name[i], c[i].name);
		snprintf(t->address[i], sizeof(t->address[i]), "10.9.%u.%u", c[i].pair % 256,
			 i + 1);
	}
	t->stream = (struct stream){ .dev = t->name[1], .address = t->address[1],
				     .bytes = opt.packets * 1024 };
	need(link_address(c[0].name, t->address[0], 24), "an address");
	far = stream_serve(&t->stream);
	if (far < 0)
		need(far, "the stream's server");
	mid = child_start(bridge, t);
	while (!__atomic_load_n(&t->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	is_err(stream_run(&t->stream), 0, "%s: TCP through a bridge of card and stack",
	       c[0].driver);
	is_num(child_wait(far), 0, "%s: and received", c[0].driver);
	is_num((int64_t)t->stream.got, (int64_t)t->stream.bytes, "%s: all bytes", c[0].driver);
	is_num((int64_t)t->stream.bad, 0, "%s: each the right one", c[0].driver);
	__atomic_store_n(&t->done, 1, __ATOMIC_RELEASE);
	is_num(child_wait(mid), 0, "%s: the bridge ends", c[0].driver);
}

/* ---- all of them ------------------------------------------------------------------- */

static void pump(struct port p[CARD_PAIRS][2])
{
	unsigned int i, r;

	for (i = 0; i + 1 < pairs; i++) {
		rxsync(&p[i][1]);
		for (r = 0; r < p[i][1].reg.nr_rx_rings; r++)
			ring_move(port_rx(&p[i][1], r), port_tx(&p[i + 1][0], 0));
		txsync(&p[i + 1][0]);
	}
}

static void test_chain(void)
{
	static struct port p[CARD_PAIRS][2];
	uint32_t sent = 0, seen = 0, bad = 0, flow;
	uint64_t seq, until = now_ns() + 60000000000ull;
	struct card c[2];
	unsigned int i;
	int n;

	for (i = 0; i < pairs; i++) {
		ready(i, c);
		port_must(&p[i][0], c[0].name);
		port_must(&p[i][1], c[1].name);
	}
	while (seen < 1000 && now_ns() < until) {
		frame_make(buf, 60 + sent % 1400, 2, 1, 3, sent);
		if (sent < 1000 && sent - seen < WINDOW &&
		    ring_put(port_tx(&p[0][0], 0), buf, 60 + sent % 1400, 0))
			sent++;
		txsync(&p[0][0]);
		pump(p);
		while ((n = port_recv(&p[pairs - 1][1], got, sizeof(got))) > 0) {
			bad += !frame_check(got, n, &flow, &seq) || seq != seen;
			seen++;
		}
	}
	is_num(seen, 1000, "frames cross a chain of %u pairs, without a copy between them", pairs);
	is_num(bad, 0, "each as it was sent, in order");
	for (i = 0; i < pairs; i++) {
		port_close(&p[i][0]);
		port_close(&p[i][1]);
	}
}

/* ---- taken away under load --------------------------------------------------------- */

struct load {
	unsigned int pair, end;
	uint32_t stop;
	uint64_t opened, frames, told;	/* told: POLLERR, with a reason */
};

static void be_busy(struct load *l, struct port *p)
{
	unsigned int i, r;

	while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE)) {
		for (r = 0; r < p->reg.nr_tx_rings; r++)
			for (i = 0; i < BURST; i++)
				ring_put(port_tx(p, r), buf, 60, 0);
		for (i = 0; i < BURST; i++)
			ring_put(port_tx(p, p->nif->ni_tx_rings), buf, 60, 0);
		__atomic_fetch_add(&l->frames, port_drain(p), __ATOMIC_RELAXED);
		/* Ten of these share two slow processors with the drivers. */
		sleep_ms(20);
		if (!(port_poll(p, POLLOUT | POLLIN, 5) & POLLERR))
			continue;
		if (rxsync(p) == -ENXIO && has_reason(p->fd, NULL)) {
			l->told++;
			return;
		}
	}
}

static int blast(void *arg)
{
	struct load *l = arg;
	struct card c;
	struct port p;

	frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 1);
	while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE)) {
		if (!card_find(l->pair, l->end, &c) || link_set_up(c.name, 1) ||
		    port_open(&p, c.name, .mode = NR_REG_NIC_SW)) {
			usleep(2000);
			continue;
		}
		__atomic_fetch_add(&l->opened, 1, __ATOMIC_RELEASE);
		be_busy(l, &p);
		port_close(&p);
	}
	return 0;
}

static int unbind(const struct card *c)
{
	int err = card_unbind(c);

	return err ? err : card_bind(c);
}

static int unplug(const struct card *c)
{
	int err = card_remove(c);

	return err ? err : cards_rescan();
}

static int unload(const struct card *c)
{
	int err = card_driver_unload(c);

	return err ? err : card_driver_load(c);
}

static const struct way {
	const char *name;
	int (*take)(const struct card *c);
} ways[] = { { "unbound", unbind }, { "unplugged", unplug }, { "without driver", unload } };
#define WAYS	(sizeof(ways) / sizeof(ways[0]))

/* Frames arrive from the other end at a client that opened the card again. */
static bool is_busy_again(struct load *l, uint64_t opened)
{
	uint64_t frames, until = now_ns() + 20000000000ull;

	while (__atomic_load_n(&l->opened, __ATOMIC_ACQUIRE) == opened && now_ns() < until)
		usleep(1000);
	frames = __atomic_load_n(&l->frames, __ATOMIC_RELAXED);
	while (__atomic_load_n(&l->frames, __ATOMIC_RELAXED) == frames && now_ns() < until)
		usleep(1000);
	return now_ns() < until;
}

/* All cards at once: a link takes most of the time. */
static void test_way(const struct way *w, struct load l[][2])
{
	uint64_t opened[CARD_PAIRS];
	struct card c[CARD_PAIRS];
	int err[CARD_PAIRS];
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		if (!card_ready(i, 0, &c[i]))
			give_up("pair %u has no link", i);
		opened[i] = __atomic_load_n(&l[i][0].opened, __ATOMIC_ACQUIRE);
		err[i] = w->take(&c[i]);
	}
	for (i = 0; i < pairs; i++) {
		is_err(err[i], 0, "%s: %s under load", c[i].driver, w->name);
		ok(!err[i] && is_busy_again(&l[i][0], opened[i]), "%s: works when it is back",
		   c[i].driver);
	}
}

static void test_loss(void)
{
	struct load (*l)[2] = shared_alloc(CARD_PAIRS * sizeof(*l));
	int64_t alive = inspect_alive();
	pid_t child[CARD_PAIRS][2];
	unsigned int i, end, w;

	for (i = 0; i < pairs; i++) {
		for (end = 0; end < 2; end++) {
			l[i][end].pair = i;
			l[i][end].end = end;
			child[i][end] = child_start(blast, &l[i][end]);
		}
	}
	for (i = 0; i < pairs; i++)
		ok(is_busy_again(&l[i][0], 0) && is_busy_again(&l[i][1], 0),
		   "pair %u: both ends are busy", i);
	for (w = 0; w < opt.rounds * WAYS; w++)
		test_way(&ways[w % WAYS], l);
	for (i = 0; i < pairs; i++) {
		for (end = 0; end < 2; end++) {
			__atomic_store_n(&l[i][end].stop, 1, __ATOMIC_RELEASE);
			is_num(child_wait(child[i][end]), 0, "pair %u: client of end %u", i, end);
		}
		is_num((int64_t)l[i][0].told, opt.rounds * WAYS,
		       "pair %u: had POLLERR and a reason each time", i);
	}
	is_num(inspect_alive(), alive, "nothing is left");
}

static void all_up(int up)
{
	struct card c;
	unsigned int i;

	for (i = 0; i < 2 * pairs; i++)
		need(card_find(i / 2, i % 2, &c) ? link_set_up(c.name, up) : -ENODEV,
		     "a card up or down");
}

int main(int argc, char **argv)
{
	struct card c[2];
	unsigned int i;

	opt.rounds = 1;
	opt.packets = 2000;
	opt.deadline = 280;
	test_start(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	while (pairs < CARD_PAIRS && card_find(pairs, 0, &c[0]) && card_find(pairs, 1, &c[1]))
		pairs++;
	if (!pairs) {
		skip("no emulated cards here: tests/guest/run --nic", "network cards");
		return test_done();
	}
	ns_be_quiet();
	all_up(1);
	for (i = 0; i < pairs; i++) {
		ready(i, c);
		test_traffic(c);
		test_stack(c);
	}
	test_chain();
	test_loss();
	all_up(0);
	return test_done();
}
