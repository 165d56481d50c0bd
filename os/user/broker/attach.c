// SPDX-License-Identifier: BSD-2-Clause
/*
 * Attaching a device for the server: opens its TAP, its programs and its sockets. State that
 * ends with its descriptor belongs to the server; other state is listed here until the server
 * detaches the device.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker.h"
#include "parallel.h"

/* A device with state that outlives its descriptors: programs of tc, or LRO switched off. */
struct attached {
	uint32_t id;
	uint32_t ifindex;
	bool had_lro;
	int ns;
	struct programs programs;
	struct attached *next;
};

static struct attached *list;
static uint32_t last_id;

/* ---- programs and packet sockets ------------------------------------------------------ */

/* Opened concurrently, because the kernel makes each wait for a grace period. */
struct opening {
	struct programs *p;
	uint32_t ifindex, tap;
	/* programs, the socket for long frames, the others */
	int result[BROKER_LINKS + 1 + BROKER_TX_MAX];
};

static void opening_do(void *arg, uint32_t i)
{
	struct opening *o = arg;

	if (i < BROKER_LINKS)
		o->result[i] = programs_attach(o->p, i, o->ifindex, o->tap);
	else if (i == BROKER_LINKS)
		o->result[i] = packet_tx_open(o->ifindex, BROKER_JUMBO_SLOTS, BROKER_JUMBO_SLOT,
					      o->p->mark);
	else
		o->result[i] =
			packet_tx_open(o->ifindex, BROKER_TX_SLOTS, BROKER_TX_SLOT, o->p->mark);
}

static int reply_add_receivers(struct reply *to, const struct programs *p, uint32_t ifindex)
{
	uint32_t i;
	int err = 0, filter;

	for (i = 0; i < to->r.rx && !err; i++) {
		filter = programs_filter(p, i, to->r.rx);
		if (filter < 0)
			return reply_refuse(to, filter, "load a filter for a socket");
		err = reply_add_fd(to, packet_rx_open(ifindex, filter),
				   "open a socket to receive by");
		close(filter);
	}
	return err;
}

/* Add copies of the links: programs_close() closes these. */
static int reply_add_programs(struct reply *to, const struct opening *o)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < BROKER_LINKS && !err; i++)
		if (o->result[i] < 0)
			err = reply_refuse(to, o->result[i], "attach programs to a device "
					   "(the kernel needs BPF and its tc hooks)");
	to->r.links = !err && o->p->link[0] >= 0 ? BROKER_LINKS : 0;
	for (i = 0; i < to->r.links && !err; i++)
		err = reply_add_fd(to, fcntl(o->p->link[i], F_DUPFD_CLOEXEC, 3),
				   "copy a descriptor");
	return err;
}

/* Add all that were opened, even if one was not, so that they get closed. */
static int reply_add_senders(struct reply *to, const struct opening *o)
{
	uint32_t i;
	int err = 0, one;

	for (i = BROKER_LINKS; i < BROKER_LINKS + 1 + to->r.tx; i++) {
		one = reply_add_fd(to, o->result[i], "open a socket to send by");
		err = err ? err : one;
	}
	return err;
}

/* ---- the wire ------------------------------------------------------------------------- */

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * Open AF_XDP if the policy allows it and the device has it: packet sockets are not needed then.
 * Else set their number; to->r.reason says why it is not AF_XDP.
 */
static void wire_choose(struct reply *to, const struct broker_call *q, const char *name, int flags,
			struct broker_xdp *x)
{
	const struct broker_request *rq = &q->rq;
	const struct xdp_device_bufs bufs = {
		.fd = q->memory, .part = rq->device_bufs, .fill = q->fill,
	};
	const struct xdp_request xdp = {
		.ifindex = rq->ifindex, .queues = ethtool_queues(name, true), .flags = flags,
		.allows_inexact = rq->xdp == BROKER_XDP_ALWAYS,
		.device_bufs = rq->device_bufs.size ? &bufs : NULL,
	};

