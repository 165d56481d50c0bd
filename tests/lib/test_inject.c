/* SPDX-License-Identifier: BSD-2-Clause */
/* nmport_inject() into simulated rings: slots, fragments, offsets, and the choice of the ring. */
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "tap.h"

#define SLOTS	8u
#define BUF	256u
#define RINGS	2u
#define MEMORY	(4096u * 4)

/* As after a register request: an interface with two transmit rings. */
struct fake {
	struct nmport_d *d;
	char *mem;
	struct nmem_d map;
	struct netmap_ring *ring[RINGS];
};

/* The fields that programs may only read. */
#define SET(type, field, value)	(*(type *)(uintptr_t)&(field) = (value))

static size_t ring_size(void)
{
	return sizeof(struct netmap_ring) + SLOTS * sizeof(struct netmap_slot);
}

static void ring_make(struct fake *f, unsigned int r, size_t at, size_t bufs)
{
	struct netmap_ring *ring = f->ring[r] = (void *)(f->mem + at);
	unsigned int i;

	SET(int64_t, ring->buf_ofs, (int64_t)(bufs - at));
	SET(uint32_t, ring->num_slots, SLOTS);
	SET(uint32_t, ring->nr_buf_size, BUF);
	ring->tail = SLOTS - 1;
	for (i = 0; i < SLOTS; i++)
		ring->slot[i] = (struct netmap_slot){ .buf_idx = 2 + r * SLOTS + i, .flags = 0x80 };
}

static void fake_make(struct fake *f)
{
	struct netmap_if *nifp;
	size_t at = 4096, bufs = at + RINGS * 1024;
	unsigned int r;

	f->mem = aligned_alloc(4096, MEMORY);
	memset(f->mem, 0, MEMORY);
	f->map = (struct nmem_d){ .mem = f->mem, .size = MEMORY };
	nifp = (void *)f->mem;
	SET(uint32_t, nifp->ni_tx_rings, RINGS);
	for (r = 0; r < RINGS; r++) {
		ok(ring_size() <= 1024, "a ring fits its place");
		ring_make(f, r, at + r * 1024, bufs);
		SET(ssize_t, nifp->ring_ofs[r], (ssize_t)(at + r * 1024));
	}
	f->d = nmport_prepare("vale0:fake");
	f->d->nifp = nifp;
	f->d->mem = &f->map;
	f->d->last_tx_ring = RINGS - 1;
	f->d->mmap_done = 1;
}

static void fake_free(struct fake *f)
{
	f->d->mmap_done = 0;
	nmport_undo_prepare(f->d);
	free(f->mem);
}

static char packet[BUF * 80];

static bool slot_is(struct netmap_ring *r, unsigned int i, size_t offset, const char *data,
		    size_t len)
{
	return r->slot[i].len == len &&
	       memcmp(NETMAP_BUF(r, r->slot[i].buf_idx) + offset, data, len) == 0;
}

static void test_one(struct fake *f)
{
	struct netmap_ring *r = f->ring[0];

	r->slot[0].flags |= NS_MOREFRAG | NS_INDIRECT;
	is_num(nmport_inject(f->d, packet, 60), 60, "a small packet");
	ok(slot_is(r, 0, 0, packet, 60), "is in the first slot");
	is_num(r->slot[0].flags, 0x80, "stale flags are gone, unknown ones stay");
	ok(r->head == 1 && r->cur == 1, "which is released");
	is_num(nmport_inject(f->d, packet + 1, BUF), BUF, "one of the size of a buffer");
	ok(slot_is(r, 1, 0, packet + 1, BUF) && r->head == 2, "takes one slot");
	is_num(nmport_inject(f->d, packet, 0), 0, "0 bytes are not a packet");
	is_num(nmport_inject(f->d, packet, (size_t)-1), 0, "nor are SIZE_MAX bytes");
}

static void test_fragments(struct fake *f)
{
	struct netmap_ring *r = f->ring[0];

	is_num(nmport_inject(f->d, packet, 2 * BUF + 1), 2 * BUF + 1, "one for three slots");
	ok(slot_is(r, 2, 0, packet, BUF) && slot_is(r, 3, 0, packet + BUF, BUF) &&
	   slot_is(r, 4, 0, packet + 2 * BUF, 1), "is cut into them");
	ok((r->slot[2].flags & NS_MOREFRAG) && (r->slot[3].flags & NS_MOREFRAG) &&
	   !(r->slot[4].flags & NS_MOREFRAG), "all but the last have NS_MOREFRAG");
	is_num(r->head, 5, "all are released");
}

