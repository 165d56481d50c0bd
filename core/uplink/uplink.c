// SPDX-License-Identifier: BSD-2-Clause
/*
 * Uplinks: network cards attached to switches. An uplink's thread is the only client of the rings
 * at both ends. It uses the krings' private pointers and trusts nothing that it reads from the
 * shared rings.
 *
 * The thread is in the wait queues of all these rings for its life. It polls them for about a
 * millisecond after the last frame, because a wakeup costs its sender more than a batch, then
 * sleeps until a queue wakes it: a card that is idle, down or gone costs nothing.
 */
#include "uplink/uplink.h"
#include "base/objects.h"
#include "ring/slot.h"

/* Polls that find nothing before the thread sleeps. */
#define IDLE_POLLS	20u

struct nm_uplink {
	struct nm_uplink *next;	/* guard: engine lock */
	struct nm_binding *card;	/* const, like all below */
	struct nm_binding *port;	/* the card's port on the switch */
	struct nm_binding *host;	/* the port of the card's stack on the switch, or NULL */
	struct os_thread *thread;
	struct os_sleeper *sleeper;	/* the thread's */
	struct os_waitq stopped;	/* wakes the thread when it has to stop */
	uint32_t stop;			/* atomic */
};

static struct nm_uplink *uplinks;	/* guard: engine lock */

static void nm_uplink_sync_ring(struct nm_kring *k)
{
	struct nm_reason reason NM_UNINITIALIZED;
	struct nm_sync s = { .reason = &reason };

	nm_reason_init(&reason);
	nm_kring_sync(k, &s);
}

static void nm_uplink_advance(struct nm_kring *k, uint32_t head)
{
	os_store32(&k->ring->cur, head);
	/*
	 * Release: the slots before head are written; pairs with the acquire in
	 * sync_begin_locked().
	 */
	os_store32_release(&k->ring->head, head);
}

/*
 * Move one slot's frame by exchanging buffers. An illegal slot keeps its buffer; an empty slot is
 * sent instead.
 */
static void nm_uplink_exchange(const struct nm_bufs *bufs, struct netmap_slot *from,
			       struct netmap_slot *to)
{
	union nm_slot a = nm_slot_load(from), b = nm_slot_load(to);
	uint16_t more = a.flags & NS_MOREFRAG;

	if (!nm_slot_is_legal(a, bufs) || !nm_bufs_has(bufs, b.buf_idx)) {
		nm_slot_store_len_flags(to, 0, 0);
		return;
	}
	nm_slot_store(to, (union nm_slot){ .buf_idx = a.buf_idx, .len = a.len, .flags = more });
	nm_slot_store(from, (union nm_slot){ .buf_idx = b.buf_idx });
}

/* Move as many slots as there are and as fit. Returns whether any were moved. */
static bool nm_uplink_move(struct nm_kring *rx, struct nm_kring *tx)
{
	const struct nm_bufs bufs = nm_pool_bufs(&rx->region->bufs);
	uint32_t from, to;

	nm_uplink_sync_ring(rx);
	if (os_load32(&rx->rhead) == os_load32(&rx->rtail) && tx->hwcur == tx->rhead)
		return false;
	nm_uplink_sync_ring(tx);
	from = os_load32(&rx->rhead);
	to = os_load32(&tx->rhead);
	while (from != os_load32(&rx->rtail) && to != os_load32(&tx->rtail)) {
		nm_uplink_exchange(&bufs, &rx->ring->slot[from], &tx->ring->slot[to]);
		from = nm_next(from, rx->num_slots);
		to = nm_next(to, tx->num_slots);
	}
	if (to == os_load32(&tx->rhead))
		return false;
	nm_uplink_advance(rx, from);
	nm_uplink_advance(tx, to);
	nm_uplink_sync_ring(tx);
	return true;
}

/*
 * Move rx rings [first, end) of one port to tx rings [to, to_end) of another. Rings map one to one;
 * surplus rx rings share the tx rings.
 */
