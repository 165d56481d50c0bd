/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes: their names, zero copy, room, late and returning peers, rings. */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "port.h"

static char buf[NETMAP_MAX_FRAGS * 2048];

static bool goes(struct port *from, struct port *to, uint64_t seq)
{
	frame_make(buf, 200, 1, 2, 5, seq);
	if (port_send(from, buf, 200) || port_recv(to, buf, sizeof(buf)) != 200)
		return false;
	return frame_is(buf, 200, 1, 2, 5, seq);
}

static void both_ways(const char *left, const char *right, const char *what)
{
	struct port a, b;

	if (!is_err(port_open(&a, left), 0, "%s: { end opens", what))
		return;
	if (is_err(port_open(&b, right), 0, "%s: } end opens", what)) {
		is_num(a.reg.nr_mem_id, b.reg.nr_mem_id, "%s: one region", what);
		ok(goes(&a, &b, 1), "%s: { to }", what);
		ok(goes(&b, &a, 2), "%s: } to {", what);
		is_num(port_recv(&a, buf, sizeof(buf)), -EAGAIN, "%s: nothing else there", what);
		port_close(&b);
	}
	port_close(&a);
}

static void test_parents(void)
{
	struct port v, p, q;

	both_ways("noparent{1", "noparent}1", "parentless pipe");
	both_ways("noparent{word", "noparent}word", "pipe id is a word");
	port_must(&v, "vale75:v");
	both_ways("vale75:v{1", "vale75:v}1", "pipe on a switch port that is open");
	is_err(port_open(&p, "vale75:v{2"), 0, "pipe on a switch port");
	is_num(p.reg.nr_mem_id, v.reg.nr_mem_id, "pipe on a switch port: in the port's region");
	port_close(&v);
	is_err(port_open(&q, "vale75:v}2"), 0, "the parent was closed: the other end still opens");
	ok(q.nif && goes(&p, &q, 3), "the parent was closed: the pipe works");
	port_close(&p);
	port_close(&q);
	both_ways("vale75:gone{1", "vale75:gone}1", "pipe on a switch port that is not open");
	is_err(port_open(&p, "np1{1"), 0, "ids: pipe 1");
	is_err(port_open(&q, "np1}2"), 0, "ids: pipe 2");
	ok(!goes(&p, &q, 4), "ids: pipes 1 and 2 are not connected");
	port_close(&p);
	port_close(&q);
}

/* A pipe whose parent is the end of a pipe. */
static void test_pipe_on_pipe(void)
{
	struct port p, a, b;

	port_must(&p, "pp{1");
	is_err(port_open(&a, "pp{1{2"), 0, "pipe on a pipe: opens");
	port_must(&b, "pp{1}2");
	ok(goes(&a, &b, 1), "pipe on a pipe: works");
	is_num(a.reg.nr_mem_id, p.reg.nr_mem_id, "pipe on a pipe: same region");
	port_close(&a);
	port_close(&b);
	port_close(&p);
}

/* The longest name that there can be: a pipe's parent is a pipe, and so on. */
static void test_nest(void)
{
	struct port p, a, b;
	char name[NETMAP_REQ_IFNAMSIZ] = "n";
	size_t i;

	for (i = 1; i + 1 < sizeof(name); i += 2)
		memcpy(&name[i], "{1", 2);
	is_err(port_open(&a, name), 0, "%zu pipes on pipes at once", i / 2);
	name[sizeof(name) - 3] = '}';
	is_err(port_open(&b, name), 0, "the other end");
	ok(a.nif && b.nif && goes(&a, &b, 1) && goes(&b, &a, 2), "both ways");
	is_err(port_open(&p, "n{1{1{1"), 0, "one of those between");
	is_num(p.reg.nr_mem_id, a.reg.nr_mem_id, "is of the same region");
	port_close(&p);
	port_close(&a);
	port_close(&b);
}

