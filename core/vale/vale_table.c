// SPDX-License-Identifier: BSD-2-Clause
/*
 * Learnt addresses: a table of buckets of four stations, one cache line per bucket. Senders on
 * different rings read and write it concurrently without a lock. Address and port are one 64-bit
 * word, so a reader never sees half of an update. Of two concurrent writes to one entry the later
 * wins; the station that was lost is learnt again with its next frame.
 */
#include "vale/vale.h"

#define BUCKETS		512u	/* a power of two */
#define WAYS		4u
#define MAX_AGE		300u	/* seconds: IEEE 802.1Q-2018, table 8-6, default ageing time */

struct vale_station {
	uint64_t key;		/* address << 8 | port + 1; 0: free */
	uint32_t last_seen;		/* os_seconds() of its last frame */
	uint32_t pad;
};

struct vale_table {
	struct vale_station way[BUCKETS][WAYS];
} __attribute__((aligned(64)));

struct vale_table *vale_table_make(void)
{
	return os_alloc(sizeof(struct vale_table));
}

void vale_table_free(struct vale_table *t)
{
	os_free(t);
}

/* Multiplicative hashing with 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4). */
static uint32_t vale_table_bucket(uint64_t mac)
{
	return (uint32_t)((mac * 0x9e3779b97f4a7c15ull) >> 55) % BUCKETS;
}

static bool vale_station_is_aged(const struct vale_station *s, uint32_t now)
{
	return now - os_load32(&s->last_seen) > MAX_AGE;
}

uint32_t vale_table_find(const struct vale_table *t, uint64_t mac, uint32_t now)
{
	const struct vale_station *s = t->way[vale_table_bucket(mac)];
	uint32_t i;

	for (i = 0; i < WAYS; i++, s++) {
		uint64_t key = os_load64(&s->key);

		if (key >> 8 == mac && key)
			return vale_station_is_aged(s, now) ? VALE_FLOOD :
							      (uint32_t)(key & 0xff) - 1;
	}
	return VALE_FLOOD;
}

bool vale_table_learn(struct vale_table *t, uint64_t mac, uint32_t port, uint32_t now)
{
	struct vale_station *s = t->way[vale_table_bucket(mac)], *oldest = s;
	const uint64_t key = mac << 8 | (port + 1);
	uint32_t i;

	for (i = 0; i < WAYS; i++, s++) {
		uint64_t old = os_load64(&s->key);

		if (old >> 8 == mac && old) {
			bool moved = old != key;

			if (moved)
				os_store64(&s->key, key);
			if (os_load32(&s->last_seen) != now)
				os_store32(&s->last_seen, now);
			return moved;
		}
		if (!old)
			oldest = s;
		else if (os_load64(&oldest->key) &&
			 now - os_load32(&s->last_seen) > now - os_load32(&oldest->last_seen))
			oldest = s;
	}
	os_store32(&oldest->last_seen, now);
	os_store64(&oldest->key, key);
	return false;
}

void vale_table_forget_port(struct vale_table *t, uint32_t port)
{
	struct vale_station *s = &t->way[0][0];
	uint32_t i;

	for (i = 0; i < BUCKETS * WAYS; i++, s++) {
		if ((os_load64(&s->key) & 0xff) == port + 1)
			os_store64(&s->key, 0);
	}
}

uint32_t vale_table_count(const struct vale_table *t, uint32_t now)
{
	const struct vale_station *s = &t->way[0][0];
	uint32_t i, n = 0;

	for (i = 0; i < BUCKETS * WAYS; i++, s++)
		n += os_load64(&s->key) && !vale_station_is_aged(s, now);
	return n;
}
