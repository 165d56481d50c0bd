// SPDX-License-Identifier: BSD-2-Clause
/*
 * The broker's process: reads requests, enters the namespace that comes with each, opens what is asked for
 * and answers. It has one thread. What it is asked by the server it does not trust more than it must: names
 * and numbers are checked, and it does no more than find devices and take them over.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"
#include "parallel.h"

/* A device that was taken over, of which something stays by itself: programs of tc, or LRO off. */
struct held {
	uint32_t id;
	uint32_t ifindex;
	bool had_lro;
	int ns;
	struct programs programs;
	struct held *next;
};

static struct held *held;
static uint32_t last_id;
static int own_ns;

struct request {
	struct broker_request rq;
	uint32_t fill[BROKER_QUEUES_MAX * BROKER_XDP_SLOTS];
	int ns, memory;		/* -1: none came */
};

struct reply {
	struct broker_reply r;
	int fd[BROKER_FDS_MAX];
	uint32_t fds;
};

static int refuse(struct reply *to, int err, const char *what)
{
	snprintf(to->r.reason, sizeof(to->r.reason), "cannot %s: %s", what, strerror(-err));
	return err;
}

/* A descriptor that will be sent, and closed here. */
static int add(struct reply *to, int fd, const char *what)
{
	if (fd < 0)
		return refuse(to, fd, what);
	to->fd[to->fds++] = fd;
	return 0;
}

static int do_find(const struct broker_request *rq, struct reply *to)
{
	int err = add(to, net_events(), "listen for changes of devices"), fd;

	if (err)
		return err;
	fd = net_queue_events();
	if (fd >= 0)
		add(to, fd, "listen for changes of queues");
	return net_find(rq->name, &to->r.link);
}

static int do_queues(const struct broker_request *rq, struct reply *to)
{
	char name[IFNAMSIZ];

	if (net_name(rq->ifindex, name))
		return -ENXIO;
	net_queues_told(name, &to->r.link);
	return 0;
}

/* ---- taking over --------------------------------------------------------------------- */

struct opening {
	struct programs *p;
	uint32_t ifindex, tap;
	int result[BROKER_LINKS + 1 + BROKER_TX_MAX];	/* programs, the socket for long frames, the others */
};

static void open_one(void *arg, uint32_t i)
{
	struct opening *o = arg;

	if (i < BROKER_LINKS)
		o->result[i] = programs_attach(o->p, i, o->ifindex, o->tap);
	else if (i == BROKER_LINKS)
		o->result[i] = net_tx(o->ifindex, BROKER_JUMBO_SLOTS, BROKER_JUMBO_SLOT, o->p->mark);
	else
		o->result[i] = net_tx(o->ifindex, BROKER_TX_SLOTS, BROKER_TX_SLOT, o->p->mark);
}

static int add_receivers(struct reply *to, const struct programs *p, uint32_t ifindex)
{
	uint32_t i;
	int err = 0, filter;

	for (i = 0; i < to->r.rx && !err; i++) {
		filter = programs_filter(p, i, to->r.rx);
		if (filter < 0)
			return refuse(to, filter, "load a filter for a socket");
		err = add(to, net_rx(ifindex, filter), "open a socket to receive by");
		close(filter);
	}
	return err;
}

/* Descriptors are sent as copies: these are closed with the programs. */
static int add_programs(struct reply *to, const struct opening *o)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < BROKER_LINKS && !err; i++)
		if (o->result[i] < 0)
			err = refuse(to, o->result[i],
				     "attach programs to a device (the kernel needs BPF and its tc hooks)");
	to->r.links = !err && o->p->link[0] >= 0 ? BROKER_LINKS : 0;
	for (i = 0; i < to->r.links && !err; i++)
		err = add(to, fcntl(o->p->link[i], F_DUPFD_CLOEXEC, 3), "copy a descriptor");
	return err;
}

