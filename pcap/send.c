/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending: each packet is sent immediately, as programs expect. */
#include "shim.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "../apps/common/clock.h"

#define FULL_MS		1000	/* time to wait for room in a full ring */
#define REST_MS		1000	/* at close: time to wait for queued packets to be sent */
#define NAP_NS		NSEC_PER_MSEC

static int refuse_size(struct handle *h, size_t size)
{
	return handle_fail(h, PCAP_ERROR, "%.64s: cannot send a packet of %zu bytes: 1 to %d",
			   h->name, size, SNAPLEN_MAX);
}

/* Queue a packet, after a sync if there is no room. Returns 1, 0 (no room) or PCAP_ERROR. */
static int queue_after_sync(struct handle *h, const void *data, size_t size)
{
	if (nmport_inject(h->port, data, size) != 0)
		return 1;
	if (nmport_txsync(h->port) != 0)
		return handle_fail(h, PCAP_ERROR, "%s", port_error());
	return nmport_inject(h->port, data, size) != 0;
}

/* Queue a packet, waiting up to FULL_MS for room. Returns 0 or PCAP_ERROR. */
static int queue_packet(struct handle *h, const void *data, size_t size)
{
	struct pollfd p = { .fd = h->port->fd, .events = POLLOUT };
	uint64_t deadline = clock_now() + FULL_MS * NSEC_PER_MSEC;
	bool is_woken = false;
	int ret;

	while ((ret = queue_after_sync(h, data, size)) == 0) {
		if (h->nonblock || clock_now() >= deadline) {
			errno = h->nonblock ? EAGAIN : ENOBUFS;
			return handle_fail(h, PCAP_ERROR,
					   "%.64s: no room to send: its receiver does not read",
					   h->name);
		}
		/* There was some room, but not enough for all slots of the packet. */
		if (is_woken)
			clock_sleep_until(clock_now() + NAP_NS);
		is_woken = poll(&p, 1, FULL_MS) > 0;
		if (is_woken && (p.revents & (POLLERR | POLLHUP | POLLNVAL)))
			return handle_fail(h, PCAP_ERROR, "%.64s: the port was removed", h->name);
	}
	return ret < 0 ? ret : 0;
}

int send_packet(struct handle *h, const void *data, size_t size)
{
	size_t whole = size + h->header;

	if (h->port == NULL)
		return handle_fail(h, PCAP_ERROR_NOT_ACTIVATED, "%.64s: not activated", h->name);
	if (h->port->last_tx_ring < h->port->first_tx_ring ||
	    h->port->reg.nr_flags & (NR_RX_RINGS_ONLY | NR_MONITOR_TX | NR_MONITOR_RX))
		return handle_fail(h, PCAP_ERROR, "%.64s: no transmit ring", h->name);
	if (size == 0 || size > SNAPLEN_MAX)
		return refuse_size(h, size);
	if (h->out != NULL) {
		memcpy(h->out + h->header, data, size);
		data = h->out;
	}
	if (queue_packet(h, data, whole) != 0)
		return PCAP_ERROR;
	if (nmport_txsync(h->port) != 0)
		return handle_fail(h, PCAP_ERROR, "%s", port_error());
	return (int)size;
}

static bool is_sending(const struct nmport_d *d)
{
	struct ring ring;
	unsigned int i;

	for (i = d->first_tx_ring; i <= d->last_tx_ring; i++) {
		const ssize_t ofs = __atomic_load_n(&d->nifp->ring_ofs[i], __ATOMIC_RELAXED);

		if (ofs != 0 &&
		    ring_init(&ring, d->mem->mem, d->mem->size, d->reg.nr_offset + (uint64_t)ofs) &&
		    ring_there(&ring) < ring.num_slots - 1)
			return true;
	}
	return false;
}

/* Wait for queued packets: closing the port drops those that are not sent yet. */
void send_rest(struct handle *h)
{
	const struct nmport_d *d = h->port;
	uint64_t deadline;

	if (d == NULL || d->last_tx_ring < d->first_tx_ring)
		return;
	deadline = clock_now() + REST_MS * NSEC_PER_MSEC;
	while (is_sending(d) && nmport_txsync(h->port) == 0 && is_sending(d) &&
	       clock_now() < deadline)
		clock_sleep_until(clock_now() + NAP_NS);
}
