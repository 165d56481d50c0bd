/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutexes that know their owner, and spinlocks. */
#define OS_PLATFORM
#include "os_user.h"

/* Its address identifies the thread. */
static _Thread_local char self;

static void lock_check(int err, const char *what)
{
	if (err)
		os_bug(what, __FILE__, __LINE__);
}

void os_mutex_init(struct os_mutex *m, const char *name)
{
	lock_check(pthread_mutex_init(&m->m, NULL), "mutex_init");
	__atomic_store_n(&m->owner, 0, __ATOMIC_RELAXED);
	m->name = name;
}

void os_mutex_destroy(struct os_mutex *m)
{
	lock_check(pthread_mutex_destroy(&m->m), "mutex destroyed while held");
}

void os_mutex_lock(struct os_mutex *m)
{
	if (__atomic_load_n(&m->owner, __ATOMIC_RELAXED) == (uintptr_t)&self)
		os_bug("mutex taken twice by one thread", __FILE__, __LINE__);
	lock_check(pthread_mutex_lock(&m->m), "mutex_lock");
	__atomic_store_n(&m->owner, (uintptr_t)&self, __ATOMIC_RELAXED);
}

void os_mutex_unlock(struct os_mutex *m)
{
	os_assert_held(m);
	__atomic_store_n(&m->owner, 0, __ATOMIC_RELAXED);
	lock_check(pthread_mutex_unlock(&m->m), "mutex_unlock");
}

void os_assert_held(struct os_mutex *m)
{
	if (__atomic_load_n(&m->owner, __ATOMIC_RELAXED) != (uintptr_t)&self)
		os_bug(m->name ? m->name : "mutex not held", __FILE__, __LINE__);
}

void os_spin_init(struct os_spin *s, const char *name)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	lock_check(pthread_mutex_init(&s->m, &attr), "spin_init");
	pthread_mutexattr_destroy(&attr);
	s->name = name;
}

void os_spin_destroy(struct os_spin *s)
{
	lock_check(pthread_mutex_destroy(&s->m), "spin lock destroyed while held");
}

void os_spin_lock(struct os_spin *s)
{
	lock_check(pthread_mutex_lock(&s->m), "spin_lock");
}

void os_spin_unlock(struct os_spin *s)
{
	lock_check(pthread_mutex_unlock(&s->m), "spin_unlock");
}
