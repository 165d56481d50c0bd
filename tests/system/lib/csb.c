/* SPDX-License-Identifier: BSD-2-Clause */
#include "csb.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOST_MS	5000

const struct csb_mode csb_modes[] = {
	{ .name = "no sleep" },
	{ .name = "sleep of 50 us", .sleep_us = 50 },
	{ .name = "eventfds", .has_events = true },
	{ .name = "direct modes", .has_events = true,
	  .direct = NM_OPT_SYNC_KLOOP_DIRECT_TX | NM_OPT_SYNC_KLOOP_DIRECT_RX },
};
const unsigned int csb_mode_count = sizeof(csb_modes) / sizeof(csb_modes[0]);

/* Two maps of one file; the blocks need not begin at a page. */
struct nmreq_opt_csb csb_memory(struct csb *c)
{
	struct nmreq_opt_csb o = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_CSB };
	int fd = memfd_create("csb", MFD_CLOEXEC);
	char *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, 8192) == 0)
		at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		give_up("no memory for CSB blocks");
	c->atok = (struct nm_csb_atok *)(void *)(at + 64);
	c->ktoa = (struct nm_csb_ktoa *)(void *)(at + 4096 - 64);
	o.csb_atok = (uintptr_t)c->atok;
	o.csb_ktoa = (uintptr_t)c->ktoa;
	/* netmapd needs it open until csb_close(). */
	c->fd = fd;
	return o;
}

void csb_open(struct csb *c, const char *name, const struct csb_mode *mode, uint32_t slots)
{
	struct nmreq_opt_csb o;
	unsigned int i, n;

	memset(c, 0, sizeof(*c));
	c->mode = mode;
	port_must(&c->port, name, .flags = NR_EXCLUSIVE, .tx_slots = slots, .rx_slots = slots);
	o = csb_memory(c);
	if (ctrl_opts(c->port.fd, NETMAP_REQ_CSB_ENABLE, "", NULL, &o))
		give_up("%s: %s", name, reason(c->port.fd));
	c->rings[0] = c->port.reg.nr_tx_rings;
	c->rings[1] = c->port.reg.nr_rx_rings;
	n = c->rings[0] + c->rings[1];
	for (i = 0; i < n && i < CSB_RINGS; i++) {
		c->kick[i] = mode->has_events ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
		c->call[i] = mode->has_events ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
	}
}

int csb_loop(struct csb *c)
{
	struct { struct nmreq_opt_sync_kloop_eventfds o; int32_t fd[2 * CSB_RINGS]; } events;
	struct nmreq_opt_sync_kloop_mode mode = { .nro_opt.nro_reqtype =
							  NETMAP_REQ_OPT_SYNC_KLOOP_MODE };
	struct nmreq_sync_kloop_start body = { .sleep_us = c->mode->sleep_us };
	unsigned int i, n = c->rings[0] + c->rings[1];

	if (!c->mode->has_events)
		return ctrl(c->port.fd, NETMAP_REQ_SYNC_KLOOP_START, "", &body);
	memset(&events, 0, sizeof(events));
	events.o.nro_opt.nro_reqtype = NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS;
	events.o.nro_opt.nro_size = sizeof(events.o) + n * sizeof(events.o.eventfds[0]);
	for (i = 0; i < n; i++) {
		events.fd[2 * i] = c->kick[i];
		events.fd[2 * i + 1] = c->call[i];
	}
	mode.mode = c->mode->direct;
	if (mode.mode)
		events.o.nro_opt.nro_next = (uintptr_t)&mode;
	return ctrl_opts(c->port.fd, NETMAP_REQ_SYNC_KLOOP_START, "", &body, &events);
}

