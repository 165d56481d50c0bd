// SPDX-License-Identifier: BSD-2-Clause
/*
 * Devices that stand on other devices, or under them: VLANs, macvlan, bonds, bridges and their
 * ports; and the traffic that each kind of device counts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define COUNTED	100u

static uint8_t buf[2048], got[2048];

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

/* False, with a skipped point, where the kernel has no such devices. */
static bool have(int err, const char *what)
{
	if (err == -EOPNOTSUPP) {
		skip("the kernel has none", "%s", what);
		return false;
	}
	need(err, what);
	return true;
}

/* Wait for the frame of that number; others of the kernel are skipped. Its bytes, or -EAGAIN. */
static int receive(struct port *p, uint64_t seq, uint32_t skip_bytes)
{
	uint64_t until = now_ns() + 10000000000ull, number;
	uint32_t flow;
	int n;

	while (now_ns() < until) {
		n = port_recv(p, got, sizeof(got));
		if (n >= 60) {
			/* A tag lies between the addresses and the checked bytes. */
			memmove(got + skip_bytes, got, 12);
			if (frame_check(got + skip_bytes, n - skip_bytes, &flow, &number) &&
			    number == seq)
				return n;
		} else {
			port_poll(p, POLLIN, 50);
		}
	}
	return -EAGAIN;
}

static void send_frame(struct port *p, uint64_t seq)
{
	frame_make(buf, 60, FRAME_BROADCAST, 1, 7, seq);
	port_send(p, buf, 60);
}

/* Frames between the port of a device and the far end of the pair that it stands on. */
static void crosses(const char *name, uint32_t tag_bytes)
{
	struct port p, far;
	int n, tries;

	if (!is_err(port_open(&p, name), 0, "%s: taken", name))
		return;
	port_must(&far, "v1");
	/* A link may be up before its device can send. */
	for (n = -EAGAIN, tries = 0; n < 0 && tries < 3; tries++) {
		send_frame(&p, 1);
		n = receive(&far, 1, tag_bytes);
	}
	is_num(n, 60 + tag_bytes, "%s: a frame to the far end", name);
	if (!tag_bytes) {
		send_frame(&far, 2);
	} else {
		frame_make(buf + 4, 60, FRAME_BROADCAST, 1, 7, 2);
		memmove(buf, buf + 4, 12);
		memcpy(buf + 12, "\x81\0\0\5", 4);
		port_send(&far, buf, 64);
	}
	is_num(receive(&p, 2, 0), 60, "%s: a frame from there", name);
	port_close(&far);
	port_close(&p);
}

static void test_vlan(void)
{
	link_pair("v0", "v1");
	if (have(link_vlan("v0.5", "v0", 5), "a VLAN"))
		crosses("v0.5", 4);
	link_delete("v0");
}

static void test_macvlan(void)
{
	link_pair("v0", "v1");
	if (have(link_macvlan("m0", "v0"), "macvlan"))
		crosses("m0", 0);
	link_delete("v0");
}

static void test_bridge(void)
{
	uint64_t before;
	struct port p, far;
	unsigned int tries;

	link_pair("v0", "v1");
	if (!have(link_kind("br0", "bridge"), "a bridge")) {
		link_delete("v0");
		return;
	}
	need(link_join("v0", "br0"), "v0 to br0");
	/* The port may forward, but learns that a moment later. */
	sleep_ms(200);
	crosses("br0", 0);
	port_must(&p, "v0");
	port_must(&far, "v1");
	before = link_stat("br0", "rx_packets");
	send_frame(&far, 3);
	is_num(receive(&p, 3, 0), 60, "a bridge's port: its frames are the program's");
	is_num(link_stat("br0", "rx_packets"), before, "and not the bridge's");
	port_close(&p);
	send_frame(&far, 4);
	for (tries = 0; tries < 1000 && link_stat("br0", "rx_packets") == before; tries++)
		sleep_ms(20);
	ok(link_stat("br0", "rx_packets") > before, "they are when it is given back");
	port_close(&far);
	link_delete("br0");
	link_delete("v0");
}

static void test_lro(const char *name)
{
	struct nm_info_port info;
	struct port p, q;

	if (link_lro(name) != 1) {
		skip("the device has none", "%s: LRO", name);
		return;
	}
	port_must(&p, name);
	is_num(link_lro(name), 0, "%s: LRO is off while it is taken", name);
	ok(inspect_port(name, &info) && info.flags & NM_INFO_LRO_OFF, "and shown so");
	port_must(&q, name, .mode = NR_REG_SW);
	port_close(&p);
	is_num(link_lro(name), 0, "until the last client");
	port_close(&q);
	/* With netmapd, a request waits for earlier closes. */
	inspect_alive();
	is_num(link_lro(name), 1, "then it is on");
	need(link_set_lro(name, false), "LRO off");
	port_must(&p, name);
	ok(inspect_port(name, &info) && !(info.flags & NM_INFO_LRO_OFF),
	   "off before: not our doing");
	port_close(&p);
	is_num(link_lro(name), 0, "and it stays off");
	need(link_set_lro(name, true), "LRO on");
}

