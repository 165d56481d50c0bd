// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Memory of callers: pages pinned for long and mapped in a row for the engine. They are the
 * kernel's as long as the loan lasts: the caller may unmap them, truncate their file or end.
 *
 * They count in the caller's mm->pinned_vm against its RLIMIT_MEMLOCK, as pages pinned for
 * RDMA do; the mm's own struct is held for that, and no lock of it is taken when a loan ends.
 * Loans are found by their pages, in a list that has a lock of its own, innermost but for
 * what pinning and mapping take.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "platform.h"

#define BATCH	8192ul	/* pages pinned between two looks for a signal */

struct os_usermem {
	struct list_head node;		/* guarded by lock */
	unsigned int refs;		/* guarded by lock */
	unsigned long n;		/* const, and so are all below */
	struct page **pages;
	void *at;
	struct mm_struct *mm;		/* charged */
};

static DEFINE_MUTEX(lock);
static LIST_HEAD(usermems);

/* Of a file on disk a page's writer must be known to its file system; memory has none to tell. */
static bool is_memory(struct page *page)
{
	struct folio *folio = page_folio(page);

	return folio_test_anon(folio) || folio_test_swapbacked(folio) || folio_test_hugetlb(folio);
}

static int pin(unsigned long at, unsigned long n, struct page **pages, struct nm_reason *reason)
{
	unsigned long done = 0, i;
	int got = 0;

	while (done < n && got >= 0) {
		got = fatal_signal_pending(current) ? -EINTR :
		      pin_user_pages_fast(at + done * PAGE_SIZE, min(BATCH, n - done),
					  FOLL_WRITE | FOLL_LONGTERM, pages + done);
		done += max(got, 0);
		if (got == 0)
			got = -EFAULT;
	}
	for (i = 0; i < done && is_memory(pages[i]); i++)
		;
	if (done == n && i == n)
		return 0;
	unpin_user_pages(pages, done);
	if (i < done)
		return nm_refuse(reason, -EINVAL, "it is mapped from a file on disk: give memory, or a file in memory");
	if (got == -ENOMEM)
		return nm_refuse(reason, -ENOMEM, "the system cannot pin that much of it");
	return nm_refuse(reason, got == -EINTR ? got : -EFAULT, "part of it is unmapped or read-only");
}

static bool is_allowed(unsigned long pages)
{
	return pages <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT || rlimit(RLIMIT_MEMLOCK) == RLIM_INFINITY ||
	       capable(CAP_IPC_LOCK);
}

static int charge(struct mm_struct *mm, unsigned long n)
{
	if (is_allowed(atomic64_add_return(n, &mm->pinned_vm)))
		return 0;
	atomic64_sub(n, &mm->pinned_vm);
	return -ENOMEM;
}

static void usermem_free(struct os_usermem *l)
{
	if (l->at)
		vunmap(l->at);
	if (l->mm) {
		atomic64_sub(l->n, &l->mm->pinned_vm);
		mmdrop(l->mm);
	}
	kvfree(l->pages);
	kfree(l);
}

static struct os_usermem *find_locked(struct page **pages, unsigned long n)
{
	struct os_usermem *l;

	list_for_each_entry(l, &usermems, node)
		if (l->n == n && !memcmp(l->pages, pages, n * sizeof(*pages)))
			return l;
	return NULL;
}

static int refuse_limit(struct nm_reason *reason)
{
	return nm_refuse(reason, -ENOMEM, "the process may not lock that much memory: raise RLIMIT_MEMLOCK (ulimit -l)");
}

/* l has its pages: charge them and map them. */
static int usermem_finish(struct os_usermem *l, struct nm_reason *reason)
{
	if (charge(current->mm, l->n))
		return refuse_limit(reason);
	l->mm = current->mm;
	mmgrab(l->mm);
	l->at = vmap(l->pages, l->n, VM_MAP, PAGE_KERNEL);
	return l->at ? 0 : nm_refuse(reason, -ENOMEM, "the kernel has no addresses to map it at");
}

struct os_usermem *os_usermem_pin(struct os_caller *caller, uint64_t at, uint64_t size,
				  struct nm_reason *reason)
{
	struct os_usermem *l = kzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT), *same;
	int err = 0;

	if (!l) {
		nm_refuse_nomem(reason, "its description");
		return NULL;
	}
	l->n = size >> PAGE_SHIFT;
	/* Before pinning, to pin no more than the limit even for a moment; charge() checks again. */
	if (!is_allowed(l->n)) {
		refuse_limit(reason);
		goto no_mem;
	}
	l->pages = kvcalloc(l->n, sizeof(*l->pages), GFP_KERNEL_ACCOUNT);
	if (!l->pages) {
		nm_refuse_nomem(reason, "its list of pages");
		goto no_mem;
	}
	if (pin(at, l->n, l->pages, reason))
		goto no_mem;
	mutex_lock(&lock);
	same = find_locked(l->pages, l->n);
	if (same) {
		same->refs++;
	} else {
		err = usermem_finish(l, reason);
		if (!err) {
			l->refs = 1;
			list_add(&l->node, &usermems);
		}
	}
	mutex_unlock(&lock);
	if (!same && !err)
		return l;
	unpin_user_pages(l->pages, l->n);
	usermem_free(l);
	return same;

no_mem:
	usermem_free(l);
	return NULL;
}

void os_usermem_unpin(struct os_usermem *l)
{
	bool is_last;

	mutex_lock(&lock);
	is_last = --l->refs == 0;
	if (is_last)
		list_del(&l->node);
	mutex_unlock(&lock);
	if (!is_last)
		return;
	vunmap(l->at);
	l->at = NULL;
	/* The engine wrote there, unseen by the processor's own record of it. */
	unpin_user_pages_dirty_lock(l->pages, l->n, true);
	usermem_free(l);
}

void *os_usermem_addr(const struct os_usermem *l)
{
	return l->at;
}
