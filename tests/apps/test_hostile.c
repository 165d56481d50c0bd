// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tools on rings that another program writes to all the time: a thread overwrites the shape, the
 * pointers and the slots of all rings while the tools' loops run. Rings end where memory ends, so
 * that one byte beyond is a fault.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../apps/bridge/move.h"
#include "../../apps/lb/spread.h"
#include "../../apps/nm-tee/copy.h"
#include "../../apps/pkt-gen/rxscan.h"
#include "../../apps/pkt-gen/txfill.h"
#include "fake_ring.h"
#include "hostile_pcap.h"
#include "tap.h"

#define SLOTS		16u
#define RINGS		3u
#define RUN_MS		300u

static struct netmap_ring *memory[RINGS];
static struct ring rings[RINGS];
static bool is_over;
static uint64_t seed = 88172645463325252ull;

static uint32_t any(void)
{
	static const uint32_t odd[] = { 0, 1, SLOTS - 1, SLOTS, SLOTS + 1, FAKE_BUFFER,
		FAKE_BUFFER + 1, 0x7fffffff, 0x80000000, 0xffffffff, 2, 3, 10, 20 };

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed & 8 ? odd[(seed >> 8) % (sizeof(odd) / sizeof(odd[0]))] :
			  (uint32_t)(seed >> 32);
}

/* Write whatever another program could, in words as it could. */
static void *attack(void *unused)
{
	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
		uint32_t *words = (uint32_t *)(void *)memory[any() % RINGS];
		size_t header = 48 / sizeof(uint32_t);
		size_t slots = SLOTS * sizeof(struct netmap_slot) / sizeof(uint32_t);
		size_t at = any() % (header + slots);

		if (at >= header)
			at += offsetof(struct netmap_ring, slot) / 4 - header;
		/* Mostly a plausible tail, so that there is something to do. */
		if (any() % 4 == 0)
			at = offsetof(struct netmap_ring, tail) / 4;
		__atomic_store_n(&words[at], any(), __ATOMIC_RELAXED);
	}
	return unused;
}

/* The bytes of a ring end at the end of a page; the next page is not mapped. */
static void make(unsigned int i)
{
	size_t bytes = fake_ring_bytes(SLOTS), page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (bytes + page - 1) / page * page;
	char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	struct ring *fake = fake_ring_new(SLOTS);

	mprotect(map + room, page, PROT_NONE);
	memory[i] = (struct netmap_ring *)(void *)(map + room - bytes);
	memcpy(memory[i], fake->shared, bytes);
	fake_ring_free(fake);
	if (!ring_init(&rings[i], (char *)memory[i], bytes, 0))
		abort();
}

static void see(void *context, const uint8_t *data, unsigned int len)
{
	uint64_t *sum = context;

	while (len > 0)
		*sum += data[--len];
}

static void use_pktgen(void)
{
	static struct rx_packet partial;
	static uint8_t packet[5000];
	struct layout layout = { 2, 1000 };
	struct plain_packet plain;
	struct rx_sum sum = { 0 };
	uint64_t bytes = 0;

	rxscan_count(&rings[0], SLOTS, &sum);
	rxscan_packets(&rings[1], SLOTS, &sum, &partial, see, &bytes);
	txfill_packet(&rings[2], &layout, packet, sizeof(packet));
	txfill_indirect(&rings[2], packet, 60);
	if (plain_init(&plain, packet, 1514, rings[2].buf_limit) == 0) {
		txfill_plain(&rings[2], &plain, SLOTS);
		plain_free(&plain);
	}
}

static void use_pcap(void)
{
	hostile_pcap_read(&rings[0]);
}

static void use_bridge(void)
{
	static struct mover m[2] = { { .from = &rings[0], .to = &rings[1] },
				     { .from = &rings[1], .to = &rings[2], .copy = true } };

	move_frames(&m[0], SLOTS);
	move_frames(&m[1], SLOTS);
}

static void use_tee(void)
{
	static struct copier c = { .from = &rings[0], .drop = true };
	static struct copy_to to[2] = { { .ring = &rings[1] }, { .ring = &rings[2] } };

	copy_frames(&c, to, 2, SLOTS);
}

static void use_lb(void)
{
	static struct outlet outlets[2] = { { .ring = &rings[1] }, { .ring = &rings[2] } };
	static struct outlet_group groups[2] = { { &outlets[0], 1 }, { &outlets[1], 1 } };
	static struct inlet in = { .ring = &rings[0] };
	static struct overflow overflow;
	static struct spread s = { .groups = groups, .count = 2, .overflow = &overflow };
	unsigned int i;

	if (!overflow.entries) {
		overflow_init(&overflow, 6);
		for (i = 0; i < 6; i++)
			overflow_add(&overflow, 2 + i);
		backlog_init(&outlets[0].backlog);
		backlog_init(&outlets[1].backlog);
	}
	spread_inlet(&s, &in, SLOTS);
	spread_backlog(&s, &outlets[0]);
	spread_backlog(&s, &outlets[1]);
}

static void run(void (*use)(void), const char *name)
{
	struct timespec begin, now;
	pthread_t thread;
	uint64_t rounds = 0;

	is_over = false;
	pthread_create(&thread, NULL, attack, NULL);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		use();
		rounds++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 <
		 (long)RUN_MS);
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	ok(rounds > 0, "%s: %llu rounds while another program writes to its rings", name,
	   (unsigned long long)rounds);
}

/* A ring that is corrupt when a tool opens it is refused, wherever it points. */
static void test_open(void)
{
	static const size_t fields[] = { 0, 8, 12, 20 };	/* buf_ofs, slots, size, head */
	size_t bytes = fake_ring_bytes(SLOTS);
	struct ring *fake = fake_ring_new(SLOTS);
	char *map = (char *)fake->shared;
	unsigned int i, k, wrong = 0;
	struct ring r;

	ok(ring_init(&r, map, bytes, 0) && r.buf_limit == 2 + SLOTS + FAKE_SPARE,
	   "a ring as it should be, with all buffers");
	ok(!ring_init(&r, map, bytes, bytes) && !ring_init(&r, map, bytes, UINT64_MAX - 7) &&
		   !ring_init(&r, map, bytes, 4) && !ring_init(&r, map, 100, 0),
	   "rings outside of the mapping are refused");
	for (i = 0; i < 100000; i++) {
		uint32_t *field = (uint32_t *)(void *)(map + fields[i % 4]), was = *field;

		*field = any();
		if (ring_init(&r, map, bytes, 0)) {
			wrong += r.num_slots > (bytes - sizeof(*r.shared)) / sizeof(*r.slot) ||
				 r.head >= r.num_slots || r.bufs < map ||
				 (r.buf_limit > 0 && ring_buf(&r, r.buf_limit - 1) + r.buf_size >
							     map + bytes);
			for (k = 0; k < 4; k++)
				wrong += ring_there(&r) >= r.num_slots;
		}
		*field = was;
	}
	is_num(wrong, 0, "what is taken of a corrupt one is in the mapping");
	fake_ring_free(fake);
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < RINGS; i++)
		make(i);
	test_open();
	run(use_pktgen, "pkt-gen");
	run(use_pcap, "libpcap programs");
	run(use_bridge, "bridge");
	run(use_tee, "nm-tee");
	run(use_lb, "lb");
	return tap_finish();
}
