// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Memory for the engine, and pages that clients map. No state, no lock.
 *
 * Pages come as single pages with a reference count each, even when they lie in a row: a
 * client may lend one of them to the kernel (a read into a mapped buffer, a vmsplice), and
 * that page then lives on by itself after the others are freed.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "home.h"

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

void *os_pages_alloc(struct os_space *s, uint64_t off, size_t size)
{
	void *p = NULL;

	size = PAGE_ALIGN(size);
	if (size <= RUN_MAX)
		p = run_alloc(size);
	if (!p)
		p = __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN |
			      __GFP_RETRY_MAYFAIL);
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
	if (is_vmalloc_addr(p))
		vfree(p);
	else
		free_pages_exact(p, PAGE_ALIGN(size));
}

struct page *nm_page_of(const void *addr)
{
	return is_vmalloc_addr(addr) ? vmalloc_to_page(addr) : virt_to_page(addr);
}
