// SPDX-License-Identifier: BSD-2-Clause
/*
 * Monitors: complete and in order, started and stopped under traffic, slow, killed, hostile; on
 * switch ports, pipes, and where there are any on network devices and their host rings.
 */
#include <poll.h>
#include <signal.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "flow.h"
#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define BOTH	(NR_MONITOR_TX | NR_MONITOR_RX)

static char buf[2048], got[NETMAP_MAX_FRAGS * 2048];

/* A stream from port[0] to port[1], by two processes; the ports are open here too. */
struct stream {
	struct port port[2];
	struct flow flow;
	struct flow_credit *credit;		/* by the receiver */
	struct flow_credit
		*sender_credit; /* the same, unless another client gets the frames last */
	struct flow_result *result;
	pid_t pid[2];
	uint32_t *lingers;	/* the receiver stays while it is set; NULL: it does not */
};

static int stream_send(void *arg)
{
	struct stream *s = arg;

	s->flow.port = &s->port[0];
	s->flow.credit = s->sender_credit;
	return flow_send(&s->flow) != 0;
}

static int stream_receive(void *arg)
{
	struct stream *s = arg;
	int err;

	s->flow.port = &s->port[1];
	err = flow_receive(&s->flow, s->result);
	/* Frames for which the monitor had no room pass in a later sync. */
	while (s->lingers && __atomic_load_n(s->lingers, __ATOMIC_ACQUIRE)) {
		sleep_ms(1);
		rxsync(&s->port[1]);
	}
	return err != 0;
}

static void stream_open(struct stream *s, const char *from, const char *to)
{
	memset(s, 0, sizeof(*s));
	port_must(&s->port[0], from);
	port_must(&s->port[1], to);
	s->credit = shared_alloc(sizeof(*s->credit));
	s->result = shared_alloc(sizeof(*s->result));
	/*
	 * A pipe waits by itself. Broadcast, so that the switch need not learn the receiver's
	 * station.
	 */
	s->flow = (struct flow){ .dst = FRAME_BROADCAST,
				 .src = 1,
				 .min = 60,
				 .max = 1500,
				 .chunk = 700,
				 .batch = 64,
				 .credit = s->credit,
				 .window = strchr(from, '{') ? 1u << 30 : 256,
				 .seed = opt.seed };
	s->sender_credit = s->credit;
}

static void stream_start(struct stream *s, uint64_t count)
{
	s->flow.count = count;
	memset(s->credit, 0, sizeof(*s->credit));
	s->pid[1] = child_start(stream_receive, s);
	s->pid[0] = child_start(stream_send, s);
}

static void stream_end(struct stream *s, const char *what)
{
	if (!s->flow.count) {
		__atomic_store_n(&s->credit->stop, 1, __ATOMIC_RELEASE);
		flow_release(s->credit, 0);
	}
	is_num(child_wait(s->pid[0]), 0, "%s: the sender sends all", what);
	is_num(child_wait(s->pid[1]), 0, "%s: the receiver gets each frame, once, in order", what);
	is_num(s->result->bad + s->result->lost + s->result->back, 0,
	       "%s: none wrong, lost or out of order", what);
}

static void stream_close(struct stream *s)
{
	port_close(&s->port[0]);
	port_close(&s->port[1]);
}

static uint64_t drops_of(const char *name)
{
	struct nm_info_port info;

	return inspect_port(name, &info) ? info.rx_drops : UINT64_MAX;
}

/* Zero copy loses nothing: the stream waits. */
static void test_complete(const char *from, const char *to, uint64_t flags, bool of_sender)
{
	struct flow_result res;
	struct stream s;
	struct port m;
	struct flow f;

	stream_open(&s, from, to);
	port_must(&m, of_sender ? from : to, .flags = flags | NR_ZCOPY_MON);
	is_num(m.reg.nr_mem_id, s.port[!of_sender].reg.nr_mem_id,
	       "%s: zero copy is in the same region", from);
	s.lingers = shared_alloc(sizeof(*s.lingers));
	*s.lingers = 1;
	/* On a switch, slots that the receiver released wait in its ring for the monitor. */
	if (!of_sender)
		s.sender_credit = shared_alloc(sizeof(*s.sender_credit));
	stream_start(&s, opt.packets);
	f = s.flow;
	f.port = &m;
	f.credit = of_sender ? NULL : s.sender_credit;
	is_num(flow_receive(&f, &res), 0,
	       "%s, zero copy, flags 0x%llx: every frame passes, in order", from,
	       (unsigned long long)flags);
	is_num(res.frames, (int64_t)opt.packets, "%s: all of them", from);
	__atomic_store_n(s.lingers, 0, __ATOMIC_RELEASE);
	stream_end(&s, from);
	port_close(&m);
	stream_close(&s);
}

