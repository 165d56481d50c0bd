/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's end of a doorbell (net/netmap_doorbell.h). One thread at a time uses a bell; a
 * child after fork() uses none of its parent's.
 */
#ifndef DOORBELL_CLIENT_H
#define DOORBELL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <net/netmap_doorbell.h>

struct bell;

/*
 * Ask for a doorbell for a bound file, whose netmap_if is at nif_offset of its map. is_eager: do not
 * wait for the answer to a tx sync while each ring has room left: quicker, but the frames are on
 * their way when the sync returns, not there. NULL if the server gives none.
 */
struct bell *bell_open(int fd, uint64_t nif_offset, uint64_t memsize, bool is_eager);
void bell_close(struct bell *b);
int bell_fd(const struct bell *b);

/* As NIOCTXSYNC, NIOCRXSYNC: 0 or -errno. */
int bell_sync(struct bell *b, bool tx);
/* As poll() of this file alone: ready events, 0 when timeout_ms is over (-1: never), -EINTR. */
int bell_poll(struct bell *b, short events, int timeout_ms);

#endif
