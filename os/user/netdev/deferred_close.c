// SPDX-License-Identifier: BSD-2-Clause
/*
 * Closing what a device was taken over with. The kernel takes its time over it, mostly to wait until nobody
 * looks any more, so that a thread does it which nobody waits for but who wants the same device
 * again. Until then it does nothing: no flag is set.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <time.h>

#include "../netmapd/netns.h"
#include "device_bufs.h"
#include "device.h"

struct leaving {
	struct os_ns *ns;		/* held */
	uint32_t ifindex;
	struct broker_taken taken;
	bool has_taken;
	struct device_bufs *device_bufs;		/* or NULL; by who does it */
	uint32_t queues;		/* const: for so many it is */
	bool is_over;			/* the kernel need not be waited for any more; atomic */
	uint32_t looks;			/* so often it is looked whether the kernel has let go */
	struct leaving *next;		/* guarded by lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct leaving *list;
/* What is lent as long as this process is there, since the kernel may still have it; guarded by lock. */
static struct leaving *kept;
static bool is_ending;			/* guarded by lock */

/* Who wants the device again does not wait for ever: another program may have its queues by now. */
#define WAIT_S	2
#define WAIT_LOOKS	(WAIT_S * 1000000u / DEVICE_BUFS_POLL_US)

/* Done, but for what is still lent. */
static void unlist(struct leaving *l)
{
	struct leaving **link = &list;

	pthread_mutex_lock(&lock);
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	if (l->device_bufs) {
		l->next = kept;
		kept = l;
	} else {
		free(l);
	}
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void finish(struct leaving *l)
{
	if (l->has_taken)
		broker_leave(&l->taken);
	if (!l->device_bufs)
		return;
	if (device_bufs_free_later(l->device_bufs, netns_fd(l->ns), l->ifindex, &l->is_over, l->looks))
		l->device_bufs = NULL;
	else
		os_log(OS_WARN, "device number %u: the kernel may still have its buffers: nobody gets them any more",
		       l->ifindex);
}

static void *leave(void *arg)
{
	struct leaving *l = arg;
	struct os_ns *ns = l->ns;

	finish(l);
	unlist(l);
	os_ns_put(ns);
	netns_sweep();
	return NULL;
}

/* A copy in the list; NULL: do it now. When the engine ends, no thread is to have anything of it. */
static struct leaving *enlist(const struct leaving *now)
{
	struct leaving *l = NULL;

	pthread_mutex_lock(&lock);
	if (!is_ending)
		l = malloc(sizeof(*l));
	if (l) {
		*l = *now;
		os_ns_get(l->ns);
		l->next = list;
		list = l;
	}
	pthread_mutex_unlock(&lock);
	return l;
}

void leave_begin(struct os_ns *ns, uint32_t ifindex, const struct broker_taken *taken, struct device_bufs *device_bufs)
{
	struct leaving now = {
		.ns = ns, .ifindex = ifindex, .has_taken = taken, .device_bufs = device_bufs,
		.queues = device_bufs ? device_bufs->queues : 0, .looks = UINT32_MAX,
	}, *l;
	pthread_t thread;

	if (taken)
		now.taken = *taken;
	l = enlist(&now);
	if (!l) {
		now.is_over = true;
		finish(&now);
		return;
	}
	if (!pthread_create(&thread, NULL, leave, l)) {
		pthread_detach(thread);
		return;
	}
	/* The engine waits for it now: another program may have the queues for as long as it likes. */
	l->looks = WAIT_LOOKS;
	leave(l);
}

static bool is_it(const struct leaving *l, const struct os_ns *ns, uint32_t ifindex)
{
	return l->ns == ns && l->ifindex == ifindex;
}

static bool is_leaving_locked(const struct os_ns *ns, uint32_t ifindex)
{
	const struct leaving *l;

	for (l = list; l; l = l->next)
		if (is_it(l, ns, ifindex))
			return true;
	return false;
}

void leave_wait(const struct os_ns *ns, uint32_t ifindex)
{
	struct timespec end;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += WAIT_S;
	pthread_mutex_lock(&lock);
	while (is_leaving_locked(ns, ifindex) && !err)
		err = pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &end);
	pthread_mutex_unlock(&lock);
}

static void over_set(struct leaving *l)
{
	__atomic_store_n(&l->is_over, true, __ATOMIC_RELAXED);
}

void leave_is_over(const struct os_ns *ns, uint32_t ifindex, uint32_t queues)
{
	struct leaving *l;

	pthread_mutex_lock(&lock);
	for (l = list; l; l = l->next)
		if (is_it(l, ns, ifindex) && l->queues <= queues)
			over_set(l);
	pthread_mutex_unlock(&lock);
}

void leave_end(void)
{
	struct leaving *l, *next;

	pthread_mutex_lock(&lock);
	is_ending = true;
	for (l = list; l; l = l->next)
		over_set(l);
	while (list)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	/* There is no thread any more that would keep more. */
	for (l = kept; l; l = next) {
		next = l->next;
		device_bufs_free(l->device_bufs);
		free(l);
	}
}