static bool nm_uplink_move_all(struct nm_port *from, uint32_t first, uint32_t end,
			       struct nm_port *into, uint32_t to, uint32_t to_end)
{
	bool moved = false;
	uint32_t i;

	for (i = first; i < end; i++)
		moved |= nm_uplink_move(&from->kring[NM_RX][i],
					&into->kring[NM_TX][to + (i - first) % (to_end - to)]);
	return moved;
}

static bool nm_uplink_run_once(const struct nm_uplink *u)
{
	struct nm_port *card = u->card->port, *port = u->port->port, *host;
	bool moved;

	moved = nm_uplink_move_all(card, 0, card->rings[NM_RX], port, 0, port->rings[NM_TX]);
	moved |= nm_uplink_move_all(port, 0, port->rings[NM_RX], card, 0, card->rings[NM_TX]);
	if (!u->host)
		return moved;
	host = u->host->port;
	moved |= nm_uplink_move_all(card, card->rings[NM_RX], nm_port_all_rings(card, NM_RX), host,
				    0, host->rings[NM_TX]);
	return moved | nm_uplink_move_all(host, 0, host->rings[NM_RX], card, card->rings[NM_TX],
					  nm_port_all_rings(card, NM_TX));
}

static void nm_uplink_register_rings(const struct nm_binding *b, struct os_poller *p)
{
	enum nm_dir dir;
	uint32_t i;

	for (dir = NM_TX; dir <= NM_RX; dir++)
		for (i = b->first[dir]; i < b->end[dir]; i++)
			os_poll_register(p, &b->port->kring[dir][i].waitq);
}

static void nm_uplink_run(void *arg)
{
	struct nm_uplink *u = arg;
	uint32_t idle = 0;

	while (!os_load32(&u->stop)) {
		if (nm_uplink_run_once(u))
			idle = 0;
		else
			idle++;
		if (idle < IDLE_POLLS)
			os_thread_yield(idle);
		else
			os_sleeper_sleep(u->sleeper, OS_FOREVER);
	}
}

static int nm_uplink_start_thread(struct nm_uplink *u, struct nm_reason *reason)
{
	struct os_poller *p;

	u->sleeper = os_sleeper_make(NULL);
	if (!u->sleeper)
		return nm_refuse_nomem(reason, "the thread of an uplink");
	p = os_sleeper_poller(u->sleeper);
	os_poll_register(p, &u->stopped);
	nm_uplink_register_rings(u->card, p);
	nm_uplink_register_rings(u->port, p);
	if (u->host)
		nm_uplink_register_rings(u->host, p);
	u->thread = os_thread_start(nm_uplink_run, u, -1, "netmap-uplink");
	return u->thread ? 0 : nm_refuse(reason, -ENOMEM, "cannot start the thread of an uplink");
}

static void nm_uplink_stop_thread(struct nm_uplink *u)
{
	os_store32(&u->stop, 1);
	os_waitq_wake(&u->stopped);
	if (u->thread)
		os_thread_stop(u->thread);
	if (u->sleeper)
		os_sleeper_free(u->sleeper);
}

/* An uplink has no extra buffers. */
static void nm_uplink_unbind(struct nm_binding *b)
{
	nm_unbind(b);
	nm_binding_free(b);
}

static void nm_uplink_free(struct nm_uplink *u)
{
	nm_uplink_stop_thread(u);
	os_waitq_destroy(&u->stopped);
	if (u->host)
		nm_uplink_unbind(u->host);
	if (u->port)
		nm_uplink_unbind(u->port);
	if (u->card)
		nm_uplink_unbind(u->card);
	os_free(u);
}

