/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to the kernel's FUSE client: one for the process, made by conn_start() and
 * used by all its threads. Messages are whole: one read, one write each.
 */
#ifndef NETMAPD_CONN_H
#define NETMAPD_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuse_abi.h"

/* The most a message takes: a write of CONN_MAX_WRITE bytes with its headers. */
#define CONN_MAX_WRITE	(128u << 10)
#define CONN_BUFFER	(CONN_MAX_WRITE + 4096u)

/* A message as it was read. */
struct os_interrupt;
struct request {
	struct fuse_in_header *in;
	void *body;		/* after the header */
	size_t body_size;
	struct os_interrupt *interrupt;	/* of who carries it out; NULL: it does not wait */
};

/*
 * The kernel's greeting and our answer. memory: the file that clients are to map, if the kernel
 * can pass their maps through to it; conn_has_passthrough() tells. 0 or -errno.
 */
int conn_start(int fuse_fd, int memory);
/* Nobody answers any more: who still waits for an answer, in the kernel too, gets an error now. */
void conn_end(void);
bool conn_has_passthrough(void);
int conn_fd(void);

/* One message into buf, of CONN_BUFFER bytes. 0, -EAGAIN if there is none, -ENODEV at the end. */
int conn_read(void *buf, struct request *rq);

/* Answers. err: 0 or -errno; body may be NULL. */
void conn_reply(const struct request *rq, int err, const void *body, size_t size);
void conn_reply2(const struct request *rq, const void *body, size_t size, const void *more,
		 size_t more_size);

/* Who polls the file that has this kh shall look again. Any thread; no lock is taken here. */
void conn_notify_poll(uint64_t kh);
/* The kernel shall drop what it caches of the file's bytes. */
void conn_notify_forget(uint64_t off, uint64_t size);
/* It shall cache zeros for them, whatever it had. 0 or -errno. */
int conn_notify_zero(uint64_t off, uint64_t size);
extern const char conn_zeros[CONN_MAX_WRITE];

/* For the answer to an open. */
void conn_open_reply(struct fuse_open_out *out);

#endif
