/* SPDX-License-Identifier: BSD-2-Clause */
/* Monitors: what they see, in which order, which clients a slow one delays, and what is refused. */
#include <pthread.h>

#include "subject.h"

#define ALL	NR_REG_ALL_NIC
#define BOTH	(NR_MONITOR_TX | NR_MONITOR_RX)

static uint8_t frame[9100], got[9100];

static struct client *monitor(const char *name, uint64_t flags)
{
	return client_bound_with(name, ALL, 0, flags);
}

static void send_to(struct client *p, uint32_t dst, uint32_t src, uint32_t number, uint32_t len)
{
	frame_make(frame, len, dst, src, number);
	client_put(p, 0, frame, len, 0);
	client_txsync(p);
}

/* How many frames are in ring i of m, numbered from first on, each with these flags. */
static uint32_t sees(struct client *m, uint32_t i, uint32_t dst, uint32_t src, uint32_t first,
		     uint16_t flags)
{
	struct netmap_ring *r = client_rx(m, i);
	uint32_t n;
	long len;

	client_rxsync(m);
	for (n = 0; ring_space(r); n++) {
		if ((r->slot[r->head].flags & NS_TXMON) != flags)
			return UINT32_MAX;
		len = client_take(m, i, got, sizeof(got));
		if (len < 0 || !frame_is(got, (size_t)len, dst, src, first + n))
			return UINT32_MAX;
	}
	return n;
}

static uint64_t drops_of(const char *name)
{
	struct nmreq_inspect q = { .what = NM_INSPECT_PORTS,
				   .rec_size = sizeof(struct nm_info_port),
				   .count = 32 };
	struct nm_info_port rec[32];
	struct client *p = client_new();
	uint64_t drops = UINT64_MAX;
	uint32_t i;

	q.data = (uintptr_t)rec;
	client_ctrl(p, NETMAP_REQ_INSPECT, "", &q, NULL);
	for (i = 0; i < q.count; i++) {
		if (!strcmp(rec[i].name, name) && rec[i].kind == NM_KIND_MONITOR)
			drops = rec[i].rx_drops;
	}
	client_end(p);
	return drops;
}

static void copies(const char *a_name, const char *b_name)
{
	struct client *a = client_bound(a_name), *b = client_bound(b_name);
	struct client *t = monitor(a_name, NR_MONITOR_TX), *r = monitor(b_name, NR_MONITOR_RX);
	struct client *both = monitor(a_name, BOTH);
	uint32_t i;

	if (!ok(a && b && t && r && both, "%s: monitors of what is sent, received, and both",
		a_name))
		return;
	ok(t->reg.nr_mem_id != a->reg.nr_mem_id, "%s: a copying monitor has a private region",
	   a_name);
	is_num(t->reg.nr_rx_slots, a->reg.nr_rx_slots, "%s: with as many slots", a_name);
	is_num(ring_space(client_tx(t, 0)), 0, "%s: it has no slot to send", a_name);
	for (i = 0; i < 300; i++)
		send_to(a, 2, 1, i, 60 + i);
	is_num(sees(t, 0, 2, 1, 0, NS_TXMON), 300, "%s: what was sent, in order, and marked so",
	       a_name);
	is_num(sees(r, 0, 2, 1, 0, 0), 0, "%s: nothing is received before its owner's sync",
	       a_name);
	client_rxsync(b);
	is_num(sees(r, 0, 2, 1, 0, 0), 300, "%s: then all is, in order", a_name);
	is_num(client_drain(b), 300, "%s: and its owner has the same", a_name);
	is_num(sees(both, 0, 2, 1, 0, NS_TXMON), 300,
	       "%s: a monitor of both directions sees it sent", a_name);
	send_to(b, 1, 2, 7, 100);
	client_drain(a);
	is_num(sees(both, 0, 1, 2, 7, 0), 1, "%s: and what comes back received", a_name);
	is_num(sees(t, 0, 1, 2, 7, 0), 0, "%s: a monitor of what is sent does not see that",
	       a_name);
	frame_make(frame, 3000, 2, 1, 9);
	client_put_frags(a, 0, frame, 3000, 100, 0);
	client_txsync(a);
	is_num(sees(t, 0, 2, 1, 9, NS_TXMON), 1, "%s: a frame of thirty slots", a_name);
	client_end(t);
	send_to(a, 2, 1, 8, 60);
	is_num(client_drain(b), 2, "%s: after a monitor closed all goes on", a_name);
	client_end(both);
	client_end(r);
	client_end(a);
	client_end(b);
}

