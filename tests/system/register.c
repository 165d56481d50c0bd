/* SPDX-License-Identifier: BSD-2-Clause */
/* NETMAP_REQ_REGISTER: names, modes, exclusive and one-way binding, what is returned. */
#include <sys/mman.h>
#include <unistd.h>

#include "port.h"

static void test_unbound(void)
{
	int fd = dev_open();
	struct port p = { .fd = fd };
	char buf[8];
	void *m;

	is_err(txsync(&p), -ENXIO, "unbound: NIOCTXSYNC is ENXIO");
	is_err(rxsync(&p), -ENXIO, "unbound: NIOCRXSYNC is ENXIO");
	m = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (dev_is_process())
		ok(m != MAP_FAILED, "unbound: mmap shows what all clients of the process map");
	else
		ok(m == MAP_FAILED, "unbound: mmap fails");
	if (m != MAP_FAILED)
		munmap(m, 4096);
	/* A read works where maps go through the kernel's page cache. */
	if (!dev_is_process())
		ok(read(fd, buf, sizeof(buf)) < 0, "read of the device fails");
	/* For netmapd's device the kernel itself answers a write of 0 bytes. */
	is_num(write(fd, buf, 0), dev_is_process() ? 0 : -1, "write to the device does nothing");
	is_err(do_ioctl(fd, 0x6901, NULL), -ENOTTY, "unknown ioctl is ENOTTY");
	close(fd);
}

static void test_returned(void)
{
	struct port p;
	struct netmap_ring *r;

	port_must(&p, "vale71:real");
	is_num(p.reg.nr_tx_rings, 1, "ephemeral port: one tx ring by default");
	is_num(p.reg.nr_rx_rings, 1, "ephemeral port: one rx ring by default");
	is_num(p.reg.nr_tx_slots, 1024, "ephemeral port: 1024 tx slots by default");
	is_num(p.reg.nr_rx_slots, 1024, "ephemeral port: 1024 rx slots by default");
	ok(p.reg.nr_mem_id != 0, "returned: real region id");
	ok(p.reg.nr_memsize > 0 && p.reg.nr_memsize % 4096 == 0, "returned: memsize in pages");
	ok(p.reg.nr_offset < p.reg.nr_memsize, "returned: offset inside the map");
	is_num(p.nif->ni_version, NETMAP_API, "netmap_if: version");
	is_num(p.nif->ni_tx_rings, p.reg.nr_tx_rings, "netmap_if: tx rings as returned");
	is_num(p.nif->ni_rx_rings, p.reg.nr_rx_rings, "netmap_if: rx rings as returned");
	is_num(p.nif->ni_host_tx_rings, p.reg.nr_host_tx_rings,
	       "netmap_if: host tx rings as returned");
	is_num(p.nif->ni_host_rx_rings, p.reg.nr_host_rx_rings,
	       "netmap_if: host rx rings as returned");
	ok(!strncmp(p.nif->ni_name, "vale71:real", sizeof(p.nif->ni_name) - 1), "netmap_if: name");
	ok(p.nif->ni_flags & NI_PRIV_MEM, "netmap_if: an ephemeral port has a region of its own");
	r = port_tx(&p, 0);
	is_num(r->num_slots, p.reg.nr_tx_slots, "tx ring: slots as returned");
	is_num(r->dir, 0, "tx ring: dir 0");
	is_num(r->ringid, 0, "tx ring: ringid 0");
	is_num(r->nr_buf_size, 2048, "tx ring: buffers of 2048 bytes");
	is_num(ring_space(r), r->num_slots - 1, "fresh tx ring: num_slots - 1 slots in our hands");
	r = port_rx(&p, 0);
	is_num(r->dir, 1, "rx ring: dir 1");
	is_num(ring_space(r), 0, "fresh rx ring: empty");
	is_err(ctrl(p.fd, NETMAP_REQ_REGISTER, "vale71:other", &p.reg), -EBUSY,
	       "an fd binds once: EBUSY");
	ok(has_reason(p.fd, NULL), "second bind: has a reason");
	is_err(rxsync(&p), 0, "a refused second bind leaves the first in place");
	port_close(&p);
}

