// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Map regions into the address space of clients.
 *
 * Each vma has a reference to its region, taken in nm_mmap() and, for the copies that fork, a split
 * or a move make, in vma_open(); vma_close() puts it. The kernel calls vma_close() after it has
 * removed the vma's page table entries, so a region's pages are freed only when no process maps
 * them. A vma has a file, which keeps this module loaded. It is a file of the map's own instead of
 * the client's, so that close() ends the client's binding although its map remains.
 *
 * Locks: the kernel holds the mmap lock around all functions here, and we hold none. The region's
 * reference count is guarded by the regions' lock, which may be taken under the mmap lock.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "compat.h"
#include "platform.h"

/* Pages mapped by one fault, because clients touch neighbouring rings and buffers next. */
#define FAULT_PAGES	16

static uint64_t vma_offset(const struct vm_area_struct *vma, unsigned long addr)
{
	return ((uint64_t)vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
}

/*
 * Collect the pages from addr to the end of its batch, of the vma or of the allocated part of the
 * region. Returns their number.
 */
static unsigned long vma_collect_pages(struct vm_area_struct *vma, unsigned long addr,
				       struct page **pages)
{
	const struct nm_region *r = vma->vm_private_data;
	unsigned long end = min(vma->vm_end, ALIGN(addr + 1, FAULT_PAGES * PAGE_SIZE));
	unsigned long n = 0;
	void *p;

	for (; addr < end; addr += PAGE_SIZE) {
		p = nm_region_page(r, vma_offset(vma, addr));
		if (!p)
			break;
		pages[n++] = nm_page_of(p);
	}
	return n;
}

/*
 * Map a batch of pages; each page table entry takes a reference to its page. -EBUSY means that an
 * entry exists already: if it is the first one, another thread was faster; otherwise the batch ends
 * there.
 */
static vm_fault_t vma_fault(struct vm_fault *vmf)
{
	struct page *pages[FAULT_PAGES];
	unsigned long n, left;
	int err;

	n = vma_collect_pages(vmf->vma, vmf->address & PAGE_MASK, pages);
	if (!n)
		return VM_FAULT_SIGBUS;
	left = n;
	err = vm_insert_pages(vmf->vma, vmf->address & PAGE_MASK, pages, &left);
	if (left < n || err == -EBUSY)
		return VM_FAULT_NOPAGE;
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

static void vma_open(struct vm_area_struct *vma)
{
	nm_region_get(vma->vm_private_data);
}

static void vma_close(struct vm_area_struct *vma)
{
	nm_region_put(vma->vm_private_data);
}

static const struct vm_operations_struct vma_ops = {
	.open = vma_open,
	.close = vma_close,
	.fault = vma_fault,
};

/*
 * True if the vma lies inside the region, whose last page may be partial. No addition can overflow.
 */
static bool vma_is_inside(struct vm_area_struct *vma, const struct nm_region *r)
{
	unsigned long pages = DIV_ROUND_UP(nm_region_size(r), PAGE_SIZE);

	return vma->vm_pgoff < pages && vma_pages(vma) <= pages - vma->vm_pgoff;
}

/* A map's own file is only referenced. */
static const struct file_operations map_file_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
};

/* Give the vma a file of its own in place of the client's. */
static int vma_set_own_file(struct vm_area_struct *vma)
{
	struct file *file = anon_inode_getfile("[netmap]", &map_file_fops, NULL, O_RDWR);

	if (IS_ERR(file))
		return PTR_ERR(file);
	vma_set_file(vma, file);
	fput(file);
	return 0;
}

int nm_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct nm_region *r;
	int err;

	/* A private copy would not be the ring. A read-only one is harmless: it is never copied. */
	if (!(vma->vm_flags & VM_SHARED)) {
		if (vma->vm_flags & VM_WRITE)
			return -EINVAL;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	r = nm_client_region(file->private_data);
	if (!r)
		return -ENXIO;
	/* User memory is mapped by its owner already, and is not ours to map elsewhere. */
	if (nm_region_is_user(r))
		err = -ENODEV;
	else
		err = vma_is_inside(vma, r) ? vma_set_own_file(vma) : -EINVAL;
	if (err) {
		nm_region_put(r);
		return err;
	}
	/* Set VM_MIXEDMAP here: vm_insert_pages() cannot during a fault. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP);
	vma->vm_private_data = r;
	vma->vm_ops = &vma_ops;
	return 0;
}
