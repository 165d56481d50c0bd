/* SPDX-License-Identifier: BSD-2-Clause */
/* The switch's ports: ephemeral, persistent, attached; listing; how many there may be. */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "port.h"

static char buf[4096];

static int list_name(const char *name, struct nmreq_vale_list *l)
{
	memset(l, 0, sizeof(*l));
	return ctrl_once(NETMAP_REQ_VALE_LIST, name, l);
}

/* Walks the list by numbers; how many ports it names, in seen[] if their names begin so. */
static int walk(const char *prefix, unsigned int *matches)
{
	struct nmreq_vale_list l = { 0 };
	struct nmreq_header h;
	int fd = dev_open(), n;

	*matches = 0;
	for (n = 0; n < 5000; n++) {
		h = (struct nmreq_header){ .nr_version = NETMAP_API,
			.nr_reqtype = NETMAP_REQ_VALE_LIST, .nr_body = (uintptr_t)&l };
		if (ctrl_raw(fd, &h))
			break;
		if (!h.nr_name[0])
			break;
		*matches += !strncmp(h.nr_name, prefix, strlen(prefix));
		l.nr_port_idx++;
	}
	close(fd);
	return n;
}

static void test_list(void)
{
	struct port a, b;
	struct nmreq_vale_list l, k;
	unsigned int m;

	is_err(list_name("vale78:a", &l), -ENOENT, "list of a port that is not there: ENOENT");
	port_must(&a, "vale78:a");
	is_err(list_name("vale78:a", &l), 0, "list by name");
	port_must(&b, "vale78:b");
	is_err(list_name("vale78:b", &k), 0, "list by name of another");
	is_num(k.nr_bridge_idx, l.nr_bridge_idx, "same switch, same number");
	ok(k.nr_port_idx != l.nr_port_idx, "other port, other number");
	walk("vale78:", &m);
	is_num(m, 2, "list by number finds both");
	port_close(&b);
	walk("vale78:", &m);
	is_num(m, 1, "after close of one: one");
	port_close(&a);
	walk("vale78:", &m);
	is_num(m, 0, "after close of both: none");
	is_err(list_name("vale78:a", &l), -ENOENT,
	       "an ephemeral port goes with its last fd: ENOENT");
}

static bool goes(struct port *from, struct port *to, uint64_t seq)
{
	int n;

	port_drain(to);
	frame_make(buf, 90, FRAME_BROADCAST, 1, 1, seq);
	if (port_send(from, buf, 90))
		return false;
	n = port_recv(to, buf, sizeof(buf));
	return n == 90 && frame_is(buf, n, FRAME_BROADCAST, 1, 1, seq);
}

