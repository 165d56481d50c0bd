/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform of the tests: os/user, with these files put between it and the engine by the
 * linker's --wrap. They make the N-th call fail, stop the clock, declare memory bad, count objects,
 * and check the order of locks and that no context sleeps which must not. A broken rule ends the
 * program with a backtrace.
 */
#ifndef OS_TEST_H
#define OS_TEST_H

#include "../user/os_user.h"

/* Prototypes of a wrapped function of core/os.h: ours, and that of os/user. */
#define OS_WRAP(ret, name, ...)			\
	ret __wrap_##name(__VA_ARGS__);		\
	ret __real_##name(__VA_ARGS__)

/* Numbers of the platform's objects that the engine has now. */
struct os_test_counts {
	int64_t allocs, spaces, page_blocks, page_bytes, threads, mutexes, spins, waitqs, ns_refs,
		usermems, mems;
};
void os_test_counts(struct os_test_counts *out);
/*
 * Return the name of the first count that differs, NULL if none does; want and got get its values.
 */
const char *os_test_counts_differ(const struct os_test_counts *before,
				  const struct os_test_counts *after, int64_t *want, int64_t *got);
void os_test_count(size_t field, int64_t delta);	/* for the wrappers */
#define OS_TEST_COUNT(field, delta) os_test_count(offsetof(struct os_test_counts, field), delta)

/*
 * Make call number n (1 is the next) fail, among os_alloc, os_space_open, os_pages_alloc,
 * os_copyin, os_copyout, os_fault_in, os_mem_get, os_usermem_pin, os_sleeper_make, os_event_get,
 * os_thread_start, os_netdev_get and os_netdev_attach. Only one call fails. 0: none.
 */
void os_test_fail_at(uint64_t n);
/* Return the name of the call that failed, NULL if number n was never reached. */
const char *os_test_failed(void);
bool os_test_fails_now(const char *call);		/* for the wrappers */

/* Is the caller of every request an administrator? At first it is not. */
void os_test_admin(bool on);
/* Callers do not act as the user of their domain: they have got their files from it. */
void os_test_other_user(bool on);

/* Virtual time: it advances by what a test adds, and by a microsecond for each reading. */
void os_test_time_add(uint32_t seconds);
/* Call fn when the engine reads the time next, in place of a concurrent thread. */
void os_test_meanwhile(void (*fn)(void));

/* Run fn once, after the n-th os_copyin() of this thread from now on: another thread's write. */
void os_test_after_copyin(uint32_t n, void (*fn)(void));

/* Kinds of bad memory of the caller. */
enum os_test_bad {
	OS_TEST_BAD,		/* always */
	OS_TEST_ABSENT,		/* until os_fault_in() brings it in */
	OS_TEST_ABSENT_ALWAYS,	/* os_fault_in() succeeds, but it is absent again then */
};
void os_test_bad_add(const void *at, size_t n, enum os_test_bad kind);
void os_test_bad_clear(void);

/*
 * The devices "card0" and "card1". What was sent to one side. The test may set room, the number of
 * frames that it still accepts, at any time, and frames while no thread sends.
 */
#define OS_TEST_FRAME_MAX	9018u
struct os_test_sent {
	uint32_t frames, room;
	uint32_t *in_flight;		/* of the last sender */
	uint32_t queue, last_len;	/* of the last frame */
	uint8_t last[64 * 2048];
};
struct os_test_sent *os_test_card_sent(uint32_t card, enum os_netdev_side to);
void os_test_card_set(uint32_t card, enum os_netdev_state state);
void os_test_card_traits(uint32_t card, uint32_t traits);
#define OS_TEST_PACKET_TIME	1234567890123456789ull	/* of every frame */
/*
 * Can the device use device buffers? Then pieces sent to the wire stay in flight until it reads
 * them.
 */
void os_test_card_device_bufs(uint32_t card, bool on);
/* It has read that many pieces. */
void os_test_card_reads(uint32_t card, uint32_t pieces);
/*
 * Receive a frame that lies in device buffer *buf. An exchange replaces *buf. Returns as the next.
 */
bool os_test_card_receive_device_buf(uint32_t card, uint32_t queue, const void *data, uint32_t len,
				     uint32_t *buf);
/* Return the stack's address in the last os_netdev_get(). */
uintptr_t os_test_card_stack(void);
/* Receive a frame from one side. Returns false if the engine does not take it. */
bool os_test_card_receive(uint32_t card, enum os_netdev_side from, uint32_t queue, const void *data,
			  uint32_t len);

/*
 * Receive an open frame from the stack, which the engine takes. Returns the result of
 * deliver_open().
 */
bool os_test_card_receive_open(uint32_t card, const struct nm_frag *frag, uint32_t n);

/* Report frames that a full backlog dropped. */
void os_test_card_lost(uint32_t card, enum os_netdev_side from, uint32_t queue, uint32_t frames);

/* Would these frames have to wait for room? */
bool os_test_card_has_backpressure(uint32_t card, enum os_netdev_side from, uint32_t queue,
				   uint32_t frames, uint32_t bytes);
/* Return the number of calls of os_netdev_resume(). */
uint32_t os_test_card_resumed(uint32_t card, enum os_netdev_side from);

/* Return the number of lines logged at one level; get the last line of any level. */
uint32_t os_test_log_count(enum os_level level);
void os_test_log_last(char *buf, size_t size);

/*
 * For wrappers of calls that may sleep: check that this thread may sleep; count the locks that it
 * holds.
 */
void os_test_may_sleep(const char *call);
uint32_t os_test_locks_held(void);
/*
 * From now on this thread must not sleep nor take a spinlock, as in an interrupt; off: it may
 * again.
 */
void os_test_interrupt(bool on);

#endif
