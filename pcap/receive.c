/* SPDX-License-Identifier: BSD-2-Clause */
/* From rings to the program: filter, timestamp, callback; and waiting. */
#include "shim.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "../apps/common/clock.h"

/* Set the timestamp for slots received by a new sync: all slots of one sync have one time. */
static void rx_stamp(struct handle *h, struct rx *rx)
{
	uint32_t tail = ring_tail(&rx->ring);
	struct timespec now;

	if (tail == rx->seen_tail)
		return;
	rx->seen_tail = tail;
	clock_gettime(CLOCK_REALTIME, &now);
	h->stamp.tv_sec = now.tv_sec;
	h->stamp.tv_usec = h->precision == PCAP_TSTAMP_PRECISION_NANO ? now.tv_nsec :
									now.tv_nsec / 1000;
}

static bool filter_passes(struct handle *h, const struct frame *f, struct pcap_pkthdr *hdr)
{
	uint32_t max = (uint32_t)h->snaplen, n;

	hdr->ts = h->stamp;
	hdr->len = hdr->caplen = f->len;
	if (h->filter.bf_len > 0) {
		n = (uint32_t)pcap_offline_filter(&h->filter, hdr, f->data);
		if (n == 0)
			return false;
		if (n < max)
			max = n;
	}
	if (hdr->caplen > max)
		hdr->caplen = max;
	h->passed++;
	return true;
}

static void rx_release(struct rx *rx, unsigned int span)
{
	uint32_t next = ring_forward(&rx->ring, rx->ring.head, span);

	ring_set(&rx->ring, next, next);
}

/* Release the slots of the packet that pcap_next_ex() returned last. */
static void release_held(struct handle *h)
{
	if (h->held != NULL)
		ring_set(&h->held->ring, h->held_until, h->held_until);
	h->held = NULL;
}

/* Find the next packet that passes the filter in any ring. Returns its ring, or NULL. */
static struct rx *find_packet(struct handle *h, struct frame *f, struct pcap_pkthdr *hdr)
{
	unsigned int i;

	for (i = 0; i < h->rx_count; i++) {
		struct rx *rx = &h->rx[h->rx_turn];
		enum frame_state state;

		rx_stamp(h, rx);
		while ((state = frame_read(h, rx, f)) != FRAME_NONE) {
			if (state == FRAME_BAD)
				h->lost++;
			else if (filter_passes(h, f, hdr))
				return rx;
			rx_release(rx, f->span);
		}
		h->rx_turn = h->rx_turn + 1 < h->rx_count ? h->rx_turn + 1 : 0;
	}
	return NULL;
}

/* Return whether pcap_breakloop() was called, and clear that. */
static bool take_break(struct handle *h)
{
	eventfd_t unused;

	if (!__atomic_load_n(&h->is_broken, __ATOMIC_ACQUIRE))
		return false;
	__atomic_store_n(&h->is_broken, false, __ATOMIC_RELAXED);
	eventfd_read(h->break_fd, &unused);
	return true;
}

static int port_failed(struct handle *h)
{
	if (nmport_rxsync(h->port) != 0)
		return handle_fail(h, PCAP_ERROR, "%s", port_error());
	return handle_fail(h, PCAP_ERROR, "%.64s: the port was removed", h->name);
}

/* Returns 1 if there may be packets, 0 at the deadline (UINT64_MAX: none), or PCAP_ERROR_*. */
static int wait_until(struct handle *h, uint64_t deadline)
{
	struct pollfd p[2] = {
		{ .fd = h->port->fd, .events = POLLIN },
		{ .fd = h->break_fd, .events = POLLIN },
	};
	eventfd_t late;
	uint64_t now;
	int ms, ready;

	for (;;) {
		ms = -1;
		if (deadline != UINT64_MAX) {
			now = deadline > 0 ? clock_now() : 0;
			ms = deadline > now ? (int)((deadline - now + NSEC_PER_MSEC - 1) /
						    NSEC_PER_MSEC) : 0;
		}
		ready = poll(p, 2, ms);
		if (take_break(h))
			return PCAP_ERROR_BREAK;
		if (ready < 0 && errno != EINTR)
			return handle_fail(h, PCAP_ERROR, "%.64s: poll: %s", h->name,
					   strerror(errno));
		if (ready > 0 && (p[0].revents & (POLLERR | POLLHUP | POLLNVAL)))
			return port_failed(h);
		if (ready > 0 && p[0].revents == 0)
			eventfd_read(h->break_fd, &late);	/* of an earlier break */
		else if (ready >= 0)
			return ready > 0;
	}
}

static uint64_t deadline_of(const struct handle *h, bool may_wait)
{
	if (!may_wait)
		return 0;
	if (h->timeout_ms <= 0)
		return UINT64_MAX;
	return clock_now() + (uint64_t)h->timeout_ms * NSEC_PER_MSEC;
}

static int check_readable(struct handle *h)
{
	if (h->port == NULL)
		return handle_fail(h, PCAP_ERROR_NOT_ACTIVATED, "%.64s: not activated", h->name);
	if (h->rx_count == 0)
		return handle_fail(h, PCAP_ERROR, "%.64s: no receive ring", h->name);
	release_held(h);
	return 0;
}

static int receive_ready(struct handle *h, int max, pcap_handler fn, u_char *user)
{
	struct pcap_pkthdr hdr;
	struct frame f;
	struct rx *rx;
	int n = 0;

	while (max <= 0 || n < max) {
		/* After packets were delivered, the next call reports the break. */
		if (__atomic_load_n(&h->is_broken, __ATOMIC_RELAXED))
			break;
		rx = find_packet(h, &f, &hdr);
		if (rx == NULL)
			break;
		fn(user, &hdr, f.data);
		rx_release(rx, f.span);
		n++;
	}
	return n;
}

int receive(struct handle *h, int max, bool may_wait, pcap_handler fn, u_char *user)
{
	int ret = check_readable(h);

	if (ret != 0)
		return ret;
	ret = receive_ready(h, max, fn, user);
	if (ret > 0)
		return ret;
	ret = wait_until(h, deadline_of(h, may_wait));
	return ret < 0 ? ret : receive_ready(h, max, fn, user);
}

int receive_one(struct handle *h, const u_char **data)
{
	struct frame f;
	uint64_t deadline;
	int ret = check_readable(h);

	if (ret != 0)
		return ret;
	deadline = deadline_of(h, !h->nonblock);
	for (;;) {
		struct rx *rx = find_packet(h, &f, &h->next_header);

		if (rx != NULL) {
			/* poll() does not report it again, but its slots are not released. */
			h->held = rx;
			h->held_until = ring_forward(&rx->ring, rx->ring.head, f.span);
			ring_set(&rx->ring, rx->ring.head, h->held_until);
			*data = f.data;
			return 1;
		}
		ret = wait_until(h, deadline);
		if (ret <= 0)
			return ret;
	}
}
