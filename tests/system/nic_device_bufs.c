// SPDX-License-Identifier: BSD-2-Clause
/*
 * Device buffers of netmapd: the driver writes frames into the buffers of slots and sends them
 * where they lie. A veth pair, which AF_XDP serves by copies, shows that as well as any card. Slots
 * get other buffers, and all come back; rubbish in slots harms only its writer. Skipped without
 * AF_XDP.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "link.h"
#include "port.h"

#define ROUNDS	4u	/* times that all slots of a ring go round */
#define BATCH	64u
#define LEN	600u
#define POSTED	1024u	/* buffers that a queue of a device has to receive into */
#define ATTACKS	8u
#define STEPS	2000u	/* of an attack */
#define KEPT	16u	/* sockets that the test keeps, at most */
#define FDS	512	/* of a process, examined */

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE	71
#endif

static uint8_t buf[2048], got[2048];

static bool has_device_bufs(const char *name, struct nm_info_port *info)
{
	return inspect_port(name, info) && info->flags & NM_INFO_LENT;
}

static bool wait_for_frames(const struct port *p)
{
	struct netmap_ring *r = port_rx(p, 0);
	unsigned int tries;

	for (tries = 0; tries < 500 && !ring_space(r); tries++) {
		port_poll(p, POLLIN, 20);
		rxsync(p);
	}
	return ring_space(r);
}

static void put(struct port *p, uint64_t seq)
{
	frame_make(buf, LEN, FRAME_BROADCAST, 1, 3, seq);
	ring_put(port_tx(p, 0), buf, LEN, 0);
}

/* Whether the next frame is that one; count it if its slot has another buffer than before. */
static bool takes(struct port *p, uint64_t seq, const uint32_t *before, uint32_t *changed)
{
	struct netmap_ring *r = port_rx(p, 0);
	const struct netmap_slot *s = &r->slot[r->head];
	bool right;

	if (!ring_space(r) && !wait_for_frames(p))
		return false;
	*changed += s->flags & NS_BUF_CHANGED && s->buf_idx != before[r->head];
	right = s->len == LEN && frame_is(ring_buf(r, s->buf_idx), LEN, FRAME_BROADCAST, 1, 3, seq);
	ring_release(r, 1);
	return right;
}

static void note_bufs(const struct netmap_ring *r, uint32_t *idx)
{
	uint32_t i;

	for (i = 0; i < r->num_slots; i++)
		idx[i] = r->slot[i].buf_idx;
}

static void test_rounds(struct port *a, struct port *b)
{
	struct netmap_ring *r = port_rx(b, 0);
	const uint32_t all = ROUNDS * r->num_slots;
	uint32_t *before = calloc(r->num_slots, sizeof(*before)), changed = 0, right = 0, n, i;
	uint64_t seq = 0;

	for (; seq < all; seq += n) {
		note_bufs(r, before);
		for (n = 0; n < BATCH && seq + n < all; n++)
			put(a, seq + n);
		txsync(a);
		for (i = 0; i < n; i++)
			right += takes(b, seq + i, before, &changed);
		rxsync(b);
	}
	is_num(right, all, "frames cross, each in its slot as it was sent");
	is_num(changed, all, "in a buffer that was not the slot's before");
	for (n = 0; n < 500 && ring_space(port_tx(a, 0)) < r->num_slots - 1; n++) {
		txsync(a);
		usleep(1000);
	}
	is_num(ring_space(port_tx(a, 0)), r->num_slots - 1, "all slots that were sent come back");
	free(before);
}

