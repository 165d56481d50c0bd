/* SPDX-License-Identifier: BSD-2-Clause */
/* Serving the kernel's messages. The thread that reads a message answers it. */
#ifndef NETMAPD_SERVE_H
#define NETMAPD_SERVE_H

#include <sys/types.h>

#include "conn.h"

/* Set which group and others may use the device. Called before the first message. */
void serve_setup(gid_t gid, mode_t mode);

/* Kinds of messages that the workers treat specially; see workers.c. */
bool serve_is_release(const struct request *rq);
bool serve_is_paging(const struct request *rq);
/* True if the client can repeat the request: serve_refuse() makes it fail with EAGAIN. */
bool serve_may_refuse(const struct request *rq);
void serve_refuse(const struct request *rq);
/* Touch the memory that replies to paging use: they must not fault. */
void serve_touch(void);
bool serve_needs_order(const struct request *rq);

/*
 * Prepare a message, by its header, for a reply before it has been served. Returns false if that
 * cannot be: only requests that may wait for their caller's memory can be abandoned.
 */
bool serve_abandon(void *message);

/* Serve a message and reply. */
void serve(const struct request *rq);

#endif
