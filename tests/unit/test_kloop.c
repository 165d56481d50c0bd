/* SPDX-License-Identifier: BSD-2-Clause */
/* CSB mode and its loop, which runs in a separate thread: what each side may rely on. */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "subject.h"

struct guest {
	struct client *p;
	struct nm_csb_atok *atok;	/* tx, rx */
	struct nm_csb_ktoa *ktoa;
	int fd, kick, call;
	struct os_interrupt interrupt;
	struct os_caller who;		/* the loop's caller */
	uint64_t events[5];		/* the option with two entries */
	struct nmreq_opt_sync_kloop_mode mode;
	pthread_t thread;
	int result;
};

static void guest_open(struct guest *g, const char *name)
{
	struct nmreq_opt_csb o = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_CSB };
	char *at;

	memset(g, 0, sizeof(*g));
	g->fd = memfd_create("csb", MFD_CLOEXEC);
	os_assert(g->fd >= 0 && ftruncate(g->fd, 8192) == 0);
	at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, g->fd, 0);
	os_assert(at != MAP_FAILED);
	g->atok = (struct nm_csb_atok *)(void *)at;
	g->ktoa = (struct nm_csb_ktoa *)(void *)(at + 4096);
	o.csb_atok = (uintptr_t)g->atok;
	o.csb_ktoa = (uintptr_t)g->ktoa;
	g->p = client_new();
	g->p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE };
	is_err(client_register_as_is(g->p, name, &o.nro_opt), 0, "%s: register in CSB mode", name);
	g->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	g->call = eventfd(0, EFD_CLOEXEC);
	os_interrupt_begin(&g->interrupt);
	g->who = g->p->who;
	g->who.interrupt = &g->interrupt;
}

static void guest_close(struct guest *g)
{
	client_end(g->p);
	os_interrupt_end(&g->interrupt);
	munmap(g->atok, 8192);
	close(g->fd);
	close(g->kick);
	close(g->call);
}

static void *loop_main(void *arg)
{
	struct guest *g = arg;
	struct nmreq_sync_kloop_start body = { 0 };
	struct nmreq_header h = {
		.nr_version = NETMAP_API, .nr_reqtype = NETMAP_REQ_SYNC_KLOOP_START,
		.nr_body = (uintptr_t)&body, .nr_options = (uintptr_t)g->events,
	};

	g->result = nm_client_ctrl(g->p->c, &g->who, &h);
	return NULL;
}

/* The next loop has eventfds, and this mode. */
static void loop_prepare(struct guest *g, uint32_t direct)
{
	struct nmreq_opt_sync_kloop_eventfds *o = (void *)g->events;
	uint32_t i;

	o->nro_opt = (struct nmreq_option){
		.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS, .nro_size = sizeof(g->events),
		.nro_next = (uintptr_t)&g->mode,
	};
	g->mode.nro_opt = (struct nmreq_option){ .nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_MODE };
	g->mode.mode = direct;
	for (i = 0; i < 2; i++) {
		o->eventfds[i].ioeventfd = g->kick;
		o->eventfds[i].irqfd = g->call;
	}
}

/* Returns when the loop runs. */
static void loop_start(struct guest *g, uint32_t direct)
{
	/* A sleep too long is refused, but only if no loop runs already. */
	struct nmreq_sync_kloop_start body = { .sleep_us = UINT32_MAX };

	loop_prepare(g, direct);
	os_interrupt_set(&g->interrupt, 1);
	pthread_create(&g->thread, NULL, loop_main, g);
	while (client_ctrl(g->p, NETMAP_REQ_SYNC_KLOOP_START, "", &body, NULL) != -EBUSY)
		usleep(100);
}

static int loop_join(struct guest *g)
{
	pthread_join(g->thread, NULL);
	return g->result;
}

static int loop_stop(struct guest *g)
{
	is_err(client_ctrl(g->p, NETMAP_REQ_SYNC_KLOOP_STOP, "", NULL, NULL), 0,
	       "the loop is asked to stop");
	return loop_join(g);
}

/* The loop sleeps, or will soon: it asks for kicks. */
static void wait_asleep(const struct guest *g)
{
	while (!__atomic_load_n(&g->ktoa[0].kern_need_kick, __ATOMIC_ACQUIRE))
		usleep(50);
}

static void tell(struct guest *g, uint32_t ring, uint32_t head)
{
	const uint64_t one = 1;

	__atomic_store_n(&g->atok[ring].cur, head, __ATOMIC_RELEASE);
	__atomic_store_n(&g->atok[ring].head, head, __ATOMIC_RELEASE);
	os_barrier();
	if (__atomic_load_n(&g->ktoa[ring].kern_need_kick, __ATOMIC_ACQUIRE))
		os_assert(write(g->kick, &one, sizeof(one)) == sizeof(one));
}

