/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the kernel, each answered by the thread that read it. */
#ifndef NETMAPD_SERVE_H
#define NETMAPD_SERVE_H

#include <sys/types.h>

#include "conn.h"

/* Who may open the device; before the first message. */
void serve_setup(uid_t uid, gid_t gid, mode_t mode);

/* What a message means to the threads that read them; see workers.c. */
bool serve_is_release(const struct request *rq);
bool serve_is_paging(const struct request *rq);
/* A request that a client can make again, and the answer to it: EAGAIN. */
bool serve_may_refuse(const struct request *rq);
void serve_refuse(const struct request *rq);
/* Touch what answers to paging use: no page of ours may be missing then. */
void serve_touch(void);
bool serve_needs_order(const struct request *rq);

void serve(const struct request *rq);

#endif
