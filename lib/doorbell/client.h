/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's end of a doorbell (net/netmap_doorbell.h). Only one thread at a time may use a
 * bell; a child after fork() must not use its parent's.
 */
#ifndef DOORBELL_CLIENT_H
#define DOORBELL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <net/netmap_doorbell.h>

struct bell;

/*
 * Request a doorbell for a bound file, whose netmap_if is at nif_offset of its map. is_eager: do
 * not wait for the answer to a tx sync while each ring has room left: faster, but when the sync
 * returns the frames are in flight, not delivered. Returns NULL if the server offers no doorbell.
 */
struct bell *bell_open(int fd, uint64_t nif_offset, uint64_t memsize, bool is_eager);
void bell_close(struct bell *b);
int bell_fd(const struct bell *b);

/* As NIOCTXSYNC or NIOCRXSYNC. Returns 0 or -errno. */
int bell_sync(struct bell *b, bool tx);
/* As poll() of this file alone. Returns the ready events, 0 on timeout (-1: none), or -EINTR. */
int bell_poll(struct bell *b, short events, int timeout_ms);

#endif
