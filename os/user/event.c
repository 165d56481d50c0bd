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
static bool caller_fd_is_eventfd(struct os_caller *caller, int32_t fd)
{
	char path[48], line[80];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)caller->pid, fd);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strncmp(line, "eventfd-count:", 14) == 0;
	if (f)
		fclose(f);
	return found;
}

struct os_event *os_event_get(struct os_caller *caller, int32_t fd, struct nm_reason *reason)
{
	int pidfd;
	struct os_event *e;

	if (!caller_fd_is_eventfd(caller, fd)) {
		nm_refuse(reason, -EINVAL, "it is not an eventfd, or cannot be inspected");
		return NULL;
	}
	e = calloc(1, sizeof(*e));
	pidfd = (int)syscall(SYS_pidfd_open, os_caller_pid(caller), 0);
	if (e && pidfd >= 0)
		e->fd = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (!e || pidfd < 0 || e->fd < 0) {
		nm_refuse(reason, -EBADF, "it cannot be copied from its process");
		free(e);
		e = NULL;
	}
	if (pidfd >= 0)
		close(pidfd);
	return e;
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
