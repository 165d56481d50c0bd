/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Well-behaved clients. On the switch most frames name the receiver's port, so that no other
 * client sees them: those that arrive must be right byte by byte, in order, and never come twice;
 * some may be missing, as other clients can fill the ring. Every fourth goes by its address, which
 * others can see, send again in parts, or take over: it is there for traffic alone. Through the
 * pipe no frame is lost or comes twice, all are in order, and no wakeup is missed.
 */
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "sim.h"

#define STATION_A	0xa0a0u
#define STATION_B	0xb0b0u
#define STATION_OPEN	0xc0c0u	/* the sender's station in frames that go by address */

static struct client *sw[2], *pipe_end[2];
static uint16_t to_port;	/* of the receiver, as slot flags */
static uint64_t sent[2], received[2];	/* switch, pipe; each written by one thread */

static struct client *good_bound(const char *name, uint32_t slots)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE,
		.nr_tx_slots = slots, .nr_rx_slots = slots };
	if (client_register_as_is(p, name, NULL) == 0)
		return p;
	sim_wrong("cannot bind %s: %s", name, client_reason(p));
	client_end(p);
	return NULL;
}

static void port_find(void)
{
	struct nmreq_vale_list body = { 0 };
	struct client *q = client_new();

	if (client_ctrl(q, NETMAP_REQ_VALE_LIST, GOOD_B, &body, NULL) || body.nr_port_idx == 0)
		sim_wrong("the receiver has no number on the switch");
	to_port = (uint16_t)(body.nr_port_idx << NS_PORT_SHIFT);
	client_end(q);
}

bool good_begin(void)
{
	sw[0] = good_bound(GOOD_A, 256);
	sw[1] = good_bound(GOOD_B, 256);
	pipe_end[0] = good_bound(GOOD_PIPE_A, 64);
	pipe_end[1] = good_bound(GOOD_PIPE_B, 64);
	port_find();
	return sim_wrong_count() == 0;
}

bool good_is_region(uint16_t id)
{
	return id == sw[0]->reg.nr_mem_id || id == sw[1]->reg.nr_mem_id;
}

/* Check a well-behaved client's ring: no other client may have changed it. */
static void ring_check(struct client *p, struct netmap_ring *r, const char *which)
{
	uint32_t i;

	if (r->head >= r->num_slots || r->cur >= r->num_slots || r->tail >= r->num_slots)
		sim_wrong("%s: head %u cur %u tail %u of %u", which, r->head, r->cur, r->tail,
			  r->num_slots);
	for (i = 0; i < r->num_slots; i++) {
		if (r->slot[i].buf_idx < 2 || !client_buf(p, r, r->slot[i].buf_idx))
			sim_wrong("%s: slot %u has buffer %u", which, i, r->slot[i].buf_idx);
		if (r->slot[i].len > r->nr_buf_size)
			sim_wrong("%s: slot %u has %u bytes", which, i, r->slot[i].len);
	}
}

static size_t length_of(uint32_t number)
{
	return 18 + number * 7919u % 5000;
}

/* Wait until there is room, or the run is over. */
static void switch_put(const uint8_t *frame, size_t len, size_t frag, uint16_t flags)
{
	int err;

	while (!sim_is_over() && !client_put_frags(sw[0], 0, frame, len, frag, flags)) {
		err = client_txsync(sw[0]);
		if (err)
			sim_wrong("the switch sender's sync: %d, %s", err, client_reason(sw[0]));
		sched_yield();
	}
}

void *good_switch_sender(void *arg)
{
	uint8_t frame[8192];
	uint32_t n;

	for (n = 0; !sim_is_over(); n++) {
		size_t len = length_of(n);
		bool open = n % 4 == 0;

		frame_make(frame, len, STATION_B, open ? STATION_OPEN : STATION_A, n);
		switch_put(frame, len, 600 + n % 1400, open ? 0 : to_port);
		if (n % 1000 == 0)
			ring_check(sw[0], client_tx(sw[0], 0), "switch sender");
	}
	sent[0] = n;
	return arg;
}

