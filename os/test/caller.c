/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's memory, parts of which a test can declare bad. lock guards the list. */
#define OS_PLATFORM
#include <unistd.h>

#include "os_test.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#endif
#endif

OS_WRAP(int, os_copyin, struct os_caller *caller, void *dst, uint64_t src, size_t n);
OS_WRAP(int, os_copyout, struct os_caller *caller, uint64_t dst, const void *src, size_t n);
OS_WRAP(struct os_mem *, os_mem_get, struct os_caller *caller, struct nm_reason *reason);
OS_WRAP(void, os_mem_put, struct os_mem *mem);
OS_WRAP(int, os_copyin_nofault, struct os_caller *caller, const struct os_mem *mem, void *dst,
	uint64_t src, size_t n);
OS_WRAP(int, os_fault_in, struct os_caller *caller, const struct os_mem *mem, uint64_t src,
	size_t n);
OS_WRAP(struct os_usermem *, os_usermem_pin, struct os_caller *caller, uint64_t at, uint64_t size,
	struct nm_reason *reason);
OS_WRAP(void, os_usermem_unpin, struct os_usermem *u);
OS_WRAP(struct os_sleeper *, os_sleeper_make, struct os_caller *caller);
OS_WRAP(struct os_event *, os_event_get, struct os_caller *caller, int32_t fd,
	struct nm_reason *reason);
OS_WRAP(bool, os_caller_is_of, struct os_caller *caller, const struct os_domain *d);
OS_WRAP(bool, os_caller_is_admin, struct os_caller *caller, struct os_ns *ns);
OS_WRAP(void, os_caller_comm, struct os_caller *caller, char comm[16]);
OS_WRAP(struct os_ns *, os_ns_get, struct os_ns *ns);
OS_WRAP(void, os_ns_put, struct os_ns *ns);

#define RANGES	256

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct range { uint64_t at; size_t n; enum os_test_bad kind; } ranges[RANGES];
static unsigned int count;	/* atomic, written under lock */

