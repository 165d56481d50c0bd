/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of core/os.h for a platform that is an ordinary process: POSIX threads and the
 * compiler's atomics. Fast paths are inline here; the rest is in the .c files of this folder.
 *
 * A file of the platform itself defines OS_PLATFORM before it includes anything of the engine. For
 * every other file the names of libc are poisoned below, so that the engine cannot depend on them
 * by accident.
 */
#ifndef OS_TYPES_H
#define OS_TYPES_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>

#define NM_ENGINE	1

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* owner: address of a variable of the thread that holds it, 0 while it is free; atomic. */
struct os_mutex {
	pthread_mutex_t m;
	uintptr_t owner;
	const char *name;
};

/*
 * A process can be preempted at any point, so a pure spinlock would waste whole time slices:
 * glibc's adaptive mutex spins for a while, then sleeps.
 */
struct os_spin {
	pthread_mutex_t m;
	const char *name;
};

/* sleepers: number of entries in the list; atomic. lock guards the list. */
struct os_waitq {
	pthread_mutex_t lock;
	uint32_t sleepers;
	struct os_wait_entry *first;
	const char *name;
};

/* The lock in timer.c guards due, next and is_armed. */
struct os_timer {
	void (*fn)(void *arg);
	void *arg;
	uint64_t due;		/* os_nanoseconds() */
	struct os_timer *next;	/* in the list of armed timers */
	bool is_armed;
};

static inline void os_memcpy(void *dst, const void *src, size_t n)
{
	memcpy(dst, src, n);
}

static inline void os_memset(void *dst, int c, size_t n)
{
	memset(dst, c, n);
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

static inline uint32_t os_load32(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline uint64_t os_load64(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline void os_store32(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELAXED);
}

static inline void os_store64(uint64_t *p, uint64_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELAXED);
}

static inline uint32_t os_load32_acquire(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void os_store32_release(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline void *os_loadp_acquire(void *const *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void os_storep_release(void **p, void *v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

#ifdef __has_feature
#define OS_HAS_FEATURE(f)	__has_feature(f)
#else
#define OS_HAS_FEATURE(f)	0
#endif

/*
 * The thread sanitizer does not support fences; where it runs, an atomic addition is a full
 * barrier.
 */
static inline void os_barrier(void)
{
#if defined(__SANITIZE_THREAD__) || OS_HAS_FEATURE(thread_sanitizer)
	static uint32_t word;

	__atomic_fetch_add(&word, 1, __ATOMIC_SEQ_CST);
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#ifndef OS_PLATFORM
#pragma GCC poison malloc calloc realloc aligned_alloc posix_memalign mmap munmap
#pragma GCC poison memcpy memmove memset memcmp strlen strcmp strncmp strcpy strncpy strcat
#pragma GCC poison printf fprintf sprintf snprintf vsnprintf abort
#pragma GCC poison pthread_mutex_lock pthread_mutex_unlock pthread_create pthread_join
#pragma GCC poison usleep gettimeofday clock_gettime
#endif

#endif