/* Frames in several buffers, or in one that the device cannot use, are copied. */
static void test_copies(struct port *a, struct port *b)
{
	struct netmap_ring *r = port_rx(b, 0);
	uint32_t extra = b->nif->ni_bufs_head, own;
	int n;

	frame_make(buf, 1500, FRAME_BROADCAST, 1, 3, 1);
	ring_put_frags(port_tx(a, 0), buf, 1500, 100);
	txsync(a);
	ok(wait_for_frames(b), "a frame of fifteen slots");
	n = ring_take(r, got, sizeof(got));
	ok(n == 1500 && frame_is(got, 1500, FRAME_BROADCAST, 1, 3, 1), "comes as it was sent");
	rxsync(b);
	/* An extra buffer has another one before it: the card would write there. */
	own = r->slot[ring_tail(r)].buf_idx;
	r->slot[ring_tail(r)].buf_idx = extra;
	put(a, 2);
	txsync(a);
	ok(wait_for_frames(b), "a frame for a slot with a buffer of another kind");
	is_num(r->slot[r->head].buf_idx, extra, "is copied there");
	ok(frame_is(ring_buf(r, extra), LEN, FRAME_BROADCAST, 1, 3, 2), "as it was sent");
	r->slot[r->head].buf_idx = own;
	ring_release(r, 1);
	rxsync(b);
}

/* Buffers go round between the rings of both directions. */
static void test_bridge(struct port *a, struct port *b)
{
	uint32_t i, right = 0, changed = 0, n = 4 * port_rx(a, 0)->num_slots;
	uint32_t *none = calloc(port_rx(a, 0)->num_slots, sizeof(*none));

	for (i = 0; i < n; i++) {
		put(a, i);
		txsync(a);
		if (!wait_for_frames(b))
			break;
		ring_move(port_rx(b, 0), port_tx(b, 0));
		txsync(b);
		rxsync(b);
		right += takes(a, i, none, &changed);
		rxsync(a);
	}
	is_num(right, n, "frames that were sent back by exchange of buffers");
	is_num(changed, n, "come in buffers of their own too");
	free(none);
}

/* One buffer in all slots: the card gets it once at most, and no other client is harmed. */
static void test_rubbish(void)
{
	struct netmap_ring *r;
	struct port a, b;
	uint32_t i, n = 0;

	port_must(&a, "v0");
	port_must(&b, "v1", .tx_slots = 256, .rx_slots = 256);
	r = port_rx(&b, 0);
	for (i = 0; i < r->num_slots; i++)
		r->slot[i].buf_idx = r->slot[0].buf_idx + (i % 7 == 6);
	for (i = 0; i < 200; i++)
		put(&a, i);
	txsync(&a);
	for (i = 0; i < 200 && wait_for_frames(&b); i++) {
		n += r->slot[r->head].len == LEN;
		r->slot[r->head].buf_idx = i % 5 ? 3 : 0xffffff;
		ring_release(r, 1);
	}
	is_num(n, 200, "one buffer in many slots: frames come");
	rxsync(&b);
	for (i = 0; i < 1000; i++)
		put(&a, i);
	txsync(&a);
	rxsync(&b);
	port_close(&b);
	port_must(&b, "v1");
	put(&a, 7);
	txsync(&a);
	ok(wait_for_frames(&b), "then others can use it");
	port_close(&b);
	port_close(&a);
}

static bool wait_for_queue(const struct port *p, uint32_t queue)
{
	unsigned int tries;

	for (tries = 0; tries < 500 && !ring_space(port_rx(p, queue)); tries++) {
		port_poll(p, POLLIN, 20);
		rxsync(p);
	}
	return ring_space(port_rx(p, queue));
}

/* Send a frame by each queue. Returns how many of them come in that buffer, exchanged. */
static uint32_t two_frames(struct port *a, struct port *b, uint32_t i, uint32_t shared,
			   uint32_t *right)
{
	uint32_t q, n = 0;

	for (q = 0; q < 2; q++) {
		frame_make(buf, LEN, FRAME_BROADCAST, 1, q, i);
		ring_put(port_tx(a, q), buf, LEN, 0);
	}
	txsync(a);
	for (q = 0; q < 2 && wait_for_queue(b, q); q++) {
		struct netmap_ring *r = port_rx(b, q);
		struct netmap_slot *s = &r->slot[r->head];

		*right += s->len == LEN && frame_is(ring_buf(r, s->buf_idx), LEN, FRAME_BROADCAST,
						    1, q, i);
		n += s->flags & NS_BUF_CHANGED && s->buf_idx == shared;
		/* It was copied there. Do not offer it to the device again. */
		if (i == 0 && s->buf_idx == shared)
			s->buf_idx = b->nif->ni_bufs_head;
		ring_release(r, 1);
	}
	rxsync(b);
	return n;
}

