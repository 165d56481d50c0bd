/* SPDX-License-Identifier: BSD-2-Clause */
#include "hostile.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "child.h"
#include "frame.h"
#include "port.h"

struct closer {
	struct rng rnd;
	uint32_t id;
	volatile bool stop;
};

static int shared_fd;

static void *sync_thread(void *arg)
{
	struct closer *w = arg;
	struct port p = { 0 };

	while (!w->stop) {
		p.fd = __atomic_load_n(&shared_fd, __ATOMIC_RELAXED);
		txsync(&p);
		rxsync(&p);
		port_poll(&p, POLLIN | POLLOUT, 0);
		port_poll(&p, POLLIN, 1);
	}
	return NULL;
}

/* Close the fd and unmap while a thread syncs and polls. */
int hostile_close(void *arg)
{
	struct closer w = { .id = (uintptr_t)arg };
	char name[32];
	pthread_t t;
	unsigned int i;

	w.rnd.state = opt.seed ^ (uint64_t)getpid() << 23;
	shared_fd = -1;
	if (pthread_create(&t, NULL, sync_thread, &w))
		return 1;
	for (i = 0; ; i++) {
		struct port p;

		snprintf(name, sizeof(name), i % 4 == 3 ? "closing{%u" : "vale91:c%u", w.id);
		if (port_open(&p, name))
			return 1;
		__atomic_store_n(&shared_fd, p.fd, __ATOMIC_RELAXED);
		frame_make(ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[0].buf_idx), 60,
			   FRAME_BROADCAST, 9, 1, 1);
		port_tx(&p, 0)->slot[0].len = 60;
		ring_release(port_tx(&p, 0), 1);
		if (i % 2)
			usleep(rng_below(&w.rnd, 300));
		port_unmap(&p);
		if (i % 3)
			usleep(rng_below(&w.rnd, 300));
		port_close(&p);
	}
	return 0;
}

/* Opens, binds and closes as fast as it can. */
int hostile_churn(void *arg)
{
	uint32_t id = (uintptr_t)arg;
	struct rng rnd = { opt.seed ^ (uint64_t)getpid() << 24 };
	char name[32];
	struct port p;

	for (;;) {
		static const char *const forms[] = { "vale91:k%u", "vale93:k%u", "churn{%u",
						     "churn}%u", "vale91:k{%u" };

		snprintf(name, sizeof(name), forms[rng_below(&rnd, 5)], rng_below(&rnd, 3) + id);
		if (!port_open(&p, name, .extra = rng_below(&rnd, 8))) {
			if (rng_below(&rnd, 2))
				txsync(&p);
			port_close(&p);
		}
	}
	return 0;
}

/* Both sides of a fork use one fd and one map; either may end first. */
int hostile_fork(void *arg)
{
	uint32_t id = (uintptr_t)arg;
	struct rng rnd = { opt.seed ^ (uint64_t)getpid() << 25 };
	char name[32];

	for (;;) {
		struct port p;
		unsigned int i;
		pid_t pid;

		snprintf(name, sizeof(name), rng_below(&rnd, 2) ? "vale91:f%u" : "vale91:f%u{1",
			 id);
		if (port_open(&p, name))
			return 1;
		pid = fork();
		if (pid < 0)
			return 1;
		rng_next(&rnd);
		for (i = rng_below(&rnd, 30) + !pid; i; i--) {
			frame_make(ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[0].buf_idx), 60,
				   FRAME_BROADCAST, 9, 1, i);
			ring_release(port_tx(&p, 0), ring_space(port_tx(&p, 0)) / 2);
			txsync(&p);
			rxsync(&p);
		}
		if (!pid)
			_exit(0);
		if (rng_below(&rnd, 2)) {
			child_wait(pid);
			port_close(&p);
		} else {
			port_close(&p);
			child_kill(pid);
		}
	}
	return 0;
}