	*x = (struct broker_xdp){ .link = -1 };
	if (rq->xdp != BROKER_XDP_NEVER && !xdp_open(x, name, &xdp, to->r.reason)) {
		to->r.xdp = x->info;
		to->r.had_device_bufs = x->info.has_device_bufs;
		return;
	}
	to->r.had_device_bufs = x->had_device_bufs;
	to->r.tx = min_u32(ethtool_queues(name, false), min_u32(os_cpus(), BROKER_TX_MAX));
	to->r.rx = min_u32(xdp.queues, BROKER_QUEUES_MAX);
	to->r.rx += to->r.rx > 1;
}

static void reply_add_xdp(struct reply *to, const struct broker_xdp *x)
{
	uint32_t i;

	if (!x->info.queues)
		return;
	reply_add_fd(to, x->link, "attach a program");
	if (!x->info.has_device_bufs)
		reply_add_fd(to, x->umem, "make memory");
	for (i = 0; i < x->info.queues; i++)
		reply_add_fd(to, x->xsk[i], "open a socket");
}

static int device_open(struct reply *to, struct programs *p, const struct broker_call *q,
		       const char *name, uint32_t tap)
{
	const uint32_t ifindex = q->rq.ifindex;
	struct opening o = { .p = p, .ifindex = ifindex, .tap = tap };
	struct broker_xdp xdp;
	int err = programs_load(p, ifindex, tap), one;

	if (err)
		return reply_refuse(to, err, "load programs (the kernel needs BPF)");
	wire_choose(to, q, name, p->map, &xdp);
	parallel(BROKER_LINKS + 1 + to->r.tx, opening_do, &o);
	err = reply_add_fd(to, fcntl(p->map, F_DUPFD_CLOEXEC, 3), "copy a descriptor");
	one = reply_add_senders(to, &o);
	err = err ? err : one;
	if (!err)
		err = reply_add_programs(to, &o);
	if (!err)
		err = reply_add_receivers(to, p, ifindex);
	reply_add_xdp(to, &xdp);
	if (err)
		programs_close(p);
	return err;
}

/* ---- attach and detach ---------------------------------------------------------------- */

/*
 * Programs attached by links end with the descriptors that were sent. List the device if anything
 * else has to be undone.
 */
static void attached_add(struct reply *to, struct programs *p, uint32_t ifindex, int ns)
{
	struct attached *a;

	if (to->r.links)
		programs_close(p);
	if (to->r.links && !to->r.had_lro)
		return;
	a = malloc(sizeof(*a));
	os_assert(a);
	*a = (struct attached){ .id = ++last_id, .ifindex = ifindex, .had_lro = to->r.had_lro,
				.ns = fcntl(ns, F_DUPFD_CLOEXEC, 3), .programs = *p, .next = list };
	list = a;
	to->r.id = a->id;
}

int attach_open(const struct broker_call *q, struct reply *to)
{
	const uint32_t ifindex = q->rq.ifindex;
	char name[IFNAMSIZ];
	struct programs p;
	uint32_t tap;
	int err;

	if (link_name(ifindex, name))
		return -ENXIO;
	err = tap_open(ifindex, &tap);
	err = reply_add_fd(to, err, err == -EBUSY ? "take a device that another netmapd has taken" :
			   "make a TAP");
	if (err)
		return err;
	/*
	 * Frames that the hardware merged cannot be split exactly as they were, so switch LRO off.
	 * A device that refuses keeps it.
	 */
	to->r.had_lro = ethtool_lro_set(name, false) > 0;
	to->r.has_gro = ethtool_has_gro(name);
	err = device_open(to, &p, q, name, tap);
	if (!err)
		attached_add(to, &p, ifindex, q->ns);
	else if (to->r.had_lro)
		ethtool_lro_set(name, true);
	return err;
}

static void attached_close(struct attached **link)
{
	struct attached *a = *link;
	char name[IFNAMSIZ];

	*link = a->next;
	if (!setns(a->ns, CLONE_NEWNET)) {
		programs_close(&a->programs);
		if (a->had_lro && !link_name(a->ifindex, name))
			ethtool_lro_set(name, true);
	}
	close(a->ns);
	free(a);
}

void attach_close(uint32_t id)
{
	struct attached **link = &list;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	if (*link)
		attached_close(link);
}

void attach_close_all(void)
{
	while (list)
		attached_close(&list);
}
