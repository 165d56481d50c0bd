/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * The types of core/os.h in the Linux kernel, and what is hot enough to be inline: locks,
 * shared words, plain memory, waking. The engine sees the kernel through this file alone.
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

/* A macro of the compiler's header, by 7.2, for array parameters; a plain word to the engine. */
#undef at_least

/* As in user space on 64 bits: part of a ring's layout, which no 32-bit program shares. */
struct timeval {
	int64_t tv_sec;
	int64_t tv_usec;
};

struct os_mutex {
	struct mutex m;
};

/* Taken in process context only, so no variant that blocks interrupts. */
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
 * The compiler's own functions, not the kernel's checking macros: those judge by the type
 * of the member pointed to, and the engine copies across members of shared memory. Small
 * constant sizes become a few moves, the rest calls to what is best on this processor.
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
	smp_mb();	/* its callers say with whom */
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

/* Frames are copied: no driver gets buffers of a region. */
static inline bool os_packet_is_device_buf(const struct os_packet *pkt)
{
	return false;
}

static inline uint32_t os_packet_exchange(const struct os_packet *pkt, uint32_t buf)
{
	return 0;
}

/* ---- told to the compiler before os.h declares them ------------------------------- */

void os_bug(const char *what, const char *file, int line) __cold;
int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);

#endif
