/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose memory NS_INDIRECT slots can send: that of the process that registered, when it syncs. Here
 * another process syncs: a child, a program that the process executes, one that has its id later.
 * The program executes itself, also set-user-ID, to be that other process: see victim_main().
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <net/netmap_doorbell.h>

#include "child.h"
#include "csb.h"
#include "frame.h"
#include "port.h"

#define USER	4242u			/* without privileges */
#define LEN	200u
#define SECRET_AT	((char *)0x200000000000)	/* in every victim */
#define STALE_PID	"/proc/sys/kernel/ns_last_pid"

static struct port sender, receiver;
static char data[LEN], got[4096];
static char victim[64];		/* path of the set-user-ID program */
static int sock[2];

/* ---- slots ---------------------------------------------------------------------------- */

static void put(const struct port *p, const void *at)
{
	struct netmap_ring *r = port_tx(p, 0);
	struct netmap_slot *s = &r->slot[r->head];

	s->ptr = (uintptr_t)at;
	s->len = LEN;
	s->flags = NS_INDIRECT;
	ring_release(r, 1);
}

static void ports_open(void)
{
	port_must(&sender, "vale102:a");
	port_must(&receiver, "vale102:b");
	frame_make(data, LEN, FRAME_BROADCAST, 1, 1, 7);
}

static void ports_close(void)
{
	port_close(&sender);
	port_close(&receiver);
}

static void nothing_arrives(const char *what)
{
	is_num(port_drain(&receiver), 0, "%s: nothing arrives", what);
}

/* The process that registered is served as ever. */
static void works(const char *what)
{
	put(&sender, data);
	is_err(txsync(&sender), 0, "%s: the process itself syncs", what);
	is_num(port_recv(&receiver, got, sizeof(got)), LEN, "%s: its frame arrives", what);
	ok(frame_is(got, LEN, FRAME_BROADCAST, 1, 1, 7), "%s: with its bytes", what);
}

/* ---- children ------------------------------------------------------------------------- */

/* Exit statuses of a process that ought to be refused. */
enum { REFUSED, NOT_REFUSED, NO_REASON, NOT_RESET };

static int sync_status(const struct port *p)
{
	if (txsync(p) != -EIO)
		return NOT_REFUSED;
	if (!has_reason(p->fd, "memory of another process"))
		return NO_REASON;
	return port_tx(p, 0)->head == port_tx(p, 0)->cur ? REFUSED : NOT_RESET;
}

static int child_syncs(void *arg)
{
	const unsigned int *user = arg;

	if (user && (setgid(*user) || setuid(*user)))
		return 9;
	put(&sender, data);
	return sync_status(&sender);
}

static int child_polls(void *arg)
{
	(void)arg;
	put(&sender, data);
	if (!(port_poll(&sender, POLLOUT, 1000) & POLLERR))
		return NOT_REFUSED;
	return has_reason(sender.fd, "memory of another process") ? REFUSED : NO_REASON;
}

static void test_child(void)
{
	static unsigned int user = USER;

	ports_open();
	is_num(child_wait(child_start(child_syncs, NULL)), REFUSED, "a child syncs: refused");
	nothing_arrives("a child syncs");
	works("after it");
	is_num(child_wait(child_start(child_polls, NULL)), REFUSED, "a child polls: refused");
	nothing_arrives("a child polls");
	is_num(child_wait(child_start(child_syncs, &user)), REFUSED,
	       "an unprivileged child of a privileged process: refused");
	nothing_arrives("an unprivileged child");
	works("after them");
	ports_close();
}

/* A child may register, and then it alone sends its memory. */
static int child_registers(void *arg)
{
	struct port p;

	(void)arg;
	if (port_open(&p, "vale102:c"))
		return 1;
	put(&p, data);
	return txsync(&p) ? 2 : 0;
}

static void test_child_registers(void)
{
	ports_open();
	is_num(child_wait(child_start(child_registers, NULL)), 0, "a child registers and syncs");
	is_num(port_recv(&receiver, got, sizeof(got)), LEN, "its frame arrives");
	ports_close();
}

/* ---- loops ---------------------------------------------------------------------------- */

