/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CSB mode and its loop: frames both ways on switches and pipes in each mode, in order and all of
 * them; every way in which a loop ends; and what is refused.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "csb.h"
#include "flow.h"
#include "frame.h"
#include "inspect.h"

#define SLOTS	256u
#define WINDOW	32u

static bool receive_one(struct csb *c, void *frame, uint32_t size, int *len)
{
	*len = csb_take(c, frame, size);
	if (*len == -EAGAIN) {
		csb_pull(c);
		if (!csb_wait(c, false))
			return false;
		*len = csb_take(c, frame, size);
	}
	return *len > 0;
}

/* A window of frames from c to a port, then back. Good frames. */
static unsigned int there(struct csb *c, struct port *other, uint32_t seq)
{
	unsigned char frame[300], got[2048];
	unsigned int i, good = 0;
	int len;

	for (i = 0; i < WINDOW; i++) {
		frame_make(frame, sizeof(frame), FRAME_BROADCAST, 1, 0, seq + i);
		if (!csb_put(c, frame, sizeof(frame)) && csb_wait(c, true))
			csb_put(c, frame, sizeof(frame));
	}
	csb_push(c);
	for (i = 0;
	     i < WINDOW && (ring_space(port_rx(other, 0)) || port_poll(other, POLLIN, 5000) > 0);
	     i++) {
		len = ring_take(port_rx(other, 0), got, sizeof(got));
		good += len == sizeof(frame) &&
			frame_is(got, (uint32_t)len, FRAME_BROADCAST, 1, 0, seq + i);
	}
	return good;
}

static unsigned int back(struct csb *c, struct port *other, uint32_t seq)
{
	unsigned char frame[300], got[2048];
	unsigned int i, good = 0;
	int len;

	for (i = 0; i < WINDOW; i++) {
		frame_make(frame, sizeof(frame), FRAME_BROADCAST, 2, 1, seq + i);
		ring_put(port_tx(other, 0), frame, sizeof(frame), 0);
	}
	txsync(other);
	for (i = 0; i < WINDOW && receive_one(c, got, sizeof(got), &len); i++)
		good += len == sizeof(frame) &&
			frame_is(got, (uint32_t)len, FRAME_BROADCAST, 2, 1, seq + i);
	csb_pull(c);
	return good;
}

static void windows(const char *what, const char *name, const char *other_name,
		    const struct csb_mode *mode)
{
	const unsigned int rounds = opt.rounds;
	unsigned int i, good[2] = { 0, 0 };
	struct port other;
	struct csb c;

	csb_open(&c, name, mode, SLOTS);
	port_must(&other, other_name, .tx_slots = SLOTS, .rx_slots = SLOTS);
	csb_start(&c);
	for (i = 0; i < rounds; i++) {
		good[0] += there(&c, &other, i * WINDOW);
		good[1] += back(&c, &other, i * WINDOW);
		if (good[0] != (i + 1) * WINDOW || good[1] != good[0])
			break;
	}
	is_num(good[0], rounds * WINDOW, "%s, %s: frames sent arrive in order", what, mode->name);
	is_num(good[1], rounds * WINDOW, "%s, %s: and so do those sent back", what, mode->name);
	is_err(csb_stop(&c), 0, "%s, %s: the loop ends on request", what, mode->name);
	port_close(&other);
	csb_close(&c);
}

struct stream {
	struct flow flow;
	struct flow_result result;
	const char *name;
};

static int stream_send(void *arg)
{
	struct stream *s = arg;
	struct port p;

	port_must(&p, s->name, .tx_slots = SLOTS, .rx_slots = SLOTS);
	s->flow.port = &p;
	return flow_send(&s->flow);
}

static int stream_receive(void *arg)
{
	struct stream *s = arg;
	struct port p;

	port_must(&p, s->name, .tx_slots = SLOTS, .rx_slots = SLOTS);
	s->flow.port = &p;
	return flow_receive(&s->flow, &s->result);
}

/* A pipe's other end in another process, at full speed: rings run full and empty all the time. */
static void stream_in(struct csb *c, struct stream *s)
{
	uint64_t next[FLOWS] = { 0 }, seq, good = 0, bad = 0;
	unsigned char got[2048];
	unsigned int taken = 0;
	uint32_t flow;
	pid_t pid = child_start(stream_send, s);
	int len;

	while (good + bad < s->flow.count && receive_one(c, got, sizeof(got), &len)) {
		if (frame_check(got, (uint32_t)len, &flow, &seq) && flow < FLOWS &&
		    next[flow] == seq)
			good++;
		else
			bad++;
		if (flow < FLOWS)
			next[flow] = seq + 1;
		if (++taken % 64 == 0)
			csb_pull(c);
	}
	csb_pull(c);
	is_num((int64_t)good, (int64_t)s->flow.count, "a pipe, %s: a stream comes in order",
	       c->mode->name);
	is_num(child_wait(pid), 0, "a pipe, %s: its sender was done", c->mode->name);
}

