// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tx rings of a network card, whose frames go to the wire, and of its host stack, whose frames
 * go there as if they had been received. A slot is free again as soon as its frame is copied.
 */
#include "nic.h"

#define ETH_HLEN	14u

/* Between two looks at a device that had no room. */
#define AGAIN_NS		50000u
#define AGAIN_NO_LINK_NS	10000000u

/* Frames gathered from a ring, all of them whole. */
struct batch {
	struct os_frag frag[NIC_BATCH];
	uint32_t n;
};

/* A frame as it is gathered. */
struct frame {
	uint32_t slots, len;
};

/* The poller is told of room by nobody; of a link by the device, but some take their time. */
static void try_again(const struct nm_kring *k)
{
	bool is_cut = os_netdev_traits(nm_nic_of(k->port)->dev) & OS_NETDEV_NO_LINK;

	nm_pace_arm(&k->nic->pace, is_cut ? AGAIN_NO_LINK_NS : AGAIN_NS);
}

enum nm_drop nic_judge(const struct nm_kring *k, uint32_t len)
{
	struct os_netdev *dev = nm_nic_of(k->port)->dev;

	if (len < ETH_HLEN)
		return NM_DROP_BADFRAME;
	if (likely(len <= os_netdev_frame_max(dev)))
		return NM_DROP_CAUSES;
	os_netdev_refresh(dev);
	return len > os_netdev_frame_max(dev) ? NM_DROP_TOOLONG : NM_DROP_CAUSES;
}

/* Done with slots before at. */
static void advance(struct nm_kring *k, uint32_t at)
{
	nm_stat_add(&k->stats.slots, nm_span(k->hwcur, at, k->num_slots));
	k->hwcur = at;
}

/*
 * The next frame from slot *at on, behind those of the batch. Returns its slots, 0 if it is not
 * whole or does not fit the batch; -EIO for an illegal slot.
 */
static int gather_frame(const struct nm_kring *k, const struct nm_bufs *bufs, uint32_t at,
			struct batch *b, struct frame *f)
{
	*f = (struct frame){ 0 };
	for (; at != k->rhead && b->n + f->slots < NIC_BATCH; at = nm_next(at, k->num_slots)) {
		union nm_slot s = nm_slot_load(&k->ring->slot[at]);
		const uint8_t *data = nm_slot_data(k, bufs, &k->ring->slot[at], s);

		if (unlikely(!data))
			return -EIO;
		b->frag[b->n + f->slots] = (struct os_frag){
			.data = data,
			.len = s.len,
			.more = s.flags & NS_MOREFRAG,
		};
		f->slots++;
		f->len += s.len;
		if (!(s.flags & NS_MOREFRAG))
			return 1;
	}
	return 0;
}

/* A frame that no batch can hold, or one that head cuts short: dropped, up to its end or head. */
static void drop_endless(struct nm_kring *k)
{
	uint32_t at = k->hwcur;
	bool more = true;

	while (more && at != k->rhead) {
		more = nm_slot_load(&k->ring->slot[at]).flags & NS_MOREFRAG;
		at = nm_next(at, k->num_slots);
	}
	nm_stat_add(&k->stats.drops[NM_DROP_BADFRAME], 1);
	advance(k, at);
}

static uint32_t send(struct nm_kring *k, const struct batch *b)
{
	return os_netdev_send(nm_nic_of(k->port)->dev, k->is_host ? OS_NETDEV_STACK : OS_NETDEV_WIRE,
			      k->nic->queue, b->frag, b->n);
}

/* Count what of the batch was sent. */
static void count(struct nm_kring *k, const struct batch *b, uint32_t sent)
{
	uint64_t bytes = 0, frames = 0;
	uint32_t i;

	for (i = 0; i < sent; i++) {
		bytes += b->frag[i].len;
		frames += !b->frag[i].more;
	}
	nm_stat_add(&k->stats.bytes, bytes);
	nm_stat_add(&k->stats.packets, frames);
}

/* Send a batch; true when it all went and there may be more. */
static bool flush(struct nm_kring *k, struct batch *b)
{
	uint32_t sent = b->n ? send(k, b) : 0;
	bool all = sent == b->n;

	count(k, b, sent);
	advance(k, nm_forward(k->hwcur, sent, k->num_slots));
	b->n = 0;
	return all;
}

/* One frame into the batch, or dropped. 1 to go on, 0 to stop (no room now, or no frame), -EIO. */
static int step(struct nm_kring *k, const struct nm_bufs *bufs, struct batch *b)
{
	uint32_t at = nm_forward(k->hwcur, b->n, k->num_slots);
	enum nm_drop cause;
	struct frame f;
	int ret;

	if (at == k->rhead)
		return 0;
	ret = gather_frame(k, bufs, at, b, &f);
	if (ret < 0) {
		flush(k, b);
		return ret;
	}
	cause = ret ? nic_judge(k, f.len) : NM_DROP_BADFRAME;
	if (ret && cause == NM_DROP_CAUSES) {
		b->n += f.slots;
		return b->n < NIC_BATCH || flush(k, b);
	}
	/* What came before goes first; it may also have been all that kept this one from fitting. */
	if (b->n)
		return flush(k, b);
	if (!ret) {
		drop_endless(k);
		return 1;
	}
	nm_stat_add(&k->stats.drops[cause], 1);
	advance(k, nm_forward(k->hwcur, f.slots, k->num_slots));
	return 1;
}

int nic_txsync(struct nm_kring *k, struct nm_sync *s)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	struct batch b NM_UNINITIALIZED;
	int ret;

	b.n = 0;
	do {
		ret = step(k, &bufs, &b);
	} while (ret > 0);
	if (ret == 0 && b.n)
		flush(k, &b);
	k->hwtail = nm_back(k->hwcur, k->num_slots);
	if (unlikely(ret < 0))
		return ret;
	if (k->hwcur != k->rhead)
		try_again(k);
	return nic_check_state(k->port, s->why);
}
