/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of several slots and frames outside of their buffers, through the switch. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame.h"
#include "inspect.h"
#include "port.h"

static struct port a, b;
static char big[NETMAP_MAX_FRAGS * 2048], out[NETMAP_MAX_FRAGS * 2048];

static void test_frags(uint32_t slots, uint32_t chunk)
{
	uint32_t len = slots * chunk - chunk / 3;
	struct netmap_ring *r = port_rx(&b, 0);
	uint32_t i, frags, said;

	port_drain(&b);
	frame_make(big, len, FRAME_BROADCAST, 1, 4, slots);
	ok(ring_put_frags(port_tx(&a, 0), big, len, chunk), "%u slots of %u: queued", slots, chunk);
	is_err(txsync(&a), 0, "%u slots of %u: sent", slots, chunk);
	rxsync(&b);
	frags = ring_space(r);
	ok(frags >= 1 && frags <= slots, "%u slots of %u: received in %u", slots, chunk, frags);
	for (i = 0, said = 0; i < frags; i++) {
		const struct netmap_slot *s = &r->slot[ring_add(r, r->head, i)];

		said += !!(s->flags & NS_MOREFRAG) == (i + 1 < frags);
	}
	is_num(said, frags, "%u slots of %u: NS_MOREFRAG in all but the last", slots, chunk);
	said = frags ? r->slot[r->head].flags >> NS_PORT_SHIFT : 0;
	if (said && said != frags)
		diag("the first slot tells %u fragments", said);
	is_num(ring_take(r, out, sizeof(out)), len, "%u slots of %u: length", slots, chunk);
	ok(frame_is(out, len, FRAME_BROADCAST, 1, 4, slots), "%u slots of %u: bytes", slots, chunk);
	rxsync(&b);
}

static void test_too_many_frags(void)
{
	struct nm_info_ring r0 = { 0 }, r1 = { 0 };
	struct netmap_ring *t = port_tx(&a, 0);
	uint32_t i;

	port_drain(&b);
	inspect_ring("vale84:a", 0, 0, &r0);
	frame_make(big, 100, FRAME_BROADCAST, 1, 4, 1);
	for (i = 0; i < NETMAP_MAX_FRAGS + 1; i++)
		ring_put(t, big, 100, i < NETMAP_MAX_FRAGS ? NS_MOREFRAG : 0);
	is_err(txsync(&a), 0, "65 slots: the sync succeeds");
	inspect_ring("vale84:a", 0, 0, &r1);
	is_num(r1.drops[NM_DROP_BADFRAME] - r0.drops[NM_DROP_BADFRAME], 1,
	   "65 slots: dropped once, as bad");
	rxsync(&b);
	is_num(ring_space(port_rx(&b, 0)), 0, "65 slots: nothing arrives");
	frame_make(big, 100, FRAME_BROADCAST, 1, 4, 2);
	port_send(&a, big, 100);
	is_num(port_recv(&b, out, sizeof(out)), 100, "65 slots: the next frame arrives");
	ok(frame_is(out, 100, FRAME_BROADCAST, 1, 4, 2), "65 slots: the next frame is whole");
}

/* The first slots of a frame are released, the rest in a later sync. */
static void test_unfinished(void)
{
	struct netmap_ring *t = port_tx(&a, 0);

	port_drain(&b);
	frame_make(big, 300, FRAME_BROADCAST, 1, 4, 3);
	ring_put(t, big, 100, NS_MOREFRAG);
	is_err(txsync(&a), 0, "frame without its end: the sync succeeds");
	rxsync(&b);
	is_num(ring_space(port_rx(&b, 0)), 0, "frame without its end: nothing arrives");
	ring_put(t, big + 100, 200, 0);
	txsync(&a);
	is_num(port_recv(&b, out, sizeof(out)), 300, "frame finished in a later sync: arrives");
	ok(frame_is(out, 300, FRAME_BROADCAST, 1, 4, 3),
	   "frame finished in a later sync: is whole");
	is_num(port_recv(&b, out, sizeof(out)), -EAGAIN,
	       "frame finished in a later sync: arrives once");
	frame_make(big, 100, FRAME_BROADCAST, 1, 4, 4);
	port_send(&a, big, 100);
	is_num(port_recv(&b, out, sizeof(out)), 100, "the next frame arrives");
	ok(frame_is(out, 100, FRAME_BROADCAST, 1, 4, 4), "and is whole");
}

