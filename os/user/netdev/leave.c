// SPDX-License-Identifier: BSD-2-Clause
/*
 * Closing what a device was taken over with. The kernel takes its time over it, mostly to wait until nobody
 * looks any more, so that a thread does it which nobody waits for but who wants the same device
 * again. Until then it does nothing: no flag is set.
 */
#define OS_HOME
#include <stdlib.h>

#include "../netmapd/netns.h"
#include "netdev.h"

struct leaving {
	struct os_ns *ns;		/* held */
	uint32_t ifindex;
	struct broker_taken taken;
	struct leaving *next;		/* guarded by lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct leaving *list;

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

static void *leave(void *arg)
{
	struct leaving *l = arg;

	broker_leave(&l->taken);
	unlist(l);
	os_ns_release(l->ns);
	netns_sweep();
	free(l);
	return NULL;
}

void leave_begin(struct os_ns *ns, uint32_t ifindex, const struct broker_taken *taken)
{
	struct leaving *l = malloc(sizeof(*l));
	struct broker_taken t = *taken;
	pthread_t thread;

	if (!l) {
		broker_leave(&t);
		return;
	}
	*l = (struct leaving){ .ns = os_ns_hold(ns), .ifindex = ifindex, .taken = t };
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
