/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP stream whose every byte is known, from this process to a server in a network namespace of its
 * own, to which a device is moved for it, or back from there.
 */
#ifndef SYSTEST_STREAM_H
#define SYSTEST_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct stream {
	const char *dev;	/* the server's device, and its address there */
	const char *address;
	uint64_t bytes;		/* to be sent */
	bool is_back;		/* the server sends */
	uint64_t got;		/* by who does not send, and how many of them were wrong */
	uint64_t bad;
	uint64_t ns;		/* from connected until all was read */
	uint64_t anew;		/* segments that had to be sent again */
	uint32_t step;
};

/* s from shared_alloc(). Returns when the server listens; -errno, or its process. */
pid_t stream_serve(struct stream *s);
/* Until all of it was sent and read: 0 or -errno. */
int stream_run(struct stream *s);

#endif
