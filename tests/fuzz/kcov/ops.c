/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs programs: in this thread, and calls that may wait in workers. A call into memory that has
 * gone ends early; a call that fails is as good as one that does not.
 */
#include "state.h"

#include <linux/capability.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

struct file files[FILES];
char *usermem, *scratch;
int usermem_fd = -1, events[EVENTS], epoll_fd = -1, socks[2] = { -1, -1 };
bool is_lasting;

/* Of the next call of a thread. */
static _Thread_local struct {
	uint32_t fail;		/* which allocation or copy fails, 0: none */
	uint32_t uid;		/* in the file system's eyes */
	bool is_weak;		/* without capabilities over the network */
} next;
static _Thread_local sigjmp_buf *jump;
static _Thread_local int fail_fd = -1;

static struct worker {
	uint32_t state;		/* futex: IDLE or an operation waits or runs */
	struct op op;
	pthread_t thread;
	unsigned int number;
} workers[WORKERS];
enum { IDLE, BUSY };

static pid_t forked[4];
static unsigned int forked_count;
static int hole_fd = -1;		/* a userfaultfd, -1: none */
static char *hole;

/* ---- rings and memory -------------------------------------------------------------- */

static void *at(struct file *f, uint64_t offset, size_t len)
{
	return f->mem && offset + len <= f->size ? f->mem + offset : NULL;
}

static struct netmap_ring *ring(struct file *f, uint32_t i)
{
	if (!f->mem || !f->ring_count)
		return NULL;
	return at(f, f->ring[i % f->ring_count],
		  sizeof(struct netmap_ring) + f->slots * sizeof(struct netmap_slot));
}

static void op_ring_word(struct file *f, struct args *a)
{
	struct netmap_ring *r = ring(f, arg(a));
	uint32_t word = arg(a), v = arg_value(a, f->slots);

	if (!r)
		return;
	switch (word % 6) {
	case 0: r->head = r->cur = v; break;
	case 1: r->head = v; break;
	case 2: r->cur = v; break;
	case 3: r->flags = v; break;
	case 4: r->head = r->cur = r->tail; break;
	default: ((uint32_t *)(void *)r)[word / 6 % (sizeof(*r) / 4)] = v; break;
	}
}

static void op_slot(struct file *f, struct args *a)
{
	struct netmap_ring *r = ring(f, arg(a));
	uint32_t n = arg(a), how = arg(a);
	struct netmap_slot *s;

	if (!r)
		return;
	s = &r->slot[n % f->slots];
	if (how & 1)
		s->buf_idx = arg_value(a, 4096);
	if (how & 2)
		s->len = (uint16_t)arg_value(a, 2048);
	if (how & 4)
		s->flags = (uint16_t)arg_half(a);
	if (how & 8)
		s->ptr = arg_value(a, 2048);
	if (how & 16) {
		s->flags |= NS_INDIRECT;
		s->ptr = (uintptr_t)scratch + arg_half(a);
	}
	if (how & 32) {
		s->flags |= NS_INDIRECT;
		s->ptr = (uintptr_t)hole + arg(a);
	}
	if (how & 64 && files[n % FILES].ring_count) {
		struct netmap_ring *other = ring(&files[n % FILES], arg(a));

		/* An exchange, as zero-copy programs do; the other file may have another region. */
		if (other) {
			uint32_t idx = other->slot[0].buf_idx;

			other->slot[0].buf_idx = s->buf_idx;
			s->buf_idx = idx;
			s->flags |= NS_BUF_CHANGED;
		}
	}
}

static void station(uint8_t *b, uint32_t v)
{
	memset(b, v & 1 ? 0xff : 0x02, 6);
	if (!(v & 1))
		b[5] = (uint8_t)v;
}

/* Fill slots as a sender does, with frames of some kinds, and move head. */
static void op_send(struct file *f, struct args *a)
{
	uint32_t n = 1 + arg(a) % 32, how = arg(a), dst = arg(a), len = 60, which = arg(a);
	struct netmap_ring *r;
	uint8_t *b;

	if (!f->tx_count)
		return;
	r = ring(f, which % f->tx_count);
	if (!r)
		return;
	if (how & 1)
		len = arg_value(a, 2048);
	for (; n; n--) {
		struct netmap_slot *s;

		if (r->head >= f->slots || r->head == r->tail)
			break;
		s = &r->slot[r->head];
		b = at(f, f->ring[which % f->tx_count] + (uint64_t)r->buf_ofs +
			  (uint64_t)s->buf_idx * r->nr_buf_size, 128);
		if (b) {
			station(b, dst);
			station(b + 6, dst + 2 * (how & 2));
			memset(b + 12, how & 4 ? 0x08 : 0, 2);
			memset(b + 14, (int)arg(a), 64);
		}
		s->len = (uint16_t)len;
		s->flags = how & 8 && n % 3 ? NS_MOREFRAG : 0;
		if (how & 16)
			s->flags |= (uint16_t)(arg(a) << NS_PORT_SHIFT);
		if (how & 32)
			s->flags |= NS_REPORT | NS_FORWARD;
		r->head = r->head + 1 >= f->slots ? 0 : r->head + 1;
	}
	r->cur = r->head;
	do_ioctl(f->fd, how & 64 ? NIOCRXSYNC : NIOCTXSYNC, NULL);
}

