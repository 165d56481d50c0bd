// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pipes. A pipe has two ends, each a port. Tx ring i of one end is connected to rx ring i of the
 * other; each ring has its own slots. Sending exchanges the buffers of two slots: nothing is
 * copied.
 *
 * Both ends are made when the first one is opened, and exist until neither has a reference. Rings
 * exist while any end has a client. So an end may be opened late, closed and opened again: frames
 * that are sent to it meanwhile stay in its ring.
 *
 * Two connected rings are a queue of one writer and one reader: the writer is the holder of the tx
 * ring's lock, the reader that of the rx ring's. Neither takes both locks. tx.hwcur and rx.hwtail
 * belong to the writer, rx.hwcur to the reader.
 */
#include "pipe/pipe.h"
#include "base/objects.h"
#include "ring/slot.h"

struct pipe_end {
	struct nm_port port;
	struct nm_pipe *pipe;
};

struct nm_pipe {
	struct pipe_end end[2];		/* [1] is the '}' one */
	struct nm_port *parent;		/* with a reference; NULL for a pipe without a parent */
};

static struct nm_pipe *pipe_of(const struct nm_port *p)
{
	return nm_port_container(p, struct pipe_end)->pipe;
}

static struct nm_port *pipe_other_end(struct nm_port *p)
{
	struct nm_pipe *pipe = pipe_of(p);

	return p == &pipe->end[0].port ? &pipe->end[1].port : &pipe->end[0].port;
}

/* Result of moving a run of slots that is contiguous in both rings. */
struct pipe_moved {
	uint32_t slots;
	uint64_t packets, bytes;
	int err;		/* illegal slot: -EIO of the sender, -ENOBUFS of the receiver */
};

static void pipe_move_run(struct netmap_slot *from, struct netmap_slot *to, uint32_t n,
		     const struct nm_bufs *bufs, struct pipe_moved *m)
{
	const union nm_slot changed = { .flags = NS_BUF_CHANGED };
	const union nm_slot more_flag = { .flags = NS_MOREFRAG };
	uint64_t bytes = 0, more = 0;
	uint32_t i;

	for (i = 0; i < n; i++, from++, to++) {
		union nm_slot sent = nm_slot_load(from);
		const union nm_slot back = nm_slot_load(to);

		if (unlikely(!nm_slot_is_legal(sent, bufs))) {
			m->err = -EIO;
			break;
		}
		if (unlikely(!nm_bufs_has(bufs, back.buf_idx))) {
			m->err = -ENOBUFS;
			break;
		}
		/* Whole words, which keep the loop fast. */
		sent.word |= changed.word;
		bytes += sent.len;
		more += sent.len_flags & more_flag.len_flags;
		os_store64(&to->ptr, os_load64(&from->ptr));
		nm_slot_store(to, sent);
		os_store32(&from->buf_idx, back.buf_idx);
		nm_slot_store_len_flags_word(from, sent);
	}
	m->slots = i;
	m->bytes += bytes;
	m->packets += i - more / more_flag.len_flags;
}

/* The same for rings with offsets, which are checked and passed too. */
static void pipe_move_offsets(const struct nm_kring *k, struct netmap_slot *from,
			      struct netmap_slot *to, uint32_t n, const struct nm_bufs *bufs,
			      struct pipe_moved *m)
{
	uint32_t i;

	for (i = 0; i < n; i++, from++, to++) {
		const uint64_t ptr = os_load64(&from->ptr);
		union nm_slot sent = nm_slot_load(from);
		const union nm_slot back = nm_slot_load(to);

		if (unlikely(!nm_slot_is_legal(sent, bufs) ||
			     nm_offset_of_tx(k->offsets, ptr, sent.len, bufs->unit) ==
				     NM_OFFSET_BAD)) {
			m->err = -EIO;
			break;
		}
		if (unlikely(!nm_bufs_has(bufs, back.buf_idx))) {
			m->err = -ENOBUFS;
			break;
		}
		sent.flags |= NS_BUF_CHANGED;
		os_store64(&to->ptr, ptr);
		nm_slot_store(to, sent);
		os_store32(&from->buf_idx, back.buf_idx);
		nm_slot_store_len_flags_word(from, sent);
		m->bytes += sent.len;
		m->packets += !(sent.flags & NS_MOREFRAG);
	}
	m->slots = i;
}

