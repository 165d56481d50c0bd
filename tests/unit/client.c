/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of a simulated client program. See client.h. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client.h"
#include "map.h"

struct os_ns test_ns;

int client_open_in(struct client *p, struct os_ns *ns, struct os_domain *domain)
{
	memset(p, 0, sizeof(*p));
	p->who.pid = getpid();
	return nm_client_open(ns, domain, &p->who, &p->c);
}

int client_open(struct client *p, struct os_ns *ns)
{
	return client_open_in(p, ns, &os_domain_first);
}

struct client *client_new_in(struct os_domain *domain)
{
	struct client *p = malloc(sizeof(*p));

	if (!p || client_open_in(p, &test_ns, domain)) {
		puts("Bail out! cannot open a client");
		exit(1);
	}
	return p;
}

struct client *client_new(void)
{
	return client_new_in(&os_domain_first);
}

void client_close(struct client *p)
{
	nm_client_close(p->c);
	map_put(p->map);
	p->map = NULL;
}

void client_end(struct client *p)
{
	if (!p)
		return;
	client_close(p);
	free(p);
}

int client_ctrl(struct client *p, uint16_t type, const char *name, void *body,
		struct nmreq_option *opts)
{
	struct nmreq_header *h = &p->hdr;

	memset(h, 0, sizeof(*h));
	h->nr_version = NETMAP_API;
	h->nr_reqtype = type;
	memcpy(h->nr_name, name, strnlen(name, sizeof(h->nr_name)));
	h->nr_body = (uintptr_t)body;
	h->nr_options = (uintptr_t)opts;
	return nm_client_ctrl(p->c, &p->who, h);
}

int client_legacy(struct client *p, uint32_t cmd, struct nmreq *req)
{
	return nm_client_legacy(p->c, &p->who, cmd, req);
}

void client_map(struct client *p, uint64_t offset)
{
	struct nm_region *r = nm_client_region(p->c);

	if (!r)
		return;
	p->map = map_get(r);
	nm_region_put(r);
	p->nifp = client_at(p, offset, sizeof(*p->nifp));
	if (p->nifp) {
		uint32_t rings = p->nifp->ni_tx_rings + p->nifp->ni_rx_rings +
				 p->nifp->ni_host_tx_rings + p->nifp->ni_host_rx_rings;

		p->nifp = client_at(p, offset,
				    sizeof(*p->nifp) + rings * sizeof(p->nifp->ring_ofs[0]));
	}
}

int client_register_as_is(struct client *p, const char *name, struct nmreq_option *opts)
{
	int err = client_ctrl(p, NETMAP_REQ_REGISTER, name, &p->reg, opts);

	if (!err)
		client_map(p, p->reg.nr_offset);
	return err;
}

int client_register(struct client *p, const char *name)
{
	memset(&p->reg, 0, sizeof(p->reg));
	p->reg.nr_mode = NR_REG_ALL_NIC;
	return client_register_as_is(p, name, NULL);
}

struct client *client_bound_with(const char *name, uint32_t mode, uint16_t ringid, uint64_t flags)
{
	struct client *p = client_new();

	p->reg.nr_mode = mode;
	p->reg.nr_ringid = ringid;
	p->reg.nr_flags = flags;
	if (client_register_as_is(p, name, NULL)) {
		printf("# cannot bind to %s: %s\n", name, client_reason(p));
		client_end(p);
		return NULL;
	}
	return p;
}

struct client *client_bound(const char *name)
{
	return client_bound_with(name, NR_REG_ALL_NIC, 0, 0);
}

const char *client_reason(struct client *p)
{
	static _Thread_local struct nmreq_reason reason;
	struct nmreq_header h = { .nr_version = NETMAP_API, .nr_reqtype = NETMAP_REQ_REASON_GET };

	memset(&reason, 0, sizeof(reason));
	h.nr_body = (uintptr_t)&reason;
	if (nm_client_ctrl(p->c, &p->who, &h))
		return "(no reason)";
	return reason.text;
}

void *client_at(struct client *p, uint64_t off, size_t bytes)
{
	return p->map ? map_at(p->map, off, bytes) : NULL;
}

/* The ring that ring_ofs[i] leads to. */
static struct netmap_ring *ring_at(struct client *p, uint32_t i)
{
	uint64_t off = (uint64_t)((char *)p->nifp - (char *)client_at(p, 0, 1));
	struct netmap_ring *r;

	if (p->nifp->ring_ofs[i] == 0)
		return NULL;
	off += (uint64_t)p->nifp->ring_ofs[i];
	r = client_at(p, off, sizeof(*r));
	if (!r)
		return NULL;
	/* One load: another client bound to the ring may be writing rubbish there. */
	return client_at(p, off, sizeof(*r) + os_load32(&r->num_slots) * sizeof(r->slot[0]));
}

struct netmap_ring *client_tx(struct client *p, uint32_t i)
{
	if (!p->nifp || i >= p->nifp->ni_tx_rings + p->nifp->ni_host_tx_rings)
		return NULL;
	return ring_at(p, i);
}

struct netmap_ring *client_rx(struct client *p, uint32_t i)
{
	if (!p->nifp || i >= p->nifp->ni_rx_rings + p->nifp->ni_host_rx_rings)
		return NULL;
	return ring_at(p, p->nifp->ni_tx_rings + p->nifp->ni_host_tx_rings + i);
}

uint8_t *client_buf(struct client *p, struct netmap_ring *ring, uint32_t idx)
{
	uint64_t off = (uint64_t)((char *)ring - (char *)client_at(p, 0, 1)) +
		       (uint64_t)ring->buf_ofs + (uint64_t)idx * ring->nr_buf_size;

	return client_at(p, off, ring->nr_buf_size);
}

int client_txsync(struct client *p)
{
	return nm_client_sync(p->c, &p->who, true);
}

int client_rxsync(struct client *p)
{
	return nm_client_sync(p->c, &p->who, false);
}

uint32_t client_poll(struct client *p, uint32_t events)
{
	return nm_client_poll(p->c, &p->who, events, NULL);
}

uint32_t client_sleep(struct client *p, uint32_t events, struct os_poller *poller)
{
	os_poller_begin(poller);
	return nm_client_poll(p->c, &p->who, events, poller);
}

bool client_woken(struct os_poller *poller, int ms)
{
	bool woken = os_poller_wait(poller, ms);

	os_poller_end(poller);
	return woken;
}
