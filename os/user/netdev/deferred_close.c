// SPDX-License-Identifier: BSD-2-Clause
/*
 * Closing the descriptors of a device is slow, because the kernel waits for RCU grace periods. So a
 * thread does it in the background; only a second attach of the same device waits for it. Frames
 * have stopped before: the flags that the BPF programs read are clear.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <time.h>

#include "../netmapd/netns.h"
#include "device_bufs.h"
#include "device.h"

struct closing {
	struct os_ns *ns;		/* a reference */
	uint32_t ifindex;
	struct broker_opened opened;
	bool has_opened;
	struct device_bufs *device_bufs;/* or NULL; the thread's */
	uint32_t queues;		/* const: number of queues with device buffers */
	bool is_over;			/* stop waiting for the kernel to release them; atomic */
	uint32_t polls;			/* polls left before giving up */
	struct closing *next;		/* guarded by lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct closing *list;
/*
 * Those with device buffers that the kernel may still use, until the engine ends; guarded by lock.
 */
static struct closing *unreleased;
static bool is_ending;			/* guarded by lock */

/* A second attach waits no longer than this: another program may have bound the queues by now. */
#define WAIT_S	2
#define WAIT_POLLS	(WAIT_S * 1000000u / DEVICE_BUFS_POLL_US)

/* Remove c from the list and free it, unless its device buffers are still in use. */
static void closing_unlist(struct closing *c)
{
	struct closing **link = &list;

	pthread_mutex_lock(&lock);
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	if (c->device_bufs) {
		c->next = unreleased;
		unreleased = c;
	} else {
		free(c);
	}
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void closing_do(struct closing *c)
{
	if (c->has_opened)
		broker_detach(&c->opened);
	if (!c->device_bufs)
		return;
	if (device_bufs_free_later(c->device_bufs, netns_fd(c->ns), c->ifindex, &c->is_over,
				   c->polls))
		c->device_bufs = NULL;
	else
		os_log(OS_WARN, "device number %u: the kernel may still use its buffers: "
		       "they stay allocated until netmapd ends", c->ifindex);
}

static void *closer_run(void *arg)
{
	struct closing *c = arg;
	struct os_ns *ns = c->ns;

	closing_do(c);
	closing_unlist(c);
	os_ns_put(ns);
	netns_sweep();
	return NULL;
}

/*
 * List a copy of `now` for a thread. Returns NULL without memory, or when the engine is ending: no
 * thread may use the engine then, so the caller closes the device itself.
 */
static struct closing *closing_list(const struct closing *now)
{
	struct closing *c = NULL;

	pthread_mutex_lock(&lock);
	if (!is_ending)
		c = malloc(sizeof(*c));
	if (c) {
		*c = *now;
		os_ns_get(c->ns);
		c->next = list;
		list = c;
	}
	pthread_mutex_unlock(&lock);
	return c;
}

void deferred_close_start(struct os_ns *ns, uint32_t ifindex, const struct broker_opened *o,
			  struct device_bufs *bufs)
{
	struct closing now = {
		.ns = ns, .ifindex = ifindex, .has_opened = o, .device_bufs = bufs,
		.queues = bufs ? bufs->queues : 0, .polls = UINT32_MAX,
	}, *c;
	pthread_t thread;

	if (o)
		now.opened = *o;
	c = closing_list(&now);
	if (!c) {
		now.is_over = true;
		closing_do(&now);
		return;
	}
	if (!pthread_create(&thread, NULL, closer_run, c)) {
		pthread_detach(thread);
		return;
	}
	/* The caller waits for it: give up sooner, as another program may have bound the queues. */
	c->polls = WAIT_POLLS;
	closer_run(c);
}

static bool closing_is_of(const struct closing *c, const struct os_ns *ns, uint32_t ifindex)
{
	return c->ns == ns && c->ifindex == ifindex;
}

static bool is_closing_locked(const struct os_ns *ns, uint32_t ifindex)
{
	const struct closing *c;

	for (c = list; c; c = c->next)
		if (closing_is_of(c, ns, ifindex))
			return true;
	return false;
}

void deferred_close_wait(const struct os_ns *ns, uint32_t ifindex)
{
	struct timespec end;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += WAIT_S;
	pthread_mutex_lock(&lock);
	while (is_closing_locked(ns, ifindex) && !err)
		err = pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &end);
	pthread_mutex_unlock(&lock);
}

static void closing_stop_waiting(struct closing *c)
{
	__atomic_store_n(&c->is_over, true, __ATOMIC_RELAXED);
}

void deferred_close_released(const struct os_ns *ns, uint32_t ifindex, uint32_t queues)
{
	struct closing *c;

	pthread_mutex_lock(&lock);
	for (c = list; c; c = c->next)
		if (closing_is_of(c, ns, ifindex) && c->queues <= queues)
			closing_stop_waiting(c);
	pthread_mutex_unlock(&lock);
}

void deferred_close_end(void)
{
	struct closing *c, *next;

	pthread_mutex_lock(&lock);
	is_ending = true;
	for (c = list; c; c = c->next)
		closing_stop_waiting(c);
	while (list)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	/* No thread is left to add to this list. */
	for (c = unreleased; c; c = next) {
		next = c->next;
		device_bufs_free(c->device_bufs);
		free(c);
	}
}