static int child_loops(void *arg)
{
	struct csb *c = arg;

	if (csb_loop(c) != -EIO)
		return NOT_REFUSED;
	return has_reason(c->port.fd, "memory of another process") ? REFUSED : NO_REASON;
}

static void loop_put(struct csb *c)
{
	struct netmap_slot *s = &port_tx(&c->port, 0)->slot[c->atok[0].head];

	s->ptr = (uintptr_t)data;
	s->len = LEN;
	s->flags = NS_INDIRECT;
	c->atok[0].cur = c->atok[0].head + 1;
	__atomic_store_n(&c->atok[0].head, c->atok[0].cur, __ATOMIC_RELEASE);
}

static void test_loop(void)
{
	unsigned int i, good = 0;
	struct csb c;

	port_must(&receiver, "vale102:b");
	csb_open(&c, "vale102:k", &csb_modes[1], 0);
	csb_start(&c);
	for (i = 0; i < 10; i++) {
		frame_make(data, LEN, FRAME_BROADCAST, 1, 1, i);
		loop_put(&c);
		port_poll(&receiver, POLLIN, 5000);
		good += port_recv(&receiver, got, sizeof(got)) == LEN &&
			frame_is(got, LEN, FRAME_BROADCAST, 1, 1, i);
	}
	is_num(good, 10, "a loop sends the data as it is then, each time from the same address");
	is_err(csb_stop(&c), 0, "the loop ends");
	loop_put(&c);
	is_num(child_wait(child_start(child_loops, &c)), REFUSED, "a child runs the loop: refused");
	nothing_arrives("a child runs the loop");
	csb_close(&c);
	port_close(&receiver);
}

/* ---- the kernel's threads ------------------------------------------------------------- */

/*
 * Aio polls again when it is woken, in a thread of the kernel, which is in no memory space. It must
 * not read that of the process that ran before it on the CPU.
 */
static void test_aio(void)
{
	struct iocb cb = { .aio_lio_opcode = IOCB_CMD_POLL, .aio_buf = POLLIN }, *list = &cb;
	struct timespec timeout = { .tv_sec = 10 };
	struct io_event event = { 0 };
	aio_context_t ctx = 0;

	ports_open();
	cb.aio_fildes = (uint32_t)sender.fd;
	if (syscall(SYS_io_setup, 1, &ctx)) {
		skip("no aio in this kernel", "aio polls again");
		ports_close();
		return;
	}
	is_num(syscall(SYS_io_submit, ctx, 1, &list), 1, "aio polls");
	put(&sender, data);
	is_err(port_send(&receiver, data, LEN), 0, "a frame wakes it");
	is_num(syscall(SYS_io_getevents, ctx, 1, 1, &event, &timeout), 1, "it polls again");
	ok(event.res & (POLLIN | POLLERR), "and something is ready");
	nothing_arrives("aio polls");
	syscall(SYS_io_destroy, ctx);
	ports_close();
}

/* ---- a sync that no process requests ------------------------------------------------- */

/* For netmapd in busy mode, which syncs rings by itself. */
static void test_unasked(void)
{
	ports_open();
	put(&sender, data);
	sleep_ms(50);
	nothing_arrives("without a sync");
	is_err(txsync(&sender), 0, "a sync");
	is_num(port_recv(&receiver, got, sizeof(got)), LEN, "sends it");
	ports_close();
}

/* ---- other programs ------------------------------------------------------------------- */

/*
 * The other program: it has a secret, and a descriptor of a port that another program registered.
 * Arguments: what to do, the descriptor, a pipe to say whose the secret is: root's, a user's.
 */
