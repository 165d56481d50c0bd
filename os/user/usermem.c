/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of callers. Another process's memory can be mapped if it is shared memory in a file
 * of its own (a memfd, a file in a tmpfs or hugetlbfs, shared anonymous memory), found by usermem_file.c. The
 * file may be cut short at any time by who has it: what is gone then raises SIGBUS here, and
 * gets scrap put in its place; to the engine that looks like any garbled ring.
 *
 * The list of loans is guarded by lock. The signal's handler reads fenced[] alone.
 */
#define OS_PLATFORM
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "usermem_file.h"

#define USERMEM_MAX	1024u
#define SCRAP		(UINT64_C(2) << 20)	/* bytes, and what they are put in place of */

struct os_usermem {
	struct os_usermem *next;	/* guarded by lock, and so is holds */
	uint32_t refs;
	struct usermem_file usermem_file;	/* const, and so are all below; its fd is closed */
	char *map;		/* of whole huge pages */
	size_t map_size;
	uint32_t fence;
};

/* Where a fault is ours to mend. end is set first, and start is 0 if the place is free: both atomic. */
static struct {
	uintptr_t start, end;
} fenced[USERMEM_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct os_usermem *usermems;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int scrap_fd = -1;	/* const after once */

/* Nobody but the engine sees what is put here; a second thread that faulted finds it there. */
static bool mend(uintptr_t at)
{
	uintptr_t start, end, from;
	uint32_t i;

	for (i = 0; i < USERMEM_MAX; i++) {
		start = __atomic_load_n(&fenced[i].start, __ATOMIC_ACQUIRE);
		end = __atomic_load_n(&fenced[i].end, __ATOMIC_RELAXED);
		if (!start || at < start || at >= end)
			continue;
		from = at & ~(SCRAP - 1);
		if (from < start)
			from = start;
		if (end > (at | (SCRAP - 1)))
			end = (at | (SCRAP - 1)) + 1;
		return mmap((void *)from, end - from, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, scrap_fd,
			    0) != MAP_FAILED;
	}
	return false;
}

static void on_bus_error(int sig, siginfo_t *info, void *context)
{
	const int err = errno;

	(void)context;
	/* Not ours: the instruction comes again, and ends the program as it would have. */
	if (!mend((uintptr_t)info->si_addr))
		signal(sig, SIG_DFL);
	errno = err;
}

static void guard(void)
{
	struct sigaction sa = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_NODEFER };

	scrap_fd = memfd_create("netmap scrap", MFD_CLOEXEC);
	if (scrap_fd >= 0 && ftruncate(scrap_fd, (off_t)SCRAP) == 0)
		sigaction(SIGBUS, &sa, NULL);
}

/* One byte of each page, in the caller's own map: what was not there yet comes, at its own charge. */
static int touch(struct os_caller *caller, uint64_t at, uint64_t size)
{
	enum { PAGES = 512 };
	char byte[PAGES];
	struct iovec here = { byte, 0 }, there[PAGES];
	const uint64_t end = at + size;
	uint32_t n;

	while (at < end) {
		for (n = 0; n < PAGES && at < end; n++, at += OS_PAGE_SIZE)
			there[n] = (struct iovec){ (void *)(uintptr_t)at, 1 };
		here.iov_len = n;
		if (process_vm_readv(caller->pid, &here, 1, there, n, 0) != (ssize_t)n)
			return -EFAULT;
	}
	return 0;
}

static int fence_locked(struct os_usermem *l)
{
	uint32_t i;

	for (i = 0; i < USERMEM_MAX; i++) {
		if (fenced[i].start)
			continue;
		l->fence = i;
		__atomic_store_n(&fenced[i].end, (uintptr_t)l->map + l->map_size, __ATOMIC_RELAXED);
		__atomic_store_n(&fenced[i].start, (uintptr_t)l->map, __ATOMIC_RELEASE);
		return 0;
	}
	return -ENOMEM;
}

static int map_locked(struct os_usermem *l, struct nm_reason *reason)
{
	const struct usermem_file *m = &l->usermem_file;
	const uint64_t from = m->off / m->unit * m->unit, end = m->off + m->size;

	l->map_size = (end - from + m->unit - 1) / m->unit * m->unit;
	l->map = mmap(NULL, l->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, (off_t)from);
	if (l->map == MAP_FAILED)
		return nm_refuse(reason, -ENOMEM, "the process that serves the device cannot map it");
	if (fence_locked(l) == 0)
		return 0;
	munmap(l->map, l->map_size);
	return nm_refuse(reason, -ENOMEM, "programs have pinned %u pieces of memory: that is the limit",
			 USERMEM_MAX);
}

static struct os_usermem *find_locked(const struct usermem_file *m)
{
	struct os_usermem *l;

	for (l = usermems; l; l = l->next)
		if (l->usermem_file.dev == m->dev && l->usermem_file.ino == m->ino && l->usermem_file.off == m->off &&
		    l->usermem_file.size == m->size)
			return l;
	return NULL;
}

static struct os_usermem *make_locked(const struct usermem_file *m, struct nm_reason *reason)
{
	struct os_usermem *l = calloc(1, sizeof(*l));

	if (!l) {
		nm_refuse_nomem(reason, "its description");
		return NULL;
	}
	l->usermem_file = *m;
	if (map_locked(l, reason)) {
		free(l);
		return NULL;
	}
	l->next = usermems;
	usermems = l;
	return l;
}

struct os_usermem *os_usermem_pin(struct os_caller *caller, uint64_t at, uint64_t size,
				  struct nm_reason *reason)
{
	struct os_usermem *l;
	struct usermem_file m;
	const char *text;
	int err;

	pthread_once(&once, guard);
	err = usermem_file_find(caller, at, size, &m, &text);
	if (err) {
		nm_refuse(reason, err, "%s", text);
		return NULL;
	}
	if (touch(caller, at, size)) {
		close(m.fd);
		nm_refuse(reason, -EFAULT, "part of it is unmapped");
		return NULL;
	}
	pthread_mutex_lock(&lock);
	l = find_locked(&m);
	if (!l)
		l = make_locked(&m, reason);
	if (l)
		l->refs++;
	pthread_mutex_unlock(&lock);
	close(m.fd);
	return l;
}

void os_usermem_unpin(struct os_usermem *l)
{
	struct os_usermem **link = &usermems;

	pthread_mutex_lock(&lock);
	if (--l->refs) {
		pthread_mutex_unlock(&lock);
		return;
	}
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	/* First the fence, for another map may come to be there at once. Nobody uses ours any more. */
	__atomic_store_n(&fenced[l->fence].start, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
	munmap(l->map, l->map_size);
	free(l);
}

void *os_usermem_addr(const struct os_usermem *l)
{
	return l->map + l->usermem_file.off % l->usermem_file.unit;
}