static void stream_out(struct csb *c, struct stream *s)
{
	pid_t pid = child_start(stream_receive, s);
	unsigned char frame[200];
	uint64_t i;

	for (i = 0; i < s->flow.count; i++) {
		frame_make(frame, sizeof(frame), FRAME_BROADCAST, 1, 0, i);
		if (!csb_put(c, frame, sizeof(frame))) {
			csb_push(c);
			if (!csb_wait(c, true) || !csb_put(c, frame, sizeof(frame)))
				break;
		}
		if (i % 64 == 63)
			csb_push(c);
	}
	csb_push(c);
	is_num((int64_t)i, (int64_t)s->flow.count, "a pipe, %s: a stream goes out", c->mode->name);
	is_num(child_wait(pid), 0, "a pipe, %s: its receiver was done", c->mode->name);
	is_num((int64_t)s->result.frames, (int64_t)s->flow.count, "a pipe, %s: all of it came",
	       c->mode->name);
	is_num((int64_t)(s->result.bad + s->result.lost + s->result.back), 0,
	       "a pipe, %s: in order", c->mode->name);
}

static void streams(const struct csb_mode *mode)
{
	struct stream *s = shared_alloc(2 * sizeof(*s));
	struct csb c;

	s[0].name = s[1].name = "kl}1";
	s[0].flow = (struct flow){ .min = 60,
				   .max = 1000,
				   .chunk = 2048,
				   .count = opt.packets,
				   .seed = opt.seed,
				   .dst = FRAME_BROADCAST,
				   .src = 2 };
	s[1].flow = s[0].flow;
	csb_open(&c, "kl{1", mode, SLOTS);
	csb_start(&c);
	stream_in(&c, &s[0]);
	stream_out(&c, &s[1]);
	is_err(csb_stop(&c), 0, "a pipe, %s: the loop ends on request", mode->name);
	csb_close(&c);
}

static int loop_forever(void *arg)
{
	struct csb c;

	csb_open(&c, "valeK:child", arg, SLOTS);
	csb_loop(&c);
	return 1;
}

static int close_inherited(void *arg)
{
	const struct csb *c = arg;

	return close(c->port.fd);
}

static void on_signal(int sig)
{
	(void)sig;
}

static bool wait_for_alive(int64_t want)
{
	unsigned int ms;

	for (ms = 0; ms < 5000 && inspect_alive() != want; ms++)
		sleep_ms(1);
	return inspect_alive() == want;
}

static void endings(const struct csb_mode *mode)
{
	const struct sigaction sa = { .sa_handler = on_signal };
	const int64_t alive = inspect_alive();
	struct nm_info_port info;
	unsigned int ms;
	struct csb c;
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	csb_open(&c, "valeK:a", mode, SLOTS);
	csb_start(&c);
	pthread_kill(c.loop, SIGUSR1);
	is_err(csb_join(&c), -EINTR, "%s: a signal ends the loop", mode->name);
	csb_start(&c);
	is_err(csb_stop(&c), 0, "%s: it can be started again, and stopped", mode->name);
	is_err(ctrl(c.port.fd, NETMAP_REQ_SYNC_KLOOP_STOP, "", NULL), 0,
	       "%s: a stop of none is fine", mode->name);
	csb_start(&c);
	is_err(csb_join(&c), 0, "%s: and ends the next loop at once", mode->name);
	csb_start(&c);
	is_num(child_wait(child_start(close_inherited, &c)), 0,
	       "%s: another process closes what it has inherited", mode->name);
	is_num(__atomic_load_n(&c.has_ended, __ATOMIC_ACQUIRE), 0, "%s: the loop goes on",
	       mode->name);
	close(c.port.fd);
	is_err(csb_join(&c), 0, "%s: a close ends the loop", mode->name);
	c.port.fd = -1;
	csb_close(&c);
	pid = child_start(loop_forever, (void *)(uintptr_t)mode);
	for (ms = 0; ms < 5000 && !inspect_port("valeK:child", &info); ms++)
		sleep_ms(1);
	sleep_ms(50);
	child_kill(pid);
	ok(wait_for_alive(alive), "%s: a loop whose process is killed leaves nothing", mode->name);
}

/* A page of which a first read waits for page_fill(). Returns NULL without userfaultfd. */
static void *page_absent(int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING, .range.len = 4096 };
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	r.range.start = (uintptr_t)page;
	*uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (page != MAP_FAILED && *uffd >= 0 && !ioctl(*uffd, UFFDIO_API, &api) &&
	    !ioctl(*uffd, UFFDIO_REGISTER, &r))
		return page;
	return NULL;
}