static void test_config(void)
{
	struct port p;
	int err;

	err = port_open(&p, "vale71:cfg", .tx_rings = 4, .rx_rings = 2, .tx_slots = 256,
			.rx_slots = 512);
	if (!is_err(err, 0, "asked configuration: granted"))
		return;
	is_num(p.reg.nr_tx_rings, 4, "asked configuration: tx rings");
	is_num(p.reg.nr_rx_rings, 2, "asked configuration: rx rings");
	is_num(port_tx(&p, 3)->num_slots, 256, "asked configuration: tx slots");
	is_num(port_rx(&p, 1)->num_slots, 512, "asked configuration: rx slots");
	is_num(port_tx(&p, 3)->ringid, 3, "ring ids count from 0 in each direction (tx)");
	is_num(port_rx(&p, 1)->ringid, 1, "ring ids count from 0 in each direction (rx)");
	port_close(&p);
	is_err(port_open(&p, "vale71:huge", .tx_slots = 1u << 30), -EINVAL,
	       "absurd number of slots: EINVAL");
	is_err(port_open(&p, "vale71:many", .tx_rings = 65535), -EINVAL,
	       "absurd number of rings: EINVAL");
}

static void test_ring_offsets(void)
{
	struct port p, q;

	port_must(&p, "vale71:o", .tx_rings = 3, .rx_rings = 3, .mode = NR_REG_ONE_NIC,
		  .ringid = 1);
	ok(!port_tx(&p, 0) && port_tx(&p, 1) && !port_tx(&p, 2),
	   "one ring: ring_ofs 0 for other tx rings");
	ok(!port_rx(&p, 0) && port_rx(&p, 1) && !port_rx(&p, 2),
	   "one ring: ring_ofs 0 for other rx rings");
	is_num(p.reg.nr_tx_rings, 3, "one ring: the port's number of rings is returned");
	is_err(port_open(&q, "vale71:o", .mode = NR_REG_ONE_NIC, .ringid = 3), -EINVAL,
	       "one ring: number out of range is EINVAL");
	is_err(port_open(&q, "vale71:o", .mode = NR_REG_ONE_NIC, .ringid = 2), 0,
	       "a second fd binds another ring of the port");
	ok(q.nif && !port_tx(&q, 1) && port_tx(&q, 2), "second fd: its own ring only");
	is_num(q.reg.nr_mem_id, p.reg.nr_mem_id, "two fds of a port: same region");
	port_close(&q);
	is_err(port_open(&q, "vale71:o"), 0, "a third fd may bind all rings, shared");
	port_close(&q);
	port_close(&p);
}

static void test_exclusive(void)
{
	struct port p, q;

	port_must(&p, "vale71:x", .tx_rings = 2, .rx_rings = 2, .mode = NR_REG_ONE_NIC,
		  .ringid = 0, .flags = NR_EXCLUSIVE);
	is_err(port_open(&q, "vale71:x", .mode = NR_REG_ONE_NIC, .ringid = 0), -EBUSY,
	       "exclusive ring: another bind is EBUSY");
	is_err(port_open(&q, "vale71:x"), -EBUSY, "exclusive ring: bind of all rings is EBUSY");
	is_err(port_open(&q, "vale71:x", .mode = NR_REG_ONE_NIC, .ringid = 1,
			 .flags = NR_EXCLUSIVE),
	       0, "exclusive ring: another ring is free");
	port_close(&q);
	is_err(port_open(&q, "vale71:x", .mode = NR_REG_ONE_NIC, .ringid = 1), 0,
	       "exclusive is over after close");
	port_close(&p);
	is_err(port_open(&p, "vale71:x", .mode = NR_REG_ONE_NIC, .ringid = 1,
			 .flags = NR_EXCLUSIVE),
	       -EBUSY, "a ring in use cannot become exclusive: EBUSY");
	is_err(port_open(&p, "vale71:x", .mode = NR_REG_ONE_NIC, .ringid = 0,
			 .flags = NR_EXCLUSIVE),
	       0, "a free ring can");
	port_close(&p);
	port_close(&q);
}

static void test_one_way(void)
{
	struct port p, q;

	port_must(&p, "vale71:d", .flags = NR_TX_RINGS_ONLY | NR_EXCLUSIVE);
	ok(port_tx(&p, 0) && !port_rx(&p, 0), "NR_TX_RINGS_ONLY: no rx ring");
	is_err(port_open(&q, "vale71:d", .flags = NR_RX_RINGS_ONLY | NR_EXCLUSIVE), 0,
	       "one way each: both exclusive");
	ok(q.nif && !port_tx(&q, 0) && port_rx(&q, 0), "NR_RX_RINGS_ONLY: no tx ring");
	is_err(txsync(&q), 0, "NIOCTXSYNC without tx rings succeeds");
	is_err(rxsync(&p), 0, "NIOCRXSYNC without rx rings succeeds");
	port_close(&q);
	port_close(&p);
	is_err(port_open(&p, "vale71:d", .flags = NR_TX_RINGS_ONLY | NR_RX_RINGS_ONLY), -EINVAL,
	       "both one-way flags together are EINVAL");
}