/* All that was opened is added, also when something was not: so it is closed. */
static int add_senders(struct reply *to, const struct opening *o)
{
	uint32_t i;
	int err = 0, one;

	for (i = BROKER_LINKS; i < BROKER_LINKS + 1 + to->r.tx; i++) {
		one = add(to, o->result[i], "open a socket to send by");
		err = err ? err : one;
	}
	return err;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* AF_XDP if it may be and can be: it needs no packet sockets beside. Why not is told. */
static void choose_wire(struct reply *to, const struct request *q, const char *name, int flags,
			struct broker_xdp *x)
{
	const struct broker_request *rq = &q->rq;
	const struct xdp_device_bufs device_bufs = { .fd = q->memory, .where = rq->device_bufs, .fill = q->fill };
	const struct xdp_wanted w = {
		.ifindex = rq->ifindex, .queues = net_queues(name, true), .flags = flags,
		.is_anyhow = rq->xdp == BROKER_XDP_ANYHOW, .device_bufs = rq->device_bufs.size ? &device_bufs : NULL,
	};

	*x = (struct broker_xdp){ .link = -1 };
	if (rq->xdp != BROKER_XDP_NEVER && !xdp_open(x, name, &w, to->r.reason)) {
		to->r.xdp = x->told;
		to->r.had_device_bufs = x->told.has_device_bufs;
		return;
	}
	to->r.had_device_bufs = x->had_device_bufs;
	to->r.tx = least(net_queues(name, false), least(os_cpus(), BROKER_TX_MAX));
	to->r.rx = least(w.queues, BROKER_QUEUES_MAX);
	to->r.rx += to->r.rx > 1;
}

static void add_xdp(struct reply *to, const struct broker_xdp *x)
{
	uint32_t i;

	if (!x->told.queues)
		return;
	add(to, x->link, "attach a program");
	if (!x->told.has_device_bufs)
		add(to, x->umem, "make memory");
	for (i = 0; i < x->told.queues; i++)
		add(to, x->xsk[i], "open a socket");
}

static int open_all(struct reply *to, struct programs *p, const struct request *q, const char *name, uint32_t tap)
{
	const uint32_t ifindex = q->rq.ifindex;
	struct opening o = { .p = p, .ifindex = ifindex, .tap = tap };
	struct broker_xdp xdp;
	int err = programs_load(p, ifindex, tap), one;

	if (err)
		return refuse(to, err, "load programs (the kernel needs BPF)");
	choose_wire(to, q, name, p->map, &xdp);
	parallel(BROKER_LINKS + 1 + to->r.tx, open_one, &o);
	err = add(to, fcntl(p->map, F_DUPFD_CLOEXEC, 3), "copy a descriptor");
	one = add_senders(to, &o);
	err = err ? err : one;
	if (!err)
		err = add_programs(to, &o);
	if (!err)
		err = add_receivers(to, p, ifindex);
	add_xdp(to, &xdp);
	if (err)
		programs_close(p);
	return err;
}

/* What links hold goes with the descriptors that were sent. */
static void keep_or_close(struct reply *to, struct programs *p, uint32_t ifindex, int ns)
{
	struct held *h;

	if (to->r.links)
		programs_close(p);
	if (to->r.links && !to->r.had_lro)
		return;
	h = malloc(sizeof(*h));
	os_assert(h);
	*h = (struct held){ .id = ++last_id, .ifindex = ifindex, .had_lro = to->r.had_lro,
			    .ns = fcntl(ns, F_DUPFD_CLOEXEC, 3), .programs = *p, .next = held };
	held = h;
	to->r.id = h->id;
}

static int do_take(const struct request *q, struct reply *to)
{
	const uint32_t ifindex = q->rq.ifindex;
	char name[IFNAMSIZ];
	struct programs p;
	uint32_t tap;
	int err;

	if (net_name(ifindex, name))
		return -ENXIO;
	err = net_tap(ifindex, &tap);
	err = add(to, err, err == -EBUSY ? "take a device that another netmapd has taken" : "make a TAP");
	if (err)
		return err;
	/* What the hardware merges cannot be undone exactly. Where it cannot be told to stop, it may go on. */
	to->r.had_lro = net_lro(name, false) > 0;
	to->r.has_gro = net_gro(name);
	err = open_all(to, &p, q, name, tap);
	if (!err)
		keep_or_close(to, &p, ifindex, q->ns);
	else if (to->r.had_lro)
		net_lro(name, true);
	return err;
}

static void drop(struct held **link)
{
	struct held *h = *link;
	char name[IFNAMSIZ];

	*link = h->next;
	if (!setns(h->ns, CLONE_NEWNET)) {
		programs_close(&h->programs);
		if (h->had_lro && !net_name(h->ifindex, name))
			net_lro(name, true);
	}
	close(h->ns);
	free(h);
}

static int do_leave(const struct broker_request *rq)
{
	struct held **link = &held;

	while (*link && (*link)->id != rq->id)
		link = &(*link)->next;
	if (*link)
		drop(link);
	return 0;
}

static int do_forget(const struct broker_request *rq)
{
	return net_tap_end(rq->ifindex);
}

/* ---- messages ------------------------------------------------------------------------ */

static void answer(struct request *q, struct reply *to)
{
	struct broker_request *rq = &q->rq;
	const int ns = q->ns;

	rq->name[sizeof(rq->name) - 1] = '\0';
	/* It must be a namespace of networks; else this fails. */
	if (ns >= 0 && setns(ns, CLONE_NEWNET))
		to->r.err = refuse(to, -errno, "enter a network namespace");
	else if (rq->op == BROKER_FIND && ns >= 0)
		to->r.err = do_find(rq, to);
	else if (rq->op == BROKER_QUEUES && ns >= 0)
		to->r.err = do_queues(rq, to);
	else if (rq->op == BROKER_TAKE && ns >= 0)
		to->r.err = do_take(q, to);
	else if (rq->op == BROKER_IS_LEFT && ns >= 0)
		to->r.err = xdp_left(rq->ifindex, least(rq->device_bufs.queues, BROKER_QUEUES_MAX));
	else if (rq->op == BROKER_FORGET && ns >= 0)
		to->r.err = do_forget(rq);
	else if (rq->op == BROKER_LEAVE)
		to->r.err = do_leave(rq);
	else
		to->r.err = -EINVAL;
	os_assert(setns(own_ns, CLONE_NEWNET) == 0);
}

static void reply_send(int sock, struct reply *to)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(to->fd))] = { 0 };
	struct iovec iov = { &to->r, sizeof(to->r) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (to->fds && !to->r.err) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(to->fds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(to->fds * sizeof(int));
		memcpy(CMSG_DATA(c), to->fd, to->fds * sizeof(int));
	}
	if (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		os_log(OS_WARN, "cannot answer the server: %s", strerror(errno));
	while (to->fds)
		close(to->fd[--to->fds]);
}

/* The namespace and the memory that came with a request. */
static void fds_of(struct msghdr *m, struct request *q)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd[2] = { -1, -1 };

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	q->ns = fd[0];
	q->memory = fd[1];
}

