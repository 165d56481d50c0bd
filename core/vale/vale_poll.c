// SPDX-License-Identifier: BSD-2-Clause
/*
 * Polling threads of a VALE port: they sync its rings continuously, so that its clients only write
 * head and read tail. A thread serves some of the rings. It reads the port and uses the rings under
 * its own lock, which vale_poll_quiesce() takes once. While the port has no client it sleeps.
 */
#include "vale/vale.h"
#include "base/objects.h"

struct vale_poller;

struct vale_poll_thread {
	struct os_mutex lock;	/* held while the thread uses rings; rank: above a ring's lock */
	struct vale_port *vp;		/* const */
	struct vale_poller *poller;	/* const */
	uint32_t number;		/* const; it serves rings number, number + count, ... */
	uint32_t count;			/* const; threads of this port */
	struct os_thread *thread;	/* guard: engine lock */
	struct os_sleeper *sleeper;	/* the thread's */
};

struct vale_poller {
	uint32_t count;
	uint32_t stop;			/* atomic */
	struct os_waitq changed;	/* wakes the threads: a first client, or stop */
	struct vale_poll_thread thread[];
};

/* Sync a ring once. Returns whether a slot moved. */
static bool vale_poll_ring(struct nm_kring *k)
{
	struct nm_reason reason NM_UNINITIALIZED;
	struct nm_sync s = { .reason = &reason };
	const uint64_t before = os_load64(&k->stats.slots);

	nm_reason_init(&reason);
	nm_kring_sync(k, &s);
	return os_load64(&k->stats.slots) != before;
}

static bool vale_poll_rings(struct vale_poll_thread *t)
{
	struct nm_port *p = &t->vp->port;
	bool moved = false;
	uint32_t dir, i;

	for (dir = NM_TX; dir <= NM_RX; dir++) {
		for (i = t->number; i < p->rings[dir]; i += t->count) {
			if (nm_kring_is_active(&p->kring[dir][i]))
				moved |= vale_poll_ring(&p->kring[dir][i]);
		}
	}
	return moved;
}

static void vale_poll_run(void *arg)
{
	struct vale_poll_thread *t = arg;
	bool is_open, moved;

	while (!os_load32(&t->poller->stop)) {
		os_mutex_lock(&t->lock);
		/* Acquire: the rings are initialised; pairs with the release in vale_start(). */
		is_open = os_load32_acquire(&t->vp->is_open);
		moved = is_open && vale_poll_rings(t);
		os_mutex_unlock(&t->lock);
		if (is_open)
			os_thread_yield(!moved);
		else
			os_sleeper_sleep(t->sleeper, OS_FOREVER);
	}
}

static void vale_poller_free(struct vale_poller *poller)
{
	uint32_t i;

	os_store32(&poller->stop, 1);
	os_waitq_wake(&poller->changed);
	for (i = 0; i < poller->count; i++) {
		if (poller->thread[i].thread)
			os_thread_stop(poller->thread[i].thread);
		if (poller->thread[i].sleeper)
			os_sleeper_free(poller->thread[i].sleeper);
		os_mutex_destroy(&poller->thread[i].lock);
	}
	os_waitq_destroy(&poller->changed);
	os_free(poller);
	nm_object_ended(NM_OBJ_POLLER);
}

static int vale_poll_check_cpus(struct vale_port *vp, bool many, uint32_t first_cpu, uint32_t cpus,
				struct nm_reason *reason)
{
	if (vp->poller)
		return nm_refuse(reason, -EBUSY, "%s is polled already", vp->port.name);
	if (!cpus)
		return nm_refuse(reason, -EINVAL, "polling needs at least one CPU");
	if (!many && cpus > 1)
		return nm_refuse(
			reason, -EINVAL,
			"single-CPU polling uses one CPU, not %u: ask for multi-CPU polling", cpus);
	if (first_cpu >= os_cpus() || cpus > os_cpus() - first_cpu)
		return nm_refuse(reason, -EINVAL, "there are no CPUs %u to %u: this machine has %u",
				 first_cpu, first_cpu + cpus - 1, os_cpus());
	return 0;
}

int vale_poll_start(struct vale_port *vp, bool many, uint32_t first_cpu, uint32_t cpus,
		    struct nm_reason *reason)
{
	struct vale_poller *poller;
	uint32_t i;
	int err;

	nm_assert_locked();
	err = vale_poll_check_cpus(vp, many, first_cpu, cpus, reason);
	if (err)
		return err;
	poller = os_alloc(sizeof(*poller) + cpus * sizeof(poller->thread[0]));
	if (!poller)
		return nm_refuse_nomem(reason, "polling threads");
	nm_object_made(NM_OBJ_POLLER);
	os_waitq_init(&poller->changed, "nm_poller_changed");
	for (i = 0; i < cpus; i++) {
		struct vale_poll_thread *t = &poller->thread[i];

		os_mutex_init(&t->lock, "nm_poller");
		t->vp = vp;
		t->poller = poller;
		t->number = i;
		t->count = cpus;
		poller->count++;
		t->sleeper = os_sleeper_make(NULL);
		if (!t->sleeper) {
			vale_poller_free(poller);
			return nm_refuse_nomem(reason, "a polling thread");
		}
		os_poll_register(os_sleeper_poller(t->sleeper), &poller->changed);
		t->thread = os_thread_start(vale_poll_run, t, (int)(first_cpu + i), "netmap-poll");
		if (!t->thread) {
			vale_poller_free(poller);
			return nm_refuse(reason, -ENOMEM, "cannot start a polling thread");
		}
	}
	vp->poller = poller;
	return 0;
}

int vale_poll_stop(struct vale_port *vp, struct nm_reason *reason)
{
	struct vale_poller *poller = vp->poller;

	nm_assert_locked();
	if (!poller)
		return nm_refuse(reason, -EINVAL, "%s is not polled", vp->port.name);
	vp->poller = NULL;
	vale_poller_free(poller);
	return 0;
}

void vale_poll_opened(const struct vale_port *vp)
{
	nm_assert_locked();
	if (vp->poller)
		os_waitq_wake(&vp->poller->changed);
}

void vale_poll_quiesce(struct vale_port *vp)
{
	uint32_t i;

	nm_assert_locked();
	for (i = 0; vp->poller && i < vp->poller->count; i++) {
		os_mutex_lock(&vp->poller->thread[i].lock);
		os_mutex_unlock(&vp->poller->thread[i].lock);
	}
}