static void test_modes(void)
{
	struct port p;
	struct nmreq_register reg = { .nr_mode = NR_REG_DEFAULT };
	int fd = dev_open();
	uint32_t m;

	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale71:m", &reg), -EINVAL,
	       "NR_REG_DEFAULT is for legacy requests only: EINVAL");
	for (m = NR_REG_ONE_SW + 1; m <= NR_REG_MASK; m++) {
		reg = (struct nmreq_register){ .nr_mode = m };
		is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale71:m", &reg), -EINVAL,
		       "mode %u is EINVAL", m);
	}
	reg = (struct nmreq_register){ .nr_mode = 0x100 | NR_REG_ALL_NIC };
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale71:m", &reg), -EINVAL,
	       "mode beyond its bits is EINVAL");
	ok(has_reason(fd, NULL), "bad mode: has a reason");
	reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale71:m", &reg), 0,
	       "after all those failures the fd still binds");
	close(fd);
	is_err(port_open(&p, "vale71:m", .mode = NR_REG_SW), -EINVAL,
	       "host rings of a port that has none: EINVAL");
	is_err(port_open(&p, "vale71:m", .mode = NR_REG_ONE_SW), -EINVAL,
	       "one host ring of a port that has none: EINVAL");
	is_err(port_open(&p, "vale71:m", .mode = NR_REG_NULL), 0, "NR_REG_NULL binds");
	if (p.fd >= 0)
		ok(!port_tx(&p, 0), "NR_REG_NULL: no rings");
	port_close(&p);
}

static int try_name(int fd, const char *name)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };

	return ctrl(fd, NETMAP_REQ_REGISTER, name, &reg);
}

static void test_names(void)
{
	static const char *const bad[] = {
		"vale71:", "vale71:a{", "{1", "}1", "vale71:a}", "vale-7:a",
		"vale71:a b", "vale71:a\n", "vale71:a/x", "valexx\x01:a", "vale71:a\x80",
	};
	struct nmreq_header h = { .nr_version = NETMAP_API, .nr_reqtype = NETMAP_REQ_REGISTER };
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	int fd = dev_open();
	unsigned int i;

	is_err(try_name(fd, "nosuchnic0"), -ENXIO, "no such device: ENXIO");
	ok(has_reason(fd, "nosuchnic0"), "no such device: the reason names it");
	is_err(try_name(fd, ""), -EINVAL, "empty name: EINVAL");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_err(try_name(fd, bad[i]), -EINVAL, "bad name %u: EINVAL", i);
	memset(h.nr_name, 'a', sizeof(h.nr_name));
	memcpy(h.nr_name, "vale71:", 7);
	h.nr_body = (uintptr_t)&reg;
	is_err(ctrl_raw(fd, &h), -ENAMETOOLONG, "name without its final 0: ENAMETOOLONG");
	ok(has_reason(fd, NULL), "name without its final 0: has a reason");
	h.nr_name[63] = 0;
	is_err(ctrl_raw(fd, &h), 0, "name of 63 bytes: bound");
	ok(!strncmp(h.nr_name, "vale71:aaaa", 11) && strlen(h.nr_name) == 63,
	   "name of 63 bytes: not cut");
	close(fd);
}

static void test_name_forms(void)
{
	struct port p, q;

	is_err(port_open(&p, "vale:a"), 0, "a switch needs no id");
	port_close(&p);
	is_err(port_open(&p, "valexyz:a"), 0, "a switch id may be a word");
	is_err(port_open(&q, "valexyz2:a"), 0, "the same port name on two switches: two ports");
	ok(p.nif && q.nif && p.reg.nr_mem_id != q.reg.nr_mem_id, "two ports: two private regions");
	port_close(&q);
	port_close(&p);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_unbound();
	test_returned();
	test_config();
	test_ring_offsets();
	test_exclusive();
	test_one_way();
	test_modes();
	test_names();
	test_name_forms();
	return test_done();
}
