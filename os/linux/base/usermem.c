// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * User memory: pages of the caller, pinned long-term and mapped contiguously for the engine. They
 * stay valid until they are unpinned, even if the caller unmaps them, truncates their file or
 * exits.
 *
 * They count in the caller's mm->pinned_vm against its RLIMIT_MEMLOCK, as pages pinned for RDMA do.
 * That needs a reference to the mm's struct, and unpinning takes no lock of the mm. User memory is
 * found by its pages, in a list with its own lock, which is innermost except for the locks that
 * pinning and mapping take.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "platform.h"

#define PIN_BATCH	8192ul	/* pages pinned between two checks for a fatal signal */

struct os_usermem {
	struct list_head node;		/* in usermems */
	unsigned int refs;		/* guarded by usermems_lock */
	unsigned long n;		/* pages; const, as are all fields below */
	struct page **pages;
	void *at;
	struct mm_struct *mm;		/* charged for the pages; referenced */
};

static DEFINE_MUTEX(usermems_lock);
static LIST_HEAD(usermems);	/* guarded by usermems_lock */

/*
 * True if the page is memory. A page of a file on disk is refused: its file system must be notified
 * before the page is written, which the engine cannot do.
 */
static bool page_is_memory(struct page *page)
{
	struct folio *folio = page_folio(page);

	return folio_test_anon(folio) || folio_test_swapbacked(folio) || folio_test_hugetlb(folio);
}

static int pages_pin(unsigned long at, unsigned long n, struct page **pages,
		     struct nm_reason *reason)
{
	unsigned long done = 0, i;
	int got = 0;

	while (done < n && got >= 0) {
		got = fatal_signal_pending(current) ? -EINTR :
		      pin_user_pages_fast(at + done * PAGE_SIZE, min(PIN_BATCH, n - done),
					  FOLL_WRITE | FOLL_LONGTERM, pages + done);
		done += max(got, 0);
		if (got == 0)
			got = -EFAULT;
	}
	for (i = 0; i < done && page_is_memory(pages[i]); i++)
		;
	if (done == n && i == n)
		return 0;
	unpin_user_pages(pages, done);
	if (i < done)
		return nm_refuse(reason, -EINVAL, "it is mapped from a file on disk: "
				 "use other memory, or a file in memory");
	if (got == -ENOMEM)
		return nm_refuse(reason, -ENOMEM, "the system cannot pin that much of it");
	return nm_refuse(reason, got == -EINTR ? got : -EFAULT,
			 "part of it is unmapped or read-only");
}

static bool memlock_allows(unsigned long pages)
{
	const unsigned long limit = rlimit(RLIMIT_MEMLOCK);

	return pages <= limit >> PAGE_SHIFT || limit == RLIM_INFINITY || capable(CAP_IPC_LOCK);
}

static int mm_charge(struct mm_struct *mm, unsigned long n)
{
	if (memlock_allows(atomic64_add_return(n, &mm->pinned_vm)))
		return 0;
	atomic64_sub(n, &mm->pinned_vm);
	return -ENOMEM;
}

static void usermem_free(struct os_usermem *m)
{
	if (m->at)
		vunmap(m->at);
	if (m->mm) {
		atomic64_sub(m->n, &m->mm->pinned_vm);
		mmdrop(m->mm);
	}
	kvfree(m->pages);
	kfree(m);
}

static struct os_usermem *usermem_find_locked(struct page **pages, unsigned long n)
{
	struct os_usermem *m;

	list_for_each_entry(m, &usermems, node)
		if (m->n == n && !memcmp(m->pages, pages, n * sizeof(*pages)))
			return m;
	return NULL;
}

static int memlock_refuse(struct nm_reason *reason)
{
	return nm_refuse(reason, -ENOMEM, "the process may not lock that much memory: "
			 "raise RLIMIT_MEMLOCK (ulimit -l)");
}

/* Charge m's pages and map them. Returns 0 or an error. */
static int usermem_map(struct os_usermem *m, struct nm_reason *reason)
{
	if (mm_charge(current->mm, m->n))
		return memlock_refuse(reason);
	m->mm = current->mm;
	mmgrab(m->mm);
	m->at = vmap(m->pages, m->n, VM_MAP, PAGE_KERNEL);
	return m->at ? 0 : nm_refuse(reason, -ENOMEM, "the kernel has no addresses to map it at");
}

struct os_usermem *os_usermem_pin(struct os_caller *caller, uint64_t at, uint64_t size,
				  struct nm_reason *reason)
{
	struct os_usermem *m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT), *same;
	int err = 0;

	if (!m) {
		nm_refuse_nomem(reason, "its description");
		return NULL;
	}
	m->n = size >> PAGE_SHIFT;
	/* Check before pinning, so as never to exceed the limit; mm_charge() checks again. */
	if (!memlock_allows(m->n)) {
		memlock_refuse(reason);
		goto fail;
	}
	m->pages = kvcalloc(m->n, sizeof(*m->pages), GFP_KERNEL_ACCOUNT);
	if (!m->pages) {
		nm_refuse_nomem(reason, "its list of pages");
		goto fail;
	}
	if (pages_pin(at, m->n, m->pages, reason))
		goto fail;
	mutex_lock(&usermems_lock);
	same = usermem_find_locked(m->pages, m->n);
	if (same) {
		same->refs++;
	} else {
		err = usermem_map(m, reason);
		if (!err) {
			m->refs = 1;
			list_add(&m->node, &usermems);
		}
	}
	mutex_unlock(&usermems_lock);
	if (!same && !err)
		return m;
	unpin_user_pages(m->pages, m->n);
	usermem_free(m);
	return same;

fail:
	usermem_free(m);
	return NULL;
}

void os_usermem_unpin(struct os_usermem *m)
{
	bool is_last;

	mutex_lock(&usermems_lock);
	is_last = --m->refs == 0;
	if (is_last)
		list_del(&m->node);
	mutex_unlock(&usermems_lock);
	if (!is_last)
		return;
	vunmap(m->at);
	m->at = NULL;
	/* Mark the pages dirty: the engine wrote to them through its own mapping. */
	unpin_user_pages_dirty_lock(m->pages, m->n, true);
	usermem_free(m);
}

void *os_usermem_addr(const struct os_usermem *m)
{
	return m->at;
}
