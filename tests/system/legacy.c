/* SPDX-License-Identifier: BSD-2-Clause */
/* NIOCGINFO and NIOCREGIF with struct nmreq, as programs built long ago call them. */
#include <poll.h>
#include <unistd.h>

#include "frame.h"
#include "port.h"

static char buf[4096];

static struct nmreq request(const char *name, uint32_t version)
{
	struct nmreq r = { .nr_version = version };

	strncpy(r.nr_name, name, sizeof(r.nr_name) - 1);
	return r;
}

static int regif(int fd, struct nmreq *r)
{
	return do_ioctl(fd, NIOCREGIF, r);
}

/* Binds by a legacy request and maps; 0 or -errno. */
static int open_legacy(struct port *p, struct nmreq *r)
{
	int err;

	*p = (struct port){ .fd = dev_open() };
	err = regif(p->fd, r);
	if (err) {
		close(p->fd);
		p->fd = -1;
		return err;
	}
	p->reg.nr_memsize = r->nr_memsize;
	p->reg.nr_offset = r->nr_offset;
	return port_map(p);
}

static void test_versions(void)
{
	static const uint32_t good[] = { 11, 12, 13, 14, 15, 16, 100, 0x7fffffff };
	static const uint32_t bad[] = { 0, 1, 3, 10 };
	struct port o;
	unsigned int i;
	int fd;

	port_must(&o, "vale90:o");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct nmreq r = request("vale90:l", good[i]);
		struct port p;
		int n;

		if (!is_err(open_legacy(&p, &r), 0, "version %u: binds", good[i]))
			continue;
		frame_make(buf, 60, FRAME_BROADCAST, 1, 1, i);
		port_send(&o, buf, 60);
		n = port_recv(&p, buf, sizeof(buf));
		ok(n == 60 && frame_is(buf, 60, FRAME_BROADCAST, 1, 1, i), "version %u: works",
		   good[i]);
		port_close(&p);
	}
	fd = dev_open();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct nmreq r = request("vale90:l", bad[i]);

		is_err(regif(fd, &r), -EINVAL, "version %u: EINVAL", bad[i]);
		is_num(r.nr_version, NETMAP_API, "version %u: 14 is written back", bad[i]);
	}
	ok(has_reason(fd, "version"), "old version: the reason says so");
	close(fd);
	port_close(&o);
}

static void test_returned(void)
{
	struct nmreq r = request("vale90:ret", 12);
	struct port p;

	r.nr_arg3 = 5;
	r.nr_tx_rings = 2;
	r.nr_rx_rings = 3;
	r.nr_tx_slots = 128;
	is_err(open_legacy(&p, &r), 0, "bare name with nr_flags 0 binds");
	if (p.fd < 0)
		return;
	is_num(r.nr_tx_rings, 2, "returned: tx rings");
	is_num(r.nr_rx_rings, 3, "returned: rx rings");
	is_num(r.nr_tx_slots, 128, "returned: tx slots");
	is_num(r.nr_rx_slots, 1024, "returned: rx slots by default");
	ok(r.nr_memsize, "returned: memsize");
	ok(r.nr_arg2, "returned: region id in nr_arg2");
	is_num(r.nr_arg3, 5, "returned: extra buffers in nr_arg3");
	ok(p.nif->ni_bufs_head > 1, "extra buffers are listed");
	ok(port_tx(&p, 1) && port_rx(&p, 2), "nr_flags 0 and no ring bits: all rings");
	port_close(&p);
}

