/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The caller's memory and namespace. A caller is a process, maybe this one: the kernel copies the
 * bytes, so that a bad address in any process is an error here and never a fault.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os_user.h"

bool os_caller_is_gone(const struct os_caller *caller)
{
	return caller->interrupt &&
	       __atomic_load_n(&caller->interrupt->is_abandoned, __ATOMIC_ACQUIRE);
}

int os_copyin(struct os_caller *caller, void *dst, uint64_t src, size_t n)
{
	struct iovec local = { dst, n }, remote = { (void *)(uintptr_t)src, n };

	if (n == 0)
		return 0;
	if (process_vm_readv(caller->pid, &local, 1, &remote, 1, 0) != (ssize_t)n)
		return -EFAULT;
	return os_caller_is_gone(caller) ? -EFAULT : 0;
}

/* Wait for pages that the caller has yet to provide. Any error shows when they are written. */
static void caller_wait(struct os_caller *caller, uint64_t at, uint64_t end)
{
	char byte;

	for (; at < end; at = (at | (OS_PAGE_SIZE - 1)) + 1) {
		struct iovec local = { &byte, 1 }, remote = { (void *)(uintptr_t)at, 1 };

		if (process_vm_readv(caller->pid, &local, 1, &remote, 1, 0) != 1)
			return;
	}
}

/*
 * A request is not abandoned during a write: what is written cannot be taken back. So it waits for
 * the caller's pages before.
 */
int os_copyout(struct os_caller *caller, uint64_t dst, const void *src, size_t n)
{
	struct iovec local = { (void *)(uintptr_t)src, n }, remote = { (void *)(uintptr_t)dst, n };
	bool is_done = false;

	if (n == 0)
		return 0;
	if (caller->interrupt) {
		caller_wait(caller, dst, dst + n);
		pthread_mutex_lock(&caller->interrupt->writing);
	}
	if (!os_caller_is_gone(caller))
		is_done = process_vm_writev(caller->pid, &local, 1, &remote, 1, 0) == (ssize_t)n;
	if (caller->interrupt)
		pthread_mutex_unlock(&caller->interrupt->writing);
	return is_done ? 0 : -EFAULT;
}

/* Returns the process of the calling thread, or 0 if that thread has ended. */
uint32_t os_caller_pid(struct os_caller *caller)
{
	char path[32], line[64];
	unsigned int pid = 0;
	FILE *f;

	if (caller->pid == getpid())
		return (uint32_t)caller->pid;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)caller->pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "Tgid: %u", &pid) != 1)
		;
	if (f)
		fclose(f);
	return pid;
}

/* Of a process, as nothing tells which processes share a table. */
uint64_t os_caller_files(struct os_caller *caller)
{
	return os_caller_pid(caller) + UINT64_C(1);
}

bool os_caller_has_closed(struct os_caller *caller, const struct nm_client *c)
{
	(void)c;
	return caller->has_closed && caller->has_closed(caller);
}

void os_caller_comm(struct os_caller *caller, char comm[16])
{
	char path[32];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)caller->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, comm, 15);
		close(fd);
	}
	if (n > 0 && comm[n - 1] == '\n')
		n--;
	comm[n > 0 ? n : 0] = '\0';
}

/* This process makes requests for every domain. */
bool os_caller_is_of(struct os_caller *caller, const struct os_domain *d)
{
	char path[40], line[128];
	uint32_t fsuid = UINT32_MAX;
	FILE *f;

	if (d->is_shared || caller->pid == getpid())
		return true;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)caller->pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) &&
	       sscanf(line, "Uid: %*u %*u %*u %u", &fsuid) != 1)
		;
	if (f)
		fclose(f);
	return fsuid == d->uid && !os_caller_is_gone(caller);
}

/*
 * Returns whether the calling thread has CAP_NET_ADMIN, as its status says; a process in another
 * user namespace has not, whatever it has there.
 */
bool os_caller_is_admin(struct os_caller *caller, struct os_ns *ns)
{
	char path[40], line[128], mine[64] = "", its[64] = "";
	unsigned long long caps = 0;
	FILE *f;

	(void)ns;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)caller->pid);
	if (readlink("/proc/self/ns/user", mine, sizeof(mine) - 1) < 0 ||
	    readlink(path, its, sizeof(its) - 1) < 0 || strcmp(mine, its))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)caller->pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "CapEff: %llx", &caps) != 1)
		;
	if (f)
		fclose(f);
	return caps >> CAP_NET_ADMIN & 1 && !os_caller_is_gone(caller);
}

struct os_ns *os_ns_get(struct os_ns *ns)
{
	__atomic_fetch_add(&ns->refs, 1, __ATOMIC_RELAXED);
	return ns;
}

void os_ns_put(struct os_ns *ns)
{
	os_assert(__atomic_fetch_sub(&ns->refs, 1, __ATOMIC_RELEASE) != 0);
}
