/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network namespace is known by its inode in nsfs, which no other namespace gets while it is open
 * here. So it stays open while a client, a port or a region has a reference. lock guards the list;
 * a namespace without references is closed when a file closes, or when a namespace is looked up.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netns.h"

struct netns {
	struct os_ns ns;	/* first: it stands for the whole */
	dev_t dev;
	ino_t ino;
	int fd;			/* -1: closed; opened again if the same inode is looked up */
	struct netns *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct netns *list;

#define CLOSED_MAX	64u

/*
 * Close namespaces without references. Only netns_of(), which has the lock, gets a first reference.
 * The newest closed ones stay in the list, because the reasons of refusals belong to them. If such
 * a namespace has ended, the next one with its inode number takes its entry.
 */
static void netns_sweep_locked(void)
{
	struct netns **link = &list, *n;
	uint32_t closed = 0;

	while ((n = *link)) {
		if (__atomic_load_n(&n->ns.refs, __ATOMIC_ACQUIRE)) {
			link = &n->next;
			continue;
		}
		if (n->fd >= 0)
			close(n->fd);
		n->fd = -1;
		if (closed++ < CLOSED_MAX) {
			link = &n->next;
			continue;
		}
		*link = n->next;
		free(n);
	}
}

static struct netns *netns_find_or_add_locked(int fd, const struct stat *st)
{
	struct netns *n;

	for (n = list; n; n = n->next) {
		if (n->dev != st->st_dev || n->ino != st->st_ino)
			continue;
		if (n->fd >= 0)
			close(fd);
		else
			n->fd = fd;
		return n;
	}
	n = calloc(1, sizeof(*n));
	if (!n) {
		close(fd);
		return NULL;
	}
	n->dev = st->st_dev;
	n->ino = st->st_ino;
	n->fd = fd;
	n->next = list;
	list = n;
	return n;
}

/* Log the reason of an open that is refused, at most once a minute. */
static void netns_warn_descriptors(void)
{
	static uint32_t last;
	const uint32_t now = os_seconds(), was = __atomic_load_n(&last, __ATOMIC_RELAXED);
	struct nm_reason reason;

	if ((was && now - was < 60) || !__atomic_compare_exchange_n(&last, &(uint32_t){ was }, now,
								   false, __ATOMIC_RELAXED,
								   __ATOMIC_RELAXED))
		return;
	os_refuse_descriptor(&reason, -EMFILE, "a client's network namespace");
	os_log(OS_WARN, "%s", reason.text);
}

int netns_of(pid_t tid, struct os_ns **out)
{
	struct netns *n;
	char path[40];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
		netns_warn_descriptors();
		return -ENFILE;
	}
	if (fd < 0)
		return -ESRCH;
	if (fstat(fd, &st)) {
		close(fd);
		return -ESRCH;
	}
	pthread_mutex_lock(&lock);
	netns_sweep_locked();
	n = netns_find_or_add_locked(fd, &st);
	if (n)
		os_ns_get(&n->ns);
	pthread_mutex_unlock(&lock);
	*out = n ? &n->ns : NULL;
	return n ? 0 : -ENOMEM;
}

int netns_fd(const struct os_ns *ns)
{
	return ((const struct netns *)(const void *)ns)->fd;
}

void netns_sweep(void)
{
	pthread_mutex_lock(&lock);
	netns_sweep_locked();
	pthread_mutex_unlock(&lock);
}
