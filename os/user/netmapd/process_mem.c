/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's end of the broker's socket for the memory of processes: one request at a time. */
#define OS_PLATFORM
#include <sys/socket.h>
#include <unistd.h>

#include "../os_user.h"
#include "process_mem.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* one request and its reply */
static int broker = -1;		/* const once threads run */

/* Returns the descriptor, or -errno. */
static int reply_receive(void)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	int32_t err = -EIO;
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;
	int fd;

	do {
		n = recvmsg(broker, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(err) || err)
		return n == (ssize_t)sizeof(err) ? err : -EIO;
	c = CMSG_FIRSTHDR(&m);
	/* Without it this process has no room for one more descriptor. */
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return -EMFILE;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static int process_mem_open(pid_t tid)
{
	const int32_t request = tid;
	int fd = -EIO;

	pthread_mutex_lock(&lock);
	if (send(broker, &request, sizeof(request), MSG_NOSIGNAL) == (ssize_t)sizeof(request))
		fd = reply_receive();
	pthread_mutex_unlock(&lock);
	/* The broker has ended: without a sandbox this process may, too. */
	return fd == -EIO ? os_mem_open(tid) : fd;
}

void process_mem_connect(int sock)
{
	broker = sock;
	os_mem_setup(process_mem_open);
}
