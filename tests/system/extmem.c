/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports in user memory of each kind: which memory is taken, which is refused and with what reason,
 * and changes that a program makes to the memory while it is used and afterwards.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "inspect.h"
#include "port.h"

#define MIB	(1u << 20)
#define SIZE	(16u * MIB)
#define SLOTS	64u
#define FRAMES	200u	/* more than a ring has slots */

struct memory {
	int fd;			/* -1: none */
	char *at;
};

static struct memory memfd_make(unsigned int flags)
{
	struct memory m = { .fd = memfd_create("user", flags | MFD_CLOEXEC) };

	m.at = MAP_FAILED;
	if (m.fd >= 0 && ftruncate(m.fd, SIZE) == 0)
		m.at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	return m;
}

static struct memory anon_make(int kind)
{
	return (struct memory){ -1, mmap(NULL, SIZE, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS,
					 -1, 0) };
}

static void memory_end(struct memory *m)
{
	munmap(m->at, SIZE);
	if (m->fd >= 0)
		close(m->fd);
}

static struct nmreq_opt_extmem user_memory(const void *at, uint64_t size)
{
	return (struct nmreq_opt_extmem){
		.nro_opt = { .nro_reqtype = NETMAP_REQ_OPT_EXTMEM, .nro_status = 0xdead },
		.nro_usrptr = (uintptr_t)at,
		.nro_info.nr_memsize = size,
	};
}

/* Bind fd; p's map is the memory itself. */
static int bind_user(struct port *p, int fd, const char *name, char *at, struct nmreq_opt_extmem *o)
{
	int err;

	*p = (struct port){ .fd = fd, .reg.nr_mode = NR_REG_ALL_NIC };
	p->reg.nr_tx_slots = p->reg.nr_rx_slots = SLOTS;
	err = ctrl_opts(fd, NETMAP_REQ_REGISTER, name, &p->reg, o);
	if (!err) {
		p->mem = at;
		p->nif = (struct netmap_if *)(void *)(at + p->reg.nr_offset);
	}
	return err;
}

static int open_user(struct port *p, const char *name, char *at)
{
	struct nmreq_opt_extmem o = user_memory(at, SIZE);
	int err = bind_user(p, dev_open(), name, at, &o);

	if (err) {
		diag("%s", reason(p->fd));
		close(p->fd);
	}
	return err;
}

/* Frames both ways, more than the rings have slots, and every byte of them. */
static void exchange(struct port *a, struct port *b, const char *what)
{
	unsigned char frame[600], got[2048];
	unsigned int i, good[2] = { 0, 0 };

	for (i = 0; i < FRAMES; i++) {
		frame_make(frame, sizeof(frame), FRAME_BROADCAST, 1, 0, i);
		good[0] += !port_send(a, frame, sizeof(frame)) &&
			   port_recv(b, got, sizeof(got)) == sizeof(frame) &&
			   !memcmp(frame, got, sizeof(frame));
		frame_make(frame, sizeof(frame), FRAME_BROADCAST, 2, 1, i);
		good[1] += !port_send(b, frame, sizeof(frame)) &&
			   port_recv(a, got, sizeof(got)) == sizeof(frame) &&
			   !memcmp(frame, got, sizeof(frame));
	}
	is_num(good[0], FRAMES, "%s: frames sent from there arrive", what);
	is_num(good[1], FRAMES, "%s: frames sent there arrive", what);
}

static void use(const char *what, struct memory *m)
{
	struct port user, other;

	port_must(&other, "valeE:other");
	if (is_err(open_user(&user, "valeE:user", m->at), 0, "%s is taken", what)) {
		exchange(&user, &other, what);
		close(user.fd);
	}
	port_close(&other);
	memory_end(m);
}

/* In a guest the test reserves huge pages; elsewhere it uses those that are there. */
static bool huge_make(struct memory *m)
{
	FILE *f;

	*m = memfd_make(MFD_HUGETLB);
	if (m->at != MAP_FAILED || access("/guest/env", F_OK))
		return m->at != MAP_FAILED;
	close(m->fd);
	f = fopen("/proc/sys/vm/nr_hugepages", "w");
	if (f) {
		fputs("16", f);
		fclose(f);
	}
	*m = memfd_make(MFD_HUGETLB);
	return m->at != MAP_FAILED;
}

/* Memory that no other process can map. */
static void use_or_refuse(const char *what, struct memory *m, const char *word)
{
	struct nmreq_opt_extmem o = user_memory(m->at, SIZE);
	struct port p;

	if (!dev_is_process()) {
		use(what, m);
		return;
	}
	is_err(bind_user(&p, dev_open(), "valeE:x", m->at, &o), -EINVAL, "%s is refused", what);
	ok(has_reason(p.fd, word), "%s: %s", what, reason(p.fd));
	close(p.fd);
	memory_end(m);
}

