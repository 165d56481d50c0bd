// SPDX-License-Identifier: BSD-2-Clause
/*
 * The wire by packet sockets, which work for any device. The kernel copies frames both ways, and
 * chooses the transmit queue of a frame by the CPU that sends it.
 */
#define OS_PLATFORM
#include <stdlib.h>

#include "packet.h"

struct packet {
	struct tx_ring tx[BROKER_TX_MAX];
	struct tx_ring jumbo;		/* for frames too long for the others */
	struct rx_socket *rx[BROKER_RX_MAX];
	uint32_t txs, rxs;
};

static void packet_close(void *wire)
{
	struct packet *p = wire;

	while (p->rxs)
		rx_socket_free(p->rx[--p->rxs]);
	while (p->txs)
		tx_ring_close(&p->tx[--p->txs]);
	if (p->jumbo.map)
		tx_ring_close(&p->jumbo);
	free(p);
}

/* Of several sockets the first receives frames without a queue, each other one those of a queue. */
static int packet_open_sockets(struct packet *p, struct os_netdev *nd,
			       const struct broker_opened *o)
{
	int err = tx_ring_open(&p->jumbo, o->jumbo, BROKER_JUMBO_SLOTS, BROKER_JUMBO_SLOT);

	while (!err && p->txs < o->txs) {
		err = tx_ring_open(&p->tx[p->txs], o->tx[p->txs], BROKER_TX_SLOTS, BROKER_TX_SLOT);
		p->txs += !err;
	}
	while (!err && p->rxs < o->rxs) {
		p->rx[p->rxs] = rx_socket_make(nd, o->rx[p->rxs], p->rxs ? p->rxs - 1 : 0);
		err = p->rx[p->rxs] ? 0 : -ENOMEM;
		p->rxs += !err;
	}
	return err;
}

static void *packet_open(struct os_netdev *nd, const struct broker_opened *o, int *err)
{
	struct packet *p = calloc(1, sizeof(*p));

	*err = p ? packet_open_sockets(p, nd, o) : -ENOMEM;
	if (*err && p) {
		packet_close(p);
		p = NULL;
	}
	return p;
}

/* The ring whose slots have room for a frame: its queue's, the one for long frames, none. */
enum size { SMALL, LONG, TOO_LONG };

static enum size size_of(const struct packet *p, uint32_t len)
{
	if (len <= tx_ring_frame_max(&p->tx[0]))
		return SMALL;
	return len <= tx_ring_frame_max(&p->jumbo) ? LONG : TOO_LONG;
}

/* Return the number of leading pieces that are frames of one size. */
static uint32_t size_run(const struct packet *p, const struct os_frag *frag, uint32_t n,
			 enum size *size)
{
	uint32_t at = 0, len, i;

	for (i = 0; i < n; at = i) {
		len = 0;
		do {
			len += frag[i].len;
		} while (frag[i++].more);
		if (!at)
			*size = size_of(p, len);
		else if (size_of(p, len) != *size)
			break;
	}
	return at;
}

/*
 * A frame that no device takes, such as one forwarded from a device with a greater MTU, is dropped
 * and counts as sent.
 */
static uint32_t packet_send(void *wire, uint32_t queue, const struct os_frag *frag, uint32_t n,
			    uint32_t *in_flight)
{
	struct packet *p = wire;
	struct tx_ring *r = &p->tx[queue % p->txs];
	uint32_t done = 0, run, sent;
	enum size size = SMALL;

	(void)in_flight;
	while (done < n) {
		run = sent = size_run(p, frag + done, n - done, &size);
		if (size != TOO_LONG)
			sent = tx_ring_send(size == SMALL ? r : &p->jumbo, frag + done, run);
		done += sent;
		if (sent < run)
			break;
	}
	return done;
}

static uint32_t packet_sources(const void *wire)
{
	const struct packet *p = wire;

	return p->rxs;
}

static int packet_source(const void *wire, uint32_t i)
{
	const struct packet *p = wire;

	return rx_socket_fd(p->rx[i]);
}

static bool packet_receive(void *wire, uint32_t i)
{
	struct packet *p = wire;

	return rx_socket_receive(p->rx[i]);
}

const struct wire_ops wire_packet = {
	.name = "packet sockets",
	.open = packet_open,
	.close = packet_close,
	.send = packet_send,
	.sources = packet_sources,
	.source = packet_source,
	.receive = packet_receive,
};
