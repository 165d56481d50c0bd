// SPDX-License-Identifier: BSD-2-Clause
/*
 * Transparent mode: slots of an rx ring that its reader has marked NS_FORWARD pass to the other
 * side when the reader releases them, from the card to the stack and from the stack to the wire.
 * Caller holds the ring's lock.
 */
#include "nic/nic.h"
#include "base/settings.h"

struct nic_forward_batch {
	struct os_frag frag[NIC_BATCH];
	uint32_t n, whole;	/* pieces in frag[]; those of them in whole frames */
	uint32_t len;		/* bytes of the incomplete frame */
	bool is_cut;		/* the incomplete frame is not forwarded */
};

/*
 * Send the whole frames of the batch. Frames that the platform refuses are dropped: the reader's
 * slots must be freed.
 */
static void nic_forward_send(struct nm_kring *k, struct nic_forward_batch *b)
{
	struct os_netdev *dev = nm_nic_of(k->port)->dev;
	uint32_t i;

	if (k->is_host)
		i = os_netdev_send(dev, OS_NETDEV_WIRE, k->nic->queue % k->port->rings[NM_TX],
				   b->frag, b->whole, NULL);
	else
		i = os_netdev_send(dev, OS_NETDEV_STACK, k->nic->queue, b->frag, b->whole, NULL);
	/*
	 * Safe without the rx spinlock: while the ring has a client, only its sync counts
	 * NM_DROP_NODEST.
	 */
	for (; i < b->whole; i++) {
		if (!b->frag[i].more)
			nm_stat_add(&k->stats.drops[NM_DROP_NODEST], 1);
	}
	b->n -= b->whole;
	for (i = 0; i < b->n; i++)
		b->frag[i] = b->frag[b->whole + i];
	b->whole = 0;
}

/* Add a piece. A frame that fills the whole batch is not forwarded. */
static void nic_forward_add(struct nm_kring *k, struct nic_forward_batch *b, union nm_slot s,
			    const uint8_t *data)
{
	if (b->n == NIC_BATCH)
		nic_forward_send(k, b);
	if (b->n == NIC_BATCH) {
		b->is_cut = true;
		return;
	}
	b->frag[b->n++] =
		(struct os_frag){ .data = data, .len = s.len, .more = s.flags & NS_MOREFRAG };
	b->len += s.len;
}

/* The reader set the slots' lengths, so check them as for a frame that it sends. */
static void nic_forward_end_frame(struct nm_kring *k, struct nic_forward_batch *b)
{
	enum nm_drop cause = b->is_cut ? NM_DROP_NONE : nic_check_frame(k, b->len);

	if (cause != NM_DROP_NONE)
		nm_stat_add(&k->stats.drops[cause], 1);
	if (b->is_cut || cause != NM_DROP_NONE)
		b->n = b->whole;
	b->whole = b->n;
	b->len = 0;
	b->is_cut = false;
}

void nic_forward(struct nm_kring *k)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	struct nic_forward_batch b NM_UNINITIALIZED;
	uint32_t pos = k->hwcur;

	if (!(os_load32(&k->ring->flags) & NR_FORWARD) && !nm_setting(NM_SET_FWD))
		return;
	b.n = b.whole = b.len = 0;
	/* Skip the rest of a frame whose beginning an earlier sync saw. */
	b.is_cut = nm_slot_load(&k->ring->slot[nm_back(pos, k->num_slots)]).flags & NS_MOREFRAG;
	for (; pos != k->rhead; pos = nm_next(pos, k->num_slots)) {
		union nm_slot s = nm_slot_load(&k->ring->slot[pos]);
		const uint8_t *data = nm_slot_data(k, &bufs, &k->ring->slot[pos], s);

		/* Do not forward a frame with an unmarked or illegal slot. */
		if (!(s.flags & NS_FORWARD) || !data)
			b.is_cut = true;
		else if (!b.is_cut)
			nic_forward_add(k, &b, s, data);
		if (!(s.flags & NS_MOREFRAG))
			nic_forward_end_frame(k, &b);
	}
	if (b.whole)
		nic_forward_send(k, &b);
}
