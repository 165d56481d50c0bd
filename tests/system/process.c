/* SPDX-License-Identifier: BSD-2-Clause */
/* Fork, passed and duplicated fds, closing under a thread, namespaces, permissions, kill. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "port.h"

static struct port a, b;
static char buf[4096];

static bool goes(struct port *from, struct port *to, uint64_t seq)
{
	int n;

	port_drain(to);
	frame_make(buf, 99, FRAME_BROADCAST, 1, 1, seq);
	if (port_send(from, buf, 99))
		return false;
	n = port_recv(to, buf, sizeof(buf));
	return n == 99 && frame_is(buf, n, FRAME_BROADCAST, 1, 1, seq);
}

static bool exists(const char *name)
{
	struct nm_info_port p;

	return inspect_port(name, &p);
}

static int forked(void *arg)
{
	(void)arg;
	return goes(&a, &b, 11) ? 0 : 1;
}

static void test_fork(void)
{
	port_must(&a, "vale101:a");
	port_must(&b, "vale101:b");
	is_num(child_wait(child_start(forked, NULL)), 0, "fork: the child uses the fd and the map");
	ok(goes(&a, &b, 12), "fork: the parent goes on where the child stopped");
	ok(exists("vale101:a"), "fork: the port stays after the child's exit");
	port_close(&a);
	port_close(&b);
	ok(!exists("vale101:a"), "fork: it goes with the last close");
}

static int holds(void *arg)
{
	(void)arg;
	pause();
	return 0;
}

static void test_fork_holds(void)
{
	pid_t pid;

	port_must(&a, "vale101:a");
	pid = child_start(holds, NULL);
	port_close(&a);
	ok(exists("vale101:a"), "a child holds the fd: the port stays");
	child_kill(pid);
	ok(!exists("vale101:a"), "the child is killed: the port goes");
}

static int sock[2];

static int passed(void *arg)
{
	struct port p = { .reg = *(struct nmreq_register *)arg };

	close(sock[0]);
	p.fd = fd_recv(sock[1]);
	if (p.fd < 0 || port_map(&p))
		return 1;
	frame_make(buf, 99, FRAME_BROADCAST, 1, 1, 21);
	return port_send(&p, buf, 99) ? 2 : 0;
}

static void test_passing(void)
{
	static struct nmreq_register reg;
	unsigned int tries;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		give_up("socketpair");
	port_must(&b, "vale101:b");
	pid = child_start(passed, &reg);
	child_kill(pid);
	port_must(&a, "vale101:a");
	reg = a.reg;
	fcntl(a.fd, F_SETFD, FD_CLOEXEC);
	pid = child_start(passed, &reg);
	is_num(fd_send(sock[0], a.fd), 0, "an fd passed by SCM_RIGHTS");
	is_num(child_wait(pid), 0, "the receiver maps it and sends");
	is_num(port_recv(&b, buf, sizeof(buf)), 99, "its frame arrives");
	fd_send(sock[0], a.fd);
	port_close(&a);
	ok(exists("vale101:a"), "an fd in flight in a socket keeps the port");
	close(sock[0]);
	close(sock[1]);
	for (tries = 0; tries < 1000 && exists("vale101:a"); tries++)
		usleep(20000);
	ok(!exists("vale101:a"), "the socket is closed: the port goes");
	port_close(&b);
}

static void test_dup(void)
{
	struct port d;

	port_must(&a, "vale101:a");
	port_must(&b, "vale101:b");
	d = a;
	d.fd = dup(a.fd);
	close(a.fd);
	ok(goes(&d, &b, 31), "dup: works after the first was closed");
	is_err(ctrl(d.fd, NETMAP_REQ_REGISTER, "vale101:x", &d.reg), -EBUSY,
	       "dup: is bound as the first was");
	port_close(&d);
	ok(!exists("vale101:a"), "dup: the port goes with the second");
	port_close(&b);
}

/* ---- closing under a thread ---------------------------------------------------------- */

static volatile bool stop;

static void *poller(void *arg)
{
	struct port *p = arg;

	port_poll(p, POLLIN, 3000);
	return NULL;
}

static void *syncer(void *arg)
{
	struct port *p = arg;

	while (!stop) {
		txsync(p);
		rxsync(p);
		port_poll(p, POLLIN | POLLOUT, 0);
	}
	return NULL;
}

static void test_close_in_poll(void)
{
	struct port p;
	pthread_t t;

	port_must(&b, "vale101:b");
	port_must(&a, "vale101:a");
	p = a;
	pthread_create(&t, NULL, poller, &p);
	usleep(100000);
	close(a.fd);
	a.fd = -1;
	frame_make(buf, 99, FRAME_BROADCAST, 1, 1, 41);
	is_err(port_send(&b, buf, 99), 0, "fd closed while a thread polls it: the peer sends");
	pthread_join(t, NULL);
	port_close(&a);
	ok(!exists("vale101:a"),
	   "fd closed while a thread polled it: the port goes when the poll ends");
	port_close(&b);
}

static void test_close_in_sync(void)
{
	unsigned int i;
	pthread_t t;
	struct port p;

	for (i = 0; i < 40; i++) {
		if (port_open(&a, i % 2 ? "vale101:a" : "cis{1"))
			break;
		p = a;
		stop = false;
		pthread_create(&t, NULL, syncer, &p);
		usleep(500);
		close(a.fd);
		a.fd = -1;
		usleep(100);
		stop = true;
		pthread_join(t, NULL);
		port_close(&a);
	}
	is_num(i, 40, "fd closed in the middle of syncs, 40 times");
	for (i = 0; i < 40; i++) {
		port_must(&a, "vale101:a");
		p = a;
		stop = false;
		pthread_create(&t, NULL, syncer, &p);
		usleep(300);
		munmap(a.mem, a.reg.nr_memsize);
		a.mem = NULL;
		usleep(300);
		stop = true;
		pthread_join(t, NULL);
		port_close(&a);
	}
	is_num(i, 40, "unmapped in the middle of syncs, 40 times");
	ok(!exists("vale101:a") && !exists("cis{1"), "nothing is left of them");
}

