// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Copy from and to the caller's memory. The caller is always the running task: the engine passes on
 * the pointer that the system call gave it. No state, no lock.
 */
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "platform.h"

/*
 * True if there is a caller and it has an address space. The engine's threads have no caller, and
 * kernel threads may poll (aio does when it is woken). They must not access user addresses: a
 * kernel thread runs in the address space of the task that ran before it.
 */
static bool caller_has_memory(const struct os_caller *caller)
{
	return caller && current->mm;
}

int os_copyin(struct os_caller *caller, void *dst, uint64_t src, size_t n)
{
	if (!caller_has_memory(caller))
		return -EFAULT;
	return copy_from_user(dst, u64_to_user_ptr(src), n) ? -EFAULT : 0;
}

int os_copyout(struct os_caller *caller, uint64_t dst, const void *src, size_t n)
{
	if (!caller_has_memory(caller))
		return -EFAULT;
	return copy_to_user(u64_to_user_ptr(dst), src, n) ? -EFAULT : 0;
}

uint32_t os_caller_pid(struct os_caller *caller)
{
	return task_tgid_vnr(current);
}

/* A thread's table of descriptors stays while the thread is in a system call. */
uint64_t os_caller_files(struct os_caller *caller)
{
	return (uintptr_t)current->files;
}

bool os_caller_has_closed(struct os_caller *caller, const struct nm_client *c)
{
	return !nm_chardev_is_in_table(c);
}

void os_caller_comm(struct os_caller *caller, char comm[16])
{
	BUILD_BUG_ON(TASK_COMM_LEN > 16);
	strscpy(comm, current->comm, TASK_COMM_LEN);
}
