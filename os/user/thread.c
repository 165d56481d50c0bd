/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of the engine. */
#define OS_PLATFORM
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os_user.h"

#define IDLE_NS	50000	/* an idle thread polls 20000 times a second */

struct os_thread {
	pthread_t id;
	void (*fn)(void *arg);
	void *arg;
	uint32_t stop;		/* atomic */
	char name[16];
};

static _Thread_local struct os_thread *current;

static void *thread_run(void *arg)
{
	current = arg;
	pthread_setname_np(pthread_self(), current->name);
	current->fn(current->arg);
	return NULL;
}

static int thread_pin(pthread_attr_t *attr, int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return 0;
	if ((uint32_t)cpu >= os_cpus())
		return EINVAL;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return pthread_attr_setaffinity_np(attr, sizeof(set), &set);
}

struct os_thread *os_thread_start(void (*fn)(void *arg), void *arg, int cpu, const char *name)
{
	struct os_thread *t = calloc(1, sizeof(*t));
	pthread_attr_t attr;
	int err;

	if (!t)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	strncpy(t->name, name, sizeof(t->name) - 1);
	pthread_attr_init(&attr);
	err = thread_pin(&attr, cpu);
	if (!err)
		err = pthread_create(&t->id, &attr, thread_run, t);
	pthread_attr_destroy(&attr);
	if (err) {
		free(t);
		return NULL;
	}
	return t;
}

void os_thread_stop(struct os_thread *t)
{
	__atomic_store_n(&t->stop, 1, __ATOMIC_RELAXED);
	pthread_join(t->id, NULL);
	free(t);
}

bool os_thread_should_stop(void)
{
	return current && __atomic_load_n(&current->stop, __ATOMIC_RELAXED);
}

void os_thread_yield(bool idle)
{
	const struct timespec pause = { 0, IDLE_NS };

	if (idle)
		nanosleep(&pause, NULL);
	else
		sched_yield();
}

static uint32_t cpus;	/* const once set */

static void cpus_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	cpus = n < 1 ? 1 : n > CPU_SETSIZE ? CPU_SETSIZE : (uint32_t)n;
}

uint32_t os_cpus(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, cpus_count);
	return cpus;
}