/* ---- kill ----------------------------------------------------------------------------- */

static int victim(void *arg)
{
	struct port p, q, e;

	(void)arg;
	port_must(&p, "vale101:v");
	port_must(&q, "victim{1", .extra = 100);
	port_must(&e, "vale101:v{3");
	stop = false;
	syncer(&p);
	return 0;
}

static void test_kill(void)
{
	int64_t before = inspect_alive();
	struct rng r = { opt.seed };
	unsigned int i;

	for (i = 0; i < 30; i++) {
		pid_t pid = child_start(victim, NULL);

		usleep(rng_below(&r, 30000));
		child_kill(pid);
	}
	ok(!exists("vale101:v") && !exists("victim{1"), "SIGKILL at random points: the ports go");
	is_num(inspect_alive(), before, "SIGKILL at random points: every object is released");
}

/* ---- namespaces ---------------------------------------------------------------------- */

static int other_ns(void *arg)
{
	struct port p;

	(void)arg;
	if (unshare(CLONE_NEWNET))
		return 77;
	if (exists("vale101:a"))
		return 2;
	if (port_open(&p, "vale101:a", .tx_rings = 2))
		return 3;
	if (p.nif->ni_tx_rings != 2)
		return 4;
	frame_make(buf, 99, FRAME_BROADCAST, 1, 1, 51);
	if (port_send(&p, buf, 99))
		return 5;
	port_close(&p);
	if (port_open(&p, "nspipe}1"))
		return 6;
	port_close(&p);
	return 0;
}

static int keeps_ns(void *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWNET))
		return 77;
	/* The fd was opened before: its names are of the namespace it was opened in. */
	a.reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	if (ctrl(a.fd, NETMAP_REQ_REGISTER, "vale101:late", &a.reg) || port_map(&a))
		return 2;
	frame_make(buf, 99, FRAME_BROADCAST, 1, 1, 52);
	return port_send(&a, buf, 99) ? 3 : 0;
}

static void test_namespaces(void)
{
	struct port q;
	int st;

	port_must(&a, "vale101:a");
	port_must(&b, "vale101:b");
	port_must(&q, "nspipe{1");
	frame_make(buf, 99, 1, 1, 1, 50);
	port_send(&q, buf, 99);
	st = child_wait(child_start(other_ns, NULL));
	if (st == 77) {
		skip("no network namespaces", "the same name in two namespaces");
	} else {
		is_num(st, 0, "the same name in two namespaces: two ports");
		is_num(port_recv(&b, buf, sizeof(buf)), -EAGAIN, "two namespaces: two switches");
		is_num(a.nif->ni_tx_rings, 1, "two namespaces: the first port is as it was");
	}
	port_close(&q);
	port_close(&a);
	a.fd = dev_open();
	st = child_wait(child_start(keeps_ns, NULL));
	if (st == 77)
		skip("no network namespaces", "names are of the opener's namespace");
	else
		is_num(st, 0, "names are of the namespace in which the fd was opened");
	if (st == 0)
		is_num(port_recv(&b, buf, sizeof(buf)), 99,
		   "its frames come to that namespace's switch");
	port_close(&a);
	port_close(&b);
}

/* ---- permissions ---------------------------------------------------------------------- */

static int unprivileged(void *arg)
{
	(void)arg;
	if (setgid(65534) || setuid(65534))
		return 77;
	return open(opt.device, O_RDWR) < 0 ? 0 : 1;
}

static int member(void *arg)
{
	struct port p;
	int fd = *(int *)arg;

	if (setgid(65534) || setuid(65534))
		return 77;
	p.fd = fd;
	p.reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	if (ctrl(fd, NETMAP_REQ_REGISTER, "vale101:perm", &p.reg))
		return 1;
	return port_map(&p) ? 2 : 0;
}

static void test_permissions(void)
{
	struct stat st;
	int fd;

	stat(opt.device, &st);
	if (st.st_mode & 0006)
		skip("the device is open to all", "others are refused");
	else
		is_num(child_wait(child_start(unprivileged, NULL)), 0,
		   "a process without permission is refused");
	fd = dev_open();
	is_num(child_wait(child_start(member, &fd)), 0, "who has an fd needs no other privilege");
	close(fd);
	fd = open(opt.device, O_RDONLY);
	if (fd >= 0) {
		struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
		void *m = MAP_FAILED;

		if (!ctrl(fd, NETMAP_REQ_REGISTER, "vale101:ro", &reg))
			m = mmap(NULL, reg.nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ok(m == MAP_FAILED, "opened for reading only: no writable map");
		close(fd);
	}
}

static void test_open_many(void)
{
	unsigned int i, n = opt.rounds / 10;

	for (i = 0; i < n; i++) {
		if (port_open(&a, i % 3 ? "vale101:many" : "many{1", .tx_slots = 64,
			      .rx_slots = 64))
			break;
		port_close(&a);
	}
	is_num(i, n, "opened, bound, mapped and closed %u times", n);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_fork();
	test_fork_holds();
	test_passing();
	test_dup();
	test_close_in_poll();
	test_close_in_sync();
	test_kill();
	test_namespaces();
	test_permissions();
	test_open_many();
	return test_done();
}
