/* SPDX-License-Identifier: BSD-2-Clause */
/* poll: readiness, the syncs it does, and that no wakeup is missed. */
#include <sched.h>
#include <time.h>

#include "subject.h"

static uint8_t frame[60];

static void readiness(void)
{
	struct client *a = client_bound("valeW:a"), *b = client_bound("valeW:b");

	frame_make(frame, 60, STATION_ALL, 1, 1);
	is_num(client_poll(a, POLLOUT), POLLOUT, "an empty tx ring is writable");
	is_num(client_poll(b, POLLIN), 0, "an empty rx ring is not readable");
	client_send(a, frame, 60);
	is_num(client_poll(b, POLLIN), POLLIN, "a frame makes it readable");
	is_num(client_poll(b, POLLIN | POLLOUT), POLLIN | POLLOUT, "both are reported");
	is_num(client_poll(b, POLLIN | POLLRDNORM), POLLIN | POLLRDNORM,
	       "POLLRDNORM goes with POLLIN");
	is_num(client_poll(b, POLLOUT | POLLWRNORM), POLLOUT | POLLWRNORM,
	       "POLLWRNORM goes with POLLOUT");
	is_num(client_poll(b, 0), 0, "nothing asked, nothing reported");
	is_num(client_drain(b), 1, "the frame is there");
	is_num(client_poll(b, POLLIN), 0, "once it is taken, not readable");
	client_end(a);
	client_end(b);
}

static void implicit_syncs(void)
{
	struct client *a = client_bound("valeW:a"), *b = client_bound("valeW:b"), *quiet, *eager;

	frame_make(frame, 60, STATION_ALL, 1, 1);
	client_put(a, 0, frame, 60, 0);
	client_poll(a, POLLIN);
	is_num(client_drain(b), 1, "poll(POLLIN) alone sends what was queued");
	client_put(a, 0, frame, 60, 0);
	client_poll(a, 0);
	is_num(client_drain(b), 1, "even a poll for nothing does");

	quiet = client_bound_with("valeW:q", NR_REG_ALL_NIC, 0, NR_NO_TX_POLL);
	client_put(quiet, 0, frame, 60, 0);
	client_poll(quiet, POLLIN);
	is_num(client_drain(b), 0, "NR_NO_TX_POLL: POLLIN does not");
	client_poll(quiet, POLLOUT);
	is_num(client_drain(b), 1, "but POLLOUT does");
	client_end(quiet);

	client_send(a, frame, 60);
	is_num(ring_space(client_rx(b, 0)), 0, "no frame is seen before a sync");
	client_poll(b, POLLOUT);
	is_num(ring_space(client_rx(b, 0)), 0, "poll(POLLOUT) does not look for frames");
	eager = client_bound_with("valeW:e", NR_REG_ALL_NIC, 0, NR_DO_RX_POLL);
	client_send(a, frame, 60);
	client_poll(eager, POLLOUT);
	is_num(ring_space(client_rx(eager, 0)), 1, "with NR_DO_RX_POLL it does");
	client_end(eager);
	client_end(a);
	client_end(b);
}

/* A poll for frames alone must still send what waited for a full pipe, and see a corrupt head. */
static void backlog(void)
{
	struct client *a = client_new(), *b = client_new();
	uint32_t i, got;

	a->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 32,
		.nr_rx_slots = 32 };
	is_err(client_register_as_is(a, "lone{b", NULL), 0, "a small pipe");
	is_err(client_register(b, "lone}b"), 0, "its other end");
	frame_make(frame, 60, STATION_ALL, 1, 1);
	for (i = 0; client_put(a, 0, frame, 60, 0); i++)
		client_txsync(a);
	got = client_drain(b);
	client_rxsync(b);
	client_poll(a, POLLIN);
	got += client_drain(b);
	is_num(got, i, "poll(POLLIN) sends what waited for room, though nothing new was queued");
	client_poll(a, POLLIN);
	is_num(ring_space(client_tx(a, 0)), 31, "then the whole tx ring is free");
	client_tx(a, 0)->head = 77;
	ok(client_poll(a, POLLIN) & POLLERR, "poll(POLLIN) sees a corrupt tx head");
	client_rxsync(b);
	client_put(a, 0, frame, 60, 0);
	client_poll(a, POLLIN);
	is_num(client_drain(b), 1, "and sends again after the reset");
	client_end(a);
	client_end(b);
}