static void test_ringid_bits(void)
{
	struct nmreq r = request("vale90:rid", 12);
	struct port p, q;

	port_must(&q, "vale90:q");
	r.nr_tx_rings = r.nr_rx_rings = 3;
	r.nr_ringid = NETMAP_HW_RING | 1;
	is_err(open_legacy(&p, &r), 0, "NETMAP_HW_RING | 1 binds");
	if (p.fd >= 0)
		ok(!port_tx(&p, 0) && port_tx(&p, 1) && !port_tx(&p, 2),
		   "NETMAP_HW_RING | 1: ring 1 alone");
	port_close(&p);
	r = request("vale90:rid", 12);
	r.nr_ringid = NETMAP_SW_RING;
	is_err(open_legacy(&p, &r), -EINVAL, "NETMAP_SW_RING on a port without host rings: EINVAL");
	r = request("vale90:rid", 12);
	r.nr_ringid = NETMAP_NO_TX_POLL;
	is_err(open_legacy(&p, &r), 0, "NETMAP_NO_TX_POLL binds");
	if (p.fd >= 0) {
		frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 1);
		ring_put(port_tx(&p, 0), buf, 60, 0);
		port_poll(&p, POLLIN, 0);
		is_num(port_recv(&q, buf, sizeof(buf)), -EAGAIN,
		   "NETMAP_NO_TX_POLL: poll(POLLIN) does not send");
		txsync(&p);
		is_num(port_recv(&q, buf, sizeof(buf)), 60, "NETMAP_NO_TX_POLL: a sync does");
	}
	port_close(&p);
	r = request("vale90:rid", 12);
	r.nr_ringid = NETMAP_DO_RX_POLL;
	is_err(open_legacy(&p, &r), 0, "NETMAP_DO_RX_POLL binds");
	if (p.fd >= 0) {
		frame_make(buf, 60, FRAME_BROADCAST, 1, 1, 2);
		port_send(&q, buf, 60);
		port_poll(&p, POLLOUT, 0);
		is_num(ring_space(port_rx(&p, 0)), 1, "NETMAP_DO_RX_POLL: poll(POLLOUT) receives");
	}
	port_close(&p);
	port_close(&q);
}

static void test_flags(void)
{
	struct nmreq r = request("vale90:fl", 12);
	struct port p, q;

	r.nr_flags = NR_REG_ALL_NIC | NR_EXCLUSIVE;
	is_err(open_legacy(&p, &r), 0, "NR_REG_ALL_NIC | NR_EXCLUSIVE binds");
	r = request("vale90:fl", 12);
	is_err(open_legacy(&q, &r), -EBUSY, "NR_EXCLUSIVE: a second is EBUSY");
	port_close(&p);
	r = request("vale90:fl", 12);
	r.nr_flags = NR_REG_ONE_NIC;
	r.nr_ringid = 2;
	r.nr_tx_rings = r.nr_rx_rings = 4;
	is_err(open_legacy(&p, &r), 0, "NR_REG_ONE_NIC binds");
	if (p.fd >= 0)
		ok(port_tx(&p, 2) && !port_tx(&p, 1), "NR_REG_ONE_NIC: the ring of nr_ringid");
	port_close(&p);
	r = request("vale90:fl", 12);
	r.nr_flags = NR_REG_MASK;
	is_err(open_legacy(&p, &r), -EINVAL, "unknown mode: EINVAL");
	r = request("vale90:fl", 12);
	r.nr_flags = NR_REG_ALL_NIC | NR_MONITOR_RX;
	is_err(open_legacy(&p, &r), -ENXIO, "monitor flags: ENXIO while the port is not open");
}

static void test_names(void)
{
	struct nmreq r = request("vale90:x", 12);
	int fd = dev_open();

	memset(r.nr_name, 'n', sizeof(r.nr_name));
	is_err(regif(fd, &r), -ENAMETOOLONG, "name of 16 bytes without its 0: ENAMETOOLONG");
	ok(has_reason(fd, NULL), "name of 16 bytes: has a reason");
	r = request("nosuchnic0", 12);
	is_err(regif(fd, &r), -ENXIO, "no such device: ENXIO");
	r = request("", 12);
	is_err(regif(fd, &r), -EINVAL, "empty name: EINVAL");
	is_err(do_ioctl(fd, NIOCREGIF, NULL), -EFAULT, "null pointer: EFAULT");
	is_err(do_ioctl(fd, NIOCGINFO, (void *)~0xffful), -EFAULT, "pointer out of reach: EFAULT");
	r = request("vale90:twice", 12);
	is_err(regif(fd, &r), 0, "then it binds");
	r = request("vale90:twice", 12);
	is_err(regif(fd, &r), -EBUSY, "binding twice: EBUSY");
	close(fd);
}