/* A long frame must fit as a whole: a receiver with 63 free slots gets none of 64. */
static void test_long_no_room(void)
{
	struct nm_info_ring r0 = { 0 }, r1 = { 0 };
	struct port s;
	unsigned int i, n = 0;

	port_must(&s, "vale84:small", .tx_slots = 64, .rx_slots = 64);
	port_drain(&b);
	inspect_ring("vale84:small", 1, 0, &r0);
	frame_make(big, 60 * 2048, FRAME_BROADCAST, 1, 4, 9);
	for (i = 0; i < 2; i++) {
		ring_put_frags(port_tx(&a, 0), big, 60 * 2048, 2048);
		txsync(&a);
	}
	rxsync(&s);
	while (ring_take(port_rx(&s, 0), out, sizeof(out)) == 60 * 2048)
		n++;
	is_num(n, 1, "two frames of 60 slots, room for 63: one arrives, whole");
	ok(frame_is(out, 60 * 2048, FRAME_BROADCAST, 1, 4, 9), "with its bytes");
	inspect_ring("vale84:small", 1, 0, &r1);
	is_num(r1.drops[NM_DROP_NOROOM] - r0.drops[NM_DROP_NOROOM], 1, "the other is counted once");
	port_close(&s);
	port_drain(&b);
}

static void put_indirect(const void *at, uint32_t len, uint16_t flags)
{
	struct netmap_ring *t = port_tx(&a, 0);
	struct netmap_slot *s = &t->slot[t->head];

	s->ptr = (uintptr_t)at;
	s->len = len;
	s->flags = NS_INDIRECT | flags;
	ring_release(t, 1);
}

static void arrives(uint32_t len, uint64_t seq, const char *what)
{
	is_num(port_recv(&b, out, sizeof(out)), len, "%s: arrives", what);
	ok(frame_is(out, len, FRAME_BROADCAST, 1, 4, seq), "%s: its bytes", what);
	rxsync(&b);
}

static void test_indirect(void)
{
	static char mine[4096];
	uint32_t len;

	port_drain(&b);
	for (len = 60; len <= 2048; len += 497) {
		frame_make(mine + 3, len, FRAME_BROADCAST, 1, 4, len);
		put_indirect(mine + 3, len, 0);
		is_err(txsync(&a), 0, "indirect, %u bytes: sent", len);
		arrives(len, len, "indirect");
	}
	frame_make(mine, 100, FRAME_BROADCAST, 1, 4, 11);
	frame_make(big, 100, FRAME_BROADCAST, 1, 4, 12);
	put_indirect(mine, 100, 0);
	ring_put(port_tx(&a, 0), big, 100, 0);
	put_indirect(mine, 100, 0);
	txsync(&a);
	arrives(100, 11, "indirect among others, first");
	arrives(100, 12, "indirect among others, direct one");
	arrives(100, 11, "indirect among others, third");
}

static void test_indirect_frags(void)
{
	static char part[3][2048];
	struct netmap_ring *t = port_tx(&a, 0);

	frame_make(big, 5000, FRAME_BROADCAST, 1, 4, 20);
	memcpy(part[0], big, 2000);
	memcpy(part[2], big + 3500, 1500);
	put_indirect(part[0], 2000, NS_MOREFRAG);
	ring_put(t, big + 2000, 1500, NS_MOREFRAG);
	put_indirect(part[2], 1500, 0);
	is_err(txsync(&a), 0, "indirect and direct slots of one frame: sent");
	arrives(5000, 20, "indirect and direct slots of one frame");
}

/* Data in a file that is not in memory: never touched, then touched and dropped. */
static void test_indirect_unpopulated(void)
{
	char path[] = "/tmp/slotsXXXXXX";
	char *m;
	int fd = mkstemp(path);

	unlink(path);
	if (fd < 0 || ftruncate(fd, 8192)) {
		skip("no temporary file", "indirect data from a file");
	} else {
		frame_make(big, 1000, FRAME_BROADCAST, 1, 4, 30);
		if (pwrite(fd, big, 1000, 4096) != 1000)
			give_up("write to a temporary file");
		m = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
		put_indirect(m + 4096, 1000, 0);
		is_err(txsync(&a), 0, "indirect data in a file not yet mapped in: sent");
		arrives(1000, 30, "indirect data in a file");
		munmap(m, 8192);
	}
	m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(m, 1, 8192);
	madvise(m, 8192, MADV_DONTNEED);
	put_indirect(m + 4000, 200, NS_NO_LEARN);
	is_err(txsync(&a), 0, "indirect data never written: sent");
	is_num(port_recv(&b, out, sizeof(out)), 200, "indirect data never written: arrives");
	memset(big, 0, 200);
	ok(!memcmp(out, big, 200), "indirect data never written: zeros");
	munmap(m, 8192);
	if (fd >= 0)
		close(fd);
	port_drain(&b);
}