/* Any eight bytes of the region or of the user memory. */
static void op_scribble(struct file *f, struct args *a)
{
	uint32_t where = arg_word(a), how = arg(a);
	uint64_t v = arg_word(a);
	void *p = how & 1 ? at(f, f->nif + (where & 0xfff8), 8) :
		  how & 2 ? usermem + (where % USERMEM & ~7u) :
		  how & 4 ? usermem + (where & 0x3fff8) :
			    at(f, where % (1u << 22) & ~7u, 8);

	if (p)
		memcpy(p, &v, 8);
}

static void op_csb_word(struct file *f, struct args *a)
{
	uint32_t which = arg(a), i = arg(a) % 16, n = arg(a);
	uint32_t *w = (uint32_t *)(void *)(usermem + USERMEM - (which & 1 ? 4096 : 8192));

	w[(n & 15) * 16 + i % 4] = arg_value(a, f->slots ? f->slots : 16);
}

/*
 * A mapped file is not cut here: user-mode Linux 7.2 then walks the maps of a process without their
 * lock, if another of its threads changes them, and lockdep says so. The hostile tests cut files.
 */
static void op_scratch(struct file *f, struct args *a)
{
	uint32_t how = arg(a);
	char *page = scratch + arg(a) % (SCRATCH / 4096) * 4096;

	(void)f;
	switch (how % 8) {
	case 0: madvise(page, 4096, MADV_DONTNEED); break;
	case 1: mprotect(page, 4096, PROT_NONE); break;
	case 2: mprotect(page, 4096, PROT_READ); break;
	case 3: mprotect(scratch, SCRATCH, PROT_READ | PROT_WRITE); break;
	case 4: mprotect(usermem + (arg_half(a) << 7 & (USERMEM - 4096)), 65536, PROT_READ); break;
	case 5: madvise(usermem, USERMEM, MADV_DONTNEED); break;
	case 6: munmap(usermem + (arg_half(a) << 7 & (USERMEM - 4096)), 65536); break;
	default: memset(page, (int)arg(a), 4096); break;
	}
}

/* ---- waiting ----------------------------------------------------------------------- */

static void op_sync(struct file *f, struct args *a)
{
	uint32_t how = arg(a);

	if (!(how & 1))
		do_ioctl(f->fd, NIOCTXSYNC, NULL);
	if (!(how & 2))
		do_ioctl(f->fd, NIOCRXSYNC, NULL);
	if (how & 64)
		do_ioctl(f->fd, arg_word(a), scratch);
}

static void op_poll(struct file *f, struct args *a)
{
	uint32_t how = arg(a);
	struct pollfd p[2] = { { .fd = f->fd, .events = POLLIN }, { .fd = f->fd } };

	if (how & 1)
		p[0].events = POLLOUT;
	if (how & 2)
		p[0].events |= POLLIN | POLLOUT;
	if (how & 4)
		p[0].events = (short)arg_half(a);
	p[1].fd = files[how >> 5].fd;
	p[1].events = p[0].events;
	poll(p, how & 16 && (how >> 5) < FILES ? 2 : 1, how & 8 ? 2 : 0);
}

static void op_epoll(struct file *f, struct args *a)
{
	uint32_t how = arg(a);
	struct epoll_event e = { .events = EPOLLIN };

	if (how & 1)
		e.events |= EPOLLOUT;
	if (how & 2)
		e.events |= EPOLLET;
	if (how & 4)
		e.events |= EPOLLONESHOT;
	epoll_ctl(epoll_fd, how & 8 ? EPOLL_CTL_MOD : how & 16 ? EPOLL_CTL_DEL : EPOLL_CTL_ADD,
		  f->fd, &e);
	if (!(how & 32))
		epoll_wait(epoll_fd, &e, 1, how & 64 ? 2 : 0);
}