/* A copy is dropped where there is no room, and counted; the rest is in order. */
static void test_copies(const char *from, const char *to, uint64_t flags, bool of_sender,
			const char *name)
{
	struct stream s;
	struct port m, slow;
	uint32_t flow, n = 0;
	uint64_t seq, next[FLOWS] = { 0 }, bad = 0, frames = 0;
	int len, ev;

	stream_open(&s, from, to);
	port_must(&m, of_sender ? from : to, .flags = flags, .rx_slots = 8192);
	stream_start(&s, opt.packets);
	port_must(&slow, of_sender ? from : to, .flags = flags);
	for (n = 0; n < 200 && frames + drops_of(name) < opt.packets; n += !frames) {
		ev = port_poll(&m, POLLIN, 100);
		if (ev < 0 || ev & POLLERR)
			break;
		while ((len = ring_take(port_rx(&m, 0), got, sizeof(got))) > 0) {
			frames++;
			if (!frame_check(got, (uint32_t)len, &flow, &seq) || flow >= FLOWS ||
			    seq < next[flow])
				bad++;
			else
				next[flow] = seq + 1;
		}
	}
	stream_end(&s, from);
	is_num(bad, 0,
	       "%s, copies, flags 0x%llx: every frame seen is right, and later than the one before",
	       from, (unsigned long long)flags);
	is_num((int64_t)(frames + drops_of(name)), (int64_t)opt.packets,
	       "%s: what was not seen was counted", from);
	ok(frames > 0, "%s: %llu of %llu were seen", from, (unsigned long long)frames,
	   (unsigned long long)opt.packets);
	port_close(&slow);
	port_close(&m);
	stream_close(&s);
}

static void test_come_and_go(const char *from, const char *to)
{
	static const uint64_t flags[] = { NR_MONITOR_TX, NR_MONITOR_RX, BOTH, BOTH | NR_ZCOPY_MON,
					  NR_MONITOR_RX | NR_ZCOPY_MON };
	struct port m[3];
	struct stream s;
	unsigned int i, seen = 0, refused = 0;

	stream_open(&s, from, to);
	stream_start(&s, 0);
	for (i = 0; i < 3; i++)
		m[i].fd = -1;
	for (i = 0; i < opt.rounds; i++) {
		struct port *p = &m[i % 3];

		if (p->fd >= 0)
			port_close(p);
		/*
		 * A switch drops frames without room in the receiver's ring, where slots may wait
		 * for a monitor.
		 */
		if (port_open(p,
			      i % 2 || (flags[i % 5] & NR_ZCOPY_MON && !strchr(to, '}')) ? from :
											   to,
			      .flags = flags[i % 5])) {
			refused++;	/* the second of those without copies */
			p->fd = -1;
			continue;
		}
		port_poll(p, POLLIN, 5);
		seen += port_drain(p);
	}
	for (i = 0; i < 3; i++)
		if (m[i].fd >= 0)
			port_close(&m[i]);
	stream_end(&s, "monitors come and go");
	ok(seen > 0 && refused < opt.rounds / 2, "they saw %u slots", seen);
	stream_close(&s);
}

struct bad_monitor {
	const char *name;
	uint64_t flags;
	uint32_t *ready;
};

/* Open a monitor and write anything into its ring until killed; or do nothing. */
static int bad_run(void *arg)
{
	const struct bad_monitor *b = arg;
	struct rng r = { opt.seed };
	struct netmap_ring *ring;
	struct port m;

	port_must(&m, b->name, .flags = b->flags);
	ring = port_rx(&m, 0);
	__atomic_store_n(b->ready, 1, __ATOMIC_RELEASE);
	while (getppid() > 1) {
		struct netmap_slot *s = &ring->slot[rng_below(&r, m.reg.nr_rx_slots)];

		if (b->flags & NR_ZCOPY_MON) {
			pause();	/* slow: slots wait for it until it ends */
			continue;
		}
		switch (rng_below(&r, 4)) {
		case 0:
			s->buf_idx = (uint32_t)rng_next(&r);
			break;
		case 1:
			ring->head = (uint32_t)rng_next(&r);
			break;
		case 2:
			ring->cur = rng_below(&r, m.reg.nr_rx_slots);
			break;
		default:
			rxsync(&m);
		}
	}
	return 0;
}

