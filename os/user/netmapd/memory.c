/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of domains. See memory.h. lock guards one request to the broker and its reply. */
#define OS_PLATFORM
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../broker/messages.h"
#include "conn.h"
#include "memory.h"
#include "memory_limit.h"
#include "settings.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int broker = -1;		/* const once threads run, as the following */
static pid_t broker_tid = -1;
static uint32_t limit_mib, domain_mib;

void memory_connect(int sock)
{
	broker = sock;
}

bool memory_is_broker(pid_t tid)
{
	return tid == broker_tid;
}

static int reply_receive(struct memory_reply *to, int *fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { to, sizeof(*to) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	do {
		n = recvmsg(broker, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*to))
		return -EIO;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return to->err;
}

/* Returns 0 or -errno; -EIO: there is no broker any more. */
static int memory_ask(const struct memory_request *rq, struct memory_reply *to, int *fd)
{
	int err = -EIO;

	*fd = -1;
	pthread_mutex_lock(&lock);
	if (send(broker, rq, sizeof(*rq), MSG_NOSIGNAL) == (ssize_t)sizeof(*rq))
		err = reply_receive(to, fd);
	pthread_mutex_unlock(&lock);
	return err;
}

int memory_setup(bool (*reclaim)(void))
{
	const struct memory_request rq = { .op = MEMORY_HELLO };
	struct memory_reply to;
	int fd, err = memory_ask(&rq, &to, &fd);

	if (err)
		return err;
	broker_tid = to.tid;
	limit_mib = memory_limit_mib();
	domain_mib = settings.domain_memory ? settings.domain_memory : (limit_mib + 1) / 2;
	if (domain_mib > limit_mib)
		domain_mib = limit_mib;
	os_arenas_setup((uint64_t)limit_mib << 20, conn_has_passthrough(), reclaim);
	return 0;
}

static void memory_forget(void *arg, uint64_t off, uint64_t size)
{
	conn_notify_forget((uint64_t)(uintptr_t)arg, off, size);
}

static int memory_zero(void *arg, uint64_t off, uint64_t size)
{
	return conn_notify_zero((uint64_t)(uintptr_t)arg, off, size);
}

static void id_close(int32_t id)
{
	const struct memory_request rq = { .op = MEMORY_CLOSE, .id = (uint32_t)id };
	struct memory_reply to;
	int fd;

	if (id > 0)
		memory_ask(&rq, &to, &fd);
}

struct os_arena *memory_open(const char *name, uint64_t node, bool is_limited, int32_t *id)
{
	const bool is_cached = !conn_has_passthrough();
	struct memory_request rq = {
		.op = is_cached ? MEMORY_CACHED : MEMORY_PASSED,
		.mib = is_limited ? domain_mib : limit_mib,
	};
	struct os_arena_backing b = {
		.is_huge = settings.has_huge_pages && !is_cached,
		/*
		 * The kernel may drop unlocked pages from its cache, and would read them back as
		 * zeros.
		 */
		.is_locked = settings.has_locked_memory || is_cached,
		.limit = (uint64_t)rq.mib << 20,
		.arg = (void *)(uintptr_t)node,
	};
	struct memory_reply to = { .id = 0 };
	struct os_arena *a;
	int err;

	if (is_cached) {
		b.forget = memory_forget;
		b.zero = memory_zero;
	}
	snprintf(rq.name, sizeof(rq.name), "%s", name);
	err = memory_ask(&rq, &to, &b.fd);
	/* Without a descriptor this process has no room for one more. */
	if (!err && b.fd < 0)
		err = -EMFILE;
	if (err) {
		os_log(OS_WARN, "no memory for %s: %s", name, err == -EIO ?
		       "the process that makes it has ended (restart netmapd)" : strerror(-err));
		id_close(to.id);
		return NULL;
	}
	a = os_arena_make(&b);
	if (!a) {
		os_log(OS_WARN, "no memory for %s: no addresses are left", name);
		close(b.fd);
		id_close(to.id);
	}
	*id = to.id;
	return a;
}

void memory_close(struct os_arena *a, int32_t id)
{
	os_arena_free(a);
	id_close(id);
}

void memory_end(void)
{
	const struct memory_request rq = { .op = MEMORY_END };
	struct memory_reply to;
	int fd;

	memory_ask(&rq, &to, &fd);
}