static void test_gro(const char *name)
{
	struct nm_info_port info;
	struct port p;

	need(link_set_gro(name, true), "GRO on");
	port_must(&p, name);
	is_num(link_gro(name), 0, "%s: the stack merges no frames while a program has them all",
	       name);
	ok(inspect_port(name, &info) && info.flags & NM_INFO_GRO_OFF, "and it is shown");
	port_close(&p);
	is_num(link_gro(name), 1, "then it does again");
	port_must(&p, name, .mode = NR_REG_SW);
	is_num(link_gro(name), 1, "who has only the host rings leaves it on");
	port_close(&p);
	port_must(&p, name, .mode = NR_REG_ONE_NIC);
	is_num(link_gro(name), p.nif->ni_rx_rings > 1, "so does who has one ring of several");
	port_close(&p);
	need(link_set_gro(name, false), "GRO off");
	port_must(&p, name);
	ok(inspect_port(name, &info) && !(info.flags & NM_INFO_GRO_OFF),
	   "off before: not our doing");
	port_close(&p);
	is_num(link_gro(name), 0, "and it stays off");
	need(link_set_gro(name, true), "GRO on");
}

static void test_bond(void)
{
	link_pair("v0", "v1");
	if (!have(link_kind("bond7", "bond"), "a bond")) {
		link_delete("v0");
		return;
	}
	test_lro("bond7");
	need(link_set_up("v0", 0), "v0 down");
	need(link_join("v0", "bond7"), "v0 to bond7");
	need(link_set_up("bond7", 1), "bond7 up");
	sleep_ms(200);
	crosses("bond7", 0);
	crosses("v0", 0);
	link_delete("bond7");
	link_delete("v0");
}

static void send_counted(struct port *p)
{
	uint32_t i;

	frame_make(buf, 60, FRAME_BROADCAST, 1, 7, 1);
	for (i = 0; i < COUNTED; i++) {
		while (!ring_put(port_tx(p, 0), buf, 60, 0))
			txsync(p);
	}
	txsync(p);
}

static void test_counts_veth(void)
{
	uint64_t tx, rx, bytes, drops;
	struct port p, far;
	unsigned int n = 0, tries;

	link_pair("v0", "v1");
	port_must(&p, "v0");
	port_must(&far, "v1");
	tx = link_stat("v0", "tx_packets");
	bytes = link_stat("v0", "tx_bytes");
	rx = link_stat("v1", "rx_packets");
	drops = link_stat("v1", "rx_dropped") + link_stat("v0", "tx_dropped");
	send_counted(&p);
	for (tries = 0; n < COUNTED && tries < 10000; tries++) {
		n += port_drain(&far);
		port_poll(&far, POLLIN, 20);
	}
	is_num(n, COUNTED, "veth: frames that crossed");
	is_num(link_stat("v0", "tx_packets") - tx, COUNTED, "veth: sent frames are counted");
	is_num(link_stat("v0", "tx_bytes") - bytes, COUNTED * 60, "and their bytes");
	is_num(link_stat("v1", "rx_packets") - rx, COUNTED, "received ones too");
	/*
	 * A frame or two of the stack's own may be, and before Linux 6.3 a batch that veth refused
	 * by XDP, with no program at its other end, and that was sent as packets then.
	 */
	ok(link_stat("v1", "rx_dropped") + link_stat("v0", "tx_dropped") - drops < COUNTED,
	   "they are not counted as dropped");
	port_close(&far);
	port_close(&p);
	link_delete("v0");
}

static void test_counts_tap(void)
{
	int fd = link_tap("t0");
	uint64_t tx, rx;
	struct port p;
	uint32_t i;

	if (fd < 0)
		need(fd, "a tap device");
	port_must(&p, "t0");
	tx = link_stat("t0", "tx_packets");
	rx = link_stat("t0", "rx_packets");
	send_counted(&p);
	for (i = 0; i < COUNTED && read(fd, got, sizeof(got)) > 0; i++)
		;
	is_num(i, COUNTED, "tap: frames that went out");
	is_num(link_stat("t0", "tx_packets") - tx, COUNTED, "tap: sent frames are counted");
	for (i = 0; i < COUNTED && write(fd, buf, 60) == 60; i++)
		;
	is_num(link_stat("t0", "rx_packets") - rx, COUNTED, "tap: received ones too");
	port_close(&p);
	close(fd);
}

static void test_loopback(void)
{
	int fd = dev_open();
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };

	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "lo", &reg), -EOPNOTSUPP,
	       "the loopback device is refused");
	ok(has_reason(fd, "loopback"), "with a reason");
	close(fd);
}

int main(int argc, char **argv)
{
	int64_t alive;

	test_start(argc, argv);
	/* A card of a guest; elsewhere the test must not touch eth0. */
	if (!dev_is_process() && !access("/sys/class/net/eth0", F_OK)) {
		test_lro("eth0");
		test_gro("eth0");
	}
	ns_enter_new();
	alive = inspect_alive_alone();
	test_loopback();
	test_vlan();
	test_macvlan();
	test_bridge();
	test_bond();
	test_counts_veth();
	test_counts_tap();
	is_num(inspect_settled(alive), alive, "nothing is left");
	return test_done();
}
