// SPDX-License-Identifier: BSD-2-Clause
/* The server's end of the socket to the broker: one request and its reply at a time, under lock. */
#define OS_PLATFORM
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../broker/parallel.h"
#include "device_bufs.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int broker = -1;		/* const once threads run */

struct answer {
	struct broker_reply reply;
	int fd[BROKER_FDS_MAX];
	uint32_t fds;
};

/* Room for the descriptors of one message. */
struct control {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(BROKER_FDS_MAX * sizeof(int))];
};

void broker_connect(int sock)
{
	broker = sock;
}

/* A request as it is sent: with the numbers of device buffers, and descriptors. */
struct question {
	const struct broker_request *rq;
	struct iovec iov[1 + BROKER_QUEUES_MAX];
	int fd[2];
	uint32_t iovs, fds;
	size_t size;
};

static void question_add(struct question *q, const void *bytes, size_t n)
{
	q->iov[q->iovs++] = (struct iovec){ (void *)(uintptr_t)bytes, n };
	q->size += n;
}

static int question_send(const struct broker_request *rq, int ns, const struct device_bufs *bufs)
{
	struct question q = { .fds = 0 };
	struct control control = { 0 };
	struct msghdr m = { .msg_iov = q.iov };
	struct cmsghdr *c;
	uint32_t i;

	question_add(&q, rq, sizeof(*rq));
	for (i = 0; bufs && i < bufs->queues; i++)
		question_add(&q, bufs->queue[i].fill, sizeof(bufs->queue[i].fill));
	if (ns >= 0)
		q.fd[q.fds++] = ns;
	if (bufs)
		q.fd[q.fds++] = os_pages_file(bufs->bufs.first);
	m.msg_iovlen = q.iovs;
	if (q.fds) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(q.fds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(q.fds * sizeof(int));
		memcpy(CMSG_DATA(c), q.fd, q.fds * sizeof(int));
	}
	return sendmsg(broker, &m, MSG_NOSIGNAL) == (ssize_t)q.size ? 0 : -EIO;
}

static int answer_receive(struct answer *a)
{
	struct iovec iov = { &a->reply, sizeof(a->reply) };
	struct control control;
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(broker, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(a->reply))
		return -EIO;
	c = CMSG_FIRSTHDR(&m);
	a->fds = 0;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		a->fds = (uint32_t)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(a->fd, CMSG_DATA(c), a->fds * sizeof(int));
	}
	/* This process has no room for all of them: use none. */
	if (m.msg_flags & MSG_CTRUNC) {
		while (a->fds)
			close(a->fd[--a->fds]);
		return -EMFILE;
	}
	return a->reply.err;
}

/* Send a request and receive its reply. Returns the reply's error, -EIO without a broker. */
static int ask_with_bufs(const struct broker_request *rq, int ns, const struct device_bufs *bufs,
			 struct answer *a)
{
	int err = -EIO;

	*a = (struct answer){ .fds = 0 };
	pthread_mutex_lock(&lock);
	if (broker >= 0)
		err = question_send(rq, ns, bufs);
	if (!err) {
		err = answer_receive(a);
		/* The broker died during the request: it may have registered the buffers before. */
		a->reply.had_device_bufs |= bufs && err == -EIO;
	}
	pthread_mutex_unlock(&lock);
	return err;
}

static int broker_ask(const struct broker_request *rq, int ns, struct answer *a)
{
	return ask_with_bufs(rq, ns, NULL, a);
}

static const char *reason_for(int err)
{
	switch (err) {
	case -ENXIO: return "no network device";
	case -ELOOP: return "the loopback device has no wire: use a pipe, or a veth pair";
	case -EOPNOTSUPP: return "the device of that name does not carry Ethernet frames";
	case -EIO:
		return "the broker, which opens network devices, has ended: see the log of netmapd";
	default: return "the kernel refuses to describe the device of that name";
	}
}

int broker_find(int ns, const char *name, struct broker_link *link, struct broker_events *events,
		struct nm_reason *reason)
{
	struct broker_request rq = { .op = BROKER_FIND };
	struct answer a;
	int err;

	/* No device has a name that is too long. */
	if (strlen(name) >= sizeof(rq.name))
		return nm_refuse(reason, -ENXIO, "%s", reason_for(-ENXIO));
	strcpy(rq.name, name);
	err = broker_ask(&rq, ns, &a);
	if (err == -EMFILE)
		return os_refuse_descriptor(reason, err, "the device");
	if (err)
		return nm_refuse(reason, err == -ELOOP ? -EOPNOTSUPP : err == -EIO ? -ENXIO : err,
				 "%s", reason_for(err));
	*link = a.reply.link;
	events->links = a.fd[0];
	events->queues = a.fds > 1 ? a.fd[1] : -1;
	return 0;
}