static void op_kick(struct file *f, struct args *a)
{
	uint64_t one = 1 + arg(a);
	int fd = events[arg(a) % EVENTS];

	(void)f;
	if (arg(a) & 1 ? read(fd, &one, 8) < 0 : write(fd, &one, 8) < 0)
		return;
}

/* ---- descriptors and processes ----------------------------------------------------- */

static void op_dup(struct file *f, struct args *a)
{
	struct file *to = &files[arg(a) % FILES];
	int fd = dup(f->fd);

	if (to == f || fd < 0) {
		close(fd);
		return;
	}
	file_forget(to);
	file_set(to, fd);
}

static void op_pass(struct file *f, struct args *a)
{
	if (arg(a) & 1) {
		file_forget(f);
		file_set(f, fd_recv(socks[1]));
	} else if (f->fd >= 0) {
		fd_send(socks[0], f->fd);
	}
}

/* A child that syncs, closes or stays a while with all files. */
static void op_fork(struct file *f, struct args *a)
{
	uint32_t how = arg(a), i;
	pid_t pid;

	if (forked_count >= sizeof(forked) / sizeof(forked[0]))
		return;
	pid = fork();
	if (pid > 0)
		forked[forked_count++] = pid;
	if (pid)
		return;
	for (i = 0; i < how % 8; i++) {
		ioctl(f->fd, NIOCTXSYNC, NULL);
		ioctl(f->fd, NIOCRXSYNC, NULL);
	}
	if (how & 8)
		close(f->fd);
	if (how & 16)
		usleep(1000);
	if (how & 32)
		pause();
	_exit(0);
}

/* ---- the machine around ------------------------------------------------------------ */

static void op_device(struct file *f, struct args *a)
{
	static int sock = -1;
	struct ifreq r = { 0 };
	uint32_t how = arg(a);

	(void)f;
	if (sock < 0)
		sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strcpy(r.ifr_name, how & 1 ? "kf1" : how & 2 ? "kf2" : "kf0");
	ioctl(sock, SIOCGIFFLAGS, &r);
	if (how & 4)
		r.ifr_flags = (short)(r.ifr_flags | IFF_PROMISC);
	else
		r.ifr_flags = (short)(how & 8 ? r.ifr_flags & ~IFF_UP : r.ifr_flags | IFF_UP);
	if (how & 16)
		r.ifr_mtu = (int)arg_value(a, 1500);
	ioctl(sock, how & 16 ? SIOCSIFMTU : SIOCSIFFLAGS, &r);
}

/* Frames from the stack, into a card that may have clients. */
static void op_packet(struct file *f, struct args *a)
{
	uint8_t frame[2048] = { 0 };
	uint32_t how = arg(a), n = 1 + arg(a) % 8, len = how & 4 ? arg_value(a, 1500) : 60;
	struct ifreq r = { 0 };
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct {
		uint16_t family, proto;
		int index;
		uint8_t rest[12];
	} to = { .family = AF_PACKET };

	(void)f;
	strcpy(r.ifr_name, how & 1 ? "kf1" : how & 2 ? "kf2" : "kf0");
	if (sock >= 0 && ioctl(sock, SIOCGIFINDEX, &r) == 0) {
		to.index = r.ifr_ifindex;
		station(frame, how >> 3);
		station(frame + 6, 4);
		while (n--)
			sendto(sock, frame, len % sizeof(frame), MSG_DONTWAIT, (void *)&to,
			       sizeof(to));
	}
	close(sock);
}

static void op_setting(struct file *f, struct args *a)
{
	static const char *const settings[] = { "admode", "xdp", "fwd", "mitigate", "bridge_batch",
		"wake_delay", "generic_rings", "generic_ringsize", "generic_mit" };
	char path[96], text[16];
	int fd, n;

	(void)f;
	snprintf(path, sizeof(path), "/sys/module/netmap/parameters/%s", settings[arg(a) % 9]);
	n = snprintf(text, sizeof(text), "%u", arg_value(a, 64));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, text, (size_t)n) < 0)
		n = 0;
	close(fd);
}

static void settings_reset(void)
{
	static const char *const initial[][2] = { { "admode", "0" }, { "xdp", "1" },
		{ "fwd", "0" }, { "mitigate", "1" }, { "bridge_batch", "1024" },
		{ "wake_delay", "50" }, { "generic_rings", "0" }, { "generic_ringsize", "1024" },
		{ "generic_mit", "100000" } };
	char path[96];
	unsigned int i;

	for (i = 0; i < 9; i++) {
		int fd;

		snprintf(path, sizeof(path), "/sys/module/netmap/parameters/%s", initial[i][0]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, initial[i][1], strlen(initial[i][1])) < 0)
			diag("cannot write %s", path);
		close(fd);
	}
}