static void test_zero_copy(void)
{
	struct port a, b;
	struct netmap_ring *t, *r;
	uint32_t i, sent[8], before[8], good = 0, back = 0;

	port_must(&a, "zc{1");
	port_must(&b, "zc}1");
	t = port_tx(&a, 0);
	r = port_rx(&b, 0);
	for (i = 0; i < 8; i++) {
		sent[i] = t->slot[t->head].buf_idx;
		before[i] = r->slot[ring_add(r, r->head, i)].buf_idx;
		frame_make(buf, 60 + i, 1, 2, 1, i);
		ring_put(t, buf, 60 + i, 0);
	}
	is_err(txsync(&a), 0, "zero copy: sent");
	is_err(rxsync(&b), 0, "zero copy: received");
	is_num(ring_space(r), 8, "zero copy: eight frames there");
	for (i = 0; i < 8; i++) {
		good += r->slot[ring_add(r, r->head, i)].buf_idx == sent[i];
		back += t->slot[i].buf_idx == before[i];
	}
	is_num(good, 8, "zero copy: the receiver holds the very buffers that were sent");
	is_num(back, 8, "zero copy: the sender holds those of the receiver");
	ok(r->slot[r->head].flags & NS_BUF_CHANGED, "zero copy: NS_BUF_CHANGED tells the receiver");
	for (i = 0; i < 8; i++)
		if (ring_take(r, buf, sizeof(buf)) != (int)(60 + i) ||
		    !frame_is(buf, 60 + i, 1, 2, 1, i))
			break;
	is_num(i, 8, "zero copy: lengths and bytes right");
	port_close(&a);
	port_close(&b);
}

static unsigned int fill(struct port *p)
{
	struct netmap_ring *t = port_tx(p, 0);
	unsigned int n = 0;

	for (;;) {
		frame_make(buf, 64, 1, 2, 3, n);
		if (ring_put(t, buf, 64, 0)) {
			n++;
			continue;
		}
		if (txsync(p) || !ring_space(t))
			return n;
	}
}

static unsigned int take_from(struct port *p, uint64_t first)
{
	unsigned int n = 0;
	int len;

	rxsync(p);
	while ((len = ring_take(port_rx(p, 0), buf, sizeof(buf))) >= 0) {
		if (!frame_is(buf, len, 1, 2, 3, first + n))
			break;
		n++;
	}
	rxsync(p);
	return n;
}

static void test_late_peer(void)
{
	struct port a, b;
	unsigned int n, m;

	port_must(&a, "late{1");
	n = fill(&a);
	ok(n >= 1023, "no peer yet: at least a ring full is taken");
	is_num(port_poll(&a, POLLOUT, 0), 0, "no peer yet and full: not writable");
	is_err(port_open(&b, "late}1"), 0, "late peer opens");
	m = take_from(&b, 0);
	while (m < n) {
		unsigned int k;

		txsync(&a);
		k = take_from(&b, m);
		if (!k)
			break;
		m += k;
	}
	is_num(m, n, "late peer: finds all that was sent before");
	txsync(&a);
	is_num(ring_space(port_tx(&a, 0)), 1023, "late peer: room again");
	ok(port_poll(&a, POLLOUT, 0) & POLLOUT, "late peer: writable again");
	port_close(&b);
	port_close(&a);
}

static void test_leave_and_return(void)
{
	struct port a, b;

	port_must(&a, "ret{1");
	port_must(&b, "ret}1");
	ok(goes(&a, &b, 1), "leave and return: works before");
	port_close(&b);
	frame_make(buf, 64, 1, 2, 3, 0);
	is_err(port_send(&a, buf, 64), 0, "peer has left: sending goes on");
	is_err(port_open(&b, "ret}1"), 0, "peer returns");
	is_num(take_from(&b, 0), 1, "peer returns: finds what was sent meanwhile");
	ok(goes(&b, &a, 2), "peer returns: other way works");
	frame_make(buf, 64, 1, 2, 3, 0);
	port_send(&a, buf, 64);
	port_close(&a);
	is_num(take_from(&b, 0), 1, "sender has left: what it sent is kept");
	is_err(port_open(&a, "ret{1"), 0, "sender returns");
	ok(goes(&a, &b, 3) && goes(&b, &a, 4), "sender returns: both ways work");
	port_close(&a);
	port_close(&b);
	is_err(port_open(&b, "ret}1"), 0, "both closed, one opens again");
	is_num(port_recv(&b, buf, sizeof(buf)), -EAGAIN, "both left: nothing of the old pipe");
	port_close(&b);
}

