// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Memory for the engine, and pages that clients map. The pages of all regions together have a
 * limit, because one client that takes too many makes other processes run out of memory.
 *
 * Each page has its own reference count, even when pages are contiguous: a client may pass one of
 * them to the kernel (read() into a mapped buffer, vmsplice()), and that page then outlives the
 * others.
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

/* Above this size, physical contiguity costs the kernel more than it gains us. */
#define CONTIGUOUS_MAX	SZ_2M

/*
 * Round the size up so that the memory is aligned: powers of two to their size, larger ones to a
 * page.
 */
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

/* Try to allocate contiguous pages, for fewer TLB misses in the engine. Does not reclaim hard. */
static void *pages_alloc_contiguous(size_t size)
{
	return alloc_pages_exact(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NORETRY |
				 __GFP_NOWARN);
}

/* Each client maps only its port's region, from offset 0. */
struct os_space {
	char unused;
};

static struct os_space whole;

bool os_space_is_shared(void)
{
	return false;
}

struct os_space *os_space_open(struct os_domain *domain, uint64_t size, bool is_low)
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

uint64_t os_pages_limit(void)
{
	return (uint64_t)pages_max() << PAGE_SHIFT;
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
	if (size <= CONTIGUOUS_MAX)
		p = pages_alloc_contiguous(size);
	if (!p)
		p = __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN |
			      __GFP_RETRY_MAYFAIL);
	if (!p)
		pages_uncharge(size);
	return p;
}

/*
 * Free our reference to each page. No map is left, because each one references the region. A page
 * that the kernel still references is freed when its own count drops to zero.
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