static void copying(void)
{
	struct nmreq_vale_newif body = { 0 };
	struct nmreq_vale_attach at = { .reg.nr_mode = ALL };
	struct nmreq_vale_detach det = { 0 };
	struct client *admin = client_new();

	copies("valeC:a", "valeC:b");
	copies("lone{1", "lone}1");
	client_ctrl(admin, NETMAP_REQ_VALE_NEWIF, "per0", &body, NULL);
	client_ctrl(admin, NETMAP_REQ_VALE_ATTACH, "valeC:per0", &at, NULL);
	copies("valeC:per0", "valeC:b");
	client_ctrl(admin, NETMAP_REQ_VALE_DETACH, "valeC:per0", &det, NULL);
	client_ctrl(admin, NETMAP_REQ_VALE_DELIF, "per0", NULL, NULL);
	client_end(admin);
}

/* Released slots pass to the monitor: the buffers themselves. */
static void swaps(const char *a_name, const char *b_name)
{
	struct client *a = client_bound(a_name), *b = client_bound(b_name), *r, *t;
	uint32_t idx, i;

	r = monitor(b_name, NR_MONITOR_RX | NR_ZCOPY_MON);
	if (!ok(r, "%s: a zero-copy monitor", b_name))
		return;
	is_num(r->reg.nr_mem_id, b->reg.nr_mem_id, "%s: is in the region of what it monitors",
	       b_name);
	for (i = 0; i < 200; i++)
		send_to(a, 2, 1, i, 60 + i);
	client_rxsync(b);
	is_num(sees(r, 0, 2, 1, 0, 0), 0, "%s: nothing passes before it is released", b_name);
	idx = client_rx(b, 0)->slot[0].buf_idx;
	is_num(client_drain(b), 200, "%s: its owner reads it", b_name);
	client_rxsync(b);
	client_rxsync(r);
	is_num(client_rx(r, 0)->slot[0].buf_idx, idx, "%s: the very buffer passes", b_name);
	is_num(sees(r, 0, 2, 1, 0, 0), 200, "%s: all pass, in order", b_name);
	client_end(r);
	/* Frames sent into a pipe pass when the other end releases them. */
	t = monitor(a_name, NR_MONITOR_TX | NR_ZCOPY_MON);
	ok(t, "%s: a zero-copy monitor of what is sent", a_name);
	for (i = 0; i < 100; i++)
		send_to(a, 2, 1, i, 60 + i);
	client_drain(b);
	client_rxsync(b);
	is_num(sees(t, 0, 2, 1, 0, NS_TXMON), 100, "%s: all that was sent passes", a_name);
	client_end(t);
	send_to(a, 2, 1, 1, 60);
	is_num(client_drain(b), 1, "%s: after it closed all goes on", a_name);
	client_end(a);
	client_end(b);
}

static void swapping(void)
{
	swaps("valeZ:a", "valeZ:b");
	swaps("lone{z", "lone}z");
}

static void slow_copy(void)
{
	struct client *a = client_bound("valeS:a"), *b = client_bound("valeS:b");
	struct client *m = monitor("valeS:a", NR_MONITOR_TX);
	uint32_t i;

	for (i = 0; i < 5000; i++) {
		send_to(a, 2, 1, i, 60);
		if (client_drain(b) != 1)
			break;
	}
	is_num(i, 5000, "a monitor that never reads delays no client");
	is_num((long long)drops_of("valeS:a/t"), 5000 - 1023,
	       "what it missed is counted as its drops");
	is_num(sees(m, 0, 2, 1, 0, NS_TXMON), 1023, "what it has is the first part, in order");
	send_to(a, 2, 1, 9, 60);
	is_num(sees(m, 0, 2, 1, 9, NS_TXMON), 0, "its room is free from its next sync on");
	send_to(a, 2, 1, 10, 60);
	is_num(sees(m, 0, 2, 1, 10, NS_TXMON), 1, "then it gets more");
	client_end(m);
	client_end(a);
	client_end(b);
}