static void test_full(void)
{
	struct port a, b;
	unsigned int n, m;

	port_must(&a, "full{1");
	port_must(&b, "full}1");
	n = fill(&a);
	m = take_from(&b, 0);
	txsync(&a);
	m += take_from(&b, m);
	is_num(m, n, "a full pipe loses nothing: the sender waits");
	port_close(&a);
	port_close(&b);
}

static void test_multi_slot(void)
{
	struct port a, b;
	struct netmap_ring *r;
	uint32_t n;

	port_must(&a, "ms{1");
	port_must(&b, "ms}1");
	r = port_rx(&b, 0);
	for (n = 1; n <= NETMAP_MAX_FRAGS; n += 21) {
		uint32_t len = 2000 * n - 500;

		frame_make(buf, len, 1, 2, 3, n);
		ring_put_frags(port_tx(&a, 0), buf, len, 2000);
		txsync(&a);
		rxsync(&b);
		is_num(ring_space(r), n, "frame of %u slots takes %u slots", n, n);
		memset(buf, 0, len);
		is_num(ring_take(r, buf, sizeof(buf)), len, "frame of %u slots: length", n);
		ok(frame_is(buf, len, 1, 2, 3, n), "frame of %u slots: bytes", n);
	}
	port_close(&a);
	port_close(&b);
}

static void test_rings(void)
{
	struct port a, b;
	uint32_t i, good = 0;

	port_must(&a, "rings{1", .tx_rings = 3, .rx_rings = 3);
	port_must(&b, "rings}1");
	is_num(a.reg.nr_tx_rings, 3, "several rings: granted");
	is_num(b.reg.nr_rx_rings, 3, "several rings: the other end has them too");
	for (i = 0; i < 3 && i < a.nif->ni_tx_rings; i++) {
		frame_make(buf, 60, 1, 2, 3, i);
		ring_put(port_tx(&a, i), buf, 60, 0);
	}
	txsync(&a);
	rxsync(&b);
	for (i = 0; i < 3 && i < b.nif->ni_rx_rings; i++)
		good += ring_take(port_rx(&b, i), buf, sizeof(buf)) == 60 &&
			frame_is(buf, 60, 1, 2, 3, i);
	is_num(good, 3, "several rings: ring i to ring i");
	port_close(&a);
	port_close(&b);
}

static void test_one_ring(void)
{
	struct port a, b, c;

	port_must(&a, "onering{1", .tx_rings = 2, .rx_rings = 2, .mode = NR_REG_ONE_NIC,
		  .ringid = 1, .flags = NR_EXCLUSIVE);
	is_err(port_open(&c, "onering{1"), -EBUSY,
	       "one ring held exclusively: the end cannot be bound whole");
	port_must(&b, "onering}1", .mode = NR_REG_ONE_NIC, .ringid = 1);
	ok(!port_tx(&a, 0) && port_tx(&a, 1), "one ring of a pipe: that ring alone");
	frame_make(buf, 64, 1, 2, 3, 9);
	ring_put(port_tx(&a, 1), buf, 64, 0);
	is_err(txsync(&a), 0, "one ring of a pipe: sends");
	is_num(port_recv(&b, buf, sizeof(buf)), 64, "one ring of a pipe: arrives");
	port_close(&a);
	port_close(&b);
}

