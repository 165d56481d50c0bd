// SPDX-License-Identifier: BSD-2-Clause
/*
 * Closing what a device was taken over with. The kernel takes its time over it, mostly to wait until nobody
 * looks any more, so that a thread does it which nobody waits for but who wants the same device
 * again. Until then it does nothing: no flag is set.
 */
#define OS_HOME
#include <stdlib.h>

#include "../netmapd/netns.h"
#include "lend.h"
#include "netdev.h"

struct leaving {
	struct os_ns *ns;		/* held */
	uint32_t ifindex;
	struct broker_taken taken;
	bool has_taken;
	struct lend *lend;		/* or NULL */
	struct leaving *next;		/* guarded by lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct leaving *list;
static bool is_ending;			/* atomic */

static void unlist(const struct leaving *l)
{
	struct leaving **link = &list;

	pthread_mutex_lock(&lock);
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void finish(struct leaving *l)
{
	if (l->has_taken)
		broker_leave(&l->taken);
	if (l->lend)
		lend_free_later(l->lend, netns_fd(l->ns), l->ifindex, &is_ending);
}

static void *leave(void *arg)
{
	struct leaving *l = arg;

	finish(l);
	unlist(l);
	os_ns_release(l->ns);
	netns_sweep();
	free(l);
	return NULL;
}

/* The engine ends: no thread is to have anything of it then. */
static bool is_to_wait(void)
{
	return __atomic_load_n(&is_ending, __ATOMIC_RELAXED);
}

void leave_begin(struct os_ns *ns, uint32_t ifindex, const struct broker_taken *taken, struct lend *lend)
{
	struct leaving now = { .ns = ns, .ifindex = ifindex, .lend = lend };
	struct leaving *l = is_to_wait() ? NULL : malloc(sizeof(*l));
	pthread_t thread;

	now.has_taken = taken;
	if (taken)
		now.taken = *taken;
	if (!l) {
		finish(&now);
		return;
	}
	*l = now;
	os_ns_hold(ns);
	pthread_mutex_lock(&lock);
	l->next = list;
	list = l;
	pthread_mutex_unlock(&lock);
	if (pthread_create(&thread, NULL, leave, l))
		leave(l);
	else
		pthread_detach(thread);
}

static bool is_leaving_locked(const struct os_ns *ns, uint32_t ifindex)
{
	const struct leaving *l;

	for (l = list; l; l = l->next)
		if (l->ns == ns && l->ifindex == ifindex)
			return true;
	return false;
}

void leave_wait(const struct os_ns *ns, uint32_t ifindex)
{
	pthread_mutex_lock(&lock);
	while (is_leaving_locked(ns, ifindex))
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

void leave_end(void)
{
	__atomic_store_n(&is_ending, true, __ATOMIC_RELAXED);
	pthread_mutex_lock(&lock);
	while (list)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}
