// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Regions in the address space of clients.
 *
 * Each vma holds its region: from nm_mmap(), and from vma_open() for the copies that fork,
 * a split or a move make, to vma_close(). The kernel calls vma_close() after the vma's page
 * table entries are gone, so a region's pages are freed only when nobody maps them. A vma
 * holds a file, which holds this module; it is not the client's but one of the map's own, so
 * that close() ends the client's binding though its map goes on. Locks: the kernel's mmap lock
 * is held in all of these, nothing of ours; the region's count has the engine's lock, below the
 * mmap lock.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "compat.h"
#include "platform.h"

/* Pages mapped by one fault: a client touches neighbours next, ring by ring, buffer by buffer. */
#define BATCH	16

static uint64_t vma_offset(const struct vm_area_struct *vma, unsigned long addr)
{
	return ((uint64_t)vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
}

/* Collect pages from addr on, up to the end of its batch, of the vma, or of what is there. */
static unsigned long pages_from(struct vm_area_struct *vma, unsigned long addr, struct page **pages)
{
	const struct nm_region *r = vma->vm_private_data;
	unsigned long end = min(vma->vm_end, ALIGN(addr + 1, BATCH * PAGE_SIZE));
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
 * Each page table entry takes a reference of its page. -EBUSY says that an entry was there
 * already: if it is the first, another thread was faster, else the batch just ends there.
 */
static vm_fault_t vma_fault(struct vm_fault *vmf)
{
	struct page *pages[BATCH];
	unsigned long n, left;
	int err;

	n = pages_from(vmf->vma, vmf->address & PAGE_MASK, pages);
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

/* Offset and length in pages; the region's last page may be a part. No sum can overflow. */
static bool is_inside(struct vm_area_struct *vma, const struct nm_region *r)
{
	unsigned long pages = DIV_ROUND_UP(nm_region_size(r), PAGE_SIZE);

	return vma->vm_pgoff < pages && vma_pages(vma) <= pages - vma->vm_pgoff;
}

/* What a map's own file can do: be held. */
static const struct file_operations map_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
};

/* Give the vma a file of its own in place of the client's. */
static int detach_from_client(struct vm_area_struct *vma)
{
	struct file *file = anon_inode_getfile("[netmap]", &map_fops, NULL, O_RDWR);

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

	/* A private copy of a ring would only look like one. To read it is harmless. */
	if (!(vma->vm_flags & VM_SHARED)) {
		if (vma->vm_flags & VM_WRITE)
			return -EINVAL;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	r = nm_client_region(file->private_data);
	if (!r)
		return -ENXIO;
	/* What a program lent is in its own map already; pages of another's would not be ours to give. */
	if (nm_region_is_user(r))
		err = -ENODEV;
	else
		err = is_inside(vma, r) ? detach_from_client(vma) : -EINVAL;
	if (err) {
		nm_region_put(r);
		return err;
	}
	/* VM_MIXEDMAP here, since vm_insert_pages() could not set it during a fault. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP);
	vma->vm_private_data = r;
	vma->vm_ops = &vma_ops;
	return 0;
}