static void test_slots(void)
{
	struct port a, b;

	is_err(port_open(&a, "slots{1", .tx_slots = 128, .rx_slots = 128), 0,
	       "asked for 128 slots");
	is_num(a.reg.nr_tx_slots, 128, "128 slots granted");
	is_err(port_open(&b, "slots}1"), 0, "the other end");
	is_num(b.reg.nr_rx_slots, 128, "the other end has as many");
	ok(goes(&a, &b, 1), "they work");
	port_close(&a);
	port_close(&b);
}

static void test_bad_slot_in_pipe(void)
{
	struct port a, b;
	struct netmap_ring *t;
	uint64_t i;

	port_must(&a, "bad{1");
	port_must(&b, "bad}1");
	t = port_tx(&a, 0);
	frame_make(buf, 60, 1, 2, 3, 1);
	ring_put(t, buf, 60, 0);
	t->slot[0].buf_idx = 0x7fffffff;
	t->slot[0].flags = NS_BUF_CHANGED;
	is_err(txsync(&a), -EIO, "illegal buffer in a pipe: the sync fails");
	ok(t->slot[0].buf_idx != 0x7fffffff, "illegal buffer in a pipe: mended");
	port_drain(&b);
	for (i = 0; i < 2100; i++)
		if (!goes(&a, &b, i) || !goes(&b, &a, i))
			break;
	is_num(i, 2100, "illegal buffer in a pipe: it works all around");
	port_close(&a);
	port_close(&b);
}

static void test_null_port(void)
{
	struct port n, p;
	unsigned int i;

	if (!is_err(port_open(&n, "nullport", .mode = NR_REG_NULL, .extra = 10), 0,
		    "null port: binds by any name"))
		return;
	is_num(n.reg.nr_extra_bufs, 10, "null port: extra buffers");
	ok(n.reg.nr_mem_id != 0, "null port: has a region");
	for (i = 0; i < n.nif->ni_tx_rings + n.nif->ni_rx_rings; i++)
		if (n.nif->ring_ofs[i])
			break;
	is_num(i, n.nif->ni_tx_rings + n.nif->ni_rx_rings, "null port: binds no rings");
	is_err(port_open(&p, "onnull{1", .mem_id = n.reg.nr_mem_id), 0,
	       "a pipe in the null port's region");
	is_num(p.reg.nr_mem_id, n.reg.nr_mem_id, "the region asked for is the one given");
	port_close(&p);
	port_close(&n);
}

static void legacy_end(int fd, uint32_t mode, uint16_t id, struct port *p)
{
	struct nmreq r = { .nr_name = "legp", .nr_version = NETMAP_API, .nr_ringid = id,
		.nr_flags = mode };

	*p = (struct port){ .fd = fd };
	is_err(do_ioctl(fd, NIOCREGIF, &r), 0, "legacy pipe mode %u opens", mode);
	p->reg.nr_memsize = r.nr_memsize;
	p->reg.nr_offset = r.nr_offset;
	if (port_map(p))
		give_up("map of a legacy pipe");
}

static void test_legacy(void)
{
	struct port a, b, c;

	legacy_end(dev_open(), NR_REG_PIPE_MASTER, 7, &a);
	legacy_end(dev_open(), NR_REG_PIPE_SLAVE, 7, &b);
	ok(goes(&a, &b, 1) && goes(&b, &a, 2), "legacy pipe modes: both ways");
	port_close(&b);
	is_err(port_open(&c, "legp}7"), 0, "legacy pipe: the same one by name");
	ok(c.nif && goes(&a, &c, 3), "legacy pipe: works by name");
	port_close(&c);
	port_close(&a);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_parents();
	test_pipe_on_pipe();
	test_nest();
	test_zero_copy();
	test_late_peer();
	test_leave_and_return();
	test_full();
	test_multi_slot();
	test_rings();
	test_one_ring();
	test_slots();
	test_bad_slot_in_pipe();
	test_null_port();
	test_legacy();
	return test_done();
}
