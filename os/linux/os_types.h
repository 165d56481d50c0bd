/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * The types of core/os.h in the Linux kernel, and the functions that are hot enough to be inline:
 * locks, shared words, plain memory, waking. The engine sees the kernel through this file only.
 */
#ifndef NM_OS_TYPES_H
#define NM_OS_TYPES_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/wait.h>

#define NM_ENGINE	1

#ifndef UINT16_MAX
#define UINT16_MAX	U16_MAX
#endif
#ifndef UINT32_MAX
#define UINT32_MAX	U32_MAX
#endif
#ifndef UINT64_MAX
#define UINT64_MAX	U64_MAX
#endif

/* 7.2 defines it as a macro, for array parameters; the engine uses it as an identifier. */
#undef at_least

/* Part of a ring's layout, so it is user space's struct. 32-bit programs cannot map rings. */
struct timeval {
	int64_t tv_sec;
	int64_t tv_usec;
};

struct os_mutex {
	struct mutex m;
};

/* Taken in process context only, so no variant that disables interrupts is needed. */
struct os_spin {
	spinlock_t s;
};

struct os_waitq {
	wait_queue_head_t head;
};

struct os_timer {
	struct hrtimer t;
	void (*fn)(void *arg);
	void *arg;
};

/* ---- memory ---------------------------------------------------------------------- */

/*
 * The compiler's builtins instead of the kernel's fortified macros: these check against the size of
 * the member pointed to, and the engine copies across members of shared memory. Small constant
 * sizes become a few moves, others a call to the kernel's best function for this CPU.
 */
static inline void os_memcpy(void *dst, const void *src, size_t n)
{
	__builtin_memcpy(dst, src, n);
}

static inline void os_memset(void *dst, int c, size_t n)
{
	__builtin_memset(dst, c, n);
}

static inline int os_memcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

static inline size_t os_strlen(const char *s)
{
	return strlen(s);
}

static inline int os_strcmp(const char *a, const char *b)
{
	return strcmp(a, b);
}

/* ---- locks ----------------------------------------------------------------------- */

static inline void os_mutex_lock(struct os_mutex *m)
{
	mutex_lock(&m->m);
}

static inline void os_mutex_unlock(struct os_mutex *m)
{
	mutex_unlock(&m->m);
}

static inline void os_assert_held(struct os_mutex *m)
{
	lockdep_assert_held(&m->m);
}

static inline void os_spin_lock(struct os_spin *s)
	__acquires(&s->s)
{
	spin_lock(&s->s);
}

static inline void os_spin_unlock(struct os_spin *s)
	__releases(&s->s)
{
	spin_unlock(&s->s);
}

/* ---- shared words ---------------------------------------------------------------- */

static inline uint32_t os_load32(const uint32_t *p)
{
	return READ_ONCE(*p);
}

static inline uint64_t os_load64(const uint64_t *p)
{
	return READ_ONCE(*p);
}

static inline void os_store32(uint32_t *p, uint32_t v)
{
	WRITE_ONCE(*p, v);
}

static inline void os_store64(uint64_t *p, uint64_t v)
{
	WRITE_ONCE(*p, v);
}

static inline uint32_t os_load32_acquire(const uint32_t *p)
{
	return smp_load_acquire(p);	/* pairs with os_store32_release() */
}

static inline void os_store32_release(uint32_t *p, uint32_t v)
{
	smp_store_release(p, v);	/* pairs with os_load32_acquire() */
}

static inline void *os_loadp_acquire(void *const *p)
{
	return smp_load_acquire(p);	/* pairs with os_storep_release() */
}

static inline void os_storep_release(void **p, void *v)
{
	smp_store_release(p, v);	/* pairs with os_loadp_acquire() */
}

static inline void os_barrier(void)
{
	smp_mb();	/* each caller says what it pairs with */
}

/* ---- waiting --------------------------------------------------------------------- */

void nm_waitq_wake_sleepers(struct os_waitq *q);

/*
 * The barrier in wq_has_sleeper() pairs with the one after poll_wait() in
 * os_poll_register(): either the waker sees the sleeper, or the sleeper the condition.
 */
static inline bool os_waitq_wake(struct os_waitq *q)
{
	if (likely(!wq_has_sleeper(&q->head)))
		return false;
	nm_waitq_wake_sleepers(q);
	return true;
}

static inline bool os_waitq_has_sleeper(struct os_waitq *q)
{
	return wq_has_sleeper(&q->head);
}

/* ---- network devices -------------------------------------------------------------- */

struct os_packet;

/* Frames are copied: no driver uses buffers of a region. */
static inline bool os_packet_is_device_buf(const struct os_packet *pkt)
{
	return false;
}

static inline uint32_t os_packet_exchange(const struct os_packet *pkt, uint32_t buf)
{
	return 0;
}

/* ---- attributes, given before os.h declares the functions ------------------------- */

void os_bug(const char *what, const char *file, int line) __cold;
int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);

#endif
