// SPDX-License-Identifier: BSD-2-Clause
/*
 * Counting compares the length and flags of each slot with those of the one before, and adds up a
 * run of equal slots with one multiplication: neighbours are mostly equal.
 */
#include "rxscan.h"

#include <string.h>

#include "slotword.h"

/* Return the length of the run of slots that have this word; n > 0. */
static unsigned int equal_run(struct netmap_slot *slot, unsigned int n, slot_word word)
{
	const struct netmap_slot *first = slot, *end = slot + n, *quads = slot + (n & ~3u);

	for (; slot < quads; slot += 4) {
		if (*slot_word_of(slot) != word)
			return (unsigned int)(slot - first);
		if (*slot_word_of(slot + 1) != word)
			return (unsigned int)(slot + 1 - first);
		if (*slot_word_of(slot + 2) != word)
			return (unsigned int)(slot + 2 - first);
		if (*slot_word_of(slot + 3) != word)
			return (unsigned int)(slot + 3 - first);
	}
	while (slot < end && *slot_word_of(slot) == word)
		slot++;
	return (unsigned int)(slot - first);
}

static void count_run(struct netmap_slot *slot, unsigned int n, struct rx_sum *sum)
{
	while (n > 0) {
		slot_word word = *slot_word_of(slot);
		unsigned int same = equal_run(slot, n, word);

		/* The sender may change the slot between the two reads: always make progress. */
		if (same == 0)
			same = 1;
		sum->bytes += (uint64_t)same * slot_word_len(word);
		if (!(slot_word_flags(word) & NS_MOREFRAG))
			sum->packets += same;
		slot += same;
		n -= same;
	}
}

unsigned int rxscan_count(struct ring *ring, unsigned int n, struct rx_sum *sum)
{
	unsigned int head = ring->head, slots = ring->num_slots, run;
	unsigned int there = ring_there(ring);

	if (n > there)
		n = there;
	run = slots - head < n ? slots - head : n;
	count_run(&ring->slot[head], run, sum);
	head += n;
	if (head >= slots) {
		head -= slots;
		count_run(&ring->slot[0], head, sum);
	}
	ring_set(ring, head, head);
	return n;
}

/* Truncate what does not fit: no legal packet is that long. */
static void append(struct rx_packet *p, const uint8_t *data, unsigned int len)
{
	if (len > sizeof(p->data) - p->len)
		len = (unsigned int)sizeof(p->data) - p->len;
	memcpy(p->data + p->len, data, len);
	p->len += len;
}

unsigned int rxscan_packets(struct ring *ring, unsigned int n, struct rx_sum *sum,
			    struct rx_packet *partial, rx_packet_fn *fn, void *context)
{
	unsigned int head = ring->head, there = ring_there(ring), i;

	if (n > there)
		n = there;
	for (i = 0; i < n; i++) {
		const struct netmap_slot *slot = &ring->slot[head];
		const struct slot_view v = slot_read(slot);
		const uint8_t *data = slot_packet(ring, slot, v);
		unsigned int len = data ? v.len : 0;

		head = ring_next(ring, head);
		sum->bytes += len;
		if (data && ((v.flags & NS_MOREFRAG) || partial->len > 0))
			append(partial, data, len);
		if (v.flags & NS_MOREFRAG)
			continue;
		sum->packets++;
		if (partial->len > 0)
			fn(context, partial->data, partial->len);
		else
			fn(context, data ? data : partial->data, len);
		partial->len = 0;
	}
	ring_set(ring, head, head);
	return n;
}