/* Bind a new port of the switch, with one ring for each of the card's, in the card's region. */
static struct nm_binding *nm_uplink_bind_port(const char *name, const struct nm_scope *scope,
					      const struct nm_port *card, bool host,
					      struct nm_reason *reason)
{
	const uint32_t *rings = host ? card->host_rings : card->rings;
	char copy[NETMAP_REQ_IFNAMSIZ];
	struct nmreq_register reg = {
		.nr_mode = NR_REG_ALL_NIC,
		.nr_flags = NR_EXCLUSIVE | NR_ACCEPT_VNET_HDR,
		.nr_mem_id = card->region->id,
		.nr_tx_rings = (uint16_t)rings[NM_RX],
		.nr_rx_rings = (uint16_t)rings[NM_TX],
		.nr_tx_slots = card->slots[NM_RX],
		.nr_rx_slots = card->slots[NM_TX],
	};

	nm_name_copy(copy, name);
	return nm_bind(scope, copy, &reg, reason);
}

static int nm_uplink_connect(struct nm_uplink *u, const struct nm_name *name,
			     const struct nm_scope *scope, bool host, struct nmreq_register *reg,
			     struct nm_reason *reason)
{
	char host_name[NETMAP_REQ_IFNAMSIZ + 1];

	if (nm_format(host_name, sizeof(host_name), "%s^", name->full) >= NETMAP_REQ_IFNAMSIZ)
		return nm_refuse(reason, -ENAMETOOLONG, "'%s' is too long for a card's port",
				 name->full);
	reg->nr_mode = host ? NR_REG_NIC_SW : NR_REG_ALL_NIC;
	reg->nr_flags = NR_EXCLUSIVE;
	u->card = nm_bind(scope, name->rest, reg, reason);
	if (!u->card)
		return reason->err;
	u->port = nm_uplink_bind_port(name->full, scope, u->card->port, false, reason);
	if (!u->port)
		return reason->err;
	if (host) {
		u->host = nm_uplink_bind_port(host_name, scope, u->card->port, true, reason);
		if (!u->host)
			return reason->err;
	}
	return nm_uplink_start_thread(u, reason);
}

int nm_uplink_make(const struct nm_name *name, const struct nm_scope *scope, bool host,
		   struct nmreq_register *reg, uint32_t *port_index, struct nm_reason *reason)
{
	struct nm_uplink *u = os_alloc(sizeof(*u));

	nm_assert_locked();
	if (!u)
		return nm_refuse_nomem(reason, "an uplink");
	os_waitq_init(&u->stopped, "nm_uplink_stopped");
	if (nm_uplink_connect(u, name, scope, host, reg, reason)) {
		nm_uplink_free(u);
		return reason->err;
	}
	*port_index = vale_port_of(u->port->port)->index;
	u->next = uplinks;
	uplinks = u;
	nm_object_made(NM_OBJ_UPLINK);
	return 0;
}

static void nm_uplink_remove(struct nm_uplink **link)
{
	struct nm_uplink *u = *link;

	*link = u->next;
	nm_uplink_free(u);
	nm_object_ended(NM_OBJ_UPLINK);
}

bool nm_uplink_end(const struct nm_port *p)
{
	struct nm_uplink **link;

	nm_assert_locked();
	for (link = &uplinks; *link; link = &(*link)->next) {
		const struct nm_uplink *u = *link;

		if (u->port->port == p || (u->host && u->host->port == p)) {
			nm_uplink_remove(link);
			return true;
		}
	}
	return false;
}

void nm_uplinks_prune(void)
{
	struct nm_uplink **link = &uplinks;

	nm_assert_locked();
	while (*link) {
		const struct nm_port *card = (*link)->card->port;

		if (card->ops->is_stale && card->ops->is_stale(card))
			nm_uplink_remove(link);
		else
			link = &(*link)->next;
	}
}

void nm_uplinks_end(const struct os_ns *ns)
{
	struct nm_uplink **link = &uplinks;

	nm_assert_locked();
	while (*link) {
		if (!ns || (*link)->card->port->ns == ns)
			nm_uplink_remove(link);
		else
			link = &(*link)->next;
	}
}