/* Sleep until the tail of the rx ring is not head. */
static bool wait_frame(struct guest *g, uint32_t head)
{
	uint64_t count;

	__atomic_store_n(&g->atok[1].appl_need_kick, 1, __ATOMIC_RELAXED);
	os_barrier();
	while (__atomic_load_n(&g->ktoa[1].hwtail, __ATOMIC_ACQUIRE) == head)
		if (read(g->call, &count, sizeof(count)) < 0)
			return false;
	__atomic_store_n(&g->atok[1].appl_need_kick, 0, __ATOMIC_RELAXED);
	return true;
}

static void put(struct guest *g, uint32_t slot, const void *frame, uint16_t len)
{
	struct netmap_ring *r = client_tx(g->p, 0);

	memcpy(client_buf(g->p, r, r->slot[slot].buf_idx), frame, len);
	r->slot[slot].len = len;
	r->slot[slot].flags = 0;
}

/* Send one frame there and back, many times: a lost wakeup would make this wait without end. */
static void ping_pong(uint32_t direct)
{
	struct client *other = client_bound("valeK:b");
	uint8_t frame[60], got[2048];
	uint32_t i, n, good = 0, head = 0, tx = 0;
	struct guest g;

	guest_open(&g, "valeK:a");
	n = client_tx(g.p, 0)->num_slots;
	loop_start(&g, direct);
	for (i = 0; i < 500; i++) {
		frame_make(frame, 60, STATION_ALL, 1, i);
		put(&g, tx, frame, 60);
		tx = tx + 1 == n ? 0 : tx + 1;
		if (i % 2)
			wait_asleep(&g);
		tell(&g, 0, tx);
		while (client_receive(other, got, sizeof(got)) != 60)
			usleep(10);
		client_send(other, got, 60);
		if (!wait_frame(&g, head))
			break;
		good += frame_is(client_buf(g.p, client_rx(g.p, 0),
					    client_rx(g.p, 0)->slot[head].buf_idx),
				 60, STATION_ALL, 1, i);
		head = head + 1 == n ? 0 : head + 1;
		tell(&g, 1, head);
	}
	is_num(good, 500, "every frame went there and came back");
	is_err(loop_stop(&g), 0, "the loop ends without an error");
	is_num(g.ktoa[0].kern_need_kick, 1, "and asks for kicks again");
	guest_close(&g);
	client_end(other);
}

static void eventfds(void)
{
	ping_pong(0);
}

static void direct_modes(void)
{
	ping_pong(NM_OPT_SYNC_KLOOP_DIRECT_TX | NM_OPT_SYNC_KLOOP_DIRECT_RX);
}

static void endings(void)
{
	struct guest g;

	guest_open(&g, "valeK:a");
	loop_start(&g, 0);
	wait_asleep(&g);
	ok(os_interrupt_raise(&g.interrupt, 1), "an interrupt reaches the loop");
	ok(!os_interrupt_raise(&g.interrupt, 2), "one for another request does not");
	is_err(loop_join(&g), -EINTR, "and ends it");
	os_interrupt_set(&g.interrupt, 3);
	os_interrupt_raise(&g.interrupt, 3);
	loop_prepare(&g, 0);
	loop_main(&g);
	is_err(g.result, -EINTR, "an interrupt before the loop's start ends it too");
	loop_start(&g, 0);
	ok(nm_client_has_loop(g.p->c), "the platform can see it");
	nm_client_stop_loop(g.p->c, os_caller_files(&g.who) + 1);
	nm_client_stop_loop(g.p->c, os_caller_files(&g.who));
	is_err(loop_join(&g), 0, "and end it");
	ok(!nm_client_has_loop(g.p->c), "there is none any more");
	loop_start(&g, 0);
	is_err(client_txsync(g.p), -EBUSY, "a sync while it runs");
	is_num(client_poll(g.p, POLLIN), POLLERR, "a poll while it runs");
	ok(!nm_client_has_moved(g.p->c, true) && !nm_client_has_moved(g.p->c, false),
	   "there is nothing to sync");
	__atomic_store_n(&g.atok[0].head, 4000, __ATOMIC_RELEASE);
	os_assert(write(g.kick, &(uint64_t){ 1 }, 8) == 8);
	is_err(loop_join(&g), -EIO, "a head beyond the ring ends it");
	is_err(client_ctrl(g.p, NETMAP_REQ_SYNC_KLOOP_STOP, "", NULL, NULL), 0,
	       "a stop without a loop succeeds");
	g.atok[0].head = g.atok[0].cur = g.ktoa[0].hwcur;
	loop_prepare(&g, 0);
	loop_main(&g);
	is_err(g.result, 0, "and is kept: the next loop ends at once");
	loop_start(&g, 0);
	is_err(loop_stop(&g), 0, "but not the one after it");
	loop_start(&g, 0);
	is_err(loop_stop(&g), 0, "nor does a stop that ended a loop end the next one");
	guest_close(&g);
}

