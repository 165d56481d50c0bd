// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Memory for the engine, and pages that clients map. All the latter together have a bound: who
 * runs out of memory because of one greedy client is as likely as not another process.
 *
 * Pages come as single pages with a reference count each, even when they lie in a row: a
 * client may lend one of them to the kernel (a read into a mapped buffer, a vmsplice), and
 * that page then lives on by itself after the others are freed.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "platform.h"

/* Above this, physical contiguity costs the kernel more than it gives us. */
#define RUN_MAX		SZ_2M

/* Powers of two are aligned to their size, whole pages to the page; other sizes are not. */
void *os_alloc(size_t size)
{
	if (size <= PAGE_SIZE)
		size = roundup_pow_of_two(max_t(size_t, size, SMP_CACHE_BYTES));
	else
		size = PAGE_ALIGN(size);
	return kvzalloc(size, GFP_KERNEL_ACCOUNT);
}

void os_free(void *p)
{
	kvfree(p);
}

/* A row of physical pages is fewer TLB misses for the engine. It is tried, not fought for. */
static void *run_alloc(size_t size)
{
	return alloc_pages_exact(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NORETRY |
				 __GFP_NOWARN);
}

/* Each client maps its port's region alone, from the beginning. */
struct os_space {
	char unused;
};

static struct os_space whole;

bool os_space_is_shared(void)
{
	return false;
}

struct os_space *os_space_open(uint64_t size, bool is_low)
{
	return &whole;
}

void os_space_close(struct os_space *s)
{
}

uint64_t os_space_offset(const struct os_space *s)
{
	return 0;
}

static unsigned int memory;
module_param(memory, uint, 0644);
MODULE_PARM_DESC(memory, NM_MEMORY_HELP);

static atomic_long_t pages_used;	/* of all regions */

static long pages_max(void)
{
	unsigned int mib = READ_ONCE(memory);

	return mib ? (long)mib << (20 - PAGE_SHIFT) : (long)(totalram_pages() / 2);
}

static bool pages_charge(size_t size)
{
	long n = size >> PAGE_SHIFT;

	if (atomic_long_add_return(n, &pages_used) <= pages_max())
		return true;
	atomic_long_sub(n, &pages_used);
	return false;
}

static void pages_uncharge(size_t size)
{
	atomic_long_sub(size >> PAGE_SHIFT, &pages_used);
}

void *os_pages_alloc(struct os_space *s, uint64_t off, size_t size)
{
	void *p = NULL;

	size = PAGE_ALIGN(size);
	if (!pages_charge(size))
		return NULL;
	if (size <= RUN_MAX)
		p = run_alloc(size);
	if (!p)
		p = __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN |
			      __GFP_RETRY_MAYFAIL);
	if (!p)
		pages_uncharge(size);
	return p;
}

/*
 * No map is left: each holds the region. Whoever else took a reference to a page has the
 * page's own count; this drops only ours.
 */
void os_pages_free(struct os_space *s, void *p, size_t size)
{
	if (!p)
		return;
	size = PAGE_ALIGN(size);
	if (is_vmalloc_addr(p))
		vfree(p);
	else
		free_pages_exact(p, size);
	pages_uncharge(size);
}

struct page *nm_page_of(const void *addr)
{
	return is_vmalloc_addr(addr) ? vmalloc_to_page(addr) : virt_to_page(addr);
}