void os_test_bad_add(const void *at, size_t n, enum os_test_bad kind)
{
	pthread_mutex_lock(&lock);
	os_assert(count < RANGES);
	ranges[count] = (struct range){ (uintptr_t)at, n, kind };
	__atomic_store_n(&count, count + 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
}

void os_test_bad_clear(void)
{
	pthread_mutex_lock(&lock);
	__atomic_store_n(&count, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
}

/* Uninitialized bytes would leak the contents of the engine's stack to the caller. */
static void check_is_set(const void *src, size_t n)
{
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
	__msan_check_mem_is_initialized(src, n);
#endif
#endif
	(void)src;
	(void)n;
}

/* The sanitizer does not see what the kernel wrote. */
static void note_is_set(uint64_t dst, size_t n)
{
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
	__msan_unpoison((void *)(uintptr_t)dst, n);
#endif
#endif
	(void)dst;
	(void)n;
}

/* Is a part of the memory bad? faultin: absent memory is not, and becomes present. */
static bool is_bad(uint64_t at, size_t n, bool nofault, bool faultin)
{
	unsigned int i;
	bool bad = false;

	if (__atomic_load_n(&count, __ATOMIC_ACQUIRE) == 0)
		return false;
	pthread_mutex_lock(&lock);
	for (i = 0; i < count; i++) {
		struct range *r = &ranges[i];

		if (r->n == 0 || at >= r->at + r->n || at + n <= r->at)
			continue;
		if (r->kind == OS_TEST_BAD || nofault)
			bad = true;
		else if (faultin && r->kind == OS_TEST_ABSENT)
			r->n = 0;
	}
	pthread_mutex_unlock(&lock);
	return bad;
}

/* Both are set before the call that they are for, by its thread. */
static _Thread_local uint32_t copies_left;
static _Thread_local void (*after_copyin)(void);

void os_test_after_copyin(uint32_t n, void (*fn)(void))
{
	copies_left = n;
	after_copyin = fn;
}

int __wrap_os_copyin(struct os_caller *caller, void *dst, uint64_t src, size_t n)
{
	int err;

	os_test_may_sleep("os_copyin");
	if (os_test_fails_now("os_copyin") || is_bad(src, n, false, false))
		return -EFAULT;
	err = __real_os_copyin(caller, dst, src, n);
	if (copies_left && !--copies_left)
		after_copyin();
	return err;
}

int __wrap_os_copyout(struct os_caller *caller, uint64_t dst, const void *src, size_t n)
{
	int err;

	os_test_may_sleep("os_copyout");
	check_is_set(src, n);
	if (os_test_fails_now("os_copyout") || is_bad(dst, n, false, false))
		return -EFAULT;
	err = __real_os_copyout(caller, dst, src, n);
	if (!err)
		note_is_set(dst, n);
	return err;
}

struct os_mem *__wrap_os_mem_get(struct os_caller *caller, struct nm_reason *reason)
{
	struct os_mem *mem;

	os_test_may_sleep("os_mem_get");
	if (os_test_fails_now("os_mem_get")) {
		nm_refuse(reason, -ENOMEM, "the test makes it fail");
		return NULL;
	}
	mem = __real_os_mem_get(caller, reason);
	if (mem)
		OS_TEST_COUNT(mems, 1);
	return mem;
}

void __wrap_os_mem_put(struct os_mem *mem)
{
	os_test_may_sleep("os_mem_put");
	OS_TEST_COUNT(mems, -1);
	__real_os_mem_put(mem);
}

int __wrap_os_copyin_nofault(struct os_caller *caller, const struct os_mem *mem, void *dst,
			     uint64_t src, size_t n)
{
	if (is_bad(src, n, true, false))
		return -EFAULT;
	return __real_os_copyin_nofault(caller, mem, dst, src, n);
}

int __wrap_os_fault_in(struct os_caller *caller, const struct os_mem *mem, uint64_t src, size_t n)
{
	os_test_may_sleep("os_fault_in");
	os_assert(os_test_locks_held() == 0);
	if (os_test_fails_now("os_fault_in") || is_bad(src, n, false, true))
		return -EFAULT;
	return __real_os_fault_in(caller, mem, src, n);
}

struct os_usermem *__wrap_os_usermem_pin(struct os_caller *caller, uint64_t at, uint64_t size,
					 struct nm_reason *reason)
{
	struct os_usermem *u;

	os_test_may_sleep("os_usermem_pin");
	if (is_bad(at, size, false, false)) {
		nm_refuse(reason, -EFAULT, "the test makes it fail");
		return NULL;
	}
	if (os_test_fails_now("os_usermem_pin")) {
		nm_refuse(reason, -ENOMEM, "the test makes it fail");
		return NULL;
	}
	u = __real_os_usermem_pin(caller, at, size, reason);
	if (u)
		OS_TEST_COUNT(usermems, 1);
	return u;
}

void __wrap_os_usermem_unpin(struct os_usermem *u)
{
	os_test_may_sleep("os_usermem_unpin");
	OS_TEST_COUNT(usermems, -1);
	__real_os_usermem_unpin(u);
}

struct os_sleeper *__wrap_os_sleeper_make(struct os_caller *caller)
{
	os_test_may_sleep("os_sleeper_make");
	return os_test_fails_now("os_sleeper_make") ? NULL : __real_os_sleeper_make(caller);
}

struct os_event *__wrap_os_event_get(struct os_caller *caller, int32_t fd,
				      struct nm_reason *reason)
{
	os_test_may_sleep("os_event_get");
	if (os_test_fails_now("os_event_get")) {
		nm_refuse(reason, -ENOMEM, "the test makes it fail");
		return NULL;
	}
	return __real_os_event_get(caller, fd, reason);
}

/* The name of this process does not change: ask for it once, since fuzzers refuse a lot. */
void __wrap_os_caller_comm(struct os_caller *caller, char comm[16])
{
	static char own[16];
	static pthread_mutex_t own_lock = PTHREAD_MUTEX_INITIALIZER;

	if (caller->pid != getpid()) {
		__real_os_caller_comm(caller, comm);
		return;
	}
	pthread_mutex_lock(&own_lock);
	if (!own[0])
		__real_os_caller_comm(caller, own);
	memcpy(comm, own, sizeof(own));
	pthread_mutex_unlock(&own_lock);
}

struct os_ns *__wrap_os_ns_get(struct os_ns *ns)
{
	OS_TEST_COUNT(ns_refs, 1);
	return __real_os_ns_get(ns);
}

void __wrap_os_ns_put(struct os_ns *ns)
{
	OS_TEST_COUNT(ns_refs, -1);
	__real_os_ns_put(ns);
}

static bool are_admins;	/* set while no other thread makes requests */

void os_test_admin(bool on)
{
	are_admins = on;
}

static bool are_others;	/* set while no other thread makes requests */

void os_test_other_user(bool on)
{
	are_others = on;
}

bool __wrap_os_caller_is_of(struct os_caller *caller, const struct os_domain *d)
{
	(void)caller;
	(void)d;
	os_test_may_sleep("os_caller_is_of");
	return !are_others;
}

bool __wrap_os_caller_is_admin(struct os_caller *caller, struct os_ns *ns)
{
	(void)caller;
	(void)ns;
	os_test_may_sleep("os_caller_is_admin");
	return are_admins;
}