/* All of it came: what is lent has its buffers, and a file where they are. */
static bool is_whole(const struct request *q, size_t n)
{
	const uint32_t queues = q->rq.device_bufs.size ? q->rq.device_bufs.queues : 0;

	if (n < sizeof(q->rq) || queues > BROKER_QUEUES_MAX || (queues && q->memory < 0))
		return false;
	return n - sizeof(q->rq) == queues * BROKER_XDP_SLOTS * sizeof(q->fill[0]);
}

/* Room for two descriptors: the kernel closes more. */
static bool request_serve(int sock)
{
	static struct request q;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
	struct iovec iov[] = { { &q.rq, sizeof(q.rq) }, { q.fill, sizeof(q.fill) } };
	struct msghdr m = {
		.msg_iov = iov, .msg_iovlen = 2, .msg_control = control, .msg_controllen = CMSG_LEN(2 * sizeof(int)),
	};
	struct reply to = { .fds = 0 };
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EINTR;
	if (n == 0)
		return false;
	fds_of(&m, &q);
	if (is_whole(&q, (size_t)n))
		answer(&q, &to);
	else
		to.r.err = -EINVAL;
	reply_send(sock, &to);
	if (q.ns >= 0)
		close(q.ns);
	if (q.memory >= 0)
		close(q.memory);
	return true;
}

int broker_run(int sock)
{
	prctl(PR_SET_NAME, "netmapd-broker");
	/* Signals of a terminal are for all of the group; this process ends after the server. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	own_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own_ns < 0)
		return 1;
	while (request_serve(sock))
		;
	while (held)
		drop(&held);
	return 0;
}