static void kinds(void)
{
	struct memory m = memfd_make(0);

	use("memory of a memfd", &m);
	if (huge_make(&m))
		use("huge pages", &m);
	else
		skip("there are no huge pages here", "huge pages");
	m = anon_make(MAP_PRIVATE);
	use_or_refuse("private memory", &m, "private");
	m = anon_make(MAP_SHARED);
	use_or_refuse("shared memory without a file", &m, "open");
	m = memfd_make(0);
	close(m.fd);
	m.fd = -1;
	use_or_refuse("memory of a file that is closed", &m, "open");
}

static void answers(void)
{
	struct memory m = memfd_make(0);
	struct nmreq_opt_extmem o = user_memory(m.at, SIZE);
	struct nmreq_pools_info info = { 0 };
	struct port p;
	int err;

	o.nro_info.nr_buf_pool_objtotal = 4096;
	o.nro_info.nr_buf_pool_objsize = 1000;
	err = bind_user(&p, dev_open(), "valeE:a", m.at, &o);
	if (!is_err(err, 0, "a port with buffers as wanted"))
		give_up("%s", reason(p.fd));
	is_num(o.nro_opt.nro_status, 0, "the option's status is 0");
	is_num(o.nro_info.nr_buf_pool_objsize, 1024, "their size is rounded up");
	is_num(o.nro_info.nr_buf_pool_objtotal, 4096, "their number is as wanted");
	ok(o.nro_info.nr_memsize <= SIZE, "the region is not larger than the memory");
	is_err(ctrl(p.fd, NETMAP_REQ_POOLS_INFO_GET, "", &info), 0, "the pools can be asked for");
	ok(!memcmp(&info, &o.nro_info, sizeof(info)), "and are what the option said");
	ok(port_tx(&p, 0)->nr_buf_size == 1024, "the ring says the same");
	if (!dev_is_process()) {
		ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, p.fd, 0) == MAP_FAILED &&
			   errno == ENODEV,
		   "the device shows no map of it");
	}
	close(p.fd);
	memory_end(&m);
}

static void refuse(const char *what, const void *at, uint64_t size, int want)
{
	struct nmreq_opt_extmem o = user_memory(at, size);
	int fd = dev_open(), err;
	struct port p;

	err = bind_user(&p, fd, "valeE:bad", NULL, &o);
	is_err(err, want, "%s is refused", what);
	ok(o.nro_opt.nro_status == (uint32_t)-want && has_reason(fd, NULL), "%s: %s", what,
	   reason(fd));
	close(fd);
}

static void refusals(void)
{
	struct memory m = memfd_make(0), hole = memfd_make(0), end = memfd_make(0);
	const int64_t alive = inspect_alive();
	char *view = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, m.fd, 0), *disk;
	char path[] = "/tmp/netmap-user-XXXXXX";
	struct statfs fs;
	int fd = mkstemp(path);

	munmap(hole.at + MIB, 4096);
	if (ftruncate(end.fd, MIB))
		give_up("cannot cut a memfd");
	refuse("no address", NULL, SIZE, -EINVAL);
	refuse("no size", m.at, 0, -EINVAL);
	refuse("an odd address", m.at + 8, SIZE - 4096, -EINVAL);
	refuse("a size beyond all", m.at, ~0ull, -EINVAL);
	refuse("more than there is", m.at, 8ull << 30, -EFAULT);
	refuse("an address of the kernel", (void *)0xffff888000000000ull, SIZE, -EFAULT);
	refuse("too little", m.at, 8192, -EINVAL);
	refuse("memory to be read only", view, SIZE, -EFAULT);
	refuse("memory with a hole", hole.at, SIZE, -EFAULT);
	refuse("memory beyond its file's end", end.at, SIZE, -EFAULT);
	if (fd >= 0 && ftruncate(fd, SIZE) == 0) {
		/* In a guest /tmp is memory. */
		bool is_memory = fstatfs(fd, &fs) == 0 &&
				 (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
		struct nmreq_opt_extmem o;
		struct port p;

		disk = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		o = user_memory(disk, SIZE);
		is_err(bind_user(&p, dev_open(), "valeE:disk", disk, &o), is_memory ? 0 : -EINVAL,
		       is_memory ? "a file in memory: taken" : "a file on disk: EINVAL");
		ok(is_memory || has_reason(p.fd, "memory"),
		   "a file on disk: the reason says memory");
		close(p.fd);
		munmap(disk, SIZE);
	}
	unlink(path);
	close(fd);
	is_num(inspect_alive(), alive, "nothing is left of what was refused");
	munmap(view, SIZE);
	memory_end(&m);
	memory_end(&hole);
	memory_end(&end);
}

/* Another process maps the same memory, sends one frame by a port there, and is killed. */
struct mate {
	struct memory m;
	uint16_t mem_id;
	uint32_t done;
};

static int mate_main(void *arg)
{
	struct mate *s = arg;
	unsigned char frame[100];
	struct port p;
	char *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, s->m.fd, 0);

	if (open_user(&p, "valeE:mate", at))
		return 1;
	s->mem_id = p.reg.nr_mem_id;
	frame_make(frame, sizeof(frame), FRAME_BROADCAST, 3, 2, 0);
	if (port_send(&p, frame, sizeof(frame)))
		return 2;
	__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

