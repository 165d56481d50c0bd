// SPDX-License-Identifier: BSD-2-Clause
/*
 * The txsync of VALE ports, in batches of two passes: vale_classify() reads the sender's slots and
 * queues each frame for its destination, vale_deliver() copies the queued frames to the receivers.
 * Caller holds the lock of the sender's tx ring; no other lock is taken here.
 */
#include "vale/vale_batch.h"
#include "ring/slot.h"
#include "base/settings.h"

struct vale_pending *vale_pending_make(const struct nm_kring *k)
{
	uint32_t batch = nm_setting(NM_SET_BRIDGE_BATCH), i;
	struct vale_pending *out;

	if (batch > k->num_slots)
		batch = k->num_slots;
	out = os_alloc(sizeof(*out) + (batch + NETMAP_MAX_FRAGS) * sizeof(out->item[0]));
	if (!out)
		return NULL;
	out->batch = batch;
	out->flood = (struct vale_queue)VALE_QUEUE_EMPTY;
	for (i = 0; i < VALE_PORTS; i++)
		out->queue[i] = (struct vale_queue)VALE_QUEUE_EMPTY;
	return out;
}

void vale_pending_free(struct vale_pending *out)
{
	if (out)
		os_free(out->bounce);
	os_free(out);
}

static void vale_add_stats(struct vale_sender *s)
{
	struct nm_ring_stats *stats = &s->k->stats;
	uint32_t cause;

	nm_stat_add(&stats->packets, s->packets);
	nm_stat_add(&stats->bytes, s->bytes);
	for (cause = 0; cause < NM_DROP_CAUSES; cause++) {
		if (s->drops[cause])
			nm_stat_add(&stats->drops[cause], s->drops[cause]);
	}
}

/* Start a batch. What is not set here, vale_classify() sets before it reads it. */
static void vale_sender_init(struct vale_sender *s, struct nm_kring *k)
{
	struct vale_port *vp = vale_port_of(k->port);
	uint32_t cause;

	s->k = k;
	s->out = k->pending;
	s->vp = vp;
	/* Acquire: the switch is initialised; pairs with the release in vale_attach(). */
	s->sw = os_load_ptr_acquire(&vp->sw);
	s->bufs = nm_pool_bufs(&k->region->bufs);
	s->hdr_len = os_load32(&vp->port.hdr_len);
	s->now = os_seconds();
	s->last_src = VALE_NO_ADDRESS;
	s->last_dst = VALE_NO_ADDRESS;
	s->packets = 0;
	s->bytes = 0;
	for (cause = 0; cause < NM_DROP_CAUSES; cause++)
		s->drops[cause] = 0;
}

static int vale_forward(struct nm_kring *k, struct nm_sync *sync)
{
	struct vale_sender s NM_UNINITIALIZED;
	int ret;

	vale_sender_init(&s, k);
	do {
		ret = vale_classify(&s, sync);
		vale_deliver(&s);
	} while (ret == VALE_READ_BATCH_FULL);
	vale_add_stats(&s);
	k->hwtail = nm_back(k->hwcur, k->num_slots);
	if (ret == VALE_READ_FAULT)
		return NM_SYNC_FAULT;
	return ret < 0 ? ret : 0;
}

int vale_txsync(struct nm_kring *k, struct nm_sync *sync)
{
	/* Skip setting up the batch in a sync with nothing to send, as each poll for room does. */
	return k->hwcur == k->rhead ? 0 : vale_forward(k, sync);
}
