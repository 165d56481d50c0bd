/* SPDX-License-Identifier: BSD-2-Clause */
/* Switch ports with several rings, shared between processes; threads that poll for them. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "child.h"
#include "flow.h"
#include "frame.h"
#include "inspect.h"

#define RINGS	4u

static char buf[4096];

static void test_ring_to_ring(void)
{
	struct port a, b;
	unsigned int i, good = 0, total = 0;

	port_must(&a, "vale99:a", .tx_rings = RINGS, .rx_rings = RINGS);
	port_must(&b, "vale99:b", .tx_rings = RINGS, .rx_rings = RINGS);
	for (i = 0; i < RINGS; i++) {
		frame_make(buf, 60 + i, FRAME_BROADCAST, 1, 1, i);
		ring_put(port_tx(&a, i), buf, 60 + i, 0);
	}
	is_err(txsync(&a), 0, "one sync sends all rings");
	rxsync(&b);
	for (i = 0; i < RINGS; i++) {
		struct netmap_ring *r = port_rx(&b, i);

		total += ring_space(r);
		good += ring_take(r, buf, sizeof(buf)) == (int)(60 + i) &&
			frame_is(buf, 60 + i, FRAME_BROADCAST, 1, 1, i);
	}
	is_num(total, RINGS, "a frame from each tx ring arrives");
	is_num(good, RINGS, "each in the rx ring of the sender's number");
	port_close(&a);
	port_close(&b);
}

static void test_fewer_rings(void)
{
	struct port a, b, c;
	unsigned int i, n = 0;

	port_must(&a, "vale99:a", .tx_rings = RINGS);
	port_must(&b, "vale99:b");
	for (i = 0; i < RINGS; i++) {
		frame_make(buf, 60, FRAME_BROADCAST, 1, 1, i);
		ring_put(port_tx(&a, i), buf, 60, 0);
	}
	txsync(&a);
	while (port_recv(&b, buf, sizeof(buf)) == 60)
		n++;
	is_num(n, RINGS, "four tx rings into one rx ring: all arrive");
	port_close(&b);
	port_must(&b, "vale99:b", .rx_rings = 2, .mode = NR_REG_ONE_NIC, .ringid = 1,
		  .tx_rings = 2);
	for (i = 0; i < RINGS; i++)
		ring_put(port_tx(&a, i), buf, 60, 0);
	txsync(&a);
	for (n = 0; port_recv(&b, buf, sizeof(buf)) == 60; n++)
		;
	is_num(n, RINGS, "one rx ring of two bound: all frames go to that");
	port_must(&c, "vale99:b", .mode = NR_REG_ONE_NIC, .ringid = 0);
	for (i = 0; i < RINGS; i++)
		ring_put(port_tx(&a, i), buf, 60, 0);
	txsync(&a);
	for (n = 0; port_recv(&b, buf, sizeof(buf)) == 60; n++)
		;
	for (i = 0; port_recv(&c, buf, sizeof(buf)) == 60; i++)
		;
	is_num(n + i, RINGS, "two fds with a ring each: all arrive");
	ok(n == 2 && i == 2, "two fds with a ring each: half to each");
	port_close(&c);
	port_close(&b);
	port_close(&a);
}

/* ---- a process for each ring ----------------------------------------------------------- */

struct lane {
	unsigned int ring;
	uint64_t count;
	struct flow_credit credit;
	struct flow_result result;
	uint32_t ready;
};

static int lane_receive(void *arg)
{
	struct lane *l = arg;
	struct port p;
	struct flow f = { .port = &p, .ring = l->ring, .count = l->count, .flow0 = 100 * l->ring,
		.credit = &l->credit };

	port_must(&p, "vale99:lb", .tx_rings = RINGS, .rx_rings = RINGS, .mode = NR_REG_ONE_NIC,
		  .ringid = l->ring);
	__atomic_store_n(&l->ready, 1, __ATOMIC_RELEASE);
	return flow_receive(&f, &l->result) ? 1 : 0;
}

static int lane_send(void *arg)
{
	struct lane *l = arg;
	struct port p;
	struct flow f = { .port = &p, .ring = l->ring, .count = l->count, .flow0 = 100 * l->ring,
		.dst = FRAME_BROADCAST, .src = 1 + l->ring, .min = 60, .max = 900, .chunk = 2048,
		.credit = &l->credit, .window = 900, .seed = opt.seed };

	port_must(&p, "vale99:la", .tx_rings = RINGS, .rx_rings = RINGS, .mode = NR_REG_ONE_NIC,
		  .ringid = l->ring, .flags = NR_TX_RINGS_ONLY);
	return flow_send(&f) ? 1 : 0;
}

