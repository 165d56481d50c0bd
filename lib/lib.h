/* SPDX-License-Identifier: BSD-2-Clause */
/* Declarations that the files of the library share. */
#ifndef LIB_LIB_H
#define LIB_LIB_H

#include <stdbool.h>

#include <libnetmap.h>

/*
 * struct port - the object that nmport_new() allocates
 * @d: the part that programs know
 * @requested: reg before the registration, which overwrites it with its results
 */
struct port {
	struct nmport_d d;
	struct nmreq_register requested;
};

/* A step that nmport_undo_parse() undoes, the last one first. */
struct nmport_cleanup_d {
	struct nmport_cleanup_d *next;
	void (*undo)(struct nmport_cleanup_d *c, struct nmport_d *d);
};

/* Pass a text to the context's error callback and set errno to err. Returns -1. */
int ctx_fail(struct nmctx *ctx, int err, const char *fmt, ...) NMLIB_PRINTF_(3, 4);
/* Allocate zeroed memory from the context. NULL on failure, after reporting it. */
void *ctx_alloc(struct nmctx *ctx, size_t size);

/* Open /dev/netmap. Returns the descriptor, or -1 after reporting the failure. */
int device_open(struct nmctx *ctx);
/* Call NIOCCTRL. Returns 0, or -1 with errno set after reporting "what: the reason". */
int device_request(int fd, struct nmreq_header *hdr, const char *what, struct nmctx *ctx);
/* Call NIOCTXSYNC or NIOCRXSYNC: the only place that does. Returns 0, or -1 with errno set. */
int device_sync(int fd, unsigned long cmd);
/* Write the engine's reason for fd's last failure, or strerror(errno), to text. Keeps errno. */
const char *device_reason(int fd, char *text, size_t size);

/*
 * If ports of the context still use this mapping, make it theirs, so that the last of them unmaps
 * it. Returns whether there are any; if not, the caller unmaps it.
 */
bool mem_adopt(struct nmctx *ctx, const void *map, size_t size);

#endif