static void test_persistent(void)
{
	struct nmreq_vale_newif n = { .nr_tx_rings = 2, .nr_rx_rings = 2, .nr_tx_slots = 256,
		.nr_rx_slots = 256 };
	struct nmreq_vale_attach at = { .reg.nr_mode = NR_REG_ALL_NIC };
	struct nmreq_vale_detach de = { 0 };
	struct nmreq_port_info_get info = { 0 };
	struct nmreq_vale_list l;
	struct port p, q, r;
	int fd = dev_open();

	is_err(ctrl(fd, NETMAP_REQ_VALE_NEWIF, "pp78", &n), 0, "newif");
	ok(n.nr_mem_id != 0, "newif: real region id returned");
	is_num(n.nr_tx_rings, 2, "newif: real tx rings returned");
	is_err(ctrl(fd, NETMAP_REQ_VALE_NEWIF, "pp78", &n), -EEXIST,
	       "newif of a name in use: EEXIST");
	ok(has_reason(fd, NULL), "newif of a name in use: has a reason");
	is_err(ctrl(fd, NETMAP_REQ_PORT_INFO_GET, "pp78", &info), 0, "newif: port info");
	is_num(info.nr_tx_rings, 2, "newif: port info has its rings");
	is_num(info.nr_tx_slots, 256, "newif: port info has its slots");
	is_num(info.nr_mem_id, n.nr_mem_id, "newif: port info has its region");
	is_err(port_open(&p, "pp78"), 0, "newif: the port opens by its name alone");
	is_num(p.nif ? (int)p.nif->ni_tx_rings : -1, 2, "newif: it has its rings");
	frame_make(buf, 90, FRAME_BROADCAST, 1, 1, 1);
	is_err(port_send(&p, buf, 90), 0, "newif: it sends, without a receiver");
	is_err(ctrl(fd, NETMAP_REQ_VALE_DELIF, "pp78", NULL), -EBUSY, "delif while open: EBUSY");
	ok(has_reason(fd, NULL), "delif while open: has a reason");
	port_close(&p);
	is_err(ctrl(fd, NETMAP_REQ_VALE_ATTACH, "vale78:pp78", &at), 0,
	       "attach of a persistent port");
	is_err(list_name("vale78:pp78", &l), 0, "attached: listed");
	is_num(l.nr_port_idx, at.port_index, "attached: at the number returned");
	is_err(ctrl(fd, NETMAP_REQ_VALE_ATTACH, "vale78:pp78", &at), -EBUSY, "attach twice: EBUSY");
	is_err(ctrl(fd, NETMAP_REQ_VALE_ATTACH, "vale79:pp78", &at), -EBUSY,
	       "attach to another switch too: EBUSY");
	ok(has_reason(fd, NULL), "attach twice: has a reason");
	is_err(ctrl(fd, NETMAP_REQ_VALE_DELIF, "pp78", NULL), -EBUSY,
	       "delif while attached: EBUSY");
	is_err(port_open(&p, "vale78:pp78"), 0, "attached: opens by its switch name");
	port_must(&q, "vale78:q");
	ok(p.nif && goes(&q, &p, 1) && goes(&p, &q, 2), "attached: packets both ways");
	port_close(&p);
	is_err(list_name("vale78:pp78", &l), 0, "persistent port stays after its last fd");
	is_err(port_open(&r, "pp78"), 0, "attached: opens by its own name");
	ok(r.nif && goes(&q, &r, 3), "attached: works by its own name");
	port_close(&r);
	is_err(ctrl(fd, NETMAP_REQ_VALE_DETACH, "vale78:pp78", &de), 0, "detach");
	is_num(de.port_index, at.port_index, "detach: returns the number it had");
	is_err(ctrl(fd, NETMAP_REQ_VALE_DETACH, "vale78:pp78", &de), -ENXIO, "detach twice: ENXIO");
	is_err(list_name("vale78:pp78", &l), -ENOENT, "detached: not listed");
	is_err(ctrl(fd, NETMAP_REQ_VALE_DELIF, "pp78", NULL), 0, "delif");
	is_err(ctrl(fd, NETMAP_REQ_VALE_DELIF, "pp78", NULL), -ENXIO, "delif twice: ENXIO");
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "pp78", &at.reg), -ENXIO, "deleted: cannot be opened");
	port_close(&q);
	close(fd);
}

/* A port that another client has open is attached to a switch and taken off again. */
static void test_attach_open_port(void)
{
	struct nmreq_vale_newif n = { 0 };
	struct nmreq_vale_attach at = { .reg.nr_mode = NR_REG_ALL_NIC };
	struct nmreq_vale_detach de = { 0 };
	struct port p, q;

	is_err(ctrl_once(NETMAP_REQ_VALE_NEWIF, "po78", &n), 0, "newif with defaults");
	is_num(n.nr_tx_slots, 1024, "newif with defaults: 1024 slots returned");
	is_num(n.nr_rx_rings, 1, "newif with defaults: one ring returned");
	port_must(&q, "vale78:q");
	port_must(&p, "po78");
	is_err(ctrl_once(NETMAP_REQ_VALE_ATTACH, "vale78:po78", &at), 0, "attached while open");
	ok(goes(&p, &q, 1), "attached while open: packets go");
	is_err(ctrl_once(NETMAP_REQ_VALE_DETACH, "vale78:po78", &de), 0, "detached while open");
	ok(!goes(&p, &q, 2), "detached while open: packets go no longer");
	port_close(&p);
	port_close(&q);
	is_err(ctrl_once(NETMAP_REQ_VALE_DELIF, "po78", NULL), 0, "delif");
}