/* The next call fails inside, or is another user's or one's without rights. */
static void op_next(struct file *f, struct args *a)
{
	uint32_t how = arg(a);

	(void)f;
	if (!(how & 1))
		next.fail = 1 + arg(a) % 100;
	if (how & 2)
		next.uid = 1000 + (how & 4);
	next.is_weak = how & 8;
}

/* ---- the table --------------------------------------------------------------------- */

static const struct kind {
	const char *name;
	void (*run)(struct file *f, struct args *a);
} kinds[] = {
	{ "open", call_open }, { "close", call_close }, { "register", call_register },
	{ "ctrl", call_ctrl }, { "legacy", call_legacy }, { "inspect", call_inspect },
	{ "csb", call_csb }, { "loop", call_loop }, { "stop", call_stop }, { "map", call_map },
	{ "ring", op_ring_word }, { "slot", op_slot }, { "send", op_send },
	{ "scribble", op_scribble }, { "csbword", op_csb_word }, { "memory", op_scratch },
	{ "sync", op_sync }, { "poll", op_poll }, { "epoll", op_epoll }, { "kick", op_kick },
	{ "dup", op_dup }, { "pass", op_pass }, { "fork", op_fork }, { "device", op_device },
	{ "packet", op_packet }, { "setting", op_setting }, { "next", op_next },
};
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

unsigned int op_kinds(void)
{
	return KINDS;
}

const char *op_name(unsigned int kind)
{
	return kinds[kind % KINDS].name;
}

/* ---- threads ----------------------------------------------------------------------- */

static void faulted(int sig)
{
	if (sig == SIGUSR1)
		return;
	if (!jump)
		_exit(128 + sig);
	siglongjmp(*jump, sig);
}

static void weaken(bool is_weak)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d))
		return;
	d[0].effective = is_weak ? d[0].permitted & ~(1u << CAP_NET_ADMIN | 1u << CAP_SYS_ADMIN) :
				   d[0].permitted;
	syscall(SYS_capset, &h, d);
}

static void fail(uint32_t n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	/* A failure that waits may hit this write; it cannot hit the second one. */
	if (fail_fd >= 0 && pwrite(fail_fd, text, (size_t)len, 0) < 0 &&
	    pwrite(fail_fd, text, (size_t)len, 0) < 0)
		return;
}

static void run_op(const struct op *op)
{
	const struct kind *k = &kinds[op->kind % KINDS];
	struct args a = { op->bytes, sizeof(op->bytes) };
	struct file *f = &files[(op->file & 15) % FILES];
	sigjmp_buf back;
	bool is_weak = next.is_weak;
	uint32_t uid = next.uid, nth = next.fail;

	memset(&next, 0, sizeof(next));
	if (is_weak)
		weaken(true);
	if (uid)
		setfsuid(uid);
	jump = &back;
	if (!sigsetjmp(back, 1)) {
		if (nth)
			fail(nth);
		k->run(f, &a);
	}
	if (nth)
		fail(0);
	jump = NULL;
	if (uid)
		setfsuid(0);
	if (is_weak)
		weaken(false);
}

static void futex_wait(uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, 0 /* FUTEX_WAIT */, value, NULL, NULL, 0);
}

static void futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, 1 /* FUTEX_WAKE */, 1, NULL, NULL, 0);
}

static void thread_begin(unsigned int number)
{
	fail_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	cover_on(number);
}