/*
 * One buffer in a slot of each of two queues. The device gets it in one of them, and uses it after
 * those that it had at first; if it had it in both, two frames would come in it.
 */
static void test_two_queues(void)
{
	uint32_t i, shared, n = 0, right = 0;
	struct nm_info_port info;
	struct port a, b;

	if (link_veth_queues("w0", "w1", 2)) {
		skip("no veth with queues here", "one buffer in two queues");
		return;
	}
	port_must(&a, "w0");
	port_must(&b, "w1", .extra = 1);
	if (!has_device_bufs("w1", &info) || b.reg.nr_rx_rings != 2)
		give_up("w1 has no device buffers in two queues");
	shared = port_rx(&b, 0)->slot[0].buf_idx;
	port_rx(&b, 1)->slot[0].buf_idx = shared;
	for (i = 0; i < POSTED + BATCH; i++)
		n += two_frames(&a, &b, i, shared, &right);
	is_num(right, 2 * (POSTED + BATCH), "one buffer in two queues' slots: frames come");
	is_num(n, 1, "and the device got it in one queue only");
	port_close(&a);
	port_close(&b);
	link_delete("w0");
}

static uint32_t bufs_used(void)
{
	struct nm_info_region info;

	return inspect_region(1, &info) ? info.bufs.used : 0;
}

/* The kernel releases them in the background. */
static uint32_t bufs_settled(uint32_t wanted)
{
	unsigned int tries;

	for (tries = 0; tries < 500 && bufs_used() != wanted; tries++)
		sleep_ms(20);
	return bufs_used();
}

/* ---- rubbish, by a client that closes in the middle ----------------------------------- */

static void write_rubbish(struct netmap_ring *r, struct rng *rnd)
{
	struct netmap_slot *s = &r->slot[rng_below(rnd, r->num_slots)];

	s->buf_idx = rng_below(rnd, 8) ? rng_below(rnd, 20000) : (uint32_t)rng_next(rnd);
	if (!rng_below(rnd, 8))
		s->len = (uint16_t)rng_next(rnd);
	if (!rng_below(rnd, 8))
		s->flags = (uint16_t)rng_next(rnd);
}

static void go_on(struct netmap_ring *r, struct rng *rnd)
{
	uint32_t n = ring_space(r);

	if (n < r->num_slots)
		ring_release(r, rng_below(rnd, n + 1));
	if (!rng_below(rnd, 200))
		r->head = (uint32_t)rng_next(rnd);
}

static int attack(void *arg)
{
	struct rng *rnd = arg;
	struct port p;
	uint32_t i, n = 1 + rng_below(rnd, STEPS);

	if (port_open(&p, "v1"))
		return 1;
	for (i = 0; i < n; i++) {
		write_rubbish(port_rx(&p, 0), rnd);
		write_rubbish(port_tx(&p, 0), rnd);
		go_on(port_rx(&p, 0), rnd);
		go_on(port_tx(&p, 0), rnd);
		rxsync(&p);
		txsync(&p);
	}
	return 0;
}

static bool is_running(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && !info.si_pid;
}

static void test_attacks(void)
{
	struct rng rnd = { opt.seed };
	uint32_t i, bad = 0, none = 0;
	uint32_t *before = calloc(65536, sizeof(*before));
	struct port a, b;
	pid_t pid;

	diag("seed %llu", (unsigned long long)opt.seed);
	port_must(&a, "v0");
	for (i = 0; i < ATTACKS; i++) {
		rng_next(&rnd);
		pid = child_start(attack, &rnd);
		while (is_running(pid)) {
			port_drain(&a);
			put(&a, i);
			txsync(&a);
		}
		bad += child_wait(pid) != 0;
	}
	is_num(bad, 0, "attacks came to their end");
	port_close(&a);
	port_must(&a, "v0");
	port_must(&b, "v1");
	put(&a, 99);
	txsync(&a);
	ok(takes(&b, 99, before, &none), "then others can use it");
	port_close(&a);
	port_close(&b);
	free(before);
}

