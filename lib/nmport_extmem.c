// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options of the register request that a port owns: external memory, and offsets of packets in
 * their buffers. Each is in the port's list of steps to undo.
 */
#include "lib.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct extmem {
	struct nmport_cleanup_d clean;
	struct nmreq_opt_extmem opt;
	void *map; /* of the file; NULL if the program passed the memory */
	size_t size;
	int fd; /* of the file, or -1; stays open because netmapd copies it */
};

struct offsets {
	struct nmport_cleanup_d clean;
	struct nmreq_opt_offsets opt;
};

static void cleanup_push(struct nmport_d *d, struct nmport_cleanup_d *c, struct nmreq_option *opt)
{
	nmreq_push_option(&d->hdr, opt);
	c->next = d->clist;
	d->clist = c;
}

static void extmem_undo(struct nmport_cleanup_d *c, struct nmport_d *d)
{
	struct extmem *e = (struct extmem *)(void *)c;

	nmreq_remove_option(&d->hdr, &e->opt.nro_opt);
	d->extmem = NULL;
	if (e->fd >= 0)
		close(e->fd);
	if (e->map != NULL && !mem_adopt(d->ctx, e->map, e->size))
		munmap(e->map, e->size);
	nmctx_free(d->ctx, e);
}

/*
 * Add the option. extmem_undo() unmaps map, which is base or NULL, and closes fd unless it is -1.
 * Returns 0, or -1 with errno set; then the caller still owns map and fd.
 */
static int extmem_add(struct nmport_d *d, void *base, size_t size, void *map, int fd)
{
	struct extmem *e;

	if (d->extmem != NULL)
		return ctx_fail(d->ctx, EINVAL, "%.63s: external memory was set already",
				d->hdr.nr_name);
	if (d->register_done)
		return ctx_fail(d->ctx, EINVAL,
				"%.63s: is registered: external memory must be set earlier",
				d->hdr.nr_name);
	e = ctx_alloc(d->ctx, sizeof(*e));
	if (e == NULL)
		return -1;
	e->clean.undo = extmem_undo;
	e->opt.nro_opt.nro_reqtype = NETMAP_REQ_OPT_EXTMEM;
	e->opt.nro_usrptr = (uintptr_t)base;
	e->opt.nro_info.nr_memsize = size;
	e->map = map;
	e->size = size;
	e->fd = fd;
	d->extmem = &e->opt;
	cleanup_push(d, &e->clean, &e->opt.nro_opt);
	return 0;
}

int nmport_extmem(struct nmport_d *d, void *base, size_t size)
{
	if (base == NULL || size == 0)
		return ctx_fail(d->ctx, EINVAL, "%.63s: external memory is empty", d->hdr.nr_name);
	return extmem_add(d, base, size, NULL, -1);
}

/* Map an open file as a whole. Returns MAP_FAILED on failure, after reporting it. */
static void *extmem_map_file(const struct nmport_d *d, int fd, const char *fname, size_t *size)
{
	struct stat st;
	void *map;

	if (fstat(fd, &st)) {
		ctx_fail(d->ctx, errno, "%s: %s", fname, strerror(errno));
		return MAP_FAILED;
	}
	if (st.st_size <= 0) {
		ctx_fail(d->ctx, EINVAL, "%s: is empty: it needs the size of the memory region",
			 fname);
		return MAP_FAILED;
	}
	*size = (size_t)st.st_size;
	map = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		ctx_fail(d->ctx, errno, "%s: cannot map %zu bytes: %s", fname, *size,
			 strerror(errno));
	return map;
}

int nmport_extmem_from_file(struct nmport_d *d, const char *fname)
{
	size_t size = 0;
	void *map;
	int fd, err;

	fd = open(fname, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return ctx_fail(d->ctx, errno, "%s: %s", fname, strerror(errno));
	map = extmem_map_file(d, fd, fname, &size);
	if (map != MAP_FAILED && extmem_add(d, map, size, map, fd) == 0)
		return 0;
	err = errno;
	if (map != MAP_FAILED)
		munmap(map, size);
	close(fd);
	errno = err;
	return -1;
}

struct nmreq_pools_info *nmport_extmem_getinfo(struct nmport_d *d)
{
	return d->extmem != NULL ? &d->extmem->nro_info : NULL;
}

static void offsets_undo(struct nmport_cleanup_d *c, struct nmport_d *d)
{
	struct offsets *o = (struct offsets *)(void *)c;

	nmreq_remove_option(&d->hdr, &o->opt.nro_opt);
	nmctx_free(d->ctx, o);
}

int nmport_offset(struct nmport_d *d, uint64_t initial, uint64_t maxoff, uint64_t bits,
		  uint64_t mingap)
{
	struct offsets *o;

	if (nmreq_find_option(&d->hdr, NETMAP_REQ_OPT_OFFSETS) != NULL)
		return ctx_fail(d->ctx, EINVAL, "%.63s: offsets were set already", d->hdr.nr_name);
	if (d->register_done)
		return ctx_fail(d->ctx, EINVAL, "%.63s: is registered: offsets must be set earlier",
				d->hdr.nr_name);
	if (bits > 64)
		return ctx_fail(d->ctx, EINVAL, "%.63s: %llu bits of an offset: at most 64",
				d->hdr.nr_name, (unsigned long long)bits);
	o = ctx_alloc(d->ctx, sizeof(*o));
	if (o == NULL)
		return -1;
	o->clean.undo = offsets_undo;
	o->opt.nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS;
	o->opt.nro_initial_offset = initial;
	o->opt.nro_max_offset = maxoff;
	o->opt.nro_offset_bits = (uint32_t)bits;
	o->opt.nro_min_gap = mingap;
	cleanup_push(d, &o->clean, &o->opt.nro_opt);
	return 0;
}