static void page_fill(int uffd, void *page)
{
	static const char zeros[4096] __attribute__((aligned(4096)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)page, .src = (uintptr_t)zeros, .len = sizeof(zeros),
	};

	if (ioctl(uffd, UFFDIO_COPY, &copy))
		give_up("cannot fill a page");
}

struct late_start {
	struct csb c;
	void *body;
	int result;
};

static void *late_start_main(void *arg)
{
	struct late_start *s = arg;

	s->result = ctrl(s->c.port.fd, NETMAP_REQ_SYNC_KLOOP_START, "", s->body);
	return NULL;
}

/* The request reads its body from a page that comes only after the close. */
static void close_before_loop(void)
{
	struct late_start s = { .result = 1 };
	struct pollfd fault = { .events = POLLIN };
	struct port again;
	pthread_t thread;

	s.body = page_absent(&fault.fd);
	if (!s.body) {
		skip("no userfaultfd here", "a close before the loop runs");
		return;
	}
	csb_open(&s.c, "valeK:late", &csb_modes[0], SLOTS);
	if (pthread_create(&thread, NULL, late_start_main, &s))
		give_up("no thread for a loop");
	is_num(poll(&fault, 1, 5000) == 1 ? fault.revents : 0, POLLIN,
	       "a start waits for the memory of its body");
	close(s.c.port.fd);
	page_fill(fault.fd, s.body);
	pthread_join(thread, NULL);
	is_err(s.result, 0, "a close meanwhile ends the loop that it starts");
	close(fault.fd);
	s.c.port.fd = -1;
	csb_close(&s.c);
	port_must(&again, "valeK:late", .flags = NR_EXCLUSIVE);
	ok(true, "and the port is free");
	port_close(&again);
}

/* A table of descriptors that two processes share: what one closes, both have closed. */
static int close_shared(void *arg)
{
	const struct csb *c = arg;

	return close(c->port.fd);
}

static void shared_table(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct csb c;
	pid_t pid;

	if (dev_is_process()) {
		skip("FUSE does not tell which processes share descriptors",
		     "a close in a process that shares them");
		return;
	}
	csb_open(&c, "valeK:shared", &csb_modes[2], SLOTS);
	csb_start(&c);
	pid = clone(close_shared, stack + sizeof(stack), CLONE_VM | CLONE_FILES | SIGCHLD, &c);
	is_num(child_wait(pid), 0, "a process that shares the descriptors closes one");
	is_err(csb_join(&c), 0, "which ends the loop");
	c.port.fd = -1;
	csb_close(&c);
}

static void refuse_loop(struct csb *c, const char *what, uint32_t sleep_us, void *options, int want)
{
	struct nmreq_sync_kloop_start body = { .sleep_us = sleep_us };

	is_err(ctrl_opts(c->port.fd, NETMAP_REQ_SYNC_KLOOP_START, "", &body, options), want,
	       "a loop with %s", what);
	ok(has_reason(c->port.fd, NULL), "%s: %s", what, reason(c->port.fd));
}

static void refused_loops(void)
{
	struct { struct nmreq_opt_sync_kloop_eventfds o; int32_t fd[4]; } e = { 0 };
	struct nmreq_opt_sync_kloop_mode m = { .nro_opt.nro_reqtype =
						       NETMAP_REQ_OPT_SYNC_KLOOP_MODE };
	int ends[2];
	struct csb c;

	csb_open(&c, "valeK:a", &csb_modes[0], SLOTS);
	if (pipe(ends))
		give_up("no pipe");
	m.mode = NM_OPT_SYNC_KLOOP_DIRECT_TX;
	refuse_loop(&c, "a sleep of two seconds", 2000000, NULL, -EINVAL);
	refuse_loop(&c, "a direct mode without eventfds", 0, &m, -EINVAL);
	m.mode = 0x80;
	refuse_loop(&c, "an unknown mode", 0, &m, -EINVAL);
	e.o.nro_opt.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS;
	e.o.nro_opt.nro_size = sizeof(e.o);
	refuse_loop(&c, "no eventfds in the option", 0, &e, -EINVAL);
	e.o.nro_opt.nro_size = sizeof(e);
	e.fd[0] = ends[0];
	refuse_loop(&c, "a pipe for an eventfd", 0, &e, -EINVAL);
	e.fd[0] = 100000;
	refuse_loop(&c, "a descriptor that is not there", 0, &e, -EBADF);
	is_num(e.o.nro_opt.nro_status, EBADF, "the option's status says so");
	close(ends[0]);
	close(ends[1]);
	csb_close(&c);
}