static int pipe_txsync(struct nm_kring *k, struct nm_sync *s)
{
	struct nm_kring *to = k->pipe_peer;
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	struct pipe_moved m = { 0 };
	uint32_t tail = to->hwtail, todo, room, run, start = k->hwcur;

	(void)s;
	/* Acquire: the reader is done with slots before hwcur; pairs with pipe_rxsync(). */
	room = nm_span(tail, nm_back(os_load32_acquire(&to->hwcur), to->num_slots), to->num_slots);
	todo = nm_span(k->hwcur, k->rhead, k->num_slots);
	if (todo > room)
		todo = room;
	while (todo && !m.err) {
		run = todo;
		if (run > k->num_slots - k->hwcur)
			run = k->num_slots - k->hwcur;
		if (run > to->num_slots - tail)
			run = to->num_slots - tail;
		if (likely(!k->offsets))
			pipe_move_run(&k->ring->slot[k->hwcur], &to->ring->slot[tail], run, &bufs,
				      &m);
		else
			pipe_move_offsets(k, &k->ring->slot[k->hwcur], &to->ring->slot[tail], run,
					  &bufs, &m);
		k->hwcur = nm_forward(k->hwcur, m.slots, k->num_slots);
		tail = nm_forward(tail, m.slots, to->num_slots);
		todo -= m.slots;
	}
	k->hwtail = nm_back(k->hwcur, k->num_slots);
	if (m.err == -ENOBUFS)
		os_store32(&to->corrupt, 1);
	if (k->hwcur != start || m.err == -ENOBUFS) {
		uint32_t slots = nm_span(start, k->hwcur, k->num_slots);

		nm_stat_add(&k->stats.slots, slots);
		nm_stat_add(&k->stats.packets, m.packets);
		nm_stat_add(&k->stats.bytes, m.bytes);
		nm_stat_add(&to->stats.slots, slots);
		nm_stat_add(&to->stats.packets, m.packets);
		nm_stat_add(&to->stats.bytes, m.bytes);
		/*
		 * Release: the slots are written; pairs with sync_finish_locked() and
		 * pipe_rxsync().
		 */
		os_store32_release(&to->hwtail, tail);
		nm_kring_wake(to);
	}
	return m.err == -EIO ? -EIO : 0;
}

static int pipe_rxsync(struct nm_kring *k, struct nm_sync *s)
{
	(void)s;
	if (unlikely(os_load32(&k->corrupt))) {
		os_store32(&k->corrupt, 0);
		return -EIO;
	}
	/* Release: the reader is done with these slots; pairs with pipe_txsync(). */
	os_store32_release(&k->hwcur, k->rhead);
	nm_kring_wake(k->pipe_peer);
	return 0;
}

static void pipe_face(struct nm_port *a, struct nm_port *b)
{
	uint32_t i;

	for (i = 0; i < a->rings[NM_TX]; i++) {
		a->kring[NM_TX][i].pipe_peer = &b->kring[NM_RX][i];
		b->kring[NM_RX][i].pipe_peer = &a->kring[NM_TX][i];
	}
}

static int pipe_start(struct nm_port *p, struct nm_reason *reason)
{
	struct nm_port *other = pipe_other_end(p);
	int err;

	if (p->kring[NM_TX])
		return 0;	/* made when the other end was opened */
	other->offsets = p->offsets;	/* slots are passed unchanged */
	err = nm_port_rings_make(p, reason);
	if (err)
		return err;
	err = nm_port_rings_make(other, reason);
	if (err) {
		nm_port_rings_free(p);
		return err;
	}
	pipe_face(p, other);
	pipe_face(other, p);
	return 0;
}

/* Free both ends' rings, unless the other end has clients: only clients sync a pipe's rings. */
static void pipe_stop(struct nm_port *p)
{
	struct nm_port *other = pipe_other_end(p);

	if (other->clients)
		return;
	nm_port_rings_free(p);
	nm_port_rings_free(other);
}

