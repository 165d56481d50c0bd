// SPDX-License-Identifier: BSD-2-Clause
/* The server's end of the socket to the broker: a question and its answer at a time, under lock. */
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

/* One message with descriptors has room for these. */
struct control {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(BROKER_FDS_MAX * sizeof(int))];
};

void broker_connect(int sock)
{
	broker = sock;
}

/* A request, and what is lent to it. */
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

static int question_send(const struct broker_request *rq, int ns, const struct device_bufs *device_bufs)
{
	struct question q = { .fds = 0 };
	struct control control = { 0 };
	struct msghdr m = { .msg_iov = q.iov };
	struct cmsghdr *c;
	uint32_t i;

	question_add(&q, rq, sizeof(*rq));
	for (i = 0; device_bufs && i < device_bufs->queues; i++)
		question_add(&q, device_bufs->queue[i].fill, sizeof(device_bufs->queue[i].fill));
	if (ns >= 0)
		q.fd[q.fds++] = ns;
	if (device_bufs)
		q.fd[q.fds++] = os_pages_file();
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
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control),
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
	return a->reply.err;
}

static int ask_device_bufs(const struct broker_request *rq, int ns, const struct device_bufs *device_bufs, struct answer *a)
{
	int err = -EIO;

	*a = (struct answer){ .fds = 0 };
	pthread_mutex_lock(&lock);
	if (broker >= 0)
		err = question_send(rq, ns, device_bufs);
	if (!err) {
		err = answer_receive(a);
		/* It ended over it: the kernel may have got it before. */
		a->reply.had_device_bufs |= device_bufs && err == -EIO;
	}
	pthread_mutex_unlock(&lock);
	return err;
}

static int ask(const struct broker_request *rq, int ns, struct answer *a)
{
	return ask_device_bufs(rq, ns, NULL, a);
}

static const char *reason_for(int err)
{
	switch (err) {
	case -ENXIO: return "no network device";
	case -ELOOP: return "the loopback device has no wire: use a pipe, or a veth pair";
	case -EOPNOTSUPP: return "the device of that name does not carry Ethernet frames";
	case -EIO: return "the process of netmapd that opens network devices has ended: see its log";
	default: return "the device of that name cannot be looked at";
	}
}

int broker_find(int ns, const char *name, struct broker_link *link, struct broker_events *events,
		const char **reason)
{
	struct broker_request rq = { .op = BROKER_FIND };
	struct answer a;
	int err;

	/* A name that is too long is no device's. */
	if (strlen(name) >= sizeof(rq.name)) {
		*reason = reason_for(-ENXIO);
		return -ENXIO;
	}
	strcpy(rq.name, name);
	err = ask(&rq, ns, &a);
	*reason = reason_for(err);
	if (err)
		return err == -ELOOP ? -EOPNOTSUPP : err == -EIO ? -ENXIO : err;
	*link = a.reply.link;
	events->links = a.fd[0];
	events->queues = a.fds > 1 ? a.fd[1] : -1;
	return 0;
}

int broker_queues(int ns, uint32_t ifindex, uint32_t queues[2])
{
	const struct broker_request rq = { .op = BROKER_QUEUES, .ifindex = ifindex };
	struct answer a;
	int err = ask(&rq, ns, &a);

	queues[0] = a.reply.link.queues[0];
	queues[1] = a.reply.link.queues[1];
	return err;
}

static int next(struct answer *a, uint32_t *at)
{
	return *at < a->fds ? a->fd[(*at)++] : -1;
}

static void take_xdp(struct broker_taken *t, struct answer *a, uint32_t *at)
{
	uint32_t i;

	t->xdp.told = a->reply.xdp;
	t->xdp.had_device_bufs = a->reply.had_device_bufs;
	t->xdp.link = t->xdp.umem = -1;
	memcpy(t->no_xdp, a->reply.reason, sizeof(t->no_xdp));
	if (!t->xdp.told.queues)
		return;
	t->xdp.link = next(a, at);
	if (!t->xdp.told.has_device_bufs)
		t->xdp.umem = next(a, at);
	for (i = 0; i < t->xdp.told.queues; i++)
		t->xdp.xsk[i] = next(a, at);
}

int broker_is_left(int ns, uint32_t ifindex, uint32_t queues)
{
	const struct broker_request rq = { .op = BROKER_IS_LEFT, .ifindex = ifindex, .device_bufs = { .queues = queues } };
	struct answer a;

	return ask(&rq, ns, &a);
}

int broker_take(int ns, uint32_t ifindex, enum broker_policy xdp, const struct device_bufs *device_bufs,
		struct broker_taken *t, const char **reason)
{
	struct broker_request rq = { .op = BROKER_TAKE, .ifindex = ifindex, .xdp = xdp };
	uint32_t at = 0, i;
	struct answer a;
	int err;

	if (device_bufs)
		rq.device_bufs = device_bufs_where(device_bufs);
	err = ask_device_bufs(&rq, ns, device_bufs, &a);
	t->xdp.had_device_bufs = a.reply.had_device_bufs;
	if (err) {
		memcpy(t->no_xdp, a.reply.reason, sizeof(t->no_xdp));
		*reason = *t->no_xdp ? t->no_xdp : reason_for(err);
		return err;
	}
	*t = (struct broker_taken){ .id = a.reply.id, .txs = a.reply.tx, .rxs = a.reply.rx,
				     .had_lro = a.reply.had_lro, .has_gro = a.reply.has_gro };
	t->tap = next(&a, &at);
	t->flags = next(&a, &at);
	t->jumbo = next(&a, &at);
	for (i = 0; i < t->txs; i++)
		t->tx[i] = next(&a, &at);
	for (i = 0; i < BROKER_LINKS; i++)
		t->link[i] = i < a.reply.links ? next(&a, &at) : -1;
	for (i = 0; i < t->rxs; i++)
		t->rx[i] = next(&a, &at);
	take_xdp(t, &a, &at);
	return 0;
}

static void shut(void *arg, uint32_t i)
{
	int *fd = arg;

	if (fd[i] >= 0)
		close(fd[i]);
	fd[i] = -1;
}

void broker_leave_links(struct broker_taken *t)
{
	const struct broker_request rq = { .op = BROKER_LEAVE, .id = t->id };
	struct answer a;

	shut(&t->xdp.link, 0);
	/* The TAP's goes with the TAP. */
	if (t->link[0] >= 0)
		parallel(BROKER_LINKS - 1, shut, t->link + 1);
	/* If the broker has ended, so have they. */
	if (t->id)
		ask(&rq, -1, &a);
	t->id = 0;
}

void broker_forget(int ns, uint32_t ifindex, struct broker_taken *t)
{
	const struct broker_request rq = { .op = BROKER_FORGET, .ifindex = ifindex };
	struct answer a;

	broker_leave_links(t);
	ask(&rq, ns, &a);
}

void broker_leave(struct broker_taken *t)
{
	int fd[BROKER_FDS_MAX];
	uint32_t n = 0, i;

	broker_leave_links(t);
	fd[n++] = t->flags;
	fd[n++] = t->tap;
	fd[n++] = t->jumbo;
	for (i = 0; i < t->txs; i++)
		fd[n++] = t->tx[i];
	for (i = 0; i < t->rxs; i++)
		fd[n++] = t->rx[i];
	fd[n++] = t->xdp.umem;
	for (i = 0; i < t->xdp.told.queues; i++)
		fd[n++] = t->xdp.xsk[i];
	parallel(n, shut, fd);
	shut(t->link, 0);
}