static void slow_swap(void)
{
	struct client *a = client_bound("valeS:a"), *b = client_bound("valeS:b");
	struct client *m = monitor("valeS:a", NR_MONITOR_TX | NR_ZCOPY_MON), *r;
	uint32_t sent = 0, i;

	while (ring_space(client_tx(a, 0)) && sent < 5000) {
		send_to(a, 2, 1, sent++, 60);
		client_drain(b);
	}
	is_num(sent, 2 * 1023, "a sender waits when the monitor's ring and its own are full");
	ok(!(client_poll(a, POLLOUT) & POLLOUT), "it is not writable");
	is_num(sees(m, 0, 2, 1, 0, NS_TXMON), 1023, "the monitor reads what it has");
	client_rxsync(m);
	ok(client_poll(a, POLLOUT) & POLLOUT, "then the sender is writable again");
	is_num(sees(m, 0, 2, 1, 1023, NS_TXMON), 1023, "and the rest passes, in order");
	for (i = 0; i < 1023; i++)
		send_to(a, 2, 1, i, 60);
	client_rxsync(m);
	client_txsync(a);
	for (i = 0; i < 500; i++)
		send_to(a, 2, 1, i, 60);
	client_end(m);
	is_num(ring_space(client_tx(a, 0)), 523, "slots wait for a monitor");
	client_txsync(a);
	is_num(ring_space(client_tx(a, 0)), 1023, "and are free when it closes");
	client_drain(b);
	client_rxsync(b);
	r = monitor("valeS:b", NR_MONITOR_RX | NR_ZCOPY_MON);
	for (i = 0; i < 2046; i++) {
		send_to(a, 2, 1, i, 60);
		client_drain(b);
	}
	client_rxsync(b);
	send_to(a, 2, 1, i, 60);
	is_num(client_drain(b), 0,
	       "a receiver gets nothing while the monitor's ring and its own are full");
	is_num(sees(r, 0, 2, 1, 0, 0), 1023, "the monitor reads");
	client_rxsync(r);
	client_rxsync(b);
	send_to(a, 2, 1, 2046, 60);
	is_num(client_drain(b), 1, "then it gets more");
	is_num(sees(r, 0, 2, 1, 1023, 0), 1023, "and the rest passes, in order");
	client_end(r);
	client_end(a);
	client_end(b);
}

static void several(void)
{
	struct client *a = client_bound("valeV:a"), *b = client_bound("valeV:b"), *m[4],
		      *p = client_new();
	uint32_t i, k;

	for (i = 0; i < 3; i++)
		m[i] = monitor("valeV:a", NR_MONITOR_TX);
	m[3] = monitor("valeV:a", NR_MONITOR_TX | NR_ZCOPY_MON);
	p->reg = (struct nmreq_register){ .nr_mode = ALL, .nr_flags = BOTH | NR_ZCOPY_MON };
	is_err(client_register_as_is(p, "valeV:a", NULL), -EBUSY, "a second zero-copy monitor");
	ok(strstr(client_reason(p), "zero-copy"), "has a reason");
	for (i = 0; i < 100; i++)
		send_to(a, 2, 1, i, 60);
	for (k = 0; k < 4; k++)
		is_num(sees(m[k], 0, 2, 1, 0, NS_TXMON), 100, "monitor %u sees all", k);
	client_end(m[1]);
	client_end(m[3]);
	is_err(client_register_as_is(p, "valeV:a", NULL), 0,
	       "when the first has closed there may be another");
	send_to(a, 2, 1, 5, 60);
	is_num(sees(m[0], 0, 2, 1, 5, NS_TXMON), 1, "the others see more");
	is_num(sees(m[2], 0, 2, 1, 5, NS_TXMON), 1, "each of them");
	is_num(sees(p, 0, 2, 1, 5, NS_TXMON), 1, "and so does the new one");
	client_end(p);
	client_end(m[0]);
	client_end(m[2]);
	client_end(a);
	client_end(b);
}

