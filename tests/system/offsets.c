// SPDX-License-Identifier: BSD-2-Clause
/*
 * NETMAP_REQ_OPT_OFFSETS: packets inside of their buffers, on switch ports, pipes, network devices
 * and monitors; slots with illegal offsets.
 */
#include <poll.h>
#include <unistd.h>
#include <net/netmap_user.h>

#include "frame.h"
#include "link.h"
#include "port.h"

static char buf[2048], got[NETMAP_MAX_FRAGS * 2048];

static int open_with(struct port *p, const char *name, uint64_t flags, struct nmreq_opt_offsets *o)
{
	int err;

	memset(p, 0, sizeof(*p));
	p->fd = dev_open();
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = flags };
	o->nro_opt =
		(struct nmreq_option){ .nro_reqtype = NETMAP_REQ_OPT_OFFSETS, .nro_status = 77 };
	err = ctrl_opts(p->fd, NETMAP_REQ_REGISTER, name, &p->reg, o);
	if (!err)
		err = port_map(p);
	if (err)
		close(p->fd);
	return err;
}

static void must(struct port *p, const char *name, uint64_t flags, uint64_t max, uint64_t initial)
{
	struct nmreq_opt_offsets o = { .nro_max_offset = max,
				       .nro_initial_offset = initial,
				       .nro_offset_bits = 12 };

	is_err(open_with(p, name, flags, &o), 0, "%s: offsets up to %llu", name,
	       (unsigned long long)max);
	is_num(o.nro_opt.nro_status, 0, "%s: the option says so", name);
	if (!p->mem)
		give_up("without a port");
	is_num((int64_t)port_rx(p, 0)->offset_mask, 4095, "%s: so do the rings", name);
}

static int send_at(struct port *p, uint32_t off, uint32_t len, uint64_t seq)
{
	struct netmap_ring *r = port_tx(p, 0);
	struct netmap_slot *s = &r->slot[r->head];

	NETMAP_WOFFSET(r, s, (uint64_t)off);
	if (off + len <= r->nr_buf_size)
		frame_make(NETMAP_BUF_OFFSET(r, s), len, FRAME_BROADCAST, 1, 5, seq);
	s->len = (uint16_t)len;
	s->flags = 0;
	ring_release(r, 1);
	return txsync(p);
}

/* The next frame, in one slot, at off. */
static bool comes(struct port *p, uint32_t off, uint32_t len, uint64_t seq)
{
	struct netmap_ring *r = port_rx(p, 0);
	struct netmap_slot *s;
	unsigned int tries;
	bool right;

	for (tries = 0; tries < 400; tries++) {
		if (port_poll(p, POLLIN, 50) < 0)
			return false;
		while (ring_space(r)) {
			s = &r->slot[r->head];
			right = s->len == len && NETMAP_ROFFSET(r, s) == off &&
				frame_is(NETMAP_BUF_OFFSET(r, s), len, FRAME_BROADCAST, 1, 5, seq);
			ring_release(r, 1);
			if (right)
				return true;
		}
	}
	return false;
}

static void test_pair(const char *a_name, const char *b_name, bool passes)
{
	struct port a, b, m;
	unsigned int i, wrong = 0;

	must(&a, a_name, 0, 512, 64);
	must(&b, b_name, 0, 512, 64);
	must(&m, a_name, NR_MONITOR_TX, 100, 20);
	for (i = 0; i < 400; i++) {
		wrong += send_at(&a, i, 60 + 3 * i, i) != 0;
		wrong += !comes(&b, passes ? i : 64, 60 + 3 * i, i);
		wrong += !comes(&m, 20, 60 + 3 * i, i);
	}
	is_num(wrong, 0, "%s to %s, and a monitor: 400 frames, each at its offset", a_name, b_name);
	is_err(send_at(&a, 513, 60, 1), -EIO, "%s: an offset past the largest: EIO", a_name);
	ok(has_reason(a.fd, "offset"), "%s: with a reason", a_name);
	is_err(send_at(&a, 512, 2000, 1), -EIO, "%s: a packet past its buffer's end: EIO", a_name);
	is_err(send_at(&a, 512, 1500, 7), 0, "%s: then it goes on", a_name);
	ok(comes(&b, passes ? 512 : 64, 1500, 7), "%s: and %s", a_name, b_name);
	port_close(&m);
	port_close(&a);
	port_close(&b);
}

static void test_rules(void)
{
	struct nmreq_opt_offsets o = { .nro_max_offset = 3000 };
	struct port a, b, c;

	is_err(open_with(&a, "vale80:a", 0, &o), -EINVAL, "offsets larger than a buffer: EINVAL");
	is_num(o.nro_opt.nro_status, EINVAL, "the option says so");
	must(&a, "vale80:a", 0, 512, 64);
	is_err(port_open(&b, "vale80:a"), -EINVAL,
	       "a client that does not know of offsets: EINVAL");
	o.nro_max_offset = 100;
	is_err(open_with(&b, "vale80:a", 0, &o), -EBUSY, "one that wants others: EBUSY");
	port_must(&c, "vale80:c");
	send_at(&a, 300, 500, 9);
	is_num(port_recv(&c, got, sizeof(got)), 500, "to a port without offsets");
	ok(frame_is(got, 500, FRAME_BROADCAST, 1, 5, 9), "it comes at the start of its buffer");
	frame_make(buf, 500, FRAME_BROADCAST, 1, 5, 10);
	port_send(&c, buf, 500);
	ok(comes(&a, 64, 500, 10), "and back at the initial offset");
	port_close(&c);
	port_close(&a);
}

static void test_devices(void)
{
	int err = link_veth("o0", "o1");

	if (err)
		give_up("a veth pair: %s", strerror(-err));
	test_pair("o0", "o1", false);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	ns_enter_new();
	test_rules();
	test_pair("vale80:a", "vale80:b", false);
	test_pair("off{1", "off}1", true);
	test_devices();
	return test_done();
}