static void *loop_main(void *arg)
{
	struct csb *c = arg;

	c->result = csb_loop(c);
	__atomic_store_n(&c->has_ended, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* A loop that runs refuses a second one. */
void csb_start(struct csb *c)
{
	struct nmreq_sync_kloop_start body = { .sleep_us = 1000001 };
	int err = 0;

	__atomic_store_n(&c->has_ended, 0, __ATOMIC_RELEASE);
	if (pthread_create(&c->loop, NULL, loop_main, c))
		give_up("no thread for a loop");
	while (err != -EBUSY && !__atomic_load_n(&c->has_ended, __ATOMIC_ACQUIRE)) {
		err = ctrl(c->port.fd, NETMAP_REQ_SYNC_KLOOP_START, "", &body);
		usleep(200);
	}
}

int csb_join(struct csb *c)
{
	pthread_join(c->loop, NULL);
	return c->result;
}

int csb_stop(struct csb *c)
{
	if (ctrl(c->port.fd, NETMAP_REQ_SYNC_KLOOP_STOP, "", NULL))
		give_up("stop: %s", reason(c->port.fd));
	return csb_join(c);
}

void csb_close(struct csb *c)
{
	unsigned int i;

	for (i = 0; i < c->rings[0] + c->rings[1]; i++) {
		close(c->kick[i]);
		close(c->call[i]);
	}
	close(c->fd);
	port_close(&c->port);
}

/* The application's words of a ring, and the loop's, by direction. */
static struct nm_csb_atok *atok_of(struct csb *c, bool tx)
{
	return &c->atok[tx ? 0 : c->rings[0]];
}

static struct nm_csb_ktoa *ktoa_of(struct csb *c, bool tx)
{
	return &c->ktoa[tx ? 0 : c->rings[0]];
}

static uint32_t tail_of(struct csb *c, bool tx)
{
	return __atomic_load_n(&ktoa_of(c, tx)->hwtail, __ATOMIC_ACQUIRE);
}

/* Until csb_push() the head is kept in the ring's own word, which is unused in this mode. */
static bool has_slot(struct csb *c, bool tx)
{
	const struct netmap_ring *r = tx ? port_tx(&c->port, 0) : port_rx(&c->port, 0);

	return r->head != tail_of(c, tx);
}

static void tell(struct csb *c, bool tx)
{
	const struct netmap_ring *r = tx ? port_tx(&c->port, 0) : port_rx(&c->port, 0);
	struct nm_csb_atok *a = atok_of(c, tx);
	const int kick = c->kick[tx ? 0 : c->rings[0]];
	const uint64_t one = 1;

	__atomic_store_n(&a->cur, r->head, __ATOMIC_RELEASE);
	__atomic_store_n(&a->head, r->head, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (kick >= 0 && __atomic_load_n(&ktoa_of(c, tx)->kern_need_kick, __ATOMIC_RELAXED) &&
	    write(kick, &one, sizeof(one)) < 0)
		give_up("cannot kick");
}

bool csb_put(struct csb *c, const void *frame, uint32_t len)
{
	struct netmap_ring *r = port_tx(&c->port, 0);

	if (!has_slot(c, true))
		return false;
	memcpy(ring_buf(r, r->slot[r->head].buf_idx), frame, len);
	r->slot[r->head].len = (uint16_t)len;
	r->slot[r->head].flags = 0;
	r->head = ring_next(r, r->head);
	return true;
}

void csb_push(struct csb *c)
{
	tell(c, true);
}

int csb_take(struct csb *c, void *frame, uint32_t size)
{
	struct netmap_ring *r = port_rx(&c->port, 0);
	uint32_t len;

	if (!has_slot(c, false))
		return -EAGAIN;
	len = r->slot[r->head].len;
	if (len > size)
		return -EMSGSIZE;
	memcpy(frame, ring_buf(r, r->slot[r->head].buf_idx), len);
	r->head = ring_next(r, r->head);
	return (int)len;
}

void csb_pull(struct csb *c)
{
	tell(c, false);
}

bool csb_wait(struct csb *c, bool tx)
{
	struct pollfd p = { .fd = c->call[tx ? 0 : c->rings[0]], .events = POLLIN };
	const uint64_t end = now_ns() + LOST_MS * 1000000ull;
	uint32_t *need = &atok_of(c, tx)->appl_need_kick;
	uint64_t count;
	bool found;

	if (!c->mode->has_events) {
		while (!has_slot(c, tx) && now_ns() < end)
			usleep(20);
		return has_slot(c, tx);
	}
	__atomic_store_n(need, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	found = has_slot(c, tx);
	while (!found && now_ns() < end && poll(&p, 1, LOST_MS) == 1) {
		if (read(p.fd, &count, sizeof(count)) < 0)
			break;
		found = has_slot(c, tx);
	}
	__atomic_store_n(need, 0, __ATOMIC_RELAXED);
	return found;
}
