/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports through the public interface: open, bind, map, send, receive, ask. Functions
 * return 0 or -errno unless a comment says otherwise.
 */
#ifndef SYSTEST_PORT_H
#define SYSTEST_PORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <net/netmap.h>
#include <net/netmap_inspect.h>

#include "program.h"
#include "ring.h"

struct port {
	int fd;
	char *mem;		/* NULL until mapped */
	struct nmreq_register reg;
	struct netmap_if *nif;
};

/* What to register; mode 0 stands for NR_REG_ALL_NIC. */
struct port_spec {
	const char *name;
	uint32_t mode;
	uint16_t ringid;
	uint64_t flags;
	uint32_t tx_slots, rx_slots;
	uint16_t tx_rings, rx_rings;
	uint16_t host_tx_rings, host_rx_rings;
	uint16_t mem_id;
	uint32_t extra;
};

int port_try(struct port *p, const struct port_spec *s);
/* As port_try, but a failure ends the program. */
void port_need(struct port *p, const struct port_spec *s);
/* port_open(&p, "vale0:a", .tx_rings = 2): bind and map, 0 or -errno. */
#define port_open(p, ...)	port_try(p, &(struct port_spec){ .name = __VA_ARGS__ })
#define port_must(p, ...)	port_need(p, &(struct port_spec){ .name = __VA_ARGS__ })
void port_close(struct port *p);	/* fd and map */
void port_unmap(struct port *p);
int port_map(struct port *p);
/* Where in the map the port's region begins: 0 but where one map shows all. */
uint64_t port_region(const struct port *p);

int dev_open(void);			/* an fd; a failure ends the program */
/* Whether netmapd serves the device: one map shows all regions. */
bool dev_is_process(void);
int ctrl(int fd, uint16_t type, const char *name, void *body);
int ctrl_opts(int fd, uint16_t type, const char *name, void *body, void *options);
int ctrl_raw(int fd, struct nmreq_header *h);
int do_ioctl(int fd, unsigned long cmd, void *arg);
/* A request on a new fd. */
int ctrl_once(uint16_t type, const char *name, void *body);
/* Reason of the last failure of fd, "" if there is none. Static storage. */
const char *reason(int fd);
/* Whether the reason exists and holds the word (NULL: any). */
bool has_reason(int fd, const char *word);

static inline int txsync(const struct port *p)
{
	return do_ioctl(p->fd, NIOCTXSYNC, NULL);
}

static inline int rxsync(const struct port *p)
{
	return do_ioctl(p->fd, NIOCRXSYNC, NULL);
}

/* Rings by number; NULL if not bound by this fd. Host rings follow those of the card. */
struct netmap_ring *port_tx(const struct port *p, unsigned int i);
struct netmap_ring *port_rx(const struct port *p, unsigned int i);

static inline char *ring_buf(const struct netmap_ring *r, uint32_t idx)
{
	return (char *)(uintptr_t)r + r->buf_ofs + (uint64_t)idx * r->nr_buf_size;
}

/* Frames of an rx ring to a tx ring by exchange of buffers, as far as there is room. */
static inline void ring_move(struct netmap_ring *rx, struct netmap_ring *tx)
{
	while (ring_space(rx) && ring_space(tx)) {
		struct netmap_slot *r = &rx->slot[rx->head], *s = &tx->slot[tx->head];
		uint32_t idx = s->buf_idx;

		s->buf_idx = r->buf_idx;
		s->len = r->len;
		s->flags = NS_BUF_CHANGED | (r->flags & NS_MOREFRAG);
		r->buf_idx = idx;
		r->flags = NS_BUF_CHANGED;
		ring_release(rx, 1);
		ring_release(tx, 1);
	}
}

/* Queue one frame in one slot; false if there is no room. Syncs nothing. */
bool ring_put(struct netmap_ring *r, const void *data, uint32_t len, uint16_t flags);
/* Queue one frame in slots of at most chunk bytes. */
bool ring_put_frags(struct netmap_ring *r, const void *data, uint32_t len, uint32_t chunk);
/* Take one whole frame out; bytes, or -EAGAIN if there is none, -EMSGSIZE if it exceeds size. */
int ring_take(struct netmap_ring *r, void *data, uint32_t size);

/* Send one frame on tx ring 0 and sync. */
int port_send(struct port *p, const void *data, uint32_t len);
/* rxsync and take one frame from any bound rx ring. */
int port_recv(struct port *p, void *data, uint32_t size);
/* rxsync and discard all frames. Returns how many slots they had. */
unsigned int port_drain(struct port *p);

/* poll() for ms; revents, 0 on timeout, or -errno. */
int port_poll(const struct port *p, int events, int ms);

#endif