static void refused(const char *name, uint32_t mode, uint16_t ringid, uint64_t flags, int err,
		    const char *word)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = mode, .nr_ringid = ringid, .nr_flags = flags };
	is_err(client_register_as_is(p, name, NULL), err, "%s, mode %u, flags 0x%llx", name, mode,
	       (unsigned long long)flags);
	ok(strstr(client_reason(p), word), "the reason has \"%s\": %s", word, client_reason(p));
	client_end(p);
}

static void refusals(void)
{
	struct client *a, *m, *p;

	refused("valeR:a", ALL, 0, BOTH, -ENXIO, "no client has valeR:a open");
	refused("card0", ALL, 0, BOTH, -ENXIO, "no client has card0 open");
	refused("nosuch", ALL, 0, BOTH, -ENXIO, "nosuch");
	a = client_bound("valeR:a");
	m = monitor("valeR:a", BOTH);
	refused("valeR:a", NR_REG_ONE_NIC, 1, BOTH, -EINVAL, "no ring 1");
	refused("valeR:a", NR_REG_SW, 0, BOTH, -EINVAL, "no host rings");
	refused("valeR:a", ALL, 0, NR_ZCOPY_MON, -EINVAL, "NR_ZCOPY_MON");
	refused("valeR:a", ALL, 0, BOTH | NR_TX_RINGS_ONLY, -EINVAL, "only receives");
	refused("valeR:a", NR_REG_NULL, 0, BOTH, -EINVAL, "null");
	refused("valeR:a/rt", ALL, 0, BOTH, -EINVAL, "monitors cannot be monitored");
	refused("valeR:a/rt", ALL, 0, 0, -EINVAL, "monitor");
	refused("lone{1", ALL, 0, BOTH, -ENXIO, "open");
	p = client_new();
	p->reg = (struct nmreq_register){ .nr_mode = ALL,
					  .nr_flags = BOTH | NR_ZCOPY_MON,
					  .nr_mem_id = 1 };
	is_err(client_register_as_is(p, "valeR:a", NULL), -EINVAL, "zero copy across regions");
	ok(strstr(client_reason(p), "region"), "has a reason");
	p->reg = (struct nmreq_register){ .nr_mode = ALL,
					  .nr_flags = BOTH,
					  .nr_mem_id = 1,
					  .nr_rx_slots = 64,
					  .nr_extra_bufs = 5 };
	is_err(client_register_as_is(p, "valeR:a", NULL), 0, "a copying one may be in any region");
	is_num(p->reg.nr_mem_id, 1, "and is");
	is_num(p->reg.nr_rx_slots, 64, "with the slots that it wants");
	is_num(p->reg.nr_extra_bufs, 5, "and extra buffers");
	client_tx(p, 0)->head = client_tx(p, 0)->cur = 1;
	is_err(client_txsync(p), -EIO, "nothing can be sent by it");
	is_num(ring_space(client_tx(p, 0)), 0, "nor after that");
	client_end(p);
	client_end(m);
	client_end(a);
}

static void departure(const char *name, const char *far_end, uint64_t flags)
{
	struct client *a = client_bound(name), *second = client_bound(name),
		      *b = client_bound(far_end);
	struct client *m = monitor(name, NR_MONITOR_TX | flags);

	send_to(a, 2, 1, 1, 60);
	client_drain(b);
	client_rxsync(b);
	client_end(a);
	is_err(client_rxsync(m), 0, "%s: one of two clients has closed", name);
	client_end(second);
	ok(client_poll(m, POLLIN) == POLLIN, "%s: both have, and there is something to read", name);
	is_num(sees(m, 0, 2, 1, 1, NS_TXMON), 1, "%s: it is read", name);
	is_err(client_rxsync(m), -ENXIO, "%s: then there is an error", name);
	ok(strstr(client_reason(m), "has closed it"), "%s: with a reason", name);
	ok(client_poll(m, POLLIN) & POLLERR, "%s: and so does poll", name);
	a = client_bound(name);
	send_to(a, 2, 1, 2, 60);
	ok(client_poll(m, POLLIN) & POLLERR, "%s: a later port of that name is another", name);
	client_end(m);
	client_end(b);
	client_end(a);
}