static void refusals(void)
{
	struct nmreq_opt_csb o = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_CSB };
	struct client *p = client_new();
	int fd = memfd_create("csb", MFD_CLOEXEC);
	char *at;

	os_assert(fd >= 0 && ftruncate(fd, 8192) == 0);
	at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	o.csb_atok = (uintptr_t)at;
	o.csb_ktoa = (uintptr_t)at + 4096;
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	is_err(client_register_as_is(p, "valeK:a", &o.nro_opt), -EINVAL,
	       "CSB mode of shared rings");
	ok(strstr(client_reason(p), "NR_EXCLUSIVE"), "the reason names the flag");
	o.csb_atok++;
	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE };
	is_err(client_register_as_is(p, "valeK:a", &o.nro_opt), -EINVAL,
	       "blocks at an odd address");
	ok(strstr(client_reason(p), "csb_atok"), "the reason names the block: %s",
	   client_reason(p));
	client_end(p);
	munmap(at, 8192);
	close(fd);
}

static struct guest *growing;

static void grow(void)
{
	((struct nmreq_option *)(void *)growing->events)->nro_size = sizeof(growing->events);
}

/* An option's size is read once: a later change by another thread has no effect. */
static void size_read_once(void)
{
	struct nmreq_sync_kloop_start body = { 0 };
	struct nmreq_option *o;
	struct guest g;

	guest_open(&g, "valeK:a");
	loop_prepare(&g, 0);
	growing = &g;
	o = (void *)g.events;
	o->nro_size = sizeof(struct nmreq_opt_sync_kloop_eventfds);
	o->nro_next = 0;
	os_test_after_copyin(1, grow);
	is_err(client_ctrl(g.p, NETMAP_REQ_SYNC_KLOOP_START, "", &body, o), -EINVAL,
	       "an option that grows after its head was read");
	ok(o->nro_size == sizeof(g.events) &&
		   strstr(client_reason(g.p), "the option with eventfds has"),
	   "keeps its size: %s", client_reason(g.p));
	guest_close(&g);
}

static struct guest *closing;

static void close_now(void)
{
	nm_client_stop_loop(closing->p->c, os_caller_files(&closing->who));
}

static bool says_closed(const struct os_caller *caller)
{
	(void)caller;
	return true;
}

/* A close ends a loop from the time at which its request begins. */
static void closed_early(void)
{
	struct nmreq_sync_kloop_start body = { 0 };
	struct guest g;

	guest_open(&g, "valeK:a");
	closing = &g;
	os_test_after_copyin(1, close_now);
	is_err(client_ctrl(g.p, NETMAP_REQ_SYNC_KLOOP_START, "", &body, NULL), 0,
	       "a close while the request is read");
	loop_prepare(&g, 0);
	os_interrupt_set(&g.interrupt, 1);
	g.who.has_closed = says_closed;
	loop_main(&g);
	is_err(g.result, 0, "a close before the request began");
	g.who.has_closed = NULL;
	loop_start(&g, 0);
	is_err(loop_stop(&g), 0, "the next loop runs");
	guest_close(&g);
}

static bool wait_hwcur(const struct guest *g, uint32_t at)
{
	uint32_t tries;

	for (tries = 0; tries < 5000 && __atomic_load_n(&g->ktoa[0].hwcur, __ATOMIC_ACQUIRE) != at;
	     tries++)
		usleep(1000);
	return tries < 5000;
}

/* Any client may start polling of a switch port: its threads leave rings to their loop. */
static void polled(void)
{
	struct nmreq_vale_polling body = { .nr_mode = NETMAP_POLLING_MODE_SINGLE_CPU,
					   .nr_num_polling_cpus = 1 };
	struct client *other = client_bound("valeK:b");
	uint8_t frame[60];
	struct guest g;
	uint32_t i;

	guest_open(&g, "valeK:a");
	is_err(client_ctrl(other, NETMAP_REQ_VALE_POLLING_ENABLE, "valeK:a", &body, NULL), 0,
	       "polled");
	loop_start(&g, 0);
	for (i = 1; i < 4; i++) {
		frame_make(frame, 60, STATION_ALL, 1, i);
		put(&g, i - 1, frame, 60);
		tell(&g, 0, i);
		ok(wait_hwcur(&g, i), "frame %u is sent", i);
		usleep(20000);	/* hundreds of rounds of the thread */
		is_num(g.ktoa[0].hwtail,
		       (i - 1 + client_tx(g.p, 0)->num_slots) % client_tx(g.p, 0)->num_slots,
		       "and the ring is right");
	}
	is_err(loop_stop(&g), 0, "the loop ends without an error");
	is_num(client_drain(other), 3, "three frames came");
	guest_close(&g);
	g.p = client_bound("valeK:a");
	ok(g.p && client_send(g.p, frame, 60) && client_drain(other) == 1,
	   "the port's next client syncs as usual");
	client_end(g.p);
	client_end(other);
}

SUBJECTS({ "polled", polled }, { "eventfds", eventfds }, { "direct modes", direct_modes },
	 { "endings", endings }, { "closed early", closed_early },
	 { "size read once", size_read_once }, { "refusals", refusals })
