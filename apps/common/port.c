// SPDX-License-Identifier: BSD-2-Clause
/* Opening a port: the device, NETMAP_REQ_REGISTER, mmap(), and the reason if one of them fails. */
#include "port.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "device.h"
#include "request.h"

int port_explain(const struct port *port, const char *what, struct errmsg *err)
{
	char reason[NM_REASON_LEN];
	int error = errno;

	if (request_reason(port->fd, 0, reason, sizeof(reason)))
		errmsg_set(err, "%s: %s: %s (%s)", port->spec.name, what, reason, strerror(error));
	else
		errmsg_set(err, "%s: %s: %s", port->spec.name, what, strerror(error));
	errno = error;
	return -1;
}

/* Send a request about the port. Return 0, or -1 with errno set. */
static int port_request(const struct port *port, uint16_t type, void *body)
{
	int error = -request_send(port->fd, type, port->spec.name, body, NULL);

	errno = error;
	return error ? -1 : 0;
}

static int open_device(struct port *port, struct errmsg *err)
{
	port->fd = device_open(DEVICE_PATH);
	if (port->fd >= 0)
		return 0;
	errno = -port->fd;
	return errmsg_set(err, DEVICE_PATH ": %s%s", strerror(errno), request_open_hint(errno));
}

static int register_port(struct port *port, const struct port_wish *wish, struct errmsg *err)
{
	port->reg = (struct nmreq_register){
		.nr_mode = port->spec.mode,
		.nr_ringid = port->spec.ringid,
		.nr_mem_id = port->spec.mem_id,
		.nr_flags = port->spec.flags | NR_ACCEPT_VNET_HDR,
		.nr_tx_slots = wish->tx_slots,
		.nr_rx_slots = wish->rx_slots,
		.nr_tx_rings = wish->tx_rings,
		.nr_rx_rings = wish->rx_rings,
		.nr_extra_bufs = wish->extra_bufs,
	};
	if (port_request(port, NETMAP_REQ_REGISTER, &port->reg))
		return port_explain(port, "cannot open the port", err);
	return 0;
}

static int map_region(struct port *port, const struct port *share, struct errmsg *err)
{
	void *map;

	if (share && share->reg.nr_mem_id == port->reg.nr_mem_id &&
	    share->reg.nr_memsize == port->reg.nr_memsize) {
		port->map = share->map;
		return 0;
	}
	map = mmap(NULL, port->reg.nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, port->fd, 0);
	if (map == MAP_FAILED)
		return port_explain(port, "cannot map its memory", err);
	port->map = map;
	port->has_own_map = true;
	return 0;
}

static int refuse_memory(const struct port *port, struct errmsg *err)
{
	return errmsg_set(err, "%s: its memory is corrupt: another program has written to it",
			  port->spec.name);
}

/* Describe the rings that have an offset, from index base of ring_ofs[] on. */
static int list_rings(struct port *port, unsigned int base, unsigned int count,
		      struct ring **list, unsigned int *n, struct errmsg *err)
{
	unsigned int i;

	for (i = base; i < base + count; i++) {
		const ssize_t ofs = __atomic_load_n(&port->nifp->ring_ofs[i], __ATOMIC_RELAXED);
		struct ring *ring = &port->rings[i];

		if (ofs == 0)
			continue;
		if (!ring_init(ring, port->map, port->reg.nr_memsize,
			       port->reg.nr_offset + (uint64_t)ofs))
			return refuse_memory(port, err);
		list[(*n)++] = ring;
	}
	return 0;
}

/* The netmap_if has the numbers of rings too, but in memory that other programs can write. */
static int find_rings(struct port *port, struct errmsg *err)
{
	const uint64_t size = port->reg.nr_memsize, at = port->reg.nr_offset;
	const uint32_t tx = (uint32_t)port->reg.nr_tx_rings + port->reg.nr_host_tx_rings;
	const uint32_t rx = (uint32_t)port->reg.nr_rx_rings + port->reg.nr_host_rx_rings;
	struct netmap_if *nifp = NETMAP_IF(port->map, at);

	if (at > size || size - at < sizeof(*nifp) ||
	    tx + rx > (size - at - sizeof(*nifp)) / sizeof(nifp->ring_ofs[0]))
		return refuse_memory(port, err);
	port->nifp = nifp;
	port->rings = calloc(tx + rx + 1, sizeof(port->rings[0]));
	port->tx = calloc(tx + rx + 1, sizeof(port->tx[0]));
	if (!port->rings || !port->tx)
		return errmsg_set(err, "out of memory");
	port->rx = port->tx + tx;
	if (!(port->spec.flags & NR_RX_RINGS_ONLY) &&
	    list_rings(port, 0, tx, port->tx, &port->tx_count, err))
		return -1;
	if (!(port->spec.flags & NR_TX_RINGS_ONLY) &&
	    list_rings(port, tx, rx, port->rx, &port->rx_count, err))
		return -1;
	return 0;
}

int port_open(struct port *port, const struct port_spec *spec, const struct port_wish *wish,
	      const struct port *share, struct errmsg *err)
{
	*port = (struct port){ .fd = -1, .spec = *spec };
	if (open_device(port, err) == 0 && register_port(port, wish, err) == 0 &&
	    map_region(port, share, err) == 0 && find_rings(port, err) == 0) {
		drops_begin(port);
		return 0;
	}
	port_close(port);
	return -1;
}

void port_close(struct port *port)
{
	free(port->tx);
	free(port->rings);
	if (port->has_own_map)
		munmap(port->map, port->reg.nr_memsize);
	if (port->fd >= 0)
		close(port->fd);
	*port = (struct port){ .fd = -1 };
}

int port_header_get(const struct port *port, unsigned int *len)
{
	struct nmreq_port_hdr body = { 0 };

	if (port_request(port, NETMAP_REQ_PORT_HDR_GET, &body))
		return -1;
	*len = body.nr_hdr_len;
	return 0;
}

int port_header_set(const struct port *port, unsigned int len, struct errmsg *err)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = len };

	if (port_request(port, NETMAP_REQ_PORT_HDR_SET, &body))
		return port_explain(port, "cannot set the virtio-net header length", err);
	return 0;
}

int port_sync(const struct port *port, unsigned long request, struct errmsg *err)
{
	if (ioctl(port->fd, request, NULL) == 0 || errno == EINTR || errno == EAGAIN)
		return 0;
	return port_explain(port, request == NIOCTXSYNC ? "cannot send" : "cannot receive", err);
}

unsigned int port_pending(const struct port *port)
{
	unsigned int i, sum = 0;

	for (i = 0; i < port->tx_count; i++)
		sum += port->tx[i]->num_slots - 1 - ring_there(port->tx[i]);
	return sum;
}

unsigned int port_push(const struct port *port, struct errmsg *err)
{
	unsigned int i, left;

	if (port_sync(port, NIOCTXSYNC, err))
		return UINT_MAX;
	left = port_pending(port);
	for (i = 0; i < port->tx_count && left > 0; i++)
		ring_await_more(port->tx[i]);
	return left;
}

unsigned int port_drain(const struct port *port, unsigned int ms)
{
	unsigned int left = port_pending(port), before;
	uint64_t last = clock_now();
	struct errmsg unused;

	while (port_sync(port, NIOCTXSYNC, &unused) == 0) {
		before = left;
		left = port_pending(port);
		if (left < before)
			last = clock_now();
		if (left == 0 || clock_now() - last > ms * NSEC_PER_MSEC)
			break;
		clock_sleep_until(clock_now() + NSEC_PER_MSEC);
	}
	return left;
}
