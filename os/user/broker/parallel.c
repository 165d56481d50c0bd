// SPDX-License-Identifier: BSD-2-Clause
/*
 * Concurrent calls. Opening or closing one device takes many calls in which the kernel waits for an
 * RCU grace period; made concurrently, they wait for the same one.
 */
#define OS_PLATFORM
#include "parallel.h"

struct call {
	void (*fn)(void *arg, uint32_t i);
	void *arg;
	uint32_t i;
	bool has_thread;
	pthread_t thread;
};

static void *call_run(void *arg)
{
	struct call *c = arg;

	c->fn(c->arg, c->i);
	return NULL;
}

void parallel(uint32_t n, void (*fn)(void *arg, uint32_t i), void *arg)
{
	struct call call[BROKER_FDS_MAX];
	uint32_t i;

	os_assert(n <= BROKER_FDS_MAX);
	for (i = 0; i < n; i++) {
		call[i] = (struct call){ .fn = fn, .arg = arg, .i = i };
		call[i].has_thread =
			i + 1 < n && !pthread_create(&call[i].thread, NULL, call_run, &call[i]);
		if (!call[i].has_thread)
			call_run(&call[i]);
	}
	for (i = 0; i < n; i++)
		if (call[i].has_thread)
			pthread_join(call[i].thread, NULL);
}
