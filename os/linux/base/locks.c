// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Initialise locks. Lockdep identifies a class by a static key, the engine by a name. The table
 * below maps each name to a key. Entries are never removed; lockdep forgets the keys when the
 * module is unloaded. Guarded by table_lock.
 */
#include "platform.h"

#ifdef CONFIG_DEBUG_LOCK_ALLOC

#define CLASSES	64

static struct {
	const char *name;
	struct lock_class_key key;
} classes[CLASSES];

static DEFINE_SPINLOCK(table_lock);

static struct lock_class_key *lock_class_of(const char *name)
{
	unsigned int i;

	spin_lock(&table_lock);
	for (i = 0; i < CLASSES - 1 && classes[i].name; i++) {
		if (!strcmp(classes[i].name, name))
			break;
	}
	if (!classes[i].name)
		classes[i].name = name;
	spin_unlock(&table_lock);
	/*
	 * With too many names, the last ones share a class, and lockdep may report false deadlocks.
	 */
	os_assert(!strcmp(classes[i].name, name));
	return &classes[i].key;
}

#else

static struct lock_class_key *lock_class_of(const char *name)
{
	return NULL;
}

#endif

void os_mutex_init(struct os_mutex *m, const char *name)
{
	mutex_init(&m->m);
	lockdep_set_class_and_name(&m->m, lock_class_of(name), name);
}

void os_mutex_destroy(struct os_mutex *m)
{
	mutex_destroy(&m->m);
}

void os_spin_init(struct os_spin *s, const char *name)
{
	spin_lock_init(&s->s);
	lockdep_set_class_and_name(&s->s, lock_class_of(name), name);
}

void os_spin_destroy(struct os_spin *s)
{
	os_assert(!spin_is_locked(&s->s));
}
