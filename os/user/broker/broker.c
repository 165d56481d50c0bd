// SPDX-License-Identifier: BSD-2-Clause
/*
 * The broker's process: receives a request, enters the network namespace that comes with it,
 * carries it out and replies. It has one thread for them, one that opens the memory of processes,
 * and one that makes the memory of domains. It trusts the server no more than it must: it checks
 * names and numbers, and does nothing but find devices, attach them, open memory that the server
 * may read, and make memory.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

static int own_ns;

/* ---- replies ------------------------------------------------------------------------ */

int reply_refuse(struct reply *to, int err, const char *what)
{
	snprintf(to->r.reason, sizeof(to->r.reason), "cannot %s: %s", what, strerror(-err));
	return err;
}

int reply_add_fd(struct reply *to, int fd, const char *what)
{
	if (fd < 0)
		return reply_refuse(to, fd, what);
	to->fd[to->fds++] = fd;
	return 0;
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

/* ---- requests ----------------------------------------------------------------------- */

static int request_find(const struct broker_request *rq, struct reply *to)
{
	int err = reply_add_fd(to, link_events(), "listen for changes of devices"), fd;

	if (err)
		return err;
	fd = ethtool_queue_events();
	if (fd >= 0)
		reply_add_fd(to, fd, "listen for changes of queues");
	return link_find(rq->name, &to->r.link);
}

static int request_queues(const struct broker_request *rq, struct reply *to)
{
	char name[IFNAMSIZ];

	if (link_name(rq->ifindex, name))
		return -ENXIO;
	ethtool_link_queues(name, &to->r.link);
	return 0;
}

static int request_xdp_probe(const struct broker_request *rq)
{
	const uint32_t n = rq->device_bufs.queues;

	return xdp_probe(rq->ifindex, n < BROKER_QUEUES_MAX ? n : BROKER_QUEUES_MAX);
}

/* Carry out a request. Caller has entered its namespace. */
static int request_do_in_ns(struct broker_call *q, struct reply *to)
{
	switch (q->rq.op) {
	case BROKER_FIND: return request_find(&q->rq, to);
	case BROKER_QUEUES: return request_queues(&q->rq, to);
	case BROKER_ATTACH: return attach_open(q, to);
	case BROKER_XDP_PROBE: return request_xdp_probe(&q->rq);
	case BROKER_TAP_DELETE: return tap_delete(q->rq.ifindex);
	default: return -EINVAL;
	}
}

static void request_do(struct broker_call *q, struct reply *to)
{
	q->rq.name[sizeof(q->rq.name) - 1] = '\0';
	/* setns() fails for a descriptor that is not a network namespace. */
	if (q->ns >= 0 && setns(q->ns, CLONE_NEWNET))
		to->r.err = reply_refuse(to, -errno, "enter a network namespace");
	else if (q->rq.op == BROKER_DETACH)
		attach_close(q->rq.id);
	else
		to->r.err = q->ns >= 0 ? request_do_in_ns(q, to) : -EINVAL;
	os_assert(setns(own_ns, CLONE_NEWNET) == 0);
}

/* Take the descriptors of a request: of a namespace and of memory. */
static void request_fds(struct broker_call *q, struct msghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd[2] = { -1, -1 };

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	q->ns = fd[0];
	q->memory = fd[1];
}

/* True if n bytes are all of it. Device buffers need their numbers, and the file that has them. */
static bool request_is_whole(const struct broker_call *q, size_t n)
{
	const uint32_t queues = q->rq.device_bufs.size ? q->rq.device_bufs.queues : 0;

	if (n < sizeof(q->rq) || queues > BROKER_QUEUES_MAX || (queues && q->memory < 0))
		return false;
	return n - sizeof(q->rq) == queues * BROKER_XDP_SLOTS * sizeof(q->fill[0]);
}

/*
 * Serve one request; returns false at the end of the server. The kernel closes more than two
 * descriptors.
 */
static bool request_serve(int sock)
{
	static struct broker_call q;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
	struct iovec iov[] = { { &q.rq, sizeof(q.rq) }, { q.fill, sizeof(q.fill) } };
	struct msghdr m = {
		.msg_iov = iov, .msg_iovlen = 2,
		.msg_control = control, .msg_controllen = CMSG_LEN(2 * sizeof(int)),
	};
	struct reply to = { .fds = 0 };
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EINTR;
	if (n == 0)
		return false;
	request_fds(&q, &m);
	if (request_is_whole(&q, (size_t)n))
		request_do(&q, &to);
	else
		to.r.err = -EINVAL;
	reply_send(sock, &to);
	if (q.ns >= 0)
		close(q.ns);
	if (q.memory >= 0)
		close(q.memory);
	return true;
}

int broker_run(const int sock[BROKER_SOCKETS], int fuse, const char *dir)
{
	prctl(PR_SET_NAME, "netmapd-broker");
	/*
	 * A terminal's signals go to the whole process group; this process must outlive the server.
	 */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	own_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own_ns < 0 || process_mem_start(sock[BROKER_PROCESS_MEM]) ||
	    memory_files_start(sock[BROKER_MEMORY_FILES], fuse, dir))
		return 1;
	while (request_serve(sock[BROKER_DEVICES]))
		;
	attach_close_all();
	return 0;
}
