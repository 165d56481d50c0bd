/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home of the tests: the home in a process (os/user), with the linker's --wrap putting
 * these files between it and the engine. They fail the N-th call, keep time still, declare
 * memory bad, count what exists, and watch over the order of locks and over sleeping where
 * nobody may. Any broken rule ends the program with a trace.
 */
#ifndef OS_TEST_H
#define OS_TEST_H

#include "../user/os_user.h"

/* Prototypes for a wrapped function of the contract: ours, and the one of os/user. */
#define OS_WRAP(ret, name, ...)			\
	ret __wrap_##name(__VA_ARGS__);		\
	ret __real_##name(__VA_ARGS__)

/* What the engine holds of its home at this moment. */
struct os_test_counts {
	int64_t allocs, spaces, page_blocks, page_bytes, threads, mutexes, spins, waitqs, ns_refs, usermems;
};
void os_test_counts(struct os_test_counts *out);
/* Name of the first count that differs, NULL if they are equal; want and got get the values. */
const char *os_test_counts_differ(const struct os_test_counts *before,
				  const struct os_test_counts *after, int64_t *want, int64_t *got);
void os_test_count(size_t field, int64_t delta);	/* for the wrappers */
#define OS_TEST_COUNT(field, delta) os_test_count(offsetof(struct os_test_counts, field), delta)

/*
 * From now on, fail call number n (1 is the next) among os_alloc, os_space_open, os_pages_alloc,
 * os_copyin, os_copyout, os_fault_in, os_usermem_pin, os_sleeper_make, os_event_get, os_thread_start,
 * os_netdev_get and os_netdev_attach; 0 stops that. Failing happens once.
 */
void os_test_fail_at(uint64_t n);
/* Name of the call that was made to fail, NULL if n was never reached. */
const char *os_test_failed(void);
bool os_test_fails_now(const char *call);		/* for the wrappers */

/* Virtual time. It stands still but for what a test adds and a microsecond per reading. */
void os_test_time_add(uint32_t seconds);
/* What another does just after the engine has asked for the time, the next time. */
void os_test_meanwhile(void (*fn)(void));

/* Run fn once, after the n-th os_copyin() of this thread from now on: another thread's write. */
void os_test_after_copyin(uint32_t n, void (*fn)(void));

/* Memory of the caller that is out of reach. */
enum os_test_bad {
	OS_TEST_BAD,		/* always */
	OS_TEST_ABSENT,		/* until os_fault_in() brings it in */
	OS_TEST_ABSENT_ALWAYS,	/* os_fault_in() works, and it is gone again at once */
};
void os_test_bad_add(const void *at, size_t n, enum os_test_bad kind);
void os_test_bad_clear(void);

/*
 * The devices "card0" and "card1", as the test wants them. What was sent to one side; the test may set
 * room, frames that are still taken, and frames while nobody sends.
 */
#define OS_TEST_FRAME_MAX	9018u
struct os_test_sent {
	uint32_t frames, room;
	uint32_t *in_flight;		/* of who sent last */
	uint32_t queue, last_len;	/* of the last frame */
	uint8_t last[64 * 2048];
};
struct os_test_sent *os_test_card_sent(uint32_t card, enum os_netdev_side to);
void os_test_card_set(uint32_t card, enum os_netdev_state state);
void os_test_card_traits(uint32_t card, uint32_t traits);
#define OS_TEST_PACKET_TIME	1234567890123456789ull	/* of every frame */
/* From now on the device reads what is sent to the wire later; or it has read so many pieces more. */
void os_test_card_device_bufs(uint32_t card, bool on);
void os_test_card_reads(uint32_t card, uint32_t pieces);
/* A frame comes from the wire that lies in buffer *buf; that is the one the device has then. */
bool os_test_card_receive_in_place(uint32_t card, uint32_t queue, const void *data, uint32_t len, uint32_t *buf);
/* Where the stack was when a device was last held. */
uintptr_t os_test_card_stack(void);
/* A frame comes from one side; false if nobody wanted it. */
bool os_test_card_receive(uint32_t card, enum os_netdev_side from, uint32_t queue, const void *data,
			  uint32_t len);

/* One that is to be finished comes, from the stack; what deliver_open() says. Somebody wants it. */
bool os_test_card_receive_open(uint32_t card, const struct nm_frag *frag, uint32_t n);

/* Would a frame that comes be kept back? How often has the engine said that there is room again? */
bool os_test_card_has_backpressure(uint32_t card, enum os_netdev_side from, uint32_t queue, uint32_t frames,
			     uint32_t bytes);
uint32_t os_test_card_resumed(uint32_t card, enum os_netdev_side from);

/* Error and warning lines logged so far; the newest line of any level. */
uint32_t os_test_log_count(enum os_level level);
void os_test_log_last(char *buf, size_t size);

/* Held locks, for the wrappers of what may sleep. */
void os_test_may_sleep(const char *call);
uint32_t os_test_locks_held(void);
/* From here on this thread is as in an interrupt: no sleep and no short lock; or no more. */
void os_test_interrupt(bool on);

#endif