static void sharing(void)
{
	struct mate *s = shared_alloc(sizeof(*s));
	const int64_t alive = inspect_alive();
	struct nm_info_region info;
	unsigned char got[2048];
	struct port p, q;
	unsigned int ms;
	pid_t pid;

	s->m = memfd_make(0);
	if (!is_err(open_user(&p, "valeE:first", s->m.at), 0, "a port in memory of a memfd"))
		give_up("without it there is nothing to share");
	pid = child_start(mate_main, s);
	for (ms = 0; ms < 5000 && !__atomic_load_n(&s->done, __ATOMIC_ACQUIRE); ms++)
		sleep_ms(1);
	ok(s->done, "another process has a port in the same memory");
	is_num(s->mem_id, p.reg.nr_mem_id, "which is the same region");
	is_num(port_recv(&p, got, sizeof(got)), 100, "they talk");
	child_kill(pid);
	port_must(&q, "valeE:last");
	exchange(&p, &q, "after that was killed");
	port_close(&q);
	close(p.fd);
	for (ms = 0; ms < 3000 && inspect_alive() != alive; ms++)
		sleep_ms(1);
	is_num(inspect_alive(), alive, "nothing is left");
	ok(!inspect_region(s->mem_id, &info), "the region has gone");
	memory_end(&s->m);
}

/* The memory is unmapped, or its file cut short, while other clients go on. */
static void taken_away(void)
{
	struct memory gone = memfd_make(0), cut = memfd_make(0), holed = memfd_make(0);
	struct port a, b, c, other, last;
	unsigned char frame[200];
	unsigned int i, sent = 0;

	if (!is_err(open_user(&a, "valeE:gone", gone.at), 0,
		    "a port whose memory will be unmapped") ||
	    !is_err(open_user(&b, "valeE:cut", cut.at), 0, "one whose memory's file will be cut") ||
	    !is_err(open_user(&c, "valeE:holed", holed.at), 0,
		    "one whose memory's file will have holes"))
		give_up("without them there is nothing to take away");
	port_must(&other, "valeE:other");
	munmap(gone.at, SIZE);
	if (ftruncate(cut.fd, 0) || madvise(holed.at, SIZE, MADV_REMOVE))
		give_up("cannot take memory away");
	frame_make(frame, sizeof(frame), FRAME_BROADCAST, 4, 3, 0);
	for (i = 0; i < FRAMES; i++) {
		sent += port_send(&other, frame, sizeof(frame)) == 0;
		txsync(&a), rxsync(&a);
		txsync(&b), rxsync(&b);
		txsync(&c), rxsync(&c);
	}
	is_num(sent, FRAMES, "who has nothing to do with it sends on");
	close(a.fd);
	close(b.fd);
	close(c.fd);
	port_must(&last, "valeE:last");
	exchange(&other, &last, "afterwards");
	port_close(&last);
	port_close(&other);
	close(gone.fd);
	memory_end(&cut);
	memory_end(&holed);
}

/* A process without rights gives memory up to RLIMIT_MEMLOCK, repeatedly, and none above it. */
static int poor_main(void *arg)
{
	const struct rlimit rl = { SIZE + MIB, SIZE + MIB };
	struct memory m = memfd_make(0), more = memfd_make(0);
	struct nmreq_opt_extmem o;
	struct port p, q;
	int fd[5], i, err;

	(void)arg;
	for (i = 0; i < 5; i++)
		fd[i] = dev_open();
	if (setrlimit(RLIMIT_MEMLOCK, &rl) || setresuid(65534, 65534, 65534))
		return 1;
	for (i = 0; i < 3; i++) {
		o = user_memory(m.at, SIZE);
		if (bind_user(&p, fd[i], "valeE:poor", m.at, &o))
			return 2;
		if (i < 2)
			close(fd[i]);
	}
	o = user_memory(more.at, SIZE);
	err = bind_user(&q, fd[3], "valeE:poorer", more.at, &o);
	if (err != -ENOMEM || !strstr(reason(fd[3]), "RLIMIT_MEMLOCK"))
		return 3;
	/* The same memory again is not counted twice. */
	o = user_memory(m.at, SIZE);
	return bind_user(&q, fd[4], "valeE:poorer", m.at, &o) ? 4 : 0;
}

static void limits(void)
{
	if (dev_is_process())
		skip("a process locks no memory for its clients", "RLIMIT_MEMLOCK");
	else
		is_num(child_wait(child_start(poor_main, NULL)), 0,
		       "a process gives memory up to RLIMIT_MEMLOCK");
}

int main(int argc, char **argv)
{
	opt.deadline = 120;
	test_start(argc, argv);
	kinds();
	answers();
	refusals();
	sharing();
	taken_away();
	limits();
	return test_done();
}