static void bad_indirect(const void *at, uint32_t len, const char *what)
{
	struct nm_info_ring r0 = { 0 }, r1 = { 0 };

	inspect_ring("vale84:a", 0, 0, &r0);
	put_indirect(at, len, 0);
	is_err(txsync(&a), 0, "%s: the sync succeeds", what);
	inspect_ring("vale84:a", 0, 0, &r1);
	is_num(r1.drops[NM_DROP_FAULT] - r0.drops[NM_DROP_FAULT], 1, "%s: counted as a fault",
	       what);
	rxsync(&b);
	is_num(ring_space(port_rx(&b, 0)), 0, "%s: nothing arrives", what);
	frame_make(big, 100, FRAME_BROADCAST, 1, 4, 40);
	port_send(&a, big, 100);
	arrives(100, 40, what);
}

static void test_indirect_bad(void)
{
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(m, 0xff, 8192);
	munmap(m + 4096, 4096);
	bad_indirect(NULL, 100, "null pointer");
	bad_indirect((void *)16, 100, "pointer into page 0");
	bad_indirect((void *)0xffff888000000000ull, 100, "kernel pointer");
	bad_indirect((void *)~0ull, 100, "pointer all ones");
	bad_indirect((void *)0x00007ffffffffff0ull, 100, "pointer at the end of user space");
	bad_indirect(m + 4096, 100, "unmapped page");
	bad_indirect(m + 4050, 100, "data half in an unmapped page");
	munmap(m, 4096);
}

/* Data in another port's mapping, in its buffers, as dummynet does. */
static void test_indirect_other_map(void)
{
	struct port c;
	struct netmap_ring *t;
	char *data;

	port_must(&c, "vale85:other");
	t = port_tx(&c, 0);
	data = ring_buf(t, t->slot[5].buf_idx);
	frame_make(data, 1500, FRAME_BROADCAST, 1, 4, 50);
	put_indirect(data, 1500, 0);
	is_err(txsync(&a), 0, "data in another port's mapping: sent");
	arrives(1500, 50, "data in another port's mapping");
	data = ring_buf(port_tx(&a, 0),
			port_tx(&a, 0)->slot[port_tx(&a, 0)->num_slots - 1].buf_idx);
	frame_make(data, 1500, FRAME_BROADCAST, 1, 4, 51);
	put_indirect(data, 1500, 0);
	is_err(txsync(&a), 0, "data in the port's own mapping: sent");
	arrives(1500, 51, "data in the port's own mapping");
	port_close(&c);
}

static void test_indirect_too_long(void)
{
	static char mine[70000];

	memset(mine, 0xff, sizeof(mine));
	put_indirect(mine, 65535, 0);
	txsync(&a);
	rxsync(&b);
	diag("indirect slot of 65535 bytes: %u slots arrive", ring_space(port_rx(&b, 0)));
	port_drain(&b);
	txsync(&a);
	frame_make(big, 100, FRAME_BROADCAST, 1, 4, 60);
	port_send(&a, big, 100);
	arrives(100, 60, "after an indirect slot of 65535 bytes");
}

int main(int argc, char **argv)
{
	static const uint32_t counts[] = { 1, 2, 3, 8, 33, 63, 64 };
	unsigned int i;

	test_start(argc, argv);
	port_must(&a, "vale84:a");
	port_must(&b, "vale84:b");
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		test_frags(counts[i], 2048);
		test_frags(counts[i], 1000);
		test_frags(counts[i], 150);
	}
	test_too_many_frags();
	test_unfinished();
	test_long_no_room();
	test_indirect();
	test_indirect_frags();
	test_indirect_unpopulated();
	test_indirect_bad();
	test_indirect_other_map();
	test_indirect_too_long();
	port_close(&b);
	port_close(&a);
	return test_done();
}
