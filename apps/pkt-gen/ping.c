// SPDX-License-Identifier: BSD-2-Clause
/*
 * ping: sends a stamped packet, waits for its reply, and records the round trip time. One packet is
 * in flight at a time. A packet without a reply after a second is lost.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "../common/clock.h"
#include "frame.h"
#include "pace.h"
#include "rxscan.h"
#include "source.h"
#include "txfill.h"
#include "worker.h"

#define REPLY_MAX	NSEC_PER_SEC

struct ping {
	struct worker *w;
	struct layout layout;
	struct stamp stamp;		/* of the next packet */
	bool is_back;			/* the reply to the last packet has arrived */
	struct pace pace;
	struct rx_packet partial;
	struct source source;
};

/* Replies have other headers than the packets sent: only their payload can be checked. */
static void examine(void *context, const uint8_t *data, unsigned int len)
{
	struct ping *p = context;
	unsigned int vnet = p->w->session->vnet;
	struct stamp s;

	if (len < vnet)
		return;
	if (p->w->opt->dump)
		frame_dump(p->w->opt->json ? stderr : stdout, data, len);
	if (stamp_read(data + vnet, len - vnet, SEQ_PAYLOAD, &s) == STAMP_GOOD &&
	    s.flow == p->stamp.flow && s.seq + 1 == p->stamp.seq)
		p->is_back = true;
}

/* Queue the next packet. Return 0 if there is no room yet, -1 on failure. */
static int queue_ping(struct ping *p)
{
	struct ring *ring = p->w->port.tx[0];
	const uint8_t *data;
	unsigned int len;

	if (ring_there(ring) < layout_slots(&p->layout, source_longest(&p->source)))
		return worker_wait(p->w, POLLOUT, 1000) < 0 ? -1 : 0;
	data = source_next(&p->source, &p->stamp, &len);
	txfill_packet(ring, &p->layout, data, len);
	p->is_back = false;
	return 1;
}

static void take_replies(struct ping *p)
{
	struct rx_sum sum = { 0 };
	unsigned int i;

	for (i = 0; i < p->w->port.rx_count; i++)
		rxscan_packets(p->w->port.rx[i], UINT32_MAX, &sum, &p->partial, examine, p);
}

/* poll() sends queued packets, too. */
static int await_reply(struct ping *p)
{
	uint64_t sent = clock_now(), now = sent;

	while (!p->is_back && now - sent < REPLY_MAX && !worker_is_stopping(p->w)) {
		uint64_t left = (sent + REPLY_MAX - now) / NSEC_PER_MSEC;

		if (worker_wait(p->w, POLLIN, (int)left + 1) < 0)
			return -1;
		now = clock_now();
		take_replies(p);
	}
	if (p->is_back) {
		rtt_add(p->w->rtt, now - sent);
		counter_add(&p->w->counters.rtt_ns, now - sent);
		worker_account(p->w, 1, p->source.frame.len);
	} else if (!worker_is_stopping(p->w)) {
		p->w->unanswered++;
	}
	return 0;
}

static int ping_loop(struct ping *p)
{
	struct worker *w = p->w;
	int queued;

	while (w->quota > 0 && !worker_is_stopping(w)) {
		queued = queue_ping(p);
		if (queued < 0 || (queued > 0 && await_reply(p)))
			return -1;
		w->quota -= (uint64_t)queued;
		if (queued > 0 && w->opt->rate > 0 && w->quota > 0)
			clock_sleep_until(pace_spend(&p->pace, 1, clock_now()));
	}
	return 0;
}

int ping_run(struct worker *w)
{
	struct ping *p;
	int ret;

	if (w->port.tx_count == 0 || w->port.rx_count == 0)
		return worker_fail(w, "ping needs a transmit and a receive ring");
	p = calloc(1, sizeof(*p));
	if (!p)
		return worker_fail(w, "out of memory");
	p->w = w;
	p->layout = (struct layout){ w->opt->fragments, w->port.tx[0]->buf_size };
	p->stamp.flow = (uint32_t)random_seed();
	source_init(&p->source, w->opt, NULL, w->session->mac, w->session->vnet);
	w->begin = clock_now();
	pace_init(&p->pace, (double)w->opt->rate, w->begin);
	ret = ping_loop(p);
	free(p);
	return ret;
}
