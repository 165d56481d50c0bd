/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to the kernel's FUSE client. The process has one, made by conn_start() and used by
 * all its threads. Each message is one read or one write.
 */
#ifndef NETMAPD_CONN_H
#define NETMAPD_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuse_abi.h"

/* The longest message is a write of CONN_MAX_WRITE bytes with its headers. */
#define CONN_MAX_WRITE	(128u << 10)
#define CONN_BUFFER	(CONN_MAX_WRITE + 4096u)

struct os_interrupt;

/* A message as it was read. */
struct request {
	struct fuse_in_header *in;
	void *body;		/* after the header */
	size_t body_size;
	struct os_interrupt *interrupt;	/* of the worker that serves it; NULL: it does not wait */
};

/*
 * Answer the kernel's FUSE_INIT. memory: a file in memory, to find out whether the kernel can pass
 * maps of clients through to such files; conn_has_passthrough() says whether it can; -1: do not.
 * Returns 0 or -errno.
 */
int conn_start(int fuse_fd, int memory);
/* Close the connection. Every request that waits for a reply, in the kernel too, fails now. */
void conn_end(void);
bool conn_has_passthrough(void);
int conn_fd(void);

/*
 * Read a message into buf, of CONN_BUFFER bytes. Returns 0, -EAGAIN if there is none, -ENODEV at
 * the end.
 */
int conn_read(void *buf, struct request *rq);

/* Reply to a request. err: 0 or -errno; body may be NULL. */
void conn_reply(const struct request *rq, int err, const void *body, size_t size);
void conn_reply2(const struct request *rq, const void *body, size_t size, const void *more,
		 size_t more_size);

/* Reply EINTR to a request, by its number: a later reply has no effect. */
void conn_reply_interrupted(uint64_t unique);

/* Make the callers of poll() on the file with this kh check it again. Any thread; takes no lock. */
void conn_notify_poll(uint64_t kh);
/* Make the kernel drop a part of a file from its cache. */
void conn_notify_forget(uint64_t node, uint64_t off, uint64_t size);
/* Make the kernel cache zeros for a part of a file. Returns 0 or -errno. */
int conn_notify_zero(uint64_t node, uint64_t off, uint64_t size);
extern const char conn_zeros[CONN_MAX_WRITE];

/*
 * Set the flags of the reply to an open. id: of the memory, with passthrough; has_flush: report
 * each close of a descriptor.
 */
void conn_open_reply(struct fuse_open_out *out, int32_t id, bool has_flush);

#endif