static void departures(void)
{
	departure("valeD:a", "valeD:b", 0);
	departure("valeD:a", "valeD:b", NR_ZCOPY_MON);
	departure("lone{d", "lone}d", 0);
	departure("lone{d", "lone}d", NR_ZCOPY_MON);
}

/* Sleepers for a monitor's room, its end, or its port's end are woken. */
static void wakeups(void)
{
	struct client *a = client_bound("valeS:a"), *b = client_bound("valeS:b");
	struct client *m = monitor("valeS:a", NR_MONITOR_TX | NR_ZCOPY_MON), *c;
	struct os_poller poller;
	uint32_t i;

	for (i = 0; i < 2046; i++) {
		send_to(a, 2, 1, i, 60);
		client_drain(b);
	}
	is_num(client_sleep(a, POLLOUT, &poller), 0, "a sender waits for a zero-copy monitor");
	client_drain(m);
	client_rxsync(m);
	ok(client_woken(&poller, 0), "it is woken when the monitor releases slots");
	client_txsync(a);
	while (ring_space(client_tx(a, 0))) {
		send_to(a, 2, 1, i++, 60);
		client_drain(b);
	}
	is_num(client_sleep(a, POLLOUT, &poller), 0, "it waits again");
	client_end(m);
	ok(client_woken(&poller, 0), "it is woken when the monitor closes");
	c = monitor("valeS:a", NR_MONITOR_TX);
	is_num(client_sleep(c, POLLIN, &poller), 0, "a monitor waits for frames");
	client_end(a);
	ok(client_woken(&poller, 0), "it is woken when the port closes");
	client_end(c);
	client_end(b);
}

/* A monitor of received frames: slots that the reader marks, and half a frame that it releases. */
static void odd_releases(void)
{
	struct client *a = client_bound("valeS:a"), *b = client_bound("valeS:b");
	struct client *z = monitor("valeS:b", NR_MONITOR_RX | NR_ZCOPY_MON), *m;
	struct netmap_ring *r = client_rx(b, 0);

	send_to(a, 2, 1, 1, 60);
	client_rxsync(b);
	r->slot[r->head].flags |= NS_INDIRECT;
	ring_release(r, 1);
	client_rxsync(b);
	is_num(sees(z, 0, 2, 1, 1, 0), 1, "NS_INDIRECT means nothing in a receive ring");
	client_end(z);
	client_end(a);
	client_end(b);
	a = client_bound("lone{r");
	b = client_bound("lone}r");
	m = monitor("lone}r", NR_MONITOR_RX);
	r = client_rx(b, 0);
	frame_make(frame, 60, 2, 1, 2);
	client_put(a, 0, frame, 60, NS_MOREFRAG);
	client_txsync(a);
	client_rxsync(b);
	ring_release(r, 1);
	client_rxsync(b);
	is_num((long long)drops_of("lone}r/r"), 1, "half a frame that is released is a drop");
	client_end(m);
	client_end(a);
	client_end(b);
}

