/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens the memory of processes, for the server, which may read it but not open its file: a thread
 * of the broker with a socket of its own, because attaching a device may take long.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

static void process_mem_reply(int sock, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	int32_t err = fd < 0 ? fd : 0;
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	if (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		os_log(OS_WARN, "cannot answer the server: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void *process_mem_run(void *arg)
{
	const int sock = (int)(intptr_t)arg;
	int32_t tid;
	ssize_t n;

	do {
		n = recv(sock, &tid, sizeof(tid), 0);
		if (n == (ssize_t)sizeof(tid))
			process_mem_reply(sock, tid > 0 ? os_mem_open(tid) : -ESRCH);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return NULL;
}

int process_mem_start(int sock)
{
	pthread_t thread;
	int err = -pthread_create(&thread, NULL, process_mem_run, (void *)(intptr_t)sock);

	if (!err)
		pthread_detach(thread);
	return err;
}