/* Check a frame with our sender's station: every byte right, and newer than the one before. */
static void frame_check(const uint8_t *frame, size_t len)
{
	static uint32_t last;
	uint8_t want[18];
	uint32_t number;

	frame_make(want, 18, STATION_B, STATION_A, 0);
	if (len < 18 || memcmp(frame, want, 14) != 0)
		return;
	memcpy(&number, frame + 14, 4);
	if (len != length_of(number) || !frame_is(frame, len, STATION_B, STATION_A, number))
		sim_wrong("frame %u on the switch, %zu bytes, is damaged", number, len);
	if (number <= last)
		sim_wrong("frame %u on the switch comes after %u", number, last);
	last = number;
	received[0]++;
}

void *good_switch_receiver(void *arg)
{
	static uint8_t frame[70000];
	uint32_t rounds = 0;
	long n;
	int err;

	while (!sim_is_over()) {
		err = client_rxsync(sw[1]);
		if (err)
			sim_wrong("the switch receiver's sync: %d, %s", err, client_reason(sw[1]));
		while ((n = client_take(sw[1], 0, frame, sizeof(frame))) >= 0)
			frame_check(frame, (size_t)n);
		if (++rounds % 100 == 0) {
			ring_check(sw[1], client_rx(sw[1], 0), "switch receiver");
			/* Send, so that the switch learns our station. */
			frame_make(frame, 60, STATION_A, STATION_B, rounds);
			client_send(sw[1], frame, 60);
		}
		sched_yield();
	}
	return arg;
}

/* The state of a ring, for the report of a failure. */
static const char *where(struct client *p, uint32_t events)
{
	const struct netmap_ring *r = events & POLLOUT ? client_tx(p, 0) : client_rx(p, 0);
	static char text[100];

	snprintf(text, sizeof(text), "head %u, cur %u, tail %u of %u", r->head, r->cur, r->tail,
		 r->num_slots);
	return text;
}

/* Wait by poll. The other end never rests, so a sleep of five seconds is a missed wakeup. */
static bool wait_for(struct client *p, uint32_t events, const char *which)
{
	struct os_poller poller;
	uint32_t ready;
	int naps = 0;

	os_poller_begin(&poller);
	for (;;) {
		ready = nm_client_poll(p->c, &p->who, events, &poller);
		if (ready || naps == 100 || sim_is_over())
			break;
		if (os_poller_wait(&poller, 50))
			naps = 0;
		else
			naps++;
	}
	os_poller_end(&poller);
	if (ready & POLLERR)
		sim_wrong("%s: POLLERR, %s", which, client_reason(p));
	else if (!ready && naps == 100)
		sim_wrong("%s missed a wakeup: %s", which, where(p, events));
	return ready & events;
}

void *good_pipe_sender(void *arg)
{
	struct client *p = pipe_end[0];
	uint8_t frame[2048];
	uint32_t n = 0;

	while (wait_for(p, POLLOUT, "the pipe's sender") && !sim_is_over()) {
		do
			frame_make(frame, 18 + n % 1500, 1, 2, n);
		while (client_put(p, 0, frame, 18 + n % 1500, 0) && (++n % 50));
		if (n % 1000 == 0)
			ring_check(p, client_tx(p, 0), "pipe sender");
	}
	sent[1] = n;
	return arg;
}

void *good_pipe_receiver(void *arg)
{
	struct client *p = pipe_end[1];
	uint8_t frame[2048];
	uint32_t n = 0;
	long len;

	while (wait_for(p, POLLIN, "the pipe's receiver")) {
		while ((len = client_take(p, 0, frame, sizeof(frame))) >= 0) {
			if (len != (long)(18 + n % 1500) || !frame_is(frame, (size_t)len, 1, 2, n))
				sim_wrong("frame %u through the pipe, %ld bytes, is damaged", n,
					  len);
			n++;
		}
	}
	received[1] = n;
	return arg;
}

void good_end(bool quiet)
{
	int i;

	printf("# switch: %llu sent, %llu received; pipe: %llu sent, %llu received\n",
	       (unsigned long long)sent[0], (unsigned long long)received[0],
	       (unsigned long long)sent[1], (unsigned long long)received[1]);
	if (!quiet && (!received[0] || !received[1]))
		sim_wrong("nothing was moved");
	for (i = 0; i < 2; i++) {
		client_end(pipe_end[i]);
		client_end(sw[i]);
	}
}
