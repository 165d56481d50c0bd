/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated client program. It opens, registers, maps and moves frames by the engine's calls,
 * and sees shared memory through a map of its own, page by page as a process would, never through
 * the engine's addresses.
 *
 * Any thread may call these functions, but only one at a time for the same client.
 */
#ifndef CLIENT_H
#define CLIENT_H

#define OS_PLATFORM
#include "../../core/engine.h"
#include "../../include/net/netmap_inspect.h"
#include "../../os/test/os_test.h"
#include "../common/ring.h"

struct map;

struct client {
	struct nm_client *c;
	struct os_caller who;
	struct nmreq_header hdr;	/* of the last request, as it came back */
	struct nmreq_register reg;	/* of the last register, as it came back */
	struct map *map;
	struct netmap_if *nifp;
};

extern struct os_ns test_ns;		/* the clients' namespace, unless a test passes another */

/*
 * The first two return 0 or the engine's error; the others end the test program on an error. The
 * domain is os_domain_first, unless it is given.
 */
int client_open(struct client *p, struct os_ns *ns);
int client_open_in(struct client *p, struct os_ns *ns, struct os_domain *domain);
struct client *client_new(void);
struct client *client_new_in(struct os_domain *domain);
void client_close(struct client *p);	/* of client_open */
void client_end(struct client *p);	/* of client_new, client_new_in; NULL is fine */

/* Any request; opts is the first option or NULL. */
int client_ctrl(struct client *p, uint16_t type, const char *name, void *body,
		struct nmreq_option *opts);
int client_legacy(struct client *p, uint32_t cmd, struct nmreq *req);
/* Bind by p->reg as it stands, then map. */
int client_register_as_is(struct client *p, const char *name, struct nmreq_option *opts);
/* Bind to all rings of a port with defaults; client_bound opens too, and is NULL if it failed. */
int client_register(struct client *p, const char *name);
struct client *client_bound(const char *name);
struct client *client_bound_with(const char *name, uint32_t mode, uint16_t ringid, uint64_t flags);
/* Map after a request other than these has bound the client. */
void client_map(struct client *p, uint64_t offset);

/* The reason of the last failure, in a static buffer of the calling thread. */
const char *client_reason(struct client *p);

/* The given number of bytes at an offset of the map; NULL if they are not all there. */
void *client_at(struct client *p, uint64_t off, size_t bytes);
/* Rings by number in their direction, host rings after the others; NULL if not bound. */
struct netmap_ring *client_tx(struct client *p, uint32_t i);
struct netmap_ring *client_rx(struct client *p, uint32_t i);
uint8_t *client_buf(struct client *p, struct netmap_ring *ring, uint32_t idx);

int client_txsync(struct client *p);
int client_rxsync(struct client *p);
uint32_t client_poll(struct client *p, uint32_t events);

/*
 * Put a frame into tx ring i without a sync, in slots of at most frag bytes. Returns false if
 * there is no room.
 */
bool client_put(struct client *p, uint32_t i, const void *frame, size_t len, uint16_t flags);
bool client_put_frags(struct client *p, uint32_t i, const void *frame, size_t len, size_t frag,
		      uint16_t flags);
/* Take the next frame of rx ring i without a sync. Returns its bytes, or -1 if there is none. */
long client_take(struct client *p, uint32_t i, void *frame, size_t room);
/* Put and txsync; rxsync and take. */
bool client_send(struct client *p, const void *frame, size_t len);
long client_receive(struct client *p, void *frame, size_t room);
uint32_t client_drain(struct client *p);	/* rxsync, discard all; how many frames */

/*
 * A poll that would sleep: client_sleep() registers and returns what is ready, client_woken() says
 * whether a wakeup has come since, or comes within ms.
 */
uint32_t client_sleep(struct client *p, uint32_t events, struct os_poller *poller);
bool client_woken(struct os_poller *poller, int ms);

/* A listing's record of one ring, of one region; all 0 but a ring's number if it is not listed. */
struct nm_info_ring ring_info(const char *port, uint32_t dir, uint32_t ring);
struct nm_info_region region_info(uint16_t id);

/* An Ethernet frame from station src to station dst, whose bytes depend on all four arguments. */
#define STATION_ALL	0xffffffffu	/* broadcast */
#define STATION_GROUP	0x01000000u	/* with this bit: multicast */
void frame_make(uint8_t *frame, size_t len, uint32_t dst, uint32_t src, uint32_t number);
bool frame_is(const uint8_t *frame, size_t len, uint32_t dst, uint32_t src, uint32_t number);

#endif