static void test_info(void)
{
	struct nmreq r = request("vale90:inf", 12);
	uint64_t most = UINT32_MAX & ~4095u;
	struct port p;
	int fd = dev_open();

	port_must(&p, "vale90:inf", .tx_rings = 2);
	is_err(do_ioctl(fd, NIOCGINFO, &r), 0, "NIOCGINFO of a port");
	is_num(r.nr_tx_rings, 2, "NIOCGINFO: tx rings");
	is_num(r.nr_rx_rings, 1, "NIOCGINFO: rx rings");
	is_num(r.nr_tx_slots, 1024, "NIOCGINFO: tx slots");
	is_num(r.nr_arg2, p.reg.nr_mem_id, "NIOCGINFO: region id");
	is_num(r.nr_memsize, p.reg.nr_memsize < most ? p.reg.nr_memsize : most,
	       "NIOCGINFO: memsize");
	r = request("", 12);
	is_err(do_ioctl(fd, NIOCGINFO, &r), 0, "NIOCGINFO without a name asks for the memory");
	ok(r.nr_memsize, "NIOCGINFO without a name: memsize");
	r = request("nosuchnic0", 12);
	is_err(do_ioctl(fd, NIOCGINFO, &r), -ENXIO, "NIOCGINFO of no such device: ENXIO");
	is_err(regif(fd, (r = request("vale90:bind", 12), &r)), 0, "NIOCGINFO binds nothing");
	close(fd);
	port_close(&p);
}

static int command(uint16_t cmd, const char *name, struct nmreq *r)
{
	int fd = dev_open(), err;

	strncpy(r->nr_name, name, sizeof(r->nr_name) - 1);
	r->nr_version = 12;
	r->nr_cmd = cmd;
	err = regif(fd, r);
	close(fd);
	return err;
}

#define COMMAND(cmd, name, ...)	command(cmd, name, &(struct nmreq){ .spare2 = { 0 }, __VA_ARGS__ })

static void test_switch_commands(void)
{
	struct nmreq r = { .nr_tx_rings = 2, .nr_tx_slots = 64 };
	uint16_t sw;
	int fd, err;

	is_err(command(NETMAP_BDG_NEWIF, "lp90", &r), 0, "NETMAP_BDG_NEWIF");
	is_err(COMMAND(NETMAP_BDG_NEWIF, "lp90"), -EEXIST, "NETMAP_BDG_NEWIF again: EEXIST");
	is_err(COMMAND(NETMAP_BDG_ATTACH, "vale90:lp90"), 0, "NETMAP_BDG_ATTACH");
	r = (struct nmreq){ 0 };
	fd = dev_open();
	strcpy(r.nr_name, "vale90:lp90");
	r.nr_version = 12;
	r.nr_cmd = NETMAP_BDG_LIST;
	err = do_ioctl(fd, NIOCGINFO, &r);
	is_err(err, 0, "NETMAP_BDG_LIST by name, with NIOCGINFO");
	sw = r.nr_arg1;
	r = (struct nmreq){ .nr_version = 12, .nr_cmd = NETMAP_BDG_LIST, .nr_arg1 = sw };
	is_err(do_ioctl(fd, NIOCGINFO, &r), 0, "NETMAP_BDG_LIST by number");
	ok(!strncmp(r.nr_name, "vale90:", 7), "NETMAP_BDG_LIST by number: a name of that switch");
	close(fd);
	is_err(COMMAND(NETMAP_BDG_VNET_HDR, "vale90:lp90", .nr_arg1 = 12), 0,
	       "NETMAP_BDG_VNET_HDR");
	r = (struct nmreq){ 0 };
	is_err(command(NETMAP_VNET_HDR_GET, "vale90:lp90", &r), 0, "NETMAP_VNET_HDR_GET");
	is_num(r.nr_arg1, 12, "NETMAP_VNET_HDR_GET: what was set");
	is_err(COMMAND(NETMAP_BDG_DELIF, "lp90"), -EBUSY, "NETMAP_BDG_DELIF while attached: EBUSY");
	is_err(COMMAND(NETMAP_BDG_DETACH, "vale90:lp90"), 0, "NETMAP_BDG_DETACH");
	is_err(COMMAND(NETMAP_BDG_DELIF, "lp90"), 0, "NETMAP_BDG_DELIF");
	is_err(COMMAND(NETMAP_BDG_DELIF, "lp90"), -ENXIO, "NETMAP_BDG_DELIF again: ENXIO");
	is_err(COMMAND(NETMAP_PT_HOST_CREATE, "vale90:x"), -EOPNOTSUPP,
	       "a command that is not offered: EOPNOTSUPP");
	is_err(COMMAND(NETMAP_BDG_REGOPS, "vale90:x"), -EOPNOTSUPP,
	       "a command for the kernel alone: EOPNOTSUPP");
	is_err(COMMAND(77, "vale90:x"), -EOPNOTSUPP, "an unknown command: EOPNOTSUPP");
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_versions();
	test_returned();
	test_ringid_bits();
	test_flags();
	test_names();
	test_info();
	test_switch_commands();
	return test_done();
}
