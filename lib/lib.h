/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the library share and nobody else sees. */
#ifndef LIB_LIB_H
#define LIB_LIB_H

#include <stdbool.h>

#include <libnetmap.h>

/*
 * struct port - what nmport_new() really makes.
 * @d: the part that programs know
 * @asked: reg before the registration, which overwrites it with its results
 */
struct port {
	struct nmport_d d;
	struct nmreq_register asked;
};

/* Undone by nmport_undo_parse(), the last one first. */
struct nmport_cleanup_d {
	struct nmport_cleanup_d *next;
	void (*undo)(struct nmport_cleanup_d *c, struct nmport_d *d);
};

/* Tell the context; errno becomes err. Returns -1. */
int ctx_fail(struct nmctx *ctx, int err, const char *fmt, ...) NMLIB_PRINTF_(3, 4);
/* Zeroed memory from the context; a failure has been told. */
void *ctx_alloc(struct nmctx *ctx, size_t size);

/* An fd of /dev/netmap, or -1; a failure has been told. */
int device_open(struct nmctx *ctx);
/* NIOCCTRL; a failure is told as "what: the reason", with its errno. 0 or -1. */
int device_request(int fd, struct nmreq_header *hdr, const char *what, struct nmctx *ctx);
/*
 * The one place where a sync is asked for; cmd is NIOCTXSYNC or NIOCRXSYNC. 0, or -1 with errno.
 */
int device_sync(int fd, unsigned long cmd);
/* Why the last request of fd failed: the engine's words, else those for errno, which stays. */
const char *device_reason(int fd, char *text, size_t size);

/*
 * A mapping that is about to be undone: if ports of the context are still in it, it becomes
 * theirs, and the last of them undoes it. Whether there are any.
 */
bool mem_adopt(struct nmctx *ctx, const void *map, size_t size);

#endif