/* ---- what the kernel still has ------------------------------------------------------- */

/* An AF_XDP socket in this namespace. */
static bool is_xdp_here(int fd)
{
	uint64_t here = 1, there = 2;
	socklen_t size = sizeof(int), cookie = sizeof(here);
	int domain = 0, own = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	getsockopt(own, SOL_SOCKET, SO_NETNS_COOKIE, &here, &cookie);
	getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &there, &cookie);
	close(own);
	return domain == AF_XDP && here == there;
}

/* Get those of a process; NULL: only count them. */
static uint32_t sockets_of(pid_t pid, int *held)
{
	int proc = pidfd_open(pid, 0), i, fd;
	uint32_t n = 0;
	bool is_one;

	for (i = 0; proc >= 0 && i < FDS; i++) {
		fd = pidfd_getfd(proc, i, 0);
		if (fd < 0)
			continue;
		is_one = is_xdp_here(fd);
		if (is_one && held && n < KEPT)
			held[n] = fd;
		else
			close(fd);
		n += is_one;
	}
	if (proc >= 0)
		close(proc);
	return n;
}

static bool is_netmapd(const char *pid)
{
	char path[300], comm[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		*comm = '\0';
	fclose(f);
	return !strncmp(comm, "netmapd", 7);
}

static uint32_t sockets(int *held)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	uint32_t n = 0;

	while (d && (e = readdir(d)))
		if (is_netmapd(e->d_name))
			n += sockets_of(atoi(e->d_name), held ? held + n : NULL);
	if (d)
		closedir(d);
	return n;
}

/* While the kernel has the socket, the card may write: here until the test closes its copy. */
static void test_held(uint32_t used)
{
	int held[2 * KEPT];
	uint32_t n, i;
	struct port p;

	port_must(&p, "v0");
	n = sockets(held);
	is_num(n, 1, "a socket of AF_XDP that we hold on to");
	port_close(&p);
	for (i = 0; i < 500 && sockets(NULL); i++)
		sleep_ms(20);
	is_num(sockets(NULL), 0, "netmapd has closed it");
	sleep_ms(200);
	ok(bufs_used() > used, "device buffers are not freed while the kernel has them");
	is_err(port_open(&p, "v0"), 0,
	       "opening the device again does not wait for that without end");
	port_close(&p);
	for (i = 0; i < n; i++)
		close(held[i]);
	is_num(bufs_settled(used), used, "but then");
}

static void run(int64_t alive)
{
	struct port keep, b, c;
	uint32_t used;

	inspect_settled(alive);
	port_must(&keep, "lendnull", .mode = NR_REG_NULL);
	used = bufs_used();
	port_must(&b, "v0");
	port_must(&c, "v1", .extra = 1);
	test_rounds(&b, &c);
	test_copies(&b, &c);
	test_bridge(&b, &c);
	port_close(&b);
	port_close(&c);
	is_num(bufs_settled(used), used, "every buffer came back");
	test_held(used);
	test_rubbish();
	test_two_queues();
	test_attacks();
	port_close(&keep);
	is_num(inspect_settled(alive), alive, "nothing is left");
}

int main(int argc, char **argv)
{
	struct nm_info_port info;
	struct port p;
	int64_t alive;
	bool has_bufs;

	test_start(argc, argv);
	if (!dev_is_process()) {
		skip("netmapd only", "device buffers");
		return test_done();
	}
	ns_enter_new();
	alive = inspect_alive_alone();
	link_pair("v0", "v1");
	port_must(&p, "v0");
	has_bufs = has_device_bufs("v0", &info);
	port_close(&p);
	if (has_bufs)
		run(alive);
	else
		skip("no card with device buffers: setting xdp=2", "device buffers");
	return test_done();
}
