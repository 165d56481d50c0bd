/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory spaces of processes that registered: an open file of /proc/PID/mem, which reads the memory
 * that the process had then, and nothing once it has executed a program or ended; and the process's
 * id, because a child that it forked is in a space of its own.
 *
 * Reading may take as long as that process likes (userfaultfd, a file system of its own), so it
 * never happens with a lock held: os_fault_in() fetches, os_copyin_nofault() copies what has been
 * fetched. There is no lock and no state but open_file.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os_user.h"

struct os_mem {
	int fd;
	uint32_t pid;		/* of the process, not of the thread that registered */
	bool is_own;		/* it is this process */
};

int os_mem_open(pid_t tid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int (*open_file)(pid_t tid) = os_mem_open;

void os_mem_setup(int (*open_fn)(pid_t tid))
{
	open_file = open_fn;
}

struct os_mem *os_mem_get(struct os_caller *caller, struct nm_reason *reason)
{
	struct os_mem *mem = calloc(1, sizeof(*mem));

	if (!mem) {
		nm_refuse_nomem(reason, "a binding");
		return NULL;
	}
	errno = 0;
	mem->pid = os_caller_pid(caller);
	mem->is_own = mem->pid == (uint32_t)getpid();
	if (mem->pid)
		mem->fd = open_file(caller->pid);
	else
		mem->fd = errno == EMFILE ? -EMFILE : -ESRCH;
	if (mem->fd >= 0 && os_caller_is_gone(caller)) {
		close(mem->fd);
		mem->fd = -ESRCH;
	}
	if (mem->fd >= 0)
		return mem;
	if (mem->fd == -EMFILE)
		os_refuse_descriptor(reason, mem->fd, "the memory of the process");
	else
		nm_refuse(reason, mem->fd,
			  "cannot open the memory of process %u, /proc/%u/mem: %s%s",
			  mem->pid, mem->pid, strerror(-mem->fd), mem->fd == -EACCES ?
			  ": netmapd needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH" : "");
	free(mem);
	return NULL;
}

void os_mem_put(struct os_mem *mem)
{
	close(mem->fd);
	free(mem);
}

/* Returns 0 if the caller is in that memory space, as far as process ids tell. */
static int mem_check(struct os_caller *caller, const struct os_mem *mem)
{
	if (caller->is_server)
		return -EAGAIN;
	/* Once a request is enough: its caller waits, so it executes no program meanwhile. */
	if (caller->may_read != mem && os_caller_pid(caller) != mem->pid)
		return -EPERM;
	caller->may_read = mem;
	return 0;
}

/* The file's offsets are addresses. It has no data once nothing is in the memory space. */
static int mem_read(const struct os_mem *mem, void *dst, uint64_t src, size_t n)
{
	const ssize_t got = n ? pread(mem->fd, dst, n, (off_t)src) : 0;

	if (got == (ssize_t)n)
		return 0;
	return got == 0 ? -EPERM : -EFAULT;
}

/* Parts of a memory space, read by os_fault_in(), until os_fault_end(). */
struct os_fetched {
	uint32_t n;
	struct {
		uint64_t at;
		size_t size;
		void *bytes;
	} piece[NETMAP_MAX_FRAGS];
};

static const void *fetched_find(const struct os_fetched *f, uint64_t at, size_t n)
{
	uint32_t i;

	for (i = 0; f && i < f->n; i++)
		if (f->piece[i].at == at && f->piece[i].size == n)
			return f->piece[i].bytes;
	return NULL;
}

static void fetched_empty(struct os_fetched *f)
{
	while (f->n)
		free(f->piece[--f->n].bytes);
}

/* A full list is emptied first. */
static int fetched_add(struct os_fetched *f, const struct os_mem *mem, uint64_t src, size_t n)
{
	void *bytes = malloc(n ? n : 1);
	int err = bytes ? mem_read(mem, bytes, src, n) : -EFAULT;

	if (err) {
		free(bytes);
		return err;
	}
	if (f->n == sizeof(f->piece) / sizeof(f->piece[0]))
		fetched_empty(f);
	f->piece[f->n].at = src;
	f->piece[f->n].size = n;
	f->piece[f->n++].bytes = bytes;
	return 0;
}

/* Memory of this process is read in place. */
int os_copyin_nofault(struct os_caller *caller, const struct os_mem *mem, void *dst, uint64_t src,
		      size_t n)
{
	const void *bytes;
	int err;

	if (mem->is_own && !caller->is_server) {
		err = mem_check(caller, mem);
		return err ? err : mem_read(mem, dst, src, n);
	}
	bytes = fetched_find(caller->fetched, src, n);
	if (!bytes)
		return -EFAULT;
	memcpy(dst, bytes, n);
	return 0;
}

static int fault_in_own(const struct os_mem *mem, uint64_t src, size_t n)
{
	const uint64_t end = src + n;
	int err = 0;
	char byte;

	for (; !err && src < end; src = (src | (OS_PAGE_SIZE - 1)) + 1)
		err = mem_read(mem, &byte, src, 1);
	return err;
}

int os_fault_in(struct os_caller *caller, const struct os_mem *mem, uint64_t src, size_t n)
{
	int err = mem_check(caller, mem);

	if (err || mem->is_own)
		return err ? err : fault_in_own(mem, src, n);
	if (!caller->fetched)
		caller->fetched = calloc(1, sizeof(*caller->fetched));
	if (!caller->fetched)
		return -EFAULT;
	__atomic_store_n(&caller->waits_since, os_nanoseconds(), __ATOMIC_RELAXED);
	err = fetched_add(caller->fetched, mem, src, n);
	__atomic_store_n(&caller->waits_since, 0, __ATOMIC_RELAXED);
	return err;
}

void os_fault_end(struct os_caller *caller)
{
	if (!caller->fetched)
		return;
	fetched_empty(caller->fetched);
	free(caller->fetched);
	caller->fetched = NULL;
}