static void pipe_destroy(struct nm_port *p)
{
	struct nm_pipe *pipe = pipe_of(p);
	struct nm_port *parent = pipe->parent;

	if (pipe_other_end(p)->refs)
		return;
	nm_port_fini(&pipe->end[1].port);
	nm_port_fini(&pipe->end[0].port);
	os_free(pipe);
	nm_object_ended(NM_OBJ_PIPE);
	if (parent)
		nm_port_put(parent);
}

static const struct nm_port_ops pipe_ops = {
	.kind = "pipe",
	.info_kind = NM_KIND_PIPE,
	.start = pipe_start,
	.stop = pipe_stop,
	.has_peer = true,
	.ring = { .txsync = pipe_txsync, .rxsync = pipe_rxsync },
	.destroy = pipe_destroy,
};

static struct nm_region *pipe_region(const struct nm_port *parent, const struct nm_scope *scope,
				     const struct nm_port_spec *spec, struct nm_reason *reason)
{
	if (!parent)
		return nm_region_find((uint16_t)nm_or(spec->mem_id, NM_REGION_GLOBAL), scope,
				      reason);
	if (spec->mem_id && !nm_region_has_id(parent->region, scope, spec->mem_id)) {
		nm_refuse(reason, -EINVAL,
			  "a pipe uses its parent's memory region: %s has %u, not %u",
			  parent->name, parent->region->id, spec->mem_id);
		return NULL;
	}
	nm_region_get(parent->region);
	return parent->region;
}

static struct nm_port *pipe_make(const struct nm_name *name, const struct nm_scope *scope,
				 struct nm_port *parent, const struct nm_port_spec *spec,
				 struct nm_reason *reason)
{
	struct nm_region *region = pipe_region(parent, scope, spec, reason);
	struct nm_port_spec real[2];
	struct nm_name end_name = *name;
	struct nm_pipe *pipe;
	int dir, i, at;

	if (!region)
		return NULL;
	pipe = nm_port_alloc(sizeof(*pipe), 2, "a pipe", scope, region, reason);
	if (!pipe)
		return NULL;
	for (dir = NM_TX; dir <= NM_RX; dir++) {
		uint32_t dflt = parent ? parent->slots[dir] : NM_DEFAULT_SLOTS;

		/* The tx rings of one end are the rx rings of the other. */
		real[0].rings[dir] = real[1].rings[!dir] = nm_or(spec->rings[dir], 1);
		real[0].slots[dir] = real[1].slots[!dir] = nm_or(spec->slots[dir], dflt);
	}
	pipe->parent = parent;
	for (i = 0; i < 2; i++) {
		at = end_name.far_end;
		pipe->end[at].pipe = pipe;
		if (i)
			nm_region_get(region);
		nm_port_init(&pipe->end[at].port, end_name.full, scope, &pipe_ops, region,
			     &real[i]);
		nm_port_list(&pipe->end[at].port);
		nm_name_other_end(&end_name);
	}
	nm_object_made(NM_OBJ_PIPE);
	at = name->far_end;
	pipe->end[!at].port.refs = 0;
	return &pipe->end[at].port;
}

/* Make the pipe of the first len bytes of a longer name. */
static struct nm_port *pipe_part_make(const struct nm_name *name, size_t len,
				      const struct nm_scope *scope, struct nm_port *parent,
				      struct nm_reason *reason)
{
	const struct nm_port_spec any = { .mem_id = 0 };
	char raw[NETMAP_REQ_IFNAMSIZ] = { 0 };
	struct nm_name part;

	os_memcpy(raw, name->full, len);
	return nm_name_parse(raw, &part, reason) ? NULL :
						   pipe_make(&part, scope, parent, &any, reason);
}

struct nm_port *nm_pipe_make(const struct nm_name *name, const struct nm_scope *scope,
			     struct nm_port *parent, size_t len, const struct nm_port_spec *spec,
			     struct nm_reason *reason)
{
	struct nm_port *p;

	nm_assert_locked();
	do {
		for (len++; name->full[len] && name->full[len] != '{' && name->full[len] != '}';
		     len++)
			;
		p = name->full[len] ? pipe_part_make(name, len, scope, parent, reason) :
				      pipe_make(name, scope, parent, spec, reason);
		if (!p && parent)
			nm_port_put(parent);
		parent = p;
	} while (p && name->full[len]);
	return p;
}
