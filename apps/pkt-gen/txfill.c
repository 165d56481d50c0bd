// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every instruction per slot in txfill_plain() adds to each packet of a measurement. So its loop
 * reads the buffer number, looks it up, writes length and flags as one word, and does nothing else.
 */
#include "txfill.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "slotword.h"

/*
 * Any program that shares the memory can write any number into a slot. Looking one up needs no
 * comparison, since the table has all of them: addresses without memory behind them.
 */
#define NUMBERS		((size_t)1 << 32)

int plain_init(struct plain_packet *p, const uint8_t *data, unsigned int len, uint32_t buffers)
{
	p->data = data;
	p->len = len;
	p->buffers = buffers;
	p->is_filled = mmap(NULL, NUMBERS, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			    -1, 0);
	if (p->is_filled == MAP_FAILED)
		return -1;
	if (mprotect(p->is_filled, buffers, PROT_READ | PROT_WRITE)) {
		plain_free(p);
		return -1;
	}
	plain_forget(p);
	return 0;
}

void plain_free(struct plain_packet *p)
{
	munmap(p->is_filled, NUMBERS);
	p->is_filled = NULL;
}

void plain_forget(struct plain_packet *p)
{
	memset(p->is_filled, !p->data, p->buffers);
}

/* Write the packet to those buffers of n slots that do not contain it yet. */
static void __attribute__((noinline, cold))
fill_buffers(struct ring *ring, const struct netmap_slot *slot, unsigned int n,
	     struct plain_packet *p)
{
	for (; n > 0; n--, slot++) {
		uint32_t idx = slot_buf(slot);

		/* an illegal number is left for the engine to refuse */
		if (idx >= p->buffers || p->is_filled[idx])
			continue;
		memcpy(ring_buf(ring, idx), p->data, p->len);
		p->is_filled[idx] = 1;
	}
}

/* Fill a run of slots that does not wrap around, four at a time. */
static void fill_run(struct ring *ring, struct netmap_slot *slot, unsigned int n,
		     struct plain_packet *p)
{
	const uint8_t *is_filled = p->is_filled;
	slot_word word = slot_word_make((uint16_t)p->len, 0);
	struct netmap_slot *end = slot + n, *quads = slot + (n & ~3u);

	for (; slot < quads; slot += 4) {
		if (__builtin_expect(!(is_filled[slot[0].buf_idx] & is_filled[slot[1].buf_idx] &
				       is_filled[slot[2].buf_idx] & is_filled[slot[3].buf_idx]),
				     0))
			fill_buffers(ring, slot, 4, p);
		*slot_word_of(slot) = word;
		*slot_word_of(slot + 1) = word;
		*slot_word_of(slot + 2) = word;
		*slot_word_of(slot + 3) = word;
	}
	for (; slot < end; slot++) {
		if (!is_filled[slot->buf_idx])
			fill_buffers(ring, slot, 1, p);
		*slot_word_of(slot) = word;
	}
}

unsigned int txfill_plain(struct ring *ring, struct plain_packet *p, unsigned int n)
{
	unsigned int head = ring->head, slots = ring->num_slots, run;
	unsigned int room = ring_there(ring);

	if (n > room)
		n = room;
	run = slots - head < n ? slots - head : n;
	fill_run(ring, &ring->slot[head], run, p);
	head += n;
	if (head >= slots) {
		head -= slots;
		fill_run(ring, &ring->slot[0], head, p);
	}
	ring_set(ring, head, head);
	return n;
}

unsigned int layout_slots(const struct layout *l, unsigned int len)
{
	unsigned int slots = (len + l->largest - 1) / l->largest;

	if (slots < l->fragments)
		slots = l->fragments;
	if (slots > len)
		slots = len;	/* no empty slots */
	return slots > 0 ? slots : 1;
}

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Parts are equal, except that the last one may be smaller. */
bool txfill_packet(struct ring *ring, const struct layout *l, const uint8_t *data,
		   unsigned int len)
{
	unsigned int slots = layout_slots(l, len), head = ring->head, part;
	uint32_t idx;
	unsigned int share = (len + slots - 1) / slots;

	if (slots > ring_there(ring))
		return false;
	for (; slots > 0; slots--) {
		struct netmap_slot *slot = &ring->slot[head];

		/* leave at least one byte for each of the remaining slots */
		part = slots == 1 ? len : min(share, len - (slots - 1));
		idx = slot_buf(slot);
		if (idx < ring->buf_limit)	/* else the engine refuses it */
			memcpy(ring_buf(ring, idx), data, part);
		slot->len = (uint16_t)part;
		slot->flags = slots > 1 ? NS_MOREFRAG : 0;
		data += part;
		len -= part;
		head = ring_next(ring, head);
	}
	ring_set(ring, head, head);
	return true;
}

bool txfill_indirect(struct ring *ring, const uint8_t *data, unsigned int len)
{
	struct netmap_slot *slot = &ring->slot[ring->head];
	uint32_t head;

	if (ring_there(ring) == 0)
		return false;
	slot->ptr = (uintptr_t)data;
	slot->len = (uint16_t)len;
	slot->flags = NS_INDIRECT;
	head = ring_next(ring, ring->head);
	ring_set(ring, head, head);
	return true;
}