static void test_room(struct fake *f)
{
	/* two slots are left in ring 0, seven in ring 1 */
	is_num(nmport_inject(f->d, packet, 3 * BUF), 3 * BUF, "one that fits ring 1 alone");
	ok(f->ring[0]->head == 5 && f->ring[1]->head == 3, "goes there whole");
	is_num(f->d->cur_tx_ring, 1, "and so does the next one");
	is_num(nmport_inject(f->d, packet, 5 * BUF), 0, "one that fits nowhere is not sent");
	ok(f->ring[0]->head == 5 && f->ring[1]->head == 3, "nor a part of it");
	is_num(nmport_inject(f->d, packet, 4 * BUF), 4 * BUF, "the rest of ring 1");
	is_num(nmport_inject(f->d, packet, BUF), BUF, "then ring 0 again");
	is_num(f->d->cur_tx_ring, 0, "and that is remembered");
	f->ring[0]->tail = 4;		/* five slots more: goes round the end */
	is_num(nmport_inject(f->d, packet, 6 * BUF), 6 * BUF, "round the end of a ring");
	is_num(f->ring[0]->head, 4, "head goes round too");
	is_num(nmport_inject(f->d, packet, 1), 0, "both rings are full");
	f->d->first_tx_ring = 1;
	f->d->last_tx_ring = 0;
	is_num(nmport_inject(f->d, packet, 1), 0, "no transmit ring is bound");
}

static void test_offsets(struct fake *f)
{
	struct netmap_ring *r = f->ring[0];

	SET(uint64_t, r->offset_mask, 0xfff);
	r->slot[0].ptr = 0xabc000 + 16;
	r->slot[1].ptr = 4000;		/* beyond the buffer: no room in this slot */
	r->slot[2].ptr = 0;
	is_num(nmport_inject(f->d, packet, BUF), BUF, "with offsets");
	ok(slot_is(r, 0, 16, packet, BUF - 16), "the first buffer from its offset on");
	is_num((long long)r->slot[0].ptr, 0xabc000 + 16, "the offset stays");
	is_num(r->slot[1].len, 0, "a slot without room gets no bytes");
	ok(slot_is(r, 2, 0, packet + BUF - 16, 16), "the rest after it");
}

/* What other programs write to shared memory leads nowhere outside of the mapping. */
static void test_hostile(struct fake *f)
{
	static const uint32_t numbers[] = { 0, 1, SLOTS + 1, 4096, 0x7fffffff, 0xffffffff };
	struct netmap_ring *r = f->ring[0];
	unsigned int i, wrong = 0;

	f->d->last_tx_ring = 0;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		r->slot[r->head].buf_idx = numbers[i];
		nmport_inject(f->d, packet, 60);
	}
	ok(r->head < SLOTS, "numbers of no buffer are passed on for the engine to refuse");
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		SET(uint32_t, r->num_slots, numbers[i] | 0x1000);
		wrong += nmport_inject(f->d, packet, 60) != 0;
		SET(uint32_t, r->num_slots, SLOTS);
		SET(int64_t, r->buf_ofs, (int64_t)numbers[i] << 20 | 0x100000);
		wrong += nmport_inject(f->d, packet, 60) != 0;
		SET(int64_t, r->buf_ofs, 0);
		r->head = numbers[i] | 0x80;
		wrong += nmport_inject(f->d, packet, 60) != 0;
		r->head = 0;
		SET(ssize_t, f->d->nifp->ring_ofs[0], (ssize_t)(numbers[i] | 0x10000));
		wrong += nmport_inject(f->d, packet, 60) != 0;
		SET(ssize_t, f->d->nifp->ring_ofs[0], 4096);
	}
	is_num(wrong, 0, "corrupt rings have no room");
}

int main(void)
{
	struct fake f;
	unsigned int i;

	for (i = 0; i < sizeof(packet); i++)
		packet[i] = (char)(i * 7 + i / 256);
	fake_make(&f);
	test_one(&f);
	test_fragments(&f);
	test_room(&f);
	fake_free(&f);
	fake_make(&f);
	test_offsets(&f);
	fake_free(&f);
	fake_make(&f);
	test_hostile(&f);
	fake_free(&f);
	return tap_finish();
}