static void test_attach_refused(void)
{
	struct nmreq_vale_attach at = { .reg.nr_mode = NR_REG_ALL_NIC };
	struct nmreq_vale_detach de = { 0 };
	struct nmreq_vale_newif n = { .nr_tx_slots = 1u << 31, .nr_tx_rings = 60000 };
	struct port p;
	int fd = dev_open();

	is_err(ctrl(fd, NETMAP_REQ_VALE_ATTACH, "pp78", &at), -EINVAL,
	       "attach without a switch in the name: EINVAL");
	at.reg.nr_mode = NR_REG_ONE_NIC;
	is_err(ctrl(fd, NETMAP_REQ_VALE_ATTACH, "vale78:x", &at), -EINVAL,
	       "attach of one ring: EINVAL");
	is_err(ctrl(fd, NETMAP_REQ_VALE_DETACH, "vale78:nothere", &de), -ENXIO,
	       "detach of no such port: ENXIO");
	ok(has_reason(fd, NULL), "detach of no such port: has a reason");
	port_must(&p, "vale78:eph");
	is_err(ctrl(fd, NETMAP_REQ_VALE_DETACH, "vale78:eph", &de), -EBUSY,
	       "detach of an ephemeral port: EBUSY");
	is_err(rxsync(&p), 0, "the ephemeral port goes on");
	port_close(&p);
	is_err(ctrl(fd, NETMAP_REQ_VALE_NEWIF, "absurd78", &n), -EINVAL,
	       "newif with absurd sizes: EINVAL");
	n = (struct nmreq_vale_newif){ 0 };
	is_err(ctrl(fd, NETMAP_REQ_VALE_NEWIF, "vale78:n", &n), -EINVAL,
	       "newif with a switch's name: EINVAL");
	is_err(ctrl(fd, NETMAP_REQ_VALE_NEWIF, "", &n), -EINVAL, "newif without a name: EINVAL");
	is_err(ctrl(fd, NETMAP_REQ_VALE_NEWIF, "a{1", &n), -EINVAL,
	       "newif with a pipe's name: EINVAL");
	close(fd);
}

#define PORT_MAX	254

static void test_254_ports(void)
{
	static struct port p[PORT_MAX + 1];
	struct rlimit rl = { 1024, 1024 };
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC,
				      .nr_tx_slots = 32,
				      .nr_rx_slots = 32 };
	char name[32];
	unsigned int i, good = 0;
	int fd;

	setrlimit(RLIMIT_NOFILE, &rl);
	for (i = 0; i < PORT_MAX; i++) {
		int err;

		snprintf(name, sizeof(name), "vale80:p%u", i);
		err = port_open(&p[i], name, .tx_slots = 32, .rx_slots = 32);
		if (err) {
			diag("port %u: %s", i, strerror(-err));
			break;
		}
	}
	is_num(i, PORT_MAX, "254 ports on one switch");
	fd = dev_open();
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale80:more", &reg), -ENOSPC,
	       "the 255th port: ENOSPC");
	ok(has_reason(fd, "254"), "the 255th port: the reason names the limit");
	diag("reason: %s", reason(fd));
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale81:more", &reg), 0, "another switch has room");
	close(fd);
	frame_make(buf, 80, FRAME_BROADCAST, 1, 1, 1);
	if (i)
		port_send(&p[0], buf, 80);
	while (i-- > 1)
		good += port_recv(&p[i], buf, sizeof(buf)) == 80;
	is_num(good, PORT_MAX - 1, "a broadcast reaches the 253 others");
	port_close(&p[100]);
	is_err(port_open(&p[100], "vale80:again", .tx_slots = 32, .rx_slots = 32), 0,
	       "after one has left there is room for another");
	for (i = 0; i < PORT_MAX; i++)
		port_close(&p[i]);
}

static void test_many_switches(void)
{
	static struct port p[64], q[64];
	char name[32];
	unsigned int i, n, good = 0;

	for (n = 0; n < 64; n++) {
		snprintf(name, sizeof(name), "valem%u:p", n);
		if (port_open(&p[n], name, .tx_slots = 64, .rx_slots = 64))
			break;
		snprintf(name, sizeof(name), "valem%u:q", n);
		if (port_open(&q[n], name, .tx_slots = 64, .rx_slots = 64)) {
			port_close(&p[n]);
			break;
		}
	}
	is_num(n, 64, "64 switches at once");
	for (i = 0; i < n; i++) {
		frame_make(buf, 80, FRAME_BROADCAST, i, 1, i);
		port_send(&p[i], buf, 80);
	}
	for (i = 0; i < n; i++) {
		int len = port_recv(&q[i], buf, sizeof(buf));

		good += len == 80 && frame_is(buf, len, FRAME_BROADCAST, i, 1, i) &&
			port_recv(&q[i], buf, sizeof(buf)) == -EAGAIN;
	}
	is_num(good, n, "each switch keeps its packets to itself");
	for (i = 0; i < n; i++) {
		port_close(&p[i]);
		port_close(&q[i]);
	}
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_list();
	test_persistent();
	test_attach_open_port();
	test_attach_refused();
	test_254_ports();
	test_many_switches();
	return test_done();
}
