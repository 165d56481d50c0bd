// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Memory spaces of processes that registered: the struct itself, kept but not its memory, so that
 * no other memory space has its address. A process is in it until it executes a program or ends.
 * No state, no lock.
 */
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <linux/pagemap.h>

#include "platform.h"

struct os_mem *os_mem_get(struct os_caller *caller, struct nm_reason *reason)
{
	if (!current->mm) {
		nm_refuse(reason, -EPERM, "a thread of the kernel cannot register");
		return NULL;
	}
	mmgrab(current->mm);
	return (struct os_mem *)current->mm;
}

void os_mem_put(struct os_mem *mem)
{
	mmdrop((struct mm_struct *)mem);
}

/*
 * True if the running task is in that memory space, so that user addresses mean it. Kernel threads
 * are in none, and they may poll: aio does when it is woken.
 */
static bool mem_has_caller(const struct os_mem *mem, const struct os_caller *caller)
{
	return caller && current->mm == (const struct mm_struct *)mem;
}

int os_copyin_nofault(struct os_caller *caller, const struct os_mem *mem, void *dst, uint64_t src,
		      size_t n)
{
	if (!mem_has_caller(mem, caller))
		return -EPERM;
	return copy_from_user_nofault(dst, u64_to_user_ptr(src), n) ? -EFAULT : 0;
}

int os_fault_in(struct os_caller *caller, const struct os_mem *mem, uint64_t src, size_t n)
{
	if (!mem_has_caller(mem, caller))
		return -EPERM;
	return fault_in_readable(u64_to_user_ptr(src), n) ? -EFAULT : 0;
}

void os_fault_end(struct os_caller *caller)
{
}
