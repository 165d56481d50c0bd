/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock checker. Each thread has a list of the locks it holds; each pair of classes ever held
 * together is an edge of a graph. A lock that closes a cycle of edges, a second lock of one class,
 * and a sleep under a spinlock end the program, even if no thread happens to deadlock in this run.
 */
#define OS_PLATFORM
#include <stdio.h>

#include "os_test.h"

OS_WRAP(void, os_mutex_init, struct os_mutex *m, const char *name);
OS_WRAP(void, os_mutex_destroy, struct os_mutex *m);
OS_WRAP(void, os_mutex_lock, struct os_mutex *m);
OS_WRAP(void, os_mutex_unlock, struct os_mutex *m);
OS_WRAP(void, os_spin_init, struct os_spin *s, const char *name);
OS_WRAP(void, os_spin_destroy, struct os_spin *s);
OS_WRAP(void, os_spin_lock, struct os_spin *s);
OS_WRAP(void, os_spin_unlock, struct os_spin *s);
OS_WRAP(void, os_waitq_init, struct os_waitq *q, const char *name);
OS_WRAP(void, os_waitq_destroy, struct os_waitq *q);
OS_WRAP(void, os_poll_register, struct os_poller *p, struct os_waitq *q);

#define CLASSES	64
#define HELD	16

struct held {
	const void *lock;
	unsigned int class;
};

static pthread_mutex_t graph_lock = PTHREAD_MUTEX_INITIALIZER;
static const char *classes[CLASSES];		/* atomic; set once, under graph_lock */
static uint8_t edge[CLASSES][CLASSES];		/* atomic; set under graph_lock */

static _Thread_local struct held held[HELD];
static _Thread_local unsigned int held_count, spins_held;
static _Thread_local bool interrupted;

static void rule_broken(const char *rule, unsigned int new_class)
{
	unsigned int i;

	fprintf(stderr, "# locks: %s: taking %s while holding", rule, classes[new_class]);
	for (i = 0; i < held_count; i++)
		fprintf(stderr, " %s", classes[held[i].class]);
	fputc('\n', stderr);
	os_bug(rule, __FILE__, __LINE__);
}

/*
 * Return the entry of the class, or the first free one. Relaxed: the checker must not add any
 * ordering.
 */
static unsigned int class_find(const char *name)
{
	const char *c = NULL;
	unsigned int i;

	for (i = 0; i < CLASSES && c != name; i++) {
		c = __atomic_load_n(&classes[i], __ATOMIC_RELAXED);
		if (!c)
			break;
	}
	if (c == name)
		return i - 1;
	/* Another file's string of that name. */
	for (i = 0; i < CLASSES; i++) {
		c = __atomic_load_n(&classes[i], __ATOMIC_RELAXED);
		if (!c || strcmp(c, name) == 0)
			break;
	}
	os_assert(i < CLASSES);
	return i;
}

static unsigned int class_of(const char *name)
{
	unsigned int i = class_find(name);

	if (__atomic_load_n(&classes[i], __ATOMIC_RELAXED))
		return i;
	pthread_mutex_lock(&graph_lock);
	i = class_find(name);
	if (!classes[i])
		__atomic_store_n(&classes[i], name, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&graph_lock);
	return i;
}

static bool is_reachable_locked(unsigned int from, unsigned int to, uint64_t *seen)
{
	unsigned int i;

	if (from == to)
		return true;
	*seen |= UINT64_C(1) << from;
	for (i = 0; i < CLASSES; i++)
		if (edge[from][i] && !(*seen >> i & 1) && is_reachable_locked(i, to, seen))
			return true;
	return false;
}

static void edge_add(unsigned int from, unsigned int to)
{
	uint64_t seen = 0;
	bool cycle;

	if (__atomic_load_n(&edge[from][to], __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&graph_lock);
	cycle = is_reachable_locked(to, from, &seen);
	__atomic_store_n(&edge[from][to], 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&graph_lock);
	if (cycle)
		rule_broken("locks taken in two orders", to);
}

static void lock_note(const void *lock, const char *name)
{
	unsigned int i, class = class_of(name);

	for (i = 0; i < held_count; i++) {
		if (held[i].lock == lock)
			rule_broken("lock taken twice", class);
		if (held[i].class == class)
			rule_broken("two locks of one class", class);
		edge_add(held[i].class, class);
	}
	os_assert(held_count < HELD);
	held[held_count++] = (struct held){ lock, class };
}

static void unlock_note(const void *lock)
{
	unsigned int i;

	for (i = held_count; i-- > 0;)
		if (held[i].lock == lock)
			break;
	if (i >= held_count) {
		os_bug("unlocked by a thread that does not hold it", __FILE__, __LINE__);
		return;
	}
	held_count--;
	memmove(&held[i], &held[i + 1], (held_count - i) * sizeof(held[0]));
}

void os_test_may_sleep(const char *call)
{
	if (spins_held || interrupted)
		os_bug(call, __FILE__, __LINE__);
}

void os_test_interrupt(bool on)
{
	interrupted = on;
}

uint32_t os_test_locks_held(void)
{
	return held_count;
}

void __wrap_os_mutex_init(struct os_mutex *m, const char *name)
{
	OS_TEST_COUNT(mutexes, 1);
	__real_os_mutex_init(m, name);
}

void __wrap_os_mutex_destroy(struct os_mutex *m)
{
	OS_TEST_COUNT(mutexes, -1);
	__real_os_mutex_destroy(m);
}

void __wrap_os_mutex_lock(struct os_mutex *m)
{
	os_test_may_sleep("os_mutex_lock");
	lock_note(m, m->name);
	__real_os_mutex_lock(m);
}

void __wrap_os_mutex_unlock(struct os_mutex *m)
{
	unlock_note(m);
	__real_os_mutex_unlock(m);
}

void __wrap_os_spin_init(struct os_spin *s, const char *name)
{
	OS_TEST_COUNT(spins, 1);
	__real_os_spin_init(s, name);
}

void __wrap_os_spin_destroy(struct os_spin *s)
{
	OS_TEST_COUNT(spins, -1);
	__real_os_spin_destroy(s);
}

void __wrap_os_spin_lock(struct os_spin *s)
{
	os_assert(!interrupted);
	lock_note(s, s->name);
	spins_held++;
	__real_os_spin_lock(s);
}

void __wrap_os_spin_unlock(struct os_spin *s)
{
	unlock_note(s);
	spins_held--;
	__real_os_spin_unlock(s);
}

void __wrap_os_waitq_init(struct os_waitq *q, const char *name)
{
	OS_TEST_COUNT(waitqs, 1);
	__real_os_waitq_init(q, name);
}

void __wrap_os_waitq_destroy(struct os_waitq *q)
{
	OS_TEST_COUNT(waitqs, -1);
	__real_os_waitq_destroy(q);
}

void __wrap_os_poll_register(struct os_poller *p, struct os_waitq *q)
{
	os_test_may_sleep("os_poll_register");
	__real_os_poll_register(p, q);
}
