// SPDX-License-Identifier: BSD-2-Clause
/* From slots to blocks of the file. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/clock.h"
#include "../common/request.h"
#include "../../lib/ring.h"

/* Return the drops of the port's receive rings; 0 if the engine has no listings. */
static uint64_t drops_now(const struct port *port)
{
	char name[PORT_LISTED_LEN];
	struct nm_info_port info;

	port_spec_listed(&port->spec, name);
	if (request_port_info(port->fd, name, &info))
		return 0;
	return info.rx_drops;
}

static int open_filter(struct capture *c, struct errmsg *err)
{
	pcap_t *dead;
	int ret = 0;

	if (c->opt->filter[0] == '\0')
		return 0;
	dead = pcap_open_dead(DLT_EN10MB, SNAPLEN_MAX);
	if (!dead)
		return errmsg_set(err, "out of memory");
	if (pcap_compile(dead, &c->filter, c->opt->filter, 1, PCAP_NETMASK_UNKNOWN))
		ret = errmsg_set(err, "filter '%.100s': %s", c->opt->filter, pcap_geterr(dead));
	c->has_filter = ret == 0;
	pcap_close(dead);
	return ret;
}

static int open_partials(struct capture *c, struct errmsg *err)
{
	unsigned int i;

	if (c->port.rx_count == 0)
		return errmsg_set(err, "%s: no receive ring is bound", c->port.spec.name);
	c->partials = calloc(c->port.rx_count, sizeof(c->partials[0]));
	if (!c->partials)
		return errmsg_set(err, "out of memory");
	for (i = 0; i < c->port.rx_count; i++) {
		c->partials[i].data = malloc(SNAPLEN_MAX);
		if (!c->partials[i].data)
			return errmsg_set(err, "out of memory");
	}
	return 0;
}

/*
 * Request timestamps, which a network device has for each packet. Packets that are in the rings
 * already have none and get the time of their batch.
 */
static void request_times(struct capture *c)
{
	struct nm_info_port info;
	unsigned int i;
	uint32_t at;

	if (request_port_info(c->port.fd, c->port.spec.name, &info) || info.kind != NM_KIND_NIC)
		return;
	c->has_times = true;
	for (i = 0; i < c->port.rx_count; i++) {
		struct ring *ring = c->port.rx[i];

		if (ring->shared->flags & NR_PKT_TIMESTAMP)
			continue;
		for (at = 0; at < ring->num_slots; at++)
			ring->slot[at].ptr = 0;
		ring->shared->flags |= NR_PKT_TIMESTAMP;
	}
}

static void release(struct capture *c)
{
	unsigned int i;

	for (i = 0; c->partials && i < c->port.rx_count; i++)
		free(c->partials[i].data);
	free(c->partials);
	c->partials = NULL;
	if (c->has_filter)
		pcap_freecode(&c->filter);
	port_close(&c->port);
}

/* Open the file last, so that an existing one survives if the port cannot be opened. */
int capture_open(struct capture *c, const struct options *opt, struct errmsg *err)
{
	static const struct port_wish no_wish;
	struct port_spec spec = opt->spec;

	*c = (struct capture){ .opt = opt, .port = { .fd = -1 } };
	spec.flags |= NR_RX_RINGS_ONLY;
	if (open_filter(c, err) || port_open(&c->port, &spec, &no_wish, NULL, err) ||
	    open_partials(c, err) ||
	    pcapng_open(&c->file, opt->file, spec.name, opt->snaplen, err)) {
		release(c);
		return -1;
	}
	if (port_header_get(&c->port, &c->header))
		c->header = 0;
	request_times(c);
	c->drops_before = drops_now(&c->port);
	return 0;
}

static int keep(struct capture *c, uint64_t time, const uint8_t *data, uint32_t len,
		uint32_t wire_len, struct errmsg *err)
{
	struct pcap_pkthdr h;

	if (len <= c->header)
		return 0;
	data += c->header;
	len -= c->header;
	wire_len -= c->header;
	c->seen++;
	h = (struct pcap_pkthdr){ .caplen = len, .len = wire_len };
	if (c->has_filter && pcap_offline_filter(&c->filter, &h, data) == 0)
		return 0;
	c->kept++;
	c->bytes += wire_len;
	return pcapng_packet(&c->file, time, data, len < c->opt->snaplen ? len : c->opt->snaplen,
			     wire_len, err);
}

static void gather(struct partial *p, const uint8_t *data, uint32_t len)
{
	uint32_t room = SNAPLEN_MAX - p->len, n = len < room ? len : room;

	memcpy(p->data + p->len, data, n);
	p->len += n;
	p->wire_len += len;
}

/* Return the packet's time, or that of its batch. */
static uint64_t time_of(const struct capture *c, const struct netmap_slot *slot)
{
	uint64_t time = c->has_times ? __atomic_load_n(&slot->ptr, __ATOMIC_RELAXED) : 0;

	return time != 0 ? time : c->now;
}

static int take_slot(struct capture *c, const struct ring *ring, struct slot_view v,
		     uint64_t time, struct partial *p, struct errmsg *err)
{
	const uint8_t *data = (const uint8_t *)ring_buf(ring, v.buf_idx);

	if (!(v.flags & NS_MOREFRAG) && !p->is_open)
		return keep(c, time, data, v.len, v.len, err);
	if (!p->is_open) {
		p->len = p->wire_len = 0;
		p->time = time;
	}
	gather(p, data, v.len);
	p->is_open = (v.flags & NS_MOREFRAG) != 0;
	return p->is_open ? 0 : keep(c, p->time, p->data, p->len, p->wire_len, err);
}

static int take_ring(struct capture *c, unsigned int i, struct errmsg *err)
{
	struct ring *ring = c->port.rx[i];
	unsigned int there = ring_there(ring);
	uint32_t head = ring->head;
	int ret = 0;

	for (; there > 0 && ret == 0 && !capture_has_enough(c); there--) {
		struct slot_view v = slot_read(&ring->slot[head]);

		if (slot_is_sound(ring, v))
			ret = take_slot(c, ring, v, time_of(c, &ring->slot[head]), &c->partials[i],
					err);
		else
			c->bad++;
		head = ring_next(ring, head);
	}
	ring_set(ring, head, head);
	return ret;
}

/* All packets of one sync share one time. */
static void read_clock(struct capture *c)
{
	struct timespec ts;
	uint64_t ns;

	clock_gettime(CLOCK_REALTIME, &ts);
	ns = (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	if (ns > c->now)
		c->now = ns;
}

int capture_take(struct capture *c, struct errmsg *err)
{
	unsigned int i;

	read_clock(c);
	for (i = 0; i < c->port.rx_count; i++) {
		if (take_ring(c, i, err))
			return -1;
	}
	return 0;
}

uint64_t capture_drops(const struct capture *c)
{
	uint64_t now = drops_now(&c->port);

	return now > c->drops_before ? now - c->drops_before : 0;
}

int capture_close(struct capture *c, bool has_failed, struct errmsg *err)
{
	int ret = 0;

	read_clock(c);
	if (!has_failed)
		ret = pcapng_statistics(&c->file, c->now, c->seen, capture_drops(c), err);
	if (pcapng_close(&c->file, err) != 0)
		ret = -1;
	release(c);
	return ret;
}