static void hostile(uint64_t flags)
{
	struct client *a = client_bound("valeH:a"), *b = client_bound("valeH:b");
	struct client *m = monitor("valeH:a", BOTH | flags);
	struct netmap_ring *r = client_rx(m, 0);
	uint32_t i;

	for (i = 0; i < r->num_slots; i++)
		r->slot[i].buf_idx = i % 2 ? UINT32_MAX : 0;
	r->head = r->cur = 0x7fffffff;
	for (i = 0; i < 400; i++) {
		send_to(a, 2, 1, i, 60);
		if (client_receive(b, got, sizeof(got)) != 60 || !frame_is(got, 60, 2, 1, i))
			break;
	}
	is_num(i, 400, "a monitor's corrupt ring harms no other client");
	for (i = 0; i < 1024 && client_tx(a, 0)->slot[i].buf_idx >= 2 &&
	     client_tx(a, 0)->slot[i].buf_idx != UINT32_MAX; i++)
		;
	is_num(i, 1024, "nor does the port get its illegal buffers");
	is_err(client_rxsync(m), -EIO, "it is reset");
	for (i = 0; i < r->num_slots && r->slot[i].buf_idx >= 2; i++)
		;
	is_num(i, r->num_slots, "and has legal buffers");
	client_drain(m);
	client_rxsync(m);
	send_to(a, 2, 1, 3, 60);
	client_rxsync(m);
	is_num(client_take(m, 0, got, sizeof(got)), 60, "then it gets frames again");
	client_rxsync(m);
	/* Now the monitored port. */
	client_tx(a, 0)->slot[client_tx(a, 0)->head].buf_idx = 0;
	ring_release(client_tx(a, 0), 1);
	is_err(client_txsync(a), -EIO, "an illegal slot in the port itself");
	client_tx(a, 0)->slot[client_tx(a, 0)->head].len = 60;
	client_tx(a, 0)->head = 5000;
	is_err(client_txsync(a), -EIO, "and an illegal head");
	client_rx(a, 0)->slot[client_rx(a, 0)->tail].buf_idx = 1;
	send_to(b, STATION_ALL, 2, 1, 60);
	is_err(client_rxsync(a), -EIO, "and one to receive in");
	client_drain(m);
	client_rxsync(m);
	send_to(a, 2, 1, 4, 60);
	is_num(sees(m, 0, 2, 1, 4, NS_TXMON), 1, "after that it sees what is sent");
	client_end(m);
	client_drain(b);
	client_end(a);
	client_end(b);
}

static void hostiles(void)
{
	hostile(0);
	hostile(NR_ZCOPY_MON);
}

static void odd_frames(void)
{
	struct client *a = client_bound("valeO:a"), *b = client_bound("valeO:b");
	struct client *m = monitor("valeO:a", NR_MONITOR_TX),
		      *z = monitor("valeO:b", NR_MONITOR_RX | NR_ZCOPY_MON);
	struct netmap_ring *r = client_tx(a, 0);
	uint32_t i;

	/* Seventy slots without an end, then a frame. */
	for (i = 0; i < 70; i++)
		client_put(a, 0, frame, 60, NS_MOREFRAG);
	client_put(a, 0, frame, 60, 0);
	client_txsync(a);
	send_to(a, 2, 1, 6, 60);
	is_num(sees(m, 0, 2, 1, 6, NS_TXMON), 1, "a frame of too many slots is passed over");
	is_num((long long)drops_of("valeO:a/t"), 1, "and counted");
	client_drain(b);
	/* Half a frame now, half later. */
	frame_make(frame, 200, 2, 1, 7);
	client_put_frags(a, 0, frame, 200, 100, 0);
	r->head = r->cur = r->head ? r->head - 1 : r->num_slots - 1;
	client_txsync(a);
	is_num(sees(m, 0, 2, 1, 7, NS_TXMON), 0, "half a frame is not passed on");
	ring_release(r, 1);
	client_txsync(a);
	is_num(sees(m, 0, 2, 1, 7, NS_TXMON), 1, "when its end comes it is, whole");
	client_rxsync(b);
	is_num(sees(z, 0, 2, 1, 6, 0), 1, "what was released before passes");
	/* The reader releases one slot of two. */
	client_rxsync(b);
	ring_release(client_rx(b, 0), 1);
	client_rxsync(b);
	is_num(sees(z, 0, 2, 1, 7, 0), 0, "nor are buffers of half a frame");
	ring_release(client_rx(b, 0), 1);
	client_rxsync(b);
	is_num(sees(z, 0, 2, 1, 7, 0), 1, "until the other half is released");
	client_end(m);
	client_end(z);
	client_end(a);
	client_end(b);
}