static int victim_main(char **argv)
{
	const int fd = atoi(argv[3]), ready = atoi(argv[4]);
	struct port p = { .fd = fd };
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	unsigned int i;
	uint64_t now;
	const char user = geteuid() ? 'u' : 'r';

	if (mmap(SECRET_AT, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != SECRET_AT)
		return 10;
	memset(SECRET_AT, 's', 4096);
	memset(SECRET_AT, 0xff, 6);	/* a frame to all */
	if (ready >= 0 && write(ready, &user, 1) != 1)
		return 11;
	switch (argv[2][0]) {
	case 's':
		return txsync(&p) == -EIO ? REFUSED : NOT_REFUSED;
	case 'p':
		return poll(&pfd, 1, 1000) == 1 && pfd.revents & POLLERR ? REFUSED : NOT_REFUSED;
	case 't':
		now = now_ns();
		if (write(ready, &now, sizeof(now)) != sizeof(now))
			return 11;
		sleep_ms(800);
		/* A reply to the old program's request would be written there. */
		for (i = 6; i < 4096 && SECRET_AT[i] == 's'; i++)
			;
		return i == 4096 ? 0 : 1;
	default:
		pause();
		return 0;
	}
}

static void victim_run(const char *path, const char *what, int fd, int ready)
{
	char number[2][12];

	fcntl(fd, F_SETFD, 0);
	snprintf(number[0], sizeof(number[0]), "%d", fd);
	snprintf(number[1], sizeof(number[1]), "%d", ready);
	execl(path, path, "--victim", what, number[0], number[1], NULL);
	_exit(12);
}

/* Make a set-user-ID copy of this program. */
static bool victim_make(void)
{
	char buf[65536];
	ssize_t n;
	int in = open("/proc/self/exe", O_RDONLY), out;

	snprintf(victim, sizeof(victim), "/tmp/victim-%d", (int)getpid());
	out = open(victim, O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (in < 0 || out < 0)
		return false;
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			return false;
	n = fchmod(out, 04755);
	close(in);
	close(out);
	return n == 0;
}

/*
 * Become a user without privileges, who may open the device and can trace the process, as one that
 * never had privileges.
 */
static bool become_user(void)
{
	struct stat st;

	return !stat(opt.device, &st) && !setgid(st.st_gid) && !setuid(USER) &&
	       !prctl(PR_SET_DUMPABLE, 1);
}

struct execution {
	const char *path, *what;
};

/* Register, leave a slot, become another program, which syncs. */
static int executes(void *arg)
{
	const struct execution *e = arg;
	struct port p;

	if (!become_user() || port_open(&p, "vale102:e"))
		return 8;
	put(&p, SECRET_AT);
	victim_run(e->path, e->what, p.fd, -1);
	return 13;
}

static void test_exec(void)
{
	const struct execution how[] = {
		{ victim, "sync" }, { victim, "poll" }, { "/proc/self/exe", "sync" },
		{ "/proc/self/exe", "poll" },
	};
	unsigned int i;

	port_must(&receiver, "vale102:b");
	for (i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		const char *kind = how[i].path == victim ? "a set-user-ID program" : "a program";

		is_num(child_wait(child_start(executes, (void *)(uintptr_t)&how[i])), REFUSED,
		       "%s %ss an inherited descriptor: refused", kind, how[i].what);
		nothing_arrives(kind);
	}
	port_close(&receiver);
}

/* ---- a program executed during a request ----------------------------------------------- */

/* A request of another thread, whose body is a page that does not come until later. */
static void *asks(void *arg)
{
	ctrl(*(int *)arg, NETMAP_REQ_PORT_INFO_GET, "vale102:b", SECRET_AT);
	return NULL;
}

static int absent_page_make(char *at)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .range = { (uintptr_t)at, 4096 },
				       .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    mmap(at, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		return -1;
	return fd;
}

/* In shared memory. */
struct in_request {
	int begins;		/* a pipe for the time when the new program begins */
	uint32_t is_asked;	/* the request waits for the page */
};

static int executes_in_request(void *arg)
{
	const struct in_request *r = arg;
	int page = absent_page_make(SECRET_AT), fd = dev_open();
	pthread_t thread;

	if (page < 0 || fd_send(sock[1], page))
		return 8;
	if (pthread_create(&thread, NULL, asks, &fd))
		return 7;
	while (!__atomic_load_n(&r->is_asked, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	victim_run("/proc/self/exe", "time", fd, r->begins);
	return 13;
}

/* Bring the page in once a thread waits for it, and a while has passed. */
static void page_serve(int fd, struct in_request *r)
{
	static char zeros[4096];
	struct uffd_msg msg;
	struct uffdio_copy copy = { .dst = (uintptr_t)SECRET_AT, .src = (uintptr_t)zeros,
				    .len = sizeof(zeros) };

	if (read(fd, &msg, sizeof(msg)) != sizeof(msg))
		return;
	__atomic_store_n(&r->is_asked, 1, __ATOMIC_RELEASE);
	sleep_ms(400);
	ioctl(fd, UFFDIO_COPY, &copy);
}

/*
 * netmapd names a process by the thread that waits for the request, and must not find the new
 * program by it, although it serves the request until the page is there.
 */
static void test_exec_in_request(void)
{
	struct in_request *r = shared_alloc(sizeof(*r));
	uint64_t begun = 0;
	int begins[2], page;
	char user;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock) || pipe(begins))
		give_up("socketpair");
	r->begins = begins[1];
	pid = child_start(executes_in_request, r);
	close(sock[1]);
	close(begins[1]);
	page = fd_recv(sock[0]);
	if (page < 0) {
		skip("no userfaultfd in this kernel", "a program is executed during a request");
		child_kill(pid);
	} else {
		page_serve(page, r);
		ok(read(begins[0], &user, 1) == 1 &&
		   read(begins[0], &begun, sizeof(begun)) == sizeof(begun),
		   "a program is executed during a request");
		is_num(child_wait(pid), 0, "the reply is not written to its memory");
		close(page);
	}
	close(sock[0]);
	close(begins[0]);
}

/* ---- files of another user ------------------------------------------------------------- */

/* Register with a file that a privileged process opened. */
static int registers_file_of(void *arg)
{
	const int *fd = arg;
	struct port p = { .fd = *fd, .reg = { .nr_mode = NR_REG_ALL_NIC } };

	if (!become_user() || ctrl(p.fd, NETMAP_REQ_REGISTER, "vale102:f", &p.reg) || port_map(&p))
		return 8;
	put(&p, data);
	if (txsync(&p) != -EIO)
		return NOT_REFUSED;
	return has_reason(p.fd, "memory that other users can join") ? REFUSED : NO_REASON;
}

static void test_other_user(void)
{
	int fd = dev_open();

	port_must(&receiver, "vale102:b");
	is_num(child_wait(child_start(registers_file_of, &fd)), REFUSED,
	       "a file that another user opened: refused");
	nothing_arrives("a file that another user opened");
	port_close(&receiver);
	close(fd);
}

/* ---- an id that is used again --------------------------------------------------------- */

static int registers_and_passes(void *arg)
{
	struct nmreq_register *reg = arg;
	struct port p;

	if (port_open(&p, "vale102:r"))
		return 1;
	*reg = p.reg;
	fd_send(sock[1], p.fd);
	pause();
	return 0;
}

static bool pid_next(pid_t pid)
{
	FILE *f = fopen(STALE_PID, "w");

	if (!f)
		return false;
	fprintf(f, "%d", (int)pid - 1);
	return fclose(f) == 0;
}

/* The arguments of the process that has the id later. */
static pid_t wanted_pid;

static int has_the_id(void *arg)
{
	const struct port *p = arg;

	if (getpid() != wanted_pid)
		return 99;
	put(p, data);
	return sync_status(p);
}

static void test_pid(void)
{
	struct nmreq_register *reg = shared_alloc(sizeof(*reg));
	struct port p = { .fd = -1 };
	unsigned int tries;
	int status = 99;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		give_up("socketpair");
	port_must(&receiver, "vale102:b");
	wanted_pid = child_start(registers_and_passes, reg);
	p.fd = fd_recv(sock[0]);
	p.reg = *reg;
	is_err(port_map(&p), 0, "a process registers and passes its descriptor");
	child_kill(wanted_pid);
	for (tries = 0; tries < 50 && status == 99 && pid_next(wanted_pid); tries++)
		status = child_wait(child_start(has_the_id, &p));
	if (status == 99)
		skip("no process got its id", "another process has its id");
	else
		is_num(status, REFUSED, "another process has its id: refused");
	nothing_arrives("another process has its id");
	port_close(&p);
	port_close(&receiver);
	close(sock[0]);
	close(sock[1]);
}

/* ---- doorbells ------------------------------------------------------------------------ */

static struct nm_doorbell *bell_map(const struct port *p)
{
	struct nmreq_doorbell body = { 0 };
	void *m;

	if (ctrl(p->fd, NETMAP_REQ_DOORBELL, "", &body))
		return NULL;
	m = mmap(NULL, body.size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, (off_t)body.offset);
	return m == MAP_FAILED ? NULL : m;
}

/* Ring for a tx sync. Returns its result. */
static int bell_ring(struct nm_doorbell *b)
{
	const uint32_t number = (b->request >> NM_DOORBELL_SHIFT) + 1;
	const uint32_t request = number << NM_DOORBELL_SHIFT | NM_DOORBELL_TX;
	unsigned int i;

	__atomic_store_n(&b->request, request, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &b->request, FUTEX_WAKE, 1, NULL, NULL, 0);
	for (i = 0; i < 50000; i++) {
		if (__atomic_load_n(&b->done, __ATOMIC_SEQ_CST) == request)
			return b->result;
		usleep(100);
	}
	return -ETIMEDOUT;
}

static int child_opens_bell(void *arg)
{
	struct nm_doorbell *b = bell_map(&sender);

	(void)arg;
	if (!b)
		return 8;
	put(&sender, data);
	return bell_ring(b) == -EIO ? REFUSED : NOT_REFUSED;
}

static void test_bell(void)
{
	struct nm_doorbell *b;

	ports_open();
	is_num(child_wait(child_start(child_opens_bell, NULL)), REFUSED,
	       "a doorbell of another process: refused");
	nothing_arrives("a doorbell of another process");
	works("beside it");
	ports_close();
	ports_open();
	b = bell_map(&sender);
	put(&sender, data);
	is_err(b ? bell_ring(b) : -ENXIO, 0, "a doorbell of the process that registered");
	is_num(port_recv(&receiver, got, sizeof(got)), LEN, "sends its frame");
	if (b)
		munmap(b, 4096);
	ports_close();
}

/* Results of the child that rings; in shared memory. */
struct rings {
	uint32_t has_rung;
	int result;
};

/* Register, open a doorbell, leave a child that rings it, become another program. */
static int executes_with_bell(void *arg)
{
	struct rings *r = arg;
	struct nm_doorbell *b;
	struct port p;
	char byte;
	int ready[2];

	if (!become_user() || port_open(&p, "vale102:e") || pipe(ready))
		return 8;
	b = bell_map(&p);
	if (!b)
		return 7;
	if (fork())
		victim_run(victim, "wait", p.fd, ready[1]);
	prctl(PR_SET_PDEATHSIG, 0);
	if (read(ready[0], &byte, 1) == 1 && byte == 'r') {
		put(&p, SECRET_AT);
		r->result = bell_ring(b);
		__atomic_store_n(&r->has_rung, 1, __ATOMIC_SEQ_CST);
	}
	_exit(0);
}

static void test_bell_exec(void)
{
	struct rings *r = shared_alloc(sizeof(*r));
	unsigned int i;
	pid_t pid;

	port_must(&receiver, "vale102:b");
	pid = child_start(executes_with_bell, r);
	for (i = 0; i < 10000 && !__atomic_load_n(&r->has_rung, __ATOMIC_SEQ_CST); i++)
		usleep(1000);
	ok(r->has_rung, "a process with a doorbell has become a set-user-ID program");
	is_err(r->result, -EIO, "its slot is refused");
	nothing_arrives("a doorbell whose process is another program");
	child_kill(pid);
	port_close(&receiver);
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "--victim"))
		return victim_main(argv);
	test_start(argc, argv);
	umask(022);
	if (!victim_make())
		give_up("make a set-user-ID program");
	test_child();
	test_child_registers();
	test_unasked();
	test_loop();
	test_aio();
	test_exec();
	test_exec_in_request();
	test_other_user();
	test_pid();
	if (dev_is_process()) {
		test_bell();
		test_bell_exec();
	}
	unlink(victim);
	return test_done();
}