static void test_lanes(void)
{
	struct lane *l = shared_alloc(sizeof(*l) * RINGS);
	pid_t rx[RINGS], tx[RINGS];
	unsigned int i;

	for (i = 0; i < RINGS; i++) {
		l[i].ring = i;
		l[i].count = opt.packets / RINGS;
		rx[i] = child_start(lane_receive, &l[i]);
		while (!__atomic_load_n(&l[i].ready, __ATOMIC_ACQUIRE))
			usleep(1000);
	}
	for (i = 0; i < RINGS; i++)
		tx[i] = child_start(lane_send, &l[i]);
	for (i = 0; i < RINGS; i++) {
		is_num(child_wait(tx[i]), 0, "ring %u, a process each: sent", i);
		is_num(child_wait(rx[i]), 0, "ring %u, a process each: received whole and in order",
		       i);
		is_num(l[i].result.frames, l[i].count, "ring %u, a process each: all of it", i);
	}
}

/* Several senders into one rx ring at a time: order holds for each of them. */
static int many_send(void *arg)
{
	struct lane *l = arg;
	struct port p;
	char name[32];
	struct flow f = { .port = &p,
			  .count = l->count,
			  .flow0 = 100 * l->ring,
			  .dst = 77,
			  .src = 1 + l->ring,
			  .min = 60,
			  .max = 300,
			  .chunk = 2048,
			  .batch = 64,
			  .credit = &l->credit,
			  .window = 200,
			  .seed = opt.seed };

	snprintf(name, sizeof(name), "vale99:s%u", l->ring);
	port_must(&p, name);
	return flow_send(&f) ? 1 : 0;
}

static void test_many_to_one(void)
{
	struct lane *l = shared_alloc(sizeof(*l) * RINGS);
	uint64_t next[RINGS][FLOWS] = { { 0 } }, frames = 0, bad = 0, order = 0, last;
	struct netmap_ring *r;
	struct port p;
	pid_t tx[RINGS];
	unsigned int i, failed = 0;

	port_must(&p, "vale99:sink");
	r = port_rx(&p, 0);
	frame_make(buf, 60, FRAME_BROADCAST, 77, 1, 1);
	port_send(&p, buf, 60);
	for (i = 0; i < RINGS; i++) {
		l[i].ring = i;
		l[i].count = opt.packets / RINGS;
		tx[i] = child_start(many_send, &l[i]);
	}
	last = now_ns();
	while (frames < opt.packets / RINGS * RINGS && now_ns() - last < 20000000000ull) {
		uint32_t taken[RINGS] = { 0 };

		port_poll(&p, POLLIN, 500);
		while (ring_space(r)) {
			const struct netmap_slot *s = &r->slot[r->head];
			uint32_t flow, who;
			uint64_t seq;

			frames++;
			last = now_ns();
			who = frame_check(ring_buf(r, s->buf_idx), s->len, &flow, &seq) ?
				      flow / 100 :
				      RINGS;
			ring_release(r, 1);
			if (who >= RINGS || flow % 100 >= FLOWS) {
				bad++;
				continue;
			}
			order += next[who][flow % 100]++ != seq;
			taken[who]++;
		}
		/* The slots are free for netmap only after a sync. */
		rxsync(&p);
		for (i = 0; i < RINGS; i++)
			flow_release(&l[i].credit, taken[i]);
	}
	for (i = 0; i < RINGS; i++)
		l[i].credit.stop = 1;
	for (i = 0; i < RINGS; i++)
		failed += child_wait(tx[i]) != 0;
	is_num(failed, 0, "four senders to one ring: all sent");
	is_num(frames, opt.packets / RINGS * RINGS, "four senders to one ring: all arrive");
	is_num(bad, 0, "four senders to one ring: every byte right");
	is_num(order, 0, "four senders to one ring: each in order");
	port_close(&p);
}

/* ---- polling threads ------------------------------------------------------------------ */

static int polling(uint16_t type, const char *name, uint32_t mode, uint32_t cpus, uint32_t first)
{
	struct nmreq_vale_polling q = { .nr_mode = mode, .nr_first_cpu_id = first,
		.nr_num_polling_cpus = cpus };

	return ctrl_once(type, name, &q);
}