static void test_bad(const char *from, const char *to, uint64_t flags)
{
	struct bad_monitor b = { .name = from,
				 .flags = flags,
				 .ready = shared_alloc(sizeof(*b.ready)) };
	struct stream s;
	pid_t pid;

	stream_open(&s, from, to);
	pid = child_start(bad_run, &b);
	while (!__atomic_load_n(b.ready, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	stream_start(&s, opt.packets);
	if (flags & NR_ZCOPY_MON) {
		sleep_ms(200);
		ok(__atomic_load_n(&s.credit->frames, __ATOMIC_ACQUIRE) < 3000,
		   "a stream waits for a monitor");
	}
	else
		while (__atomic_load_n(&s.credit->frames, __ATOMIC_ACQUIRE) < opt.packets / 2)
			sleep_ms(1);
	child_kill(pid);
	stream_end(&s, flags & NR_ZCOPY_MON ? "when it is killed the stream goes on" :
					     "a monitor that writes anything, and is killed");
	stream_close(&s);
}

static void test_refusals(void)
{
	struct port a, m, p;

	is_err(port_open(&p, "vale79:a", .flags = BOTH), -ENXIO, "a port that is not open: ENXIO");
	is_err(port_open(&p, "nosuchport", .flags = BOTH), -ENXIO, "nor any such port");
	port_must(&a, "vale79:a");
	port_must(&m, "vale79:a", .flags = BOTH);
	ok(m.reg.nr_mem_id != a.reg.nr_mem_id, "a copying monitor has a region of its own");
	is_num(ring_space(port_tx(&m, 0)), 0, "nothing can be sent by it");
	p.fd = dev_open();
	p.reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = BOTH };
	is_err(ctrl(p.fd, NETMAP_REQ_REGISTER, "vale79:a/rt", &p.reg), -EINVAL,
	       "a monitor of a monitor: EINVAL");
	ok(has_reason(p.fd, "monitors cannot be monitored"), "and the reason");
	p.reg.nr_flags = NR_ZCOPY_MON;
	is_err(ctrl(p.fd, NETMAP_REQ_REGISTER, "vale79:a", &p.reg), -EINVAL,
	       "NR_ZCOPY_MON alone: EINVAL");
	p.reg.nr_flags = BOTH;
	p.reg.nr_mode = NR_REG_ONE_NIC;
	p.reg.nr_ringid = 3;
	is_err(ctrl(p.fd, NETMAP_REQ_REGISTER, "vale79:a", &p.reg), -EINVAL,
	       "a ring that is not there: EINVAL");
	close(p.fd);
	frame_make(buf, 60, FRAME_BROADCAST, 1, 3, 1);
	is_err(port_send(&a, buf, 60), 0, "a frame without a receiver");
	port_close(&a);
	ok(port_poll(&m, POLLIN, 10000) == POLLIN, "the port is gone, a frame is left to read");
	is_num(port_recv(&m, got, sizeof(got)), 60, "it is read");
	ok(port_poll(&m, POLLIN, 10000) & POLLERR, "then poll tells POLLERR");
	is_err(rxsync(&m), -ENXIO, "and a sync ENXIO");
	ok(has_reason(m.fd, "has closed it"), "with a reason");
	port_close(&m);
}

/* A sleeper in poll() is woken by a frame, and by the end. */
static bool *woken;

static int poller(void *arg)
{
	struct port *m = arg;

	close(m[1].fd);	/* the port's last file is our parent's */
	if (port_poll(m, POLLIN, 10000) != POLLIN || port_drain(m) != 1)
		return 1;
	__atomic_store_n(woken, true, __ATOMIC_RELEASE);
	return !(port_poll(m, POLLIN, 10000) & POLLERR);
}

static void test_wakeup(void)
{
	struct port p[2], b;
	unsigned int tries;
	pid_t pid;

	port_must(&p[1], "vale79:a");
	port_must(&b, "vale79:b");
	port_must(&p[0], "vale79:a", .flags = NR_MONITOR_TX);
	woken = shared_alloc(sizeof(*woken));
	pid = child_start(poller, p);
	sleep_ms(100);
	frame_make(buf, 60, FRAME_BROADCAST, 1, 3, 1);
	port_send(&p[1], buf, 60);
	for (tries = 0; tries < 20000 && !__atomic_load_n(woken, __ATOMIC_ACQUIRE); tries++)
		sleep_ms(1);
	sleep_ms(100);
	port_close(&p[1]);
	is_num(child_wait(pid), 0, "who sleeps is woken by a frame, and when the port goes");
	port_close(&p[0]);
	port_close(&b);
}

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

/*
 * Wait for our frames in ring i of m, in order, other frames between them. The slots are released:
 * a zero-copy monitor sees them then.
 */
static bool sees(struct port *m, unsigned int i, uint32_t flow, unsigned int count)
{
	unsigned int tries, n = 0;
	uint64_t seq;
	uint32_t f;
	int len;

	for (tries = 0; tries < 400 && n < count; tries++) {
		port_poll(m, POLLIN, 50);
		while ((len = ring_take(port_rx(m, i), got, sizeof(got))) > 0) {
			if (!frame_check(got, (uint32_t)len, &f, &seq) || f != flow)
				continue;
			if (seq != n++)
				return false;
		}
	}
	rxsync(m);
	return n == count;
}

static void test_devices(void)
{
	struct port a, b, m, z, host;
	int sock, k;

	need(link_veth("m0", "m1"), "a veth pair");
	is_err(port_open(&m, "m0", .flags = BOTH), -ENXIO, "a device that is not open: ENXIO");
	port_must(&a, "m0", .mode = NR_REG_NIC_SW);
	port_must(&b, "m1");
	port_must(&m, "m0", .mode = NR_REG_NIC_SW, .flags = BOTH);
	port_must(&z, "m1", .flags = NR_MONITOR_RX | NR_ZCOPY_MON);
	for (k = 0; k < 200; k++) {
		frame_make(buf, 60 + (uint32_t)k, 2, 1, 3, (uint64_t)k);
		port_send(&a, buf, 60 + (uint32_t)k);
	}
	ok(sees(&m, 0, 3, 200), "a device: what is sent, in order");
	ok(sees(&b, 0, 3, 200), "a device: it is received, in order");
	ok(sees(&z, 0, 3, 200), "a device: the buffers of what is received, in order");
	port_close(&z);
	need(link_address("m0", "10.9.9.1", 24), "an address");
	port_must(&host, "m0", .mode = NR_REG_SW, .flags = NR_MONITOR_RX);
	ok(!port_rx(&host, 0) && port_rx(&host, 1), "host rings alone");
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(sock, SOL_SOCKET, SO_BROADCAST, &(int){ 1 }, sizeof(int));
	sendto(sock, buf, 100, 0,
	       (void *)&(struct sockaddr_in){
		       .sin_family = AF_INET, .sin_port = 9, .sin_addr.s_addr = 0xff09090a },
	       sizeof(struct sockaddr_in));
	close(sock);
	for (k = 0; k < 400 && !ring_space(port_rx(&host, 1)); k++) {
		port_poll(&a, POLLIN, 50);
		rxsync(&a);
		rxsync(&host);
	}
	ok(ring_space(port_rx(&host, 1)) > 0, "what the stack sends comes by the host ring");
	port_close(&a);
	while (port_poll(&m, POLLIN, 100) == POLLIN)
		port_drain(&m);
	is_err(rxsync(&m), -ENXIO, "when the device's last client has left: ENXIO");
	port_close(&host);
	port_close(&m);
	port_close(&b);
}

int main(int argc, char **argv)
{
	opt.packets = 20000;
	opt.rounds = 60;
	test_start(argc, argv);
	ns_enter_new();
	test_refusals();
	test_wakeup();
	test_complete("vale79:a", "vale79:b", NR_MONITOR_TX, true);
	test_complete("vale79:a", "vale79:b", NR_MONITOR_RX, false);
	test_complete("mon{1", "mon}1", NR_MONITOR_TX, true);
	test_complete("mon{1", "mon}1", NR_MONITOR_RX, false);
	test_copies("vale79:a", "vale79:b", NR_MONITOR_TX, true, "vale79:a/t");
	test_copies("vale79:a", "vale79:b", NR_MONITOR_RX, false, "vale79:b/r");
	test_copies("mon{1", "mon}1", NR_MONITOR_TX, true, "mon{1/t");
	test_come_and_go("vale79:a", "vale79:b");
	test_come_and_go("mon{1", "mon}1");
	test_bad("vale79:a", "vale79:b", BOTH);
	test_bad("vale79:a", "vale79:b", BOTH | NR_ZCOPY_MON);
	test_bad("mon{1", "mon}1", NR_MONITOR_TX | NR_ZCOPY_MON);
	test_devices();
	return test_done();
}