static void wakeups(const char *from, const char *to)
{
	struct client *a = client_bound(from), *b = client_bound(to);
	struct os_poller poller;
	uint32_t i;

	frame_make(frame, 60, STATION_ALL, 1, 1);
	is_num(client_sleep(b, POLLIN, &poller), 0, "%s: nothing to read, waiting", to);
	client_send(a, frame, 60);
	ok(client_woken(&poller, 0), "%s: a frame wakes the reader", to);
	client_drain(b);
	client_sleep(b, POLLIN, &poller);
	client_txsync(a);
	ok(!client_woken(&poller, 0), "%s: a sync without a frame does not", to);
	client_sleep(b, POLLIN, &poller);
	for (i = 0; i < 100; i++)
		client_put(a, 0, frame, 60, 0);
	client_txsync(a);
	os_poller_wait(&poller, 1000);
	is_num(poller.wakeups, 1, "%s: a batch of 100 wakes once", to);
	os_poller_end(&poller);
	client_drain(b);
	is_num(client_sleep(b, POLLIN, &poller), 0, "%s: nothing again", to);
	os_poller_end(&poller);
	client_send(a, frame, 60);
	ok(client_drain(b) == 1, "%s: a poller that has ended is not touched", to);
	client_end(a);
	client_end(b);
}

static void vale_wakeups(void)
{
	wakeups("valeW:a", "valeW:b");
}

/*
 * A sleeper of a ring that a poll left full is woken when the reader has released slots, for it to
 * poll again; not while it has released none, and not of a ring with few frames.
 */
static void unsynced(const char *from, const char *to)
{
	struct client *a = client_bound(from), *b = client_bound(to);
	struct os_poller poller;
	uint32_t i, slots;

	frame_make(frame, 60, STATION_ALL, 1, 1);
	slots = client_rx(b, 0)->num_slots - 1;
	for (i = 0; i < slots; i++) {
		client_put(a, 0, frame, 60, 0);
		if (i % 32 == 31)
			client_txsync(a);
	}
	client_txsync(a);
	is_num(client_sleep(b, POLLIN, &poller), POLLIN, "%s: a full ring", to);
	is_num(ring_space(client_rx(b, 0)), slots, "%s: all its slots are the reader's", to);
	ok(!os_poller_wait(&poller, 100), "%s: not woken before it has read", to);
	client_rx(b, 0)->head = client_rx(b, 0)->cur = client_rx(b, 0)->tail;
	ok(os_poller_wait(&poller, 10000), "%s: woken once it has released slots", to);
	os_poller_end(&poller);
	is_num(client_sleep(b, POLLIN, &poller), 0, "%s: then the poll syncs", to);
	os_poller_end(&poller);
	for (i = 0; i < 10; i++)
		client_put(a, 0, frame, 60, 0);
	client_txsync(a);
	is_num(client_sleep(b, POLLIN, &poller), POLLIN, "%s: ten frames", to);
	client_rx(b, 0)->head = client_rx(b, 0)->cur = client_rx(b, 0)->tail;
	ok(!os_poller_wait(&poller, 100), "%s: nothing wakes for those, room is left", to);
	os_poller_end(&poller);
	client_end(a);
	client_end(b);
}

static void unsynced_rings(void)
{
	unsynced("lone{u", "lone}u");
	unsynced("valeW:a", "valeW:b");
}

/* A receiver of bursts is woken at most once per wake_delay, unless its ring fills up. */
static void full_ring(void)
{
	struct client *a = client_bound("valeW:a"), *b = client_bound("valeW:b");
	struct os_poller poller;
	uint32_t i, round;

	is_err(nm_setting_set("wake_delay", 1000), 0, "wakeups a millisecond apart");
	frame_make(frame, 60, STATION_ALL, 1, 1);
	for (round = 0; round < 2; round++) {
		client_sleep(b, POLLIN, &poller);
		for (i = 0; i < (round ? 300u : 10u); i++)
			client_put(a, 0, frame, 60, 0);
		client_txsync(a);
		ok(client_woken(&poller, 0), "%s",
		   round ? "the next one fills the ring, and wakes too" : "a burst wakes");
		client_drain(b);
	}
	nm_setting_set("wake_delay", 50);
	client_end(a);
	client_end(b);
}

