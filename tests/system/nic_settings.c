// SPDX-License-Identifier: BSD-2-Clause
/*
 * Settings of network devices: generic_ringsize, generic_rings,
 * generic_mit, mitigate and admode, and the time of each packet.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define FRAMES	50u

static uint8_t buf[9000];

static void need(int err, const char *what)
{
	if (err)
		give_up("%s: %s", what, strerror(-err));
}

static int set(const char *name, uint32_t value)
{
	char path[100], text[16];
	int fd, n, err;

	snprintf(path, sizeof(path), "/sys/module/netmap/parameters/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), "%u", value);
	err = write(fd, text, n) == n ? 0 : -errno;
	close(fd);
	return err;
}

static void test_shape(void)
{
	struct port p;

	need(set("generic_ringsize", 256), "generic_ringsize");
	need(set("generic_rings", 2), "generic_rings");
	port_must(&p, "v0");
	is_num(p.reg.nr_rx_slots, 256, "generic_ringsize: slots of rx rings");
	is_num(p.reg.nr_tx_slots, 256, "and of tx rings");
	is_num(p.reg.nr_rx_rings, 2, "generic_rings: fewer than queues");
	port_close(&p);
	port_must(&p, "v0", .rx_slots = 512);
	is_num(p.reg.nr_rx_slots, 512, "what a request asks for goes before the setting");
	port_close(&p);
	is_err(set("generic_ringsize", 1), -ERANGE, "a ring of one slot is refused");
	need(set("generic_ringsize", 1024), "generic_ringsize");
	need(set("generic_rings", 0), "generic_rings");
	port_must(&p, "v0");
	is_num(p.reg.nr_rx_slots, 1024, "as they were: slots");
	is_num(p.reg.nr_rx_rings, 4, "and a ring for each queue");
	port_close(&p);
}

static void test_admode(void)
{
	struct port p;
	int fd;

	need(set("admode", 1), "admode");
	fd = dev_open();
	p.reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "v0", &p.reg), -EOPNOTSUPP,
	       "admode 1: native drivers only");
	ok(has_reason(fd, "admode"), "the reason names the setting");
	close(fd);
	need(set("admode", 2), "admode");
	is_err(port_open(&p, "v0"), 0, "admode 2: emulated");
	port_close(&p);
	need(set("admode", 0), "admode");
}

struct reader {
	uint32_t ready, frames;
};

/* Reads until all have come, asleep in between. */
static int reader(void *arg)
{
	struct reader *r = arg;
	struct port p;

	if (port_open(&p, "v1", .flags = NR_RX_RINGS_ONLY))
		return 1;
	__atomic_store_n(&r->ready, 1, __ATOMIC_RELEASE);
	while (r->frames < FRAMES) {
		if (port_poll(&p, POLLIN, 20000) != POLLIN)
			return 2;
		__atomic_fetch_add(&r->frames, port_drain(&p), __ATOMIC_RELEASE);
	}
	/* The wakeups are counted while it has the port. */
	while (__atomic_load_n(&r->ready, __ATOMIC_ACQUIRE) < 2)
		usleep(1000);
	return 0;
}

static uint64_t wakeups(void)
{
	struct nm_info_ring info;
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < 4 && inspect_ring("v1", 1, i, &info); i++)
		n += info.wakeups;
	return n;
}

/* How often the reader was woken for FRAMES frames that come one by one. */
static uint64_t count_wakeups(bool in_turn, const char *what)
{
	struct reader *r = shared_alloc(sizeof(*r));
	pid_t child = child_start(reader, r);
	struct port p;
	uint64_t n;
	uint32_t i;

	while (!__atomic_load_n(&r->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	port_must(&p, "v0");
	frame_make(buf, 60, 2, 1, 1, 1);
	for (i = 0; i < FRAMES; i++) {
		port_send(&p, buf, 60);
		while (in_turn && __atomic_load_n(&r->frames, __ATOMIC_ACQUIRE) <= i)
			usleep(200);
		usleep(2000);
	}
	while (__atomic_load_n(&r->frames, __ATOMIC_ACQUIRE) < FRAMES)
		usleep(1000);
	n = wakeups();
	__atomic_store_n(&r->ready, 2, __ATOMIC_RELEASE);
	is_num(child_wait(child), 0, "%s: all frames come", what);
	port_close(&p);
	return n;
}

static void test_mitigation(void)
{
	uint64_t began, n;

	need(set("generic_mit", 0), "generic_mit");
	n = count_wakeups(true, "generic_mit 0");
	ok(n > FRAMES / 2, "a wakeup for each frame: %llu", (unsigned long long)n);
	need(set("generic_mit", 500000000), "generic_mit");
	began = now_ns();
	n = count_wakeups(false, "generic_mit of half a second");
	ok(n <= 4 * (2 + (now_ns() - began) / 500000000), "one in half a second: %llu",
	   (unsigned long long)n);
	need(set("mitigate", 0), "mitigate");
	n = count_wakeups(true, "mitigate 0");
	ok(n > FRAMES / 2, "turns it off: %llu", (unsigned long long)n);
	need(set("mitigate", 1), "mitigate");
	need(set("generic_mit", 100000), "generic_mit");
}

static uint64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static struct netmap_ring *ring_with_frame(struct port *p)
{
	uint32_t i;

	port_poll(p, POLLIN, 20000);
	for (i = 0; i < p->nif->ni_rx_rings; i++) {
		if (ring_space(port_rx(p, i)))
			return port_rx(p, i);
	}
	give_up("no frame came");
}

/* Frames that arrived in a card's rings, read or not. */
static uint64_t received(const char *name)
{
	struct nm_info_ring info;
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < 4 && inspect_ring(name, 1, i, &info); i++)
		n += info.packets;
	return n;
}

static void test_times(void)
{
	uint64_t had;
	uint64_t before, between, after;
	struct netmap_ring *r;
	struct port p, q;
	uint32_t i;

	port_must(&p, "v0");
	port_must(&q, "v1");
	for (i = 0; i < q.nif->ni_rx_rings; i++)
		port_rx(&q, i)->flags |= NR_PKT_TIMESTAMP;
	rxsync(&q);
	frame_make(buf, 60, 2, 1, 1, 1);
	before = wall_ns();
	port_send(&p, buf, 60);
	r = ring_with_frame(&q);
	between = wall_ns();
	ok(r->slot[r->head].ptr >= before && r->slot[r->head].ptr <= between,
	   "a frame has its own time");
	port_drain(&q);
	had = received("v1");
	port_send(&p, buf, 60);
	while (received("v1") == had)
		sleep_ms(1);
	after = wall_ns();
	sleep_ms(20);
	r = ring_with_frame(&q);
	ok(r->slot[r->head].ptr >= between && r->slot[r->head].ptr <= after,
	   "that of its arrival, not of the sync");
	ok((uint64_t)r->ts.tv_sec * 1000000000 + r->ts.tv_usec * 1000 > after,
	   "as the ring's time is");
	port_drain(&q);
	port_close(&p);
	port_close(&q);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	ns_enter_new();
	need(link_veth_queues("v0", "v1", 4), "a veth pair of four queues");
	if (dev_is_process()) {
		skip("a process takes them at its start", "the settings");
	} else {
		test_shape();
		test_admode();
		test_mitigation();
	}
	test_times();
	link_delete("v0");
	return test_done();
}
