/* SPDX-License-Identifier: BSD-2-Clause */
/* Listings that agree with what was sent; reasons of failures, of this and of other processes. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"

static char buf[8192];

static void test_ports(void)
{
	struct nm_info_port i = { 0 };
	struct port a, b, p, q;

	port_must(&a, "vale102:a", .tx_rings = 2, .rx_slots = 256);
	port_must(&b, "vale102:a");
	port_must(&p, "ip{1", .flags = NR_EXCLUSIVE);
	ok(inspect_port("vale102:a", &i), "a switch port is listed");
	is_num(i.kind, NM_KIND_VALE, "its kind");
	ok(!strcmp(i.switch_name, "vale102"), "its switch");
	ok(i.flags & NM_INFO_ATTACHED && !(i.flags & NM_INFO_PERSISTENT), "its flags");
	is_num(i.tx_rings, 2, "its tx rings");
	is_num(i.rx_slots, 256, "its rx slots");
	is_num(i.clients, 2, "its clients");
	is_num(i.region_id, a.reg.nr_mem_id, "its region");
	ok(inspect_port("ip{1", &i), "a pipe end is listed");
	is_num(i.kind, NM_KIND_PIPE, "its kind");
	ok(i.flags & NM_INFO_EXCLUSIVE, "held exclusively: shown");
	port_must(&q, "inull", .mode = NR_REG_NULL);
	if (inspect_port("inull", &i))
		is_num(i.kind, NM_KIND_NULL, "a null port's kind");
	port_close(&q);
	port_close(&p);
	port_close(&b);
	port_close(&a);
	ok(!inspect_port("vale102:a", &i), "closed: no longer listed");
}

static void test_traffic(void)
{
	struct nm_info_ring t0 = { 0 }, t1 = { 0 }, r0 = { 0 }, r1 = { 0 };
	struct nm_info_port pa = { 0 }, pb = { 0 };
	uint64_t bytes = 0;
	struct port a, b;
	unsigned int i, n = 0;

	port_must(&a, "vale102:ta");
	port_must(&b, "vale102:tb");
	inspect_ring("vale102:ta", 0, 0, &t0);
	inspect_ring("vale102:tb", 1, 0, &r0);
	is_num(t0.num_slots, 1024, "a ring's slots");
	is_num(t0.clients, 1, "a ring's clients");
	for (i = 0; i < 500; i++) {
		frame_make(buf, 60 + i, FRAME_BROADCAST, 1, 1, i);
		ring_put(port_tx(&a, 0), buf, 60 + i, 0);
		bytes += 60 + i;
		if (i % 100 == 99)
			txsync(&a);
	}
	for (i = 0; i < 10; i++) {
		frame_make(buf, 5000, FRAME_BROADCAST, 1, 1, i);
		ring_put_frags(port_tx(&a, 0), buf, 5000, 2000);
		bytes += 5000;
	}
	txsync(&a);
	while (port_recv(&b, buf, sizeof(buf)) > 0)
		n++;
	is_num(n, 510, "510 frames sent arrive");
	inspect_ring("vale102:ta", 0, 0, &t1);
	inspect_ring("vale102:tb", 1, 0, &r1);
	is_num(t1.packets - t0.packets, 510, "tx ring: packets");
	is_num(t1.bytes - t0.bytes, bytes, "tx ring: bytes");
	is_num(t1.slots - t0.slots, 530, "tx ring: slots");
	ok(t1.syncs - t0.syncs == 6, "tx ring: syncs");
	is_num(r1.packets - r0.packets, 510, "rx ring: packets");
	is_num(r1.bytes - r0.bytes, bytes, "rx ring: bytes");
	ok(r1.slots - r0.slots >= 530, "rx ring: slots");
	ok(r1.syncs - r0.syncs >= 510, "rx ring: syncs");
	is_num(t1.resets + r1.resets, 0, "no resets");
	for (i = 0, n = 0; i < 8; i++)
		n += t1.drops[i] + r1.drops[i];
	is_num(n, 0, "no drops");
	is_num(t1.head, port_tx(&a, 0)->head, "tx ring: head as in the ring");
	is_num(t1.tail, port_tx(&a, 0)->tail, "tx ring: tail as in the ring");
	inspect_port("vale102:ta", &pa);
	inspect_port("vale102:tb", &pb);
	ok(pa.tx_packets == 510 && pa.tx_bytes == bytes, "the sender's sums");
	ok(pb.rx_packets == 510 && pb.rx_bytes == bytes, "the receiver's sums");
	port_close(&b);
	port_close(&a);
}

static void test_pipe_traffic(void)
{
	struct nm_info_ring t = { 0 }, r = { 0 };
	struct port a, b;
	unsigned int i;

	port_must(&a, "it{1");
	port_must(&b, "it}1");
	for (i = 0; i < 100; i++) {
		frame_make(buf, 100, 1, 1, 1, i);
		ring_put(port_tx(&a, 0), buf, 100, 0);
	}
	txsync(&a);
	port_drain(&b);
	inspect_ring("it{1", 0, 0, &t);
	inspect_ring("it}1", 1, 0, &r);
	ok(t.packets == 100 && t.bytes == 10000 && t.slots == 100, "pipe: tx counters");
	ok(r.packets == 100 && r.bytes == 10000 && r.slots == 100, "pipe: rx counters");
	port_tx(&a, 0)->head = 5000;
	txsync(&a);
	inspect_ring("it{1", 0, 0, &t);
	is_num(t.resets, 1, "pipe: a reset is counted");
	port_close(&a);
	port_close(&b);
}

static int sleeper(void *arg)
{
	struct port p;

	(void)arg;
	port_must(&p, "vale102:sleep");
	*(int *)arg = port_poll(&p, POLLIN, 10000);
	pause();
	return 0;
}

static void test_wakeups(void)
{
	struct nm_info_ring r = { 0 };
	struct port a;
	volatile int *events = shared_alloc(4096);
	pid_t pid = child_start(sleeper, (void *)(uintptr_t)events);
	unsigned int i;

	port_must(&a, "vale102:wake");
	for (i = 0; i < 1000 && !inspect_ring("vale102:sleep", 1, 0, &r); i++)
		usleep(20000);
	usleep(300000);
	frame_make(buf, 100, FRAME_BROADCAST, 1, 1, 1);
	port_send(&a, buf, 100);
	for (i = 0; i < 1000 && !*events; i++)
		usleep(20000);
	ok(*events & POLLIN, "a sleeper wakes");
	inspect_ring("vale102:sleep", 1, 0, &r);
	is_num(r.wakeups, 1, "its wakeup is counted");
	child_kill(pid);
	port_close(&a);
}

static void test_regions(void)
{
	struct nm_info_region r = { 0 }, again = { 0 };
	struct port a, b;

	port_must(&a, "vale102:r");
	ok(inspect_region(a.reg.nr_mem_id, &r), "a private region is listed");
	is_num(r.memsize, a.reg.nr_memsize, "its size");
	is_num(r.bufs.unit, 2048, "its buffers' size");
	ok(r.bufs.used >= 2048 && r.bufs.used <= r.bufs.total, "its buffers in use");
	ok(r.rings.used >= 2 && r.ifs.used == 1, "its rings and interfaces in use");
	port_must(&b, "vale102:r2", .mem_id = a.reg.nr_mem_id);
	inspect_region(a.reg.nr_mem_id, &again);
	ok(again.refs > r.refs, "a second port holds it too");
	is_num(again.ifs.used, 2, "a second netmap_if");
	port_close(&b);
	port_close(&a);
	ok(!inspect_region(r.id, &again), "closed: no longer listed");
	port_must(&b, "ir{1");
	ok(inspect_region(1, &r), "the global region is listed while in use");
	port_close(&b);
}

static void test_switches(void)
{
	struct nm_info_switch s[32];
	struct port a, b;
	int i, n, at = -1;

	port_must(&a, "vale102x:a");
	port_must(&b, "vale102x:b");
	frame_make(buf, 100, 55, 1, 1, 1);
	port_send(&a, buf, 100);
	n = inspect(NM_INSPECT_SWITCHES, "", s, sizeof(s[0]), 32);
	for (i = 0; i < n; i++)
		if (!strcmp(s[i].name, "vale102x"))
			at = i;
	if (ok(at >= 0, "a switch is listed")) {
		is_num(s[at].ports, 2, "its ports");
		is_num(s[at].stations, 1, "its stations");
		is_num(s[at].flooded, 1, "what it flooded");
	}
	port_close(&a);
	port_close(&b);
}

static void test_records(void)
{
	struct nmreq_inspect q = { .what = NM_INSPECT_TUNABLES, .rec_size = 24, .count = 4 };
	struct nm_info_tunable t[64];
	struct nm_info_object o[64];
	struct { struct nm_info_tunable t; uint64_t more[8]; } wide[64];
	struct nm_info_port *ports = calloc(512, sizeof(*ports));
	struct port p[40];
	char names[4][24];
	unsigned int i, k, twice = 0;
	int n, fd = dev_open();

	n = inspect(NM_INSPECT_TUNABLES, "", t, sizeof(t[0]), 64);
	ok(n >= 5, "settings are listed (%d)", n);
	for (i = 0, k = 0; (int)i < n; i++)
		k += !strcmp(t[i].name, "buf_num") && t[i].initial == 163840 && t[i].min < t[i].max;
	is_num(k, 1, "buf_num is among them, with its bounds and default");
	q.data = (uintptr_t)names;
	is_err(ctrl(fd, NETMAP_REQ_INSPECT, "", &q), 0, "records shorter than ours");
	ok(q.count == 4 && !strcmp(names[3], t[3].name), "records shorter: their first part");
	memset(wide, 0xff, sizeof(wide));
	is_num(inspect(NM_INSPECT_TUNABLES, "", wide, sizeof(wide[0]), 64), n,
	   "records longer than ours");
	ok(!strcmp(wide[1].t.name, t[1].name) && !wide[1].more[0] && !wide[1].more[7],
	   "records longer: the rest is zero");
	ok(inspect(NM_INSPECT_OBJECTS, "", o, sizeof(o[0]), 64) > 0, "objects are listed");
	ok(o[0].created >= o[0].destroyed, "at most as many destroyed as created");
	for (i = 0; i < 40; i++) {
		char name[32];

		snprintf(name, sizeof(name), "vale103:n%u", i);
		port_need(&p[i],
			  &(struct port_spec){ .name = name, .tx_slots = 32, .rx_slots = 32 });
	}
	n = inspect(NM_INSPECT_PORTS, "", ports, sizeof(*ports), 512);
	for (i = 0; (int)i < n; i++)
		for (k = 0; k < i; k++)
			twice += !strcmp(ports[i].name, ports[k].name);
	ok(n >= 40 && !twice, "40 ports in pages of a few: none twice, none missed (%d)", n);
	for (i = 0; i < 40; i++)
		port_close(&p[i]);
	q = (struct nmreq_inspect){
		.what = 99, .rec_size = 64, .count = 1, .data = (uintptr_t)names
	};
	is_err(ctrl(fd, NETMAP_REQ_INSPECT, "", &q), -EINVAL, "unknown listing: EINVAL");
	q = (struct nmreq_inspect){
		.what = NM_INSPECT_TUNABLES, .rec_size = 64, .count = 1, .data = 8
	};
	is_err(ctrl(fd, NETMAP_REQ_INSPECT, "", &q), -EFAULT, "listing to a bad pointer: EFAULT");
	close(fd);
	free(ports);
}

/* ---- reasons ------------------------------------------------------------------------------ */

