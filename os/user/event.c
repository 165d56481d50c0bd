/* SPDX-License-Identifier: BSD-2-Clause */
/* Eventfds of clients: copies of their descriptors. There is no state and no lock. */
#define OS_PLATFORM
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "event.h"

struct os_event {
	int fd;
};

/* Only fdinfo distinguishes an eventfd from other descriptors. */
static bool fd_is_eventfd(int fd)
{
	char path[48], line[80];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strncmp(line, "eventfd-count:", 14) == 0;
	if (f)
		fclose(f);
	return found;
}

/* Returns a copy of the caller's descriptor, or -errno. */
static int caller_copy_fd(struct os_caller *caller, int32_t number)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, os_caller_pid(caller), 0);
	int fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

	if (fd < 0)
		fd = -errno;
	if (pidfd >= 0)
		close(pidfd);
	if (fd >= 0 && os_caller_is_gone(caller)) {
		close(fd);
		fd = -ESRCH;
	}
	return fd;
}

/* The copy is checked, because the process may exchange its descriptor at any time. */
struct os_event *os_event_get(struct os_caller *caller, int32_t fd, struct nm_reason *reason)
{
	struct os_event *e = calloc(1, sizeof(*e));

	if (!e) {
		nm_refuse_nomem(reason, "it");
		return NULL;
	}
	e->fd = caller_copy_fd(caller, fd);
	if (e->fd >= 0 && fd_is_eventfd(e->fd))
		return e;
	if (e->fd >= 0) {
		nm_refuse(reason, -EINVAL, "it is not an eventfd");
		close(e->fd);
	} else if (e->fd == -EBADF) {
		nm_refuse(reason, -EBADF, "there is no such descriptor");
	} else {
		os_refuse_descriptor(reason, e->fd, "a copy of it");
	}
	free(e);
	return NULL;
}

void os_event_put(struct os_event *e)
{
	close(e->fd);
	free(e);
}

int os_event_fd(const struct os_event *e)
{
	return e->fd;
}

/* Do not block on a full eventfd: its reader is awake anyway. */
void os_event_signal(struct os_event *e)
{
	struct pollfd room = { .fd = e->fd, .events = POLLOUT };
	const uint64_t one = 1;

	if (poll(&room, 1, 0) == 1 && room.revents & POLLOUT && write(e->fd, &one, sizeof(one)) < 0)
		return;
}
