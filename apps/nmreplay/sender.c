// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sends the packets that are due, a batch at a time. Sleeps through long waits except for their
 * last 100 us, in which it polls the clock: a sleeper may wake late.
 */
#include "sender.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../../lib/ring.h"
#include "../common/tool.h"

#define WATCH_NS	(100 * NSEC_PER_USEC)	/* stop sleeping this long before a packet is due */
#define NAP_NS		(20 * NSEC_PER_MSEC)	/* longest sleep: stop is checked in between */
#define DRAIN_MS	1000			/* give up after this time without progress */

static bool is_stopping(const struct sender *s)
{
	return atomic_load_explicit(&s->stop, memory_order_relaxed);
}

/* Return 1 when it is time, 0 if the sender is to stop, -1 if the port has failed. */
static int wait_until(struct sender *s, uint64_t then)
{
	uint64_t now;

	while ((now = clock_now()) < then) {
		if (is_stopping(s))
			return 0;
		if (then - now <= WATCH_NS)
			continue;
		clock_sleep_until(then - now > NAP_NS ? now + NAP_NS : then - WATCH_NS);
		/* A device may go while no packet is due. */
		if (then - now > NAP_NS && port_sync(s->port, NIOCTXSYNC, &s->err))
			return -1;
	}
	return !is_stopping(s);
}

static unsigned int slots_for(const struct ring *ring, uint32_t len)
{
	return (len + ring->buf_size - 1) / ring->buf_size;
}

/* The engine refuses an illegal buffer number, which another program wrote there. */
static void put_packet(struct ring *ring, const uint8_t *data, uint32_t len)
{
	uint32_t head = ring->head, n;

	for (; len > 0; data += n, len -= n) {
		struct netmap_slot *slot = &ring->slot[head];
		const uint32_t idx = slot_buf(slot);

		n = len < ring->buf_size ? len : ring->buf_size;
		if (idx < ring->buf_limit)
			memcpy(ring_buf(ring, idx), data, n);
		slot->len = (uint16_t)n;
		slot->flags = len > n ? NS_MOREFRAG : 0;
		head = ring_next(ring, head);
	}
	ring_set(ring, head, head);
}

/* Queue the due packets from number i on. Return the number of the next one. */
static size_t put_due(struct sender *s, struct ring *ring, size_t i, uint64_t now)
{
	const struct schedule *plan = s->schedule;
	unsigned int room = ring_there(ring), n = 0;
	uint64_t bytes = 0;

	for (; i < plan->count && n < s->batch && s->begin + plan->departures[i].at <= now; i++) {
		const struct trace_packet *p = &s->trace->packets[plan->departures[i].packet];
		unsigned int slots = slots_for(ring, p->len);
		uint64_t late = now - (s->begin + plan->departures[i].at);

		if (slots > room)
			break;
		room -= slots;
		put_packet(ring, s->trace->data + p->offset, p->len);
		s->late_sum += (double)late;
		if (late > s->late_max)
			s->late_max = late;
		bytes += p->len;
		n++;
	}
	atomic_store_explicit(&s->packets, s->packets + n, memory_order_relaxed);
	atomic_store_explicit(&s->bytes, s->bytes + bytes, memory_order_relaxed);
	return i;
}

/* Wait for room for the next packet. */
static int wait_for_room(struct sender *s, struct ring *ring)
{
	struct pollfd p = { .fd = s->port->fd, .events = POLLOUT };

	ring_await_more(ring);
	if (poll(&p, 1, NAP_NS / NSEC_PER_MSEC) < 0 && errno != EINTR)
		return errmsg_set(&s->err, "poll: %s", strerror(errno));
	if (p.revents & (POLLERR | POLLHUP | POLLNVAL)) {
		errno = EIO;
		return port_explain(s->port, "the port has failed", &s->err);
	}
	return 0;
}

static int send_all(struct sender *s)
{
	const struct schedule *plan = s->schedule;
	struct ring *ring = s->port->tx[0];
	size_t i = 0, next;
	int more = 1;

	while (i < plan->count) {
		more = wait_until(s, s->begin + plan->departures[i].at);
		if (more <= 0)
			break;
		next = put_due(s, ring, i, clock_now());
		if (next > i && port_sync(s->port, NIOCTXSYNC, &s->err))
			return -1;
		if (next == i && wait_for_room(s, ring))
			return -1;
		i = next;
	}
	s->end = clock_now();
	if (more < 0)
		return -1;
	s->unsent = port_drain(s->port, DRAIN_MS);
	return 0;
}

static void *sender_main(void *arg)
{
	struct sender *s = arg;
	uint64_t one = 1;
	int error = s->cpu >= 0 ? tool_pin_thread(s->cpu) : 0;

	s->begin = clock_now();
	if (error != 0)
		s->has_failed = errmsg_set(&s->err, "cannot run on CPU %d: %s", s->cpu,
					   strerror(error)) != 0;
	else
		s->has_failed = send_all(s) != 0;
	if (s->end == 0)
		s->end = clock_now();
	if (write(s->done_fd, &one, sizeof(one)) < 0)
		s->has_failed = true;
	return NULL;
}

int sender_start(struct sender *s)
{
	return pthread_create(&s->thread, NULL, sender_main, s);
}