static void indirect(void)
{
	struct client *a = client_bound("valeI:a"), *b = client_bound("valeI:b");
	struct client *m = monitor("valeI:a", NR_MONITOR_TX);
	struct netmap_ring *r = client_tx(a, 0);
	static uint8_t data[2048];
	uint32_t i;

	frame_make(data, 1000, 2, 1, 5);
	for (i = 0; i < 2; i++) {
		r->slot[r->head].len = 1000;
		r->slot[r->head].flags = NS_INDIRECT;
		r->slot[r->head].ptr = (uintptr_t)data;
		ring_release(r, 1);
		if (i)
			os_test_bad_add(data, sizeof(data), OS_TEST_ABSENT);
		is_err(client_txsync(a), 0, "a frame elsewhere in memory%s",
		       i ? ", not there at first" : "");
		is_num(client_receive(b, got, sizeof(got)), 1000, "is received");
		is_num(sees(m, 0, 2, 1, 5, NS_TXMON), 1, "and seen");
	}
	os_test_bad_clear();
	client_end(m);
	client_end(a);
	client_end(b);
}

static void small_buffers(void)
{
	struct client *a, *b, *m, *p;

	nm_setting_set("priv_buf_size", 128);
	p = client_bound("valeB:other");
	nm_setting_set("priv_buf_size", 2048);
	a = client_bound("valeB:a");
	b = client_bound("valeB:b");
	m = client_new();
	m->reg = (struct nmreq_register){ .nr_mode = ALL,
					  .nr_flags = NR_MONITOR_TX,
					  .nr_mem_id = p->reg.nr_mem_id };
	is_err(client_register_as_is(m, "valeB:a", NULL), 0, "a monitor with buffers of 128 bytes");
	send_to(a, 2, 1, 3, 1500);
	send_to(a, 2, 1, 4, 128);
	is_num(sees(m, 0, 2, 1, 3, NS_TXMON), 2, "gets longer frames in several slots");
	client_end(m);
	client_end(a);
	client_end(b);
	client_end(p);
}

static void cards(void)
{
	struct client *p = client_bound_with("card0", NR_REG_NIC_SW, 0, 0);
	struct client *m = client_bound_with("card0", NR_REG_NIC_SW, 0, BOTH);
	struct client *one = client_bound_with("card0", NR_REG_ONE_NIC, 1, BOTH);
	struct client *host =
		client_bound_with("card0", NR_REG_ONE_SW, 0, NR_MONITOR_RX | NR_ZCOPY_MON);
	struct client *z;
	uint32_t i, before;

	ok(m && one && host, "monitors of all rings, of one, and of a host ring");
	ok(client_rx(m, 0) && client_rx(m, 1) && client_rx(m, 2), "the first has all");
	ok(!client_rx(one, 0) && client_rx(one, 1) && !client_rx(one, 2),
	   "the second has its ring's");
	ok(!client_rx(host, 1) && client_rx(host, 2), "the third has the host ring");
	for (i = 0; i < 10; i++) {
		frame_make(frame, 60 + i, 2, 1, i);
		os_test_card_receive(0, OS_NETDEV_WIRE, 1, frame, 60 + i);
		os_test_card_receive(0, OS_NETDEV_STACK, 0, frame, 60 + i);
	}
	client_rxsync(p);
	is_num(sees(m, 1, 2, 1, 0, 0), 10, "what came by queue 1");
	is_num(sees(m, 2, 2, 1, 0, 0), 10, "and from the stack");
	is_num(sees(m, 0, 2, 1, 0, 0), 0, "and nothing by queue 0");
	is_num(sees(one, 1, 2, 1, 0, 0), 10, "the same for ring 1 alone");
	frame_make(frame, 60, 2, 1, 0);
	client_put(p, 0, frame, 60, 0);
	client_put(p, 2, frame, 60, 0);
	client_txsync(p);
	is_num(sees(m, 0, 2, 1, 0, NS_TXMON), 1, "what is sent by queue 0");
	is_num(sees(m, 2, 2, 1, 0, NS_TXMON), 1, "and to the stack");
	/* The host ring's slots go to the wire, and the monitor gets their buffers. */
	before = os_test_card_sent(0, OS_NETDEV_WIRE)->frames;
	client_rx(p, 2)->flags |= NR_FORWARD;
	while (ring_space(client_rx(p, 2))) {
		client_rx(p, 2)->slot[client_rx(p, 2)->head].flags |= NS_FORWARD;
		ring_release(client_rx(p, 2), 1);
	}
	client_rxsync(p);
	is_num(os_test_card_sent(0, OS_NETDEV_WIRE)->frames - before, 10,
	       "transparent mode goes on, once each");
	ok(frame_is(os_test_card_sent(0, OS_NETDEV_WIRE)->last, 69, 2, 1, 9),
	   "with what was received");
	is_num(sees(host, 2, 2, 1, 0, 0), 10, "and the buffers pass");
	z = client_bound_with("card0", ALL, 0, NR_MONITOR_TX | NR_ZCOPY_MON);
	for (i = 0; i < 2000; i++) {
		frame_make(frame, 60, 2, 1, i);
		client_put(p, 1, frame, 60, 0);
		client_txsync(p);
		if (i % 500 == 499 && sees(z, 1, 2, 1, i - 499, NS_TXMON) != 500)
			break;
	}
	is_num(i, 2000, "zero copy of what is sent");
	client_end(z);
	client_end(host);
	client_end(one);
	client_end(m);
	client_end(p);
}

