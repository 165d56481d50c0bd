// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mappings: one for each region and context, shared by the context's ports in the region, so
 * that they can exchange buffers. The context's lock guards the list.
 */
#include "lib.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static struct nmem_d *mem_find_locked(struct nmctx *ctx, uint16_t id)
{
	struct nmem_d *m;

	for (m = ctx->mem_descs; m != NULL && m->mem_id != id; m = m->next)
		continue;
	return m;
}

static void mem_insert_locked(struct nmctx *ctx, struct nmem_d *m)
{
	m->next = ctx->mem_descs;
	if (m->next != NULL)
		m->next->prev = m;
	ctx->mem_descs = m;
}

static void mem_remove_locked(struct nmctx *ctx, struct nmem_d *m)
{
	if (m->next != NULL)
		m->next->prev = m->prev;
	if (m->prev != NULL)
		m->prev->next = m->next;
	else
		ctx->mem_descs = m->next;
}

/*
 * Return the offset at which the port's region begins in what the device maps: its first pool is
 * there. Other regions are before it, where a process serves the device. 0 if that is unknown.
 */
static size_t region_start(const struct nmport_d *d)
{
	struct nmreq_pools_info info = { .nr_mem_id = d->reg.nr_mem_id };
	struct nmreq_header hdr;

	nmreq_header_init(&hdr, NETMAP_REQ_POOLS_INFO_GET, &info);
	if (ioctl(d->fd, NIOCCTRL, &hdr) != 0 || info.nr_if_pool_offset >= d->reg.nr_memsize ||
	    info.nr_if_pool_offset % (uint64_t)sysconf(_SC_PAGESIZE) != 0)
		return 0;
	return (size_t)info.nr_if_pool_offset;
}

/*
 * Return the address that offsets count from, or MAP_FAILED with errno set. Only the region is
 * accessible; addresses before it are reserved, so that a program that touches or locks all of its
 * memory takes none of the other regions'.
 */
static void *map_region(const struct nmport_d *d)
{
	const size_t size = (size_t)d->reg.nr_memsize;
	size_t start;
	char *at;
	int err;

	if (d->extmem != NULL)
		return (void *)(uintptr_t)d->extmem->nro_usrptr;
	start = region_start(d);
	if (start == 0)
		return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, 0);
	at = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return MAP_FAILED;
	if (mmap(at + start, size - start, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, d->fd,
		 (off_t)start) != MAP_FAILED)
		return at;
	err = errno;
	munmap(at, size);
	errno = err;
	return MAP_FAILED;
}

static struct nmem_d *mem_new_locked(const struct nmport_d *d)
{
	struct nmem_d *m = ctx_alloc(d->ctx, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->mem_id = d->reg.nr_mem_id;
	m->size = (size_t)(d->extmem != NULL ? d->extmem->nro_info.nr_memsize : d->reg.nr_memsize);
	m->is_extmem = d->extmem != NULL;
	m->mem = map_region(d);
	if (m->mem == MAP_FAILED) {
		int err = errno;

		nmctx_free(d->ctx, m);
		ctx_fail(d->ctx, err, "%.63s: cannot map the %llu bytes of its region: %s",
			 d->hdr.nr_name, (unsigned long long)d->reg.nr_memsize, strerror(err));
		return NULL;
	}
	mem_insert_locked(d->ctx, m);
	return m;
}

/*
 * Get a reference to the context's mapping of the port's region; map it if there is none. Returns
 * NULL on failure, after reporting it.
 */
static struct nmem_d *mem_get(struct nmport_d *d)
{
	struct nmem_d *m;

	nmctx_lock(d->ctx);
	m = mem_find_locked(d->ctx, d->reg.nr_mem_id);
	if (m == NULL)
		m = mem_new_locked(d);
	if (m != NULL)
		m->refcount++;
	nmctx_unlock(d->ctx);
	return m;
}

static void mem_put(struct nmctx *ctx, struct nmem_d *m)
{
	nmctx_lock(ctx);
	if (--m->refcount == 0) {
		mem_remove_locked(ctx, m);
		if (!m->is_extmem)
			munmap(m->mem, m->size);
		nmctx_free(ctx, m);
	}
	nmctx_unlock(ctx);
}

bool mem_adopt(struct nmctx *ctx, const void *map, size_t size)
{
	struct nmem_d *m;

	nmctx_lock(ctx);
	for (m = ctx->mem_descs; m != NULL && m->mem != map; m = m->next)
		continue;
	if (m != NULL) {
		m->is_extmem = 0;
		m->size = size;
	}
	nmctx_unlock(ctx);
	return m != NULL;
}

/* Find the first and the last of n rings that are bound; 1 and 0 if none is. */
static void rings_find_range(const struct netmap_if *nifp, uint32_t base, uint32_t n,
			     uint16_t *first, uint16_t *last)
{
	bool found = false;
	uint32_t i;

	*first = 1;
	*last = 0;
	for (i = 0; i < n; i++) {
		if (nifp->ring_ofs[base + i] == 0)
			continue;
		if (!found)
			*first = (uint16_t)i;
		*last = (uint16_t)i;
		found = true;
	}
}

static void port_find_rings(struct nmport_d *d)
{
	/* The netmap_if has these numbers too, but in memory that other programs can write. */
	uint32_t tx = (uint32_t)d->reg.nr_tx_rings + d->reg.nr_host_tx_rings;
	uint32_t rx = (uint32_t)d->reg.nr_rx_rings + d->reg.nr_host_rx_rings;

	rings_find_range(d->nifp, 0, tx, &d->first_tx_ring, &d->last_tx_ring);
	rings_find_range(d->nifp, tx, rx, &d->first_rx_ring, &d->last_rx_ring);
	d->cur_tx_ring = d->first_tx_ring;
	d->cur_rx_ring = d->first_rx_ring;
}

int nmport_mmap(struct nmport_d *d)
{
	struct nmem_d *m;

	if (!d->register_done)
		return ctx_fail(d->ctx, EINVAL, "%.63s: cannot map a port that is not registered",
				d->hdr.nr_name);
	if (d->mmap_done)
		return ctx_fail(d->ctx, EINVAL, "%.63s: is already mapped", d->hdr.nr_name);
	m = mem_get(d);
	if (m == NULL)
		return -1;
	d->mem = m;
	d->nifp = NETMAP_IF(m->mem, d->reg.nr_offset);
	port_find_rings(d);
	d->mmap_done = 1;
	return 0;
}

void nmport_undo_mmap(struct nmport_d *d)
{
	if (!d->mmap_done)
		return;
	mem_put(d->ctx, d->mem);
	d->mem = NULL;
	d->nifp = NULL;
	d->first_tx_ring = d->last_tx_ring = d->cur_tx_ring = 0;
	d->first_rx_ring = d->last_rx_ring = d->cur_rx_ring = 0;
	d->mmap_done = 0;
}