static void refusals(void)
{
	struct csb c, d = { 0 };
	struct nmreq_opt_csb o;
	struct port p;

	port_must(&p, "valeK:shared");
	o = csb_memory(&d);
	is_err(ctrl_opts(p.fd, NETMAP_REQ_CSB_ENABLE, "", NULL, &o), -EINVAL,
	       "CSB mode without NR_EXCLUSIVE");
	ok(has_reason(p.fd, "NR_EXCLUSIVE"), "%s", reason(p.fd));
	is_num(o.nro_opt.nro_status, EINVAL, "the option's status says so");
	is_err(ctrl(p.fd, NETMAP_REQ_CSB_ENABLE, "", NULL), -EINVAL, "CSB mode without its option");
	is_err(ctrl(p.fd, NETMAP_REQ_SYNC_KLOOP_START, "", &(struct nmreq_sync_kloop_start){ 0 }),
	       -EINVAL, "a loop without CSB mode");
	port_close(&p);
	port_must(&p, "valeK:mine", .flags = NR_EXCLUSIVE);
	o.csb_ktoa = 4096;
	is_err(ctrl_opts(p.fd, NETMAP_REQ_CSB_ENABLE, "", NULL, &o), -EFAULT,
	       "a block that is not there");
	o.csb_ktoa = o.csb_atok + 2;
	is_err(ctrl_opts(p.fd, NETMAP_REQ_CSB_ENABLE, "", NULL, &o), -EINVAL,
	       "a block at an odd address");
	ok(port_send(&p, "sixty bytes make a frame, and this is some of them: 0123456789", 60) == 0,
	   "after that the port works as ever");
	port_close(&p);

	csb_open(&c, "valeK:a", &csb_modes[0], SLOTS);
	is_err(txsync(&c.port), -EBUSY, "a sync in CSB mode");
	ok(has_reason(c.port.fd, "kloop"), "%s", reason(c.port.fd));
	is_num(port_poll(&c.port, POLLIN, 10000), POLLERR, "a poll in CSB mode");
	is_err(ctrl_opts(c.port.fd, NETMAP_REQ_CSB_ENABLE, "", NULL, &o), -EBUSY, "CSB mode twice");
	csb_close(&c);
	refused_loops();
}

/* The option with register: one step. */
static void registered(void)
{
	struct csb c = { .port.fd = dev_open(), .mode = &csb_modes[0], .rings = { 1, 1 } };
	struct nmreq_opt_csb o = csb_memory(&c);

	c.port.reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE };
	is_err(ctrl_opts(c.port.fd, NETMAP_REQ_REGISTER, "valeK:r", &c.port.reg, &o), 0,
	       "register in CSB mode");
	is_num(o.nro_opt.nro_status, 0, "the option's status is 0");
	is_num(c.atok[0].appl_need_kick && c.ktoa[0].kern_need_kick, 1,
	       "both sides want to be woken at first");
	is_num(c.ktoa[0].hwtail, 1023, "the tail of the tx ring is written");
	csb_start(&c);
	is_err(csb_stop(&c), 0, "a loop runs and ends");
	close(c.port.fd);
}

/* Illegal pointers end the loop, and harm no other client. */
static void illegal_pointers(void)
{
	struct port a, b;
	unsigned char frame[100], got[2048];
	struct csb c;

	csb_open(&c, "valeK:a", &csb_modes[1], SLOTS);
	port_must(&a, "valeK:x");
	port_must(&b, "valeK:y");
	csb_start(&c);
	__atomic_store_n(&c.atok[0].head, 0xffffffff, __ATOMIC_RELEASE);
	is_err(csb_join(&c), -EIO, "a head out of all bounds ends the loop");
	ok(has_reason(c.port.fd, "reset"), "%s", reason(c.port.fd));
	c.atok[0].head = c.atok[0].cur = c.ktoa[0].hwcur;
	csb_start(&c);
	port_rx(&c.port, 0)->slot[0].buf_idx = 0;
	frame_make(frame, sizeof(frame), FRAME_BROADCAST, 1, 0, 0);
	ok(port_send(&a, frame, sizeof(frame)) == 0 &&
		   port_recv(&b, got, sizeof(got)) == sizeof(frame),
	   "others go on");
	is_err(csb_join(&c), -EIO, "a slot without a buffer ends it too");
	c.atok[1].head = c.atok[1].cur = c.ktoa[1].hwcur;
	csb_start(&c);
	is_err(csb_stop(&c), 0, "and it can be started again");
	port_close(&a);
	port_close(&b);
	csb_close(&c);
}

int main(int argc, char **argv)
{
	unsigned int i;

	opt.deadline = 120;
	opt.rounds = 30;
	opt.packets = 20000;
	test_start(argc, argv);
	for (i = 0; i < csb_mode_count; i++) {
		windows("a switch", "valeK:a", "valeK:b", &csb_modes[i]);
		streams(&csb_modes[i]);
		endings(&csb_modes[i]);
	}
	close_before_loop();
	shared_table();
	refusals();
	registered();
	illegal_pointers();
	return test_done();
}
