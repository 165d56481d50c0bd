// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The engine's threads: kernel threads.
 *
 * Only os_thread_stop() frees a struct os_thread, after kthread_stop() has waited for the thread to
 * end. If the thread's function returns earlier, the thread sleeps until then, so the task stays
 * valid for os_thread_stop().
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "platform.h"

/* Sleep between polls of idle rings: short compared with acceptable latencies. */
#define IDLE_US_MIN	20
#define IDLE_US_MAX	60

struct os_thread {
	void (*fn)(void *arg);		/* const */
	void *arg;			/* const */
	struct task_struct *task;	/* const once running */
};

static int thread_main(void *data)
{
	struct os_thread *t = data;

	t->fn(t->arg);
	set_current_state(TASK_IDLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_IDLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

struct os_thread *os_thread_start(void (*fn)(void *arg), void *arg, int cpu, const char *name)
{
	struct os_thread *t;

	if (cpu >= 0 && (cpu >= nr_cpu_ids || !cpu_online(cpu)))
		return NULL;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	t->task = kthread_create(thread_main, t, "%s", name);
	if (IS_ERR(t->task)) {
		kfree(t);
		return NULL;
	}
	if (cpu >= 0)
		kthread_bind(t->task, cpu);
	wake_up_process(t->task);
	return t;
}

/* A thread that has not run yet ends without calling its function. */
void os_thread_stop(struct os_thread *t)
{
	kthread_stop(t->task);
	kfree(t);
}

bool os_thread_should_stop(void)
{
	return kthread_should_stop();
}

void os_thread_yield(bool idle)
{
	if (idle)
		usleep_range_state(IDLE_US_MIN, IDLE_US_MAX, TASK_IDLE);
	else
		cond_resched();
}

uint32_t os_cpus(void)
{
	return nr_cpu_ids;
}
