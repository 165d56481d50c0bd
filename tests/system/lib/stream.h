/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP stream whose every byte is known, between this process and a server in a new network
 * namespace, to which a device is moved.
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
	uint64_t got;		/* by the receiver, and how many of them were wrong */
	uint64_t bad;
	uint64_t ns;		/* from connected until all was read */
	uint64_t resent;		/* segments sent again */
	uint32_t step;
};

/* s from shared_alloc(). Returns when the server listens; -errno, or its process. */
pid_t stream_serve(struct stream *s);
/* Until all of it was sent and read: 0 or -errno. */
int stream_run(struct stream *s);

#endif