/* Frames that are queued and never synced arrive because a thread polls the port. */
static void polled_traffic(const char *what)
{
	struct port p, q;
	struct netmap_ring *t, *r;
	uint64_t sent = 0, got = 0, end = now_ns() + 20000000000ull;
	unsigned int bad = 0;

	port_must(&p, "poll99");
	port_must(&q, "vale99:q");
	t = port_tx(&p, 0);
	r = port_rx(&q, 0);
	while (got < 5000 && now_ns() < end) {
		while (sent < got + 200 && ring_space(t)) {
			frame_make(buf, 100, FRAME_BROADCAST, 1, 1, sent++);
			ring_put(t, buf, 100, 0);
		}
		port_poll(&q, POLLIN, 100);
		while (ring_space(r)) {
			int n = ring_take(r, buf, sizeof(buf));

			bad += n != 100 || !frame_is(buf, 100, FRAME_BROADCAST, 1, 1, got);
			got++;
		}
	}
	ok(got >= 5000, "%s: frames go without a sync by their sender", what);
	is_num(bad, 0, "%s: whole and in order", what);
	port_close(&q);
	port_close(&p);
}

static void test_polling(void)
{
	struct nmreq_vale_newif n = { .nr_tx_rings = 2, .nr_rx_rings = 2 };
	struct nmreq_vale_attach at = { .reg.nr_mode = NR_REG_ALL_NIC };
	struct nmreq_vale_detach de = { 0 };
	struct nm_info_port info = { 0 };

	is_err(polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale99:nothere",
		       NETMAP_POLLING_MODE_SINGLE_CPU, 1, 0),
	       -ENXIO, "polling of no such port: ENXIO");
	is_err(ctrl_once(NETMAP_REQ_VALE_NEWIF, "poll99", &n), 0, "a persistent port");
	is_err(ctrl_once(NETMAP_REQ_VALE_ATTACH, "vale99:poll99", &at), 0, "attached");
	is_err(polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale99:poll99", 9, 1, 0), -EINVAL,
	       "unknown polling mode: EINVAL");
	is_err(polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale99:poll99",
		       NETMAP_POLLING_MODE_SINGLE_CPU, 1, 100000),
	       -EINVAL, "polling on a CPU that does not exist: EINVAL");
	is_err(polling(NETMAP_REQ_VALE_POLLING_DISABLE, "vale99:poll99", 0, 0, 0), -EINVAL,
	       "polling off while it is off: EINVAL");
	is_err(polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale99:poll99",
		       NETMAP_POLLING_MODE_SINGLE_CPU, 1, 0),
	       0, "polling on, one thread");
	ok(inspect_port("poll99", &info) && info.flags & NM_INFO_POLLING, "polling is shown");
	is_err(polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale99:poll99",
		       NETMAP_POLLING_MODE_SINGLE_CPU, 1, 0),
	       -EBUSY, "polling on while it is on: EBUSY");
	polled_traffic("one thread");
	polled_traffic("one thread, port opened again");
	is_err(polling(NETMAP_REQ_VALE_POLLING_DISABLE, "vale99:poll99", 0, 0, 0), 0,
	       "polling off");
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		is_err(polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale99:poll99",
			       NETMAP_POLLING_MODE_MULTI_CPU, 2, 0),
		       0, "polling on, a thread for each ring");
		polled_traffic("a thread for each ring");
		is_err(polling(NETMAP_REQ_VALE_POLLING_DISABLE, "vale99:poll99", 0, 0, 0), 0,
		       "polling off again");
	} else {
		skip("one CPU only", "a thread for each ring");
	}
	is_err(polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale99:poll99",
		       NETMAP_POLLING_MODE_SINGLE_CPU, 1, 0),
	       0, "polling on once more");
	is_err(ctrl_once(NETMAP_REQ_VALE_DETACH, "vale99:poll99", &de), 0, "detach ends polling");
	is_err(ctrl_once(NETMAP_REQ_VALE_DELIF, "poll99", NULL), 0, "delif");
}

int main(int argc, char **argv)
{
	opt.packets = 200000;
	test_start(argc, argv);
	test_ring_to_ring();
	test_fewer_rings();
	test_lanes();
	test_many_to_one();
	test_polling();
	return test_done();
}