static void *worker_main(void *arg_)
{
	struct worker *w = arg_;

	thread_begin(1 + w->number);
	for (;;) {
		if (__atomic_load_n(&w->state, __ATOMIC_ACQUIRE) == IDLE) {
			futex_wait(&w->state, IDLE);
			continue;
		}
		run_op(&w->op);
		__atomic_store_n(&w->state, IDLE, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Give a call to a worker; false if the worker has one already. */
static bool worker_give(struct worker *w, const struct op *op)
{
	if (__atomic_load_n(&w->state, __ATOMIC_ACQUIRE) != IDLE)
		return false;
	w->op = *op;
	__atomic_store_n(&w->state, BUSY, __ATOMIC_RELEASE);
	futex_wake(&w->state);
	usleep(100);
	return true;
}

/* Memory that answers a read late: its page is given only after some milliseconds. */
static void *hole_main(void *arg_)
{
	struct uffd_msg m;
	struct uffdio_zeropage z = { .range = { (uintptr_t)hole, 4096 } };

	(void)arg_;
	while (read(hole_fd, &m, sizeof(m)) == sizeof(m)) {
		usleep(5000);
		ioctl(hole_fd, UFFDIO_ZEROPAGE, &z);
	}
	return NULL;
}

static void hole_open(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pthread_t t;

	hole = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hole_fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	r.range.start = (uintptr_t)hole;
	r.range.len = 4096;
	if (hole_fd >= 0 && ioctl(hole_fd, UFFDIO_API, &api) == 0 &&
	    ioctl(hole_fd, UFFDIO_REGISTER, &r) == 0)
		pthread_create(&t, NULL, hole_main, NULL);
}

/* ---- a program --------------------------------------------------------------------- */

bool run_begin(void)
{
	struct sigaction sa = { .sa_handler = faulted, .sa_flags = SA_NODEFER };
	unsigned int i;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	for (i = 0; i < FILES; i++)
		files[i].fd = -1;
	for (i = 0; i < EVENTS; i++)
		events[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	hole_open();
	thread_begin(0);
	for (i = 0; i < WORKERS; i++) {
		workers[i].number = i;
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]))
			return false;
	}
	return true;
}

static void memory_new(void)
{
	usermem_fd = memfd_create("kcov", MFD_CLOEXEC);
	if (usermem_fd < 0 || ftruncate(usermem_fd, USERMEM))
		_exit(9);
	if (!usermem)
		usermem = mmap(NULL, USERMEM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	usermem = mmap(usermem, USERMEM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		       usermem_fd, 0);
	if (!scratch)
		scratch = mmap(NULL, 2 * SCRATCH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	scratch = mmap(scratch, SCRATCH, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (usermem == MAP_FAILED || scratch == MAP_FAILED)
		_exit(9);
}

static void wait_for_workers(void)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		while (__atomic_load_n(&workers[i].state, __ATOMIC_ACQUIRE) != IDLE) {
			pthread_kill(workers[i].thread, SIGUSR1);
			usleep(200);
		}
}

/* Close all, also what loops run on, and put back what outlives a file. */
static void clean_up(void)
{
	uint64_t count;
	unsigned int i;

	memset(&next, 0, sizeof(next));
	for (i = 0; i < FILES; i++)
		file_forget(&files[i]);
	for (; forked_count; forked_count--) {
		kill(forked[forked_count - 1], SIGKILL);
		waitpid(forked[forked_count - 1], NULL, 0);
	}
	wait_for_workers();
	/* A worker may have opened one meanwhile. */
	for (i = 0; i < FILES; i++)
		file_forget(&files[i]);
	for (i = 0; i < EVENTS; i++)
		if (read(events[i], &count, 8) < 0)
			continue;
	close(socks[0]);
	close(socks[1]);
	close(epoll_fd);
	close(usermem_fd);
	madvise(hole, 4096, MADV_DONTNEED);
}

/* The kinds of calls of a program, as bits. */
static uint64_t kinds_of(const struct program *p)
{
	uint64_t set = 0;
	unsigned int i;

	for (i = 0; i < p->len && i < OPS; i++)
		set |= 1ull << p->op[i].kind % KINDS;
	return set;
}

static bool has(uint64_t set, void (*run)(struct file *, struct args *))
{
	unsigned int i;

	for (i = 0; i < KINDS; i++)
		if (kinds[i].run == run)
			return set >> i & 1;
	return false;
}

static void devices_reset(void)
{
	uint8_t which;

	for (which = 0; which < 3; which++) {
		struct args a = { &which, 1 };

		op_device(&files[0], &a);
	}
}

/* A loop never runs in this thread, which is the one that ends it. */
static void run_somewhere(const struct op *op)
{
	bool is_loop = kinds[op->kind % KINDS].run == call_loop;

	if (is_loop || op->file >= 0xc0) {
		if (worker_give(&workers[op->file / 16 % WORKERS], op) || is_loop)
			return;
	}
	run_op(op);
}

void run_program(const struct program *p)
{
	const uint64_t set = kinds_of(p);
	unsigned int i;

	memory_new();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, socks))
		_exit(9);
	is_lasting = false;
	cover_clear();
	for (i = 0; i < p->len && i < OPS; i++)
		run_somewhere(&p->op[i]);
	clean_up();
	if (has(set, op_setting))
		settings_reset();
	if (is_lasting)
		calls_clean();
	if (has(set, op_device))
		devices_reset();
}