/* What a doorbell's thread looks for: something that a sync would change. */
static void moved(void)
{
	struct client *a = client_bound("lone{m"), *b = client_bound("lone}m");
	uint64_t syncs;

	frame_make(frame, 60, STATION_ALL, 1, 1);
	ok(!nm_client_has_moved(a->c, true) && !nm_client_has_moved(b->c, false), "nothing moved");
	client_put(a, 0, frame, 60, 0);
	ok(nm_client_has_moved(a->c, true), "a frame was queued");
	client_txsync(a);
	ok(!nm_client_has_moved(a->c, true) && nm_client_has_moved(b->c, false), "it was sent");
	client_rxsync(b);
	ok(!nm_client_has_moved(b->c, false), "it was seen");
	client_take(b, 0, frame, sizeof(frame));
	ok(nm_client_has_moved(b->c, false), "its slot was released");
	client_rxsync(b);
	ok(!nm_client_has_moved(b->c, false), "that was seen");
	syncs = ring_info("lone{m", 0, 0).syncs;
	client_poll(a, POLLIN);
	is_num((long long)(ring_info("lone{m", 0, 0).syncs - syncs), 0,
	       "a poll for frames does not sync an idle tx ring");
	client_end(a);
	client_end(b);
}

static void pipe_wakeups(void)
{
	struct client *a, *b;
	struct os_poller poller;

	wakeups("lone{w", "lone}w");
	a = client_bound("lone{x");
	b = client_bound("lone}x");
	frame_make(frame, 60, STATION_ALL, 1, 1);
	while (client_put(a, 0, frame, 60, 0))
		client_txsync(a);
	is_num(client_sleep(a, POLLOUT, &poller), 0, "a full pipe is not writable, waiting");
	client_drain(b);
	client_rxsync(b);
	ok(client_woken(&poller, 0), "room wakes the writer");
	is_num(client_poll(a, POLLOUT), POLLOUT, "which is writable then");
	client_end(a);
	client_end(b);
}

struct flow {
	struct client *p;
	uint32_t count;
	uint32_t bad;		/* frames wrong or polls in vain */
	uint64_t waits;
};

/* Wait by poll without a timeout; a missed wakeup shows as a wait of five seconds. */
static bool wait_for(struct flow *f, uint32_t events)
{
	struct os_poller poller;
	uint32_t ready;
	bool in_time = true;

	os_poller_begin(&poller);
	for (;;) {
		ready = nm_client_poll(f->p->c, &f->p->who, events, &poller);
		if (ready || !in_time)
			break;
		f->waits++;
		in_time = os_poller_wait(&poller, 5000);
	}
	os_poller_end(&poller);
	if (ready & POLLERR)
		diag("POLLERR: %s", client_reason(f->p));
	if (!in_time)
		diag("five seconds asleep");
	return ready & events && in_time;
}

static void *sender(void *arg)
{
	struct flow *f = arg;
	uint8_t out[60];
	uint32_t i;

	for (i = 0; i < f->count && !f->bad;) {
		if (!wait_for(f, POLLOUT)) {
			f->bad++;
			break;
		}
		do
			frame_make(out, 60, 1, 2, i);
		while (i < f->count && client_put(f->p, 0, out, 60, 0) && (++i % 7));
	}
	/* The last frames may find the pipe full: sync until they are gone. */
	while (!f->bad && ring_space(client_tx(f->p, 0)) + 1 < client_tx(f->p, 0)->num_slots) {
		client_txsync(f->p);
		sched_yield();
	}
	return NULL;
}