/* Traffic goes on while monitors come and go. */
static uint32_t is_over;

static void *traffic(void *arg)
{
	struct client *a = client_bound("valeT:a"), *b = client_bound("valeT:b");
	uint8_t out[60], in[2048];
	uint32_t i, *wrong = arg;

	for (i = 0; !os_load32(&is_over) || i < 1000; i++) {
		frame_make(out, 60, 2, 1, i);
		/* A zero-copy monitor may delay it for a while. */
		while (!client_put(a, 0, out, 60, 0) && !os_load32(&is_over))
			client_txsync(a);
		client_txsync(a);
		if (client_receive(b, in, sizeof(in)) == 60 && !frame_is(in, 60, 2, 1, i))
			(*wrong)++;
	}
	client_end(a);
	client_end(b);
	return NULL;
}

static void under_traffic(void)
{
	static const uint64_t flags[] = { NR_MONITOR_TX, NR_MONITOR_RX, BOTH, BOTH | NR_ZCOPY_MON,
					  NR_MONITOR_TX | NR_ZCOPY_MON };
	struct client *m[3] = { NULL }, *keep;
	uint32_t wrong = 0, opened = 0, i, k;
	pthread_t t;

	os_store32(&is_over, 0);
	pthread_create(&t, NULL, traffic, &wrong);
	for (i = 0; i < 300; i++) {
		struct client **at = &m[i % 3];

		client_end(*at);
		*at = client_new();
		(*at)->reg = (struct nmreq_register){ .nr_mode = ALL,
						      .nr_flags = flags[i % 5],
						      .nr_rx_slots = 64 };
		if (client_register_as_is(*at, i % 2 ? "valeT:a" : "valeT:b", NULL)) {
			client_end(*at);
			*at = NULL;
			os_thread_yield(true);
			continue;
		}
		opened++;
		for (k = 0; k < 20; k++)
			client_drain(*at);
	}
	keep = m[0] ? m[0] : m[1];
	os_store32(&is_over, 1);
	for (i = 0; i < 3; i++) {
		if (m[i] != keep)
			client_end(m[i]);
	}
	pthread_join(t, NULL);
	client_end(keep);
	is_num(wrong, 0, "every frame is right while monitors come and go");
	ok(opened > 100, "%u monitors came", opened);
}

SUBJECTS(
	{ "copying", copying },
	{ "swapping", swapping },
	{ "slow_copy", slow_copy },
	{ "slow_swap", slow_swap },
	{ "several", several },
	{ "refusals", refusals },
	{ "departures", departures },
	{ "wakeups", wakeups },
	{ "odd_releases", odd_releases },
	{ "hostiles", hostiles },
	{ "odd_frames", odd_frames },
	{ "indirect", indirect },
	{ "small_buffers", small_buffers },
	{ "cards", cards },
	{ "under_traffic", under_traffic },
)