int broker_queues(int ns, uint32_t ifindex, uint32_t queues[2])
{
	const struct broker_request rq = { .op = BROKER_QUEUES, .ifindex = ifindex };
	struct answer a;
	int err = broker_ask(&rq, ns, &a);

	queues[0] = a.reply.link.queues[0];
	queues[1] = a.reply.link.queues[1];
	return err;
}

static int answer_next_fd(struct answer *a, uint32_t *at)
{
	return *at < a->fds ? a->fd[(*at)++] : -1;
}

static void opened_add_xdp(struct broker_opened *o, struct answer *a, uint32_t *at)
{
	uint32_t i;

	o->xdp.info = a->reply.xdp;
	o->xdp.had_device_bufs = a->reply.had_device_bufs;
	o->xdp.link = o->xdp.umem = -1;
	memcpy(o->reason, a->reply.reason, sizeof(o->reason));
	if (!o->xdp.info.queues)
		return;
	o->xdp.link = answer_next_fd(a, at);
	if (!o->xdp.info.has_device_bufs)
		o->xdp.umem = answer_next_fd(a, at);
	for (i = 0; i < o->xdp.info.queues; i++)
		o->xdp.xsk[i] = answer_next_fd(a, at);
}

int broker_xdp_probe(int ns, uint32_t ifindex, uint32_t queues)
{
	const struct broker_request rq = { .op = BROKER_XDP_PROBE,
					   .ifindex = ifindex,
					   .device_bufs = { .queues = queues } };
	struct answer a;

	return broker_ask(&rq, ns, &a);
}

int broker_attach(int ns, uint32_t ifindex, enum broker_policy xdp, const struct device_bufs *bufs,
		struct broker_opened *o, struct nm_reason *reason)
{
	struct broker_request rq = { .op = BROKER_ATTACH, .ifindex = ifindex, .xdp = xdp };
	uint32_t at = 0, i;
	struct answer a;
	int err;

	if (bufs)
		rq.device_bufs = device_bufs_part(bufs);
	err = ask_with_bufs(&rq, ns, bufs, &a);
	o->xdp.had_device_bufs = a.reply.had_device_bufs;
	if (err == -EMFILE)
		return os_refuse_descriptor(reason, err, "the device");
	if (err)
		return nm_refuse(reason, err == -ENODEV ? -ENXIO : err, "%s",
				 *a.reply.reason ? a.reply.reason : reason_for(err));
	*o = (struct broker_opened){ .id = a.reply.id, .txs = a.reply.tx, .rxs = a.reply.rx,
				     .had_lro = a.reply.had_lro, .has_gro = a.reply.has_gro };
	o->tap = answer_next_fd(&a, &at);
	o->flags = answer_next_fd(&a, &at);
	o->jumbo = answer_next_fd(&a, &at);
	for (i = 0; i < o->txs; i++)
		o->tx[i] = answer_next_fd(&a, &at);
	for (i = 0; i < BROKER_LINKS; i++)
		o->link[i] = i < a.reply.links ? answer_next_fd(&a, &at) : -1;
	for (i = 0; i < o->rxs; i++)
		o->rx[i] = answer_next_fd(&a, &at);
	opened_add_xdp(o, &a, &at);
	return 0;
}

static void fd_close(void *arg, uint32_t i)
{
	int *fd = arg;

	if (fd[i] >= 0)
		close(fd[i]);
	fd[i] = -1;
}

void broker_detach_programs(struct broker_opened *o)
{
	const struct broker_request rq = { .op = BROKER_DETACH, .id = o->id };
	struct answer a;

	fd_close(&o->xdp.link, 0);
	/* Except the TAP's, which ends with the TAP. */
	if (o->link[0] >= 0)
		parallel(BROKER_LINKS - 1, fd_close, o->link + 1);
	/* If the broker has ended, it has removed them before. */
	if (o->id)
		broker_ask(&rq, -1, &a);
	o->id = 0;
}

void broker_detach_moved(int ns, uint32_t ifindex, struct broker_opened *o)
{
	const struct broker_request rq = { .op = BROKER_TAP_DELETE, .ifindex = ifindex };
	struct answer a;

	broker_detach_programs(o);
	broker_ask(&rq, ns, &a);
}

void broker_detach(struct broker_opened *o)
{
	int fd[BROKER_FDS_MAX];
	uint32_t n = 0, i;

	broker_detach_programs(o);
	fd[n++] = o->flags;
	fd[n++] = o->tap;
	fd[n++] = o->jumbo;
	for (i = 0; i < o->txs; i++)
		fd[n++] = o->tx[i];
	for (i = 0; i < o->rxs; i++)
		fd[n++] = o->rx[i];
	fd[n++] = o->xdp.umem;
	for (i = 0; i < o->xdp.info.queues; i++)
		fd[n++] = o->xdp.xsk[i];
	parallel(n, fd_close, fd);
	fd_close(o->link, 0);
}