static int fails_and_waits(void *arg)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	int fd = dev_open();

	ctrl(fd, NETMAP_REQ_REGISTER, "otherschild0", &reg);
	__atomic_store_n((uint32_t *)arg, 1, __ATOMIC_RELEASE);
	pause();
	return 0;
}

static void test_reasons(void)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	struct nmreq_reason r = { 0 };
	static struct nm_info_failure f[4096];
	uint32_t *ready = shared_alloc(4096);
	int i, n, found = 0, fd = dev_open();
	pid_t pid;

	is_err(ctrl(fd, NETMAP_REQ_REASON_GET, "", &r), -ENOENT, "no failure yet: ENOENT");
	ctrl(fd, NETMAP_REQ_REGISTER, "mynosuch0", &reg);
	is_err(ctrl(fd, NETMAP_REQ_REASON_GET, "", &r), 0, "reason of one's own failure");
	is_num(r.err, ENXIO, "reason: its errno");
	is_num(r.reqtype, NETMAP_REQ_REGISTER, "reason: the request");
	ok(strstr(r.text, "mynosuch0"), "reason: its words");
	diag("reason: %s", r.text);
	memset(&r, 0, sizeof(r));
	is_err(ctrl(fd, NETMAP_REQ_REASON_GET, "", &r), 0, "the reason can be asked again");
	pid = child_start(fails_and_waits, ready);
	while (!__atomic_load_n(ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	r = (struct nmreq_reason){ .pid = pid };
	is_err(ctrl(fd, NETMAP_REQ_REASON_GET, "", &r), 0, "reason of another process");
	ok(strstr(r.text, "otherschild0"), "reason of another process: its words");
	n = inspect(NM_INSPECT_FAILURES, "", f, sizeof(f[0]), 4096);
	for (i = 0; i < n; i++)
		found += f[i].pid == (uint32_t)pid && strstr(f[i].text, "otherschild0") &&
			 f[i].err == ENXIO;
	is_num(found, 1, "the failure is in the list of failures");
	ok(n > 0 && f[n - 1].comm[0] && f[n - 1].time_us, "with the program's name and the time");
	child_kill(pid);
	r = (struct nmreq_reason){ .pid = 0x3fffffff };
	is_err(ctrl(fd, NETMAP_REQ_REASON_GET, "", &r), -ENOENT,
	       "reason of no such process: ENOENT");
	close(fd);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_ports();
	test_traffic();
	test_pipe_traffic();
	test_wakeups();
	test_regions();
	test_switches();
	test_records();
	test_reasons();
	return test_done();
}