static void *receiver(void *arg)
{
	struct flow *f = arg;
	uint8_t got[64];
	uint32_t i = 0;

	while (i < f->count && !f->bad) {
		if (!wait_for(f, POLLIN)) {
			f->bad++;
			break;
		}
		while (client_take(f->p, 0, got, 64) == 60) {
			if (!frame_is(got, 60, 1, 2, i) && f->bad++ == 0)
				diag("frame %u instead of %u", *(uint32_t *)(void *)(got + 14), i);
			i++;
		}
	}
	client_rxsync(f->p);
	return NULL;
}

/* A pipe never drops: both ends move every frame by poll alone and must miss no wakeup. */
static void no_missed_wakeup(void)
{
	struct flow tx = { .p = client_new(), .count = 200000 }, rx = { .p = client_new(),
		.count = 200000 };
	pthread_t thread;

	tx.p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 16,
		.nr_rx_slots = 16 };
	is_err(client_register_as_is(tx.p, "lone{t", NULL), 0, "an end with rings of 16 slots");
	is_err(client_register(rx.p, "lone}t"), 0, "the other end");
	pthread_create(&thread, NULL, sender, &tx);
	receiver(&rx);
	pthread_join(thread, NULL);
	is_num(tx.bad, 0, "the sender missed no wakeup");
	is_num(rx.bad, 0, "nor did the receiver, and every frame is right and in order");
	diag("%llu and %llu waits", (unsigned long long)tx.waits, (unsigned long long)rx.waits);
	client_end(tx.p);
	client_end(rx.p);
}

struct burst {
	struct client *p;
	uint32_t got, bad;	/* atomic */
};

static void *burst_receiver(void *arg)
{
	struct burst *b = arg;
	struct flow f = { .p = b->p };
	uint8_t got[64];

	while (wait_for(&f, POLLIN))
		while (client_take(b->p, 0, got, 64) == 60) {
			if (got[5] == 9)
				return NULL;
			__atomic_add_fetch(&b->got, 1, __ATOMIC_RELAXED);
		}
	return NULL;
}

/* Wait until the receiver has n frames; false after three seconds. */
static bool burst_arrives(struct burst *b, uint32_t frames)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (__atomic_load_n(&b->got, __ATOMIC_RELAXED) < frames) {
		sched_yield();
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > begin.tv_sec + 3)
			return false;
	}
	return true;
}

/*
 * Bursts over a switch, each sent when the one before has arrived: a delayed wakeup must come even
 * if no further frame is sent.
 */
static void bursts(void)
{
	struct client *a = client_bound("valeW:a");
	struct burst b = { .p = client_bound("valeW:b") };
	uint32_t round, sent = 0, i, n;
	bool in_time = true;
	pthread_t thread;

	frame_make(frame, 60, 2, 1, 1);
	pthread_create(&thread, NULL, burst_receiver, &b);
	for (round = 0; round < 2000 && in_time; round++) {
		n = 1 + round * 37 % 200;
		for (i = 0; i < n; i++)
			sent += client_put(a, 0, frame, 60, 0);
		client_txsync(a);
		in_time = burst_arrives(&b, sent);
	}
	ok(in_time, "2000 bursts of 1 to 200 frames each wake the receiver");
	frame_make(frame, 60, 9, 1, 1);
	client_send(a, frame, 60);
	pthread_join(thread, NULL);
	is_num(b.got, sent, "and none is lost");
	client_end(a);
	client_end(b.p);
}

static void corrupt(void)
{
	struct client *a = client_bound("valeW:a");

	client_tx(a, 0)->head = 5000;
	ok(client_poll(a, POLLOUT) & POLLERR, "poll of a corrupt ring returns POLLERR");
	is_num(client_poll(a, POLLOUT), POLLOUT, "the next poll works");
	client_end(a);
}

SUBJECTS({ "readiness", readiness }, { "implicit syncs", implicit_syncs }, { "backlog", backlog },
	 { "VALE wakeups", vale_wakeups }, { "pipe wakeups", pipe_wakeups },
	 { "no missed wakeup", no_missed_wakeup }, { "bursts", bursts }, { "corrupt", corrupt },
	 { "full ring", full_ring }, { "moved", moved },
	 { "unsynced", unsynced_rings })
