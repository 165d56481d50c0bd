// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Sleepers and eventfds. A sleeper is registered with wait queues of rings and eventfds until it is
 * freed. Waking one of these queues sets is_woken and wakes the sleeper's thread. Only that thread
 * uses the list of entries. is_woken is set under a queue's lock and cleared by the thread after
 * its sleep.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "compat.h"
#include "platform.h"

/* Longest sleep after a registration failed for lack of memory: events of that queue are missed. */
#define BLIND_SLEEP_NS	NSEC_PER_MSEC

struct sleeper_entry {
	struct list_head node;
	wait_queue_entry_t wait;
	wait_queue_head_t *queue;
};

struct os_sleeper {
	struct os_poller poller;
	poll_table table;
	struct task_struct *task;	/* with a reference; NULL before its first sleep */
	struct list_head entries;
	bool is_woken;			/* atomic */
	bool is_blind;			/* a registration failed */
};

struct os_event {
	struct file *file;
	struct eventfd_ctx *ctx;
};

/* Called by a waker, possibly in a softirq, with the queue's lock held. */
static int sleeper_entry_wake(wait_queue_entry_t *wait, unsigned int mode, int flags, void *key)
{
	struct os_sleeper *s = wait->private;
	DECLARE_WAITQUEUE(thread, NULL);

	/*
	 * Full barrier before the thread and its state are read: pairs with set_current_state(). If
	 * there is no thread yet, it will see is_woken before its first sleep.
	 */
	smp_store_mb(s->is_woken, true);
	thread.private = READ_ONCE(s->task);
	if (!thread.private)
		return 0;
	return default_wake_function(&thread, TASK_INTERRUPTIBLE, 0, NULL);
}

static void sleeper_entry_add(struct file *file, wait_queue_head_t *queue, poll_table *table)
{
	struct os_sleeper *s = container_of(table, struct os_sleeper, table);
	struct sleeper_entry *e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);

	if (!e) {
		s->is_blind = true;
		return;
	}
	init_waitqueue_func_entry(&e->wait, sleeper_entry_wake);
	e->wait.private = s;
	e->queue = queue;
	list_add(&e->node, &s->entries);
	add_wait_queue(queue, &e->wait);
}

struct os_sleeper *os_sleeper_make(struct os_caller *caller)
{
	struct os_sleeper *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	INIT_LIST_HEAD(&s->entries);
	init_poll_funcptr(&s->table, sleeper_entry_add);
	s->poller.table = &s->table;
	return s;
}

void os_sleeper_free(struct os_sleeper *s)
{
	struct sleeper_entry *e, *next;

	list_for_each_entry_safe(e, next, &s->entries, node) {
		remove_wait_queue(e->queue, &e->wait);
		kfree(e);
	}
	if (s->task)
		put_task_struct(s->task);
	kfree(s);
}

struct os_poller *os_sleeper_poller(struct os_sleeper *s)
{
	return &s->poller;
}

/* The event references the file and outlives the sleeper. */
int os_sleeper_watch(struct os_sleeper *s, struct os_event *e)
{
	vfs_poll(e->file, &s->table);
	return s->is_blind ? -ENOMEM : 0;
}

static void sleeper_wait(struct os_sleeper *s, uint64_t ns)
{
	ktime_t time;

	if (s->is_blind)
		ns = min_t(uint64_t, ns, BLIND_SLEEP_NS);
	time = ns_to_ktime(ns);
	if (!s->task)
		WRITE_ONCE(s->task, get_task_struct(current));
	set_current_state(TASK_INTERRUPTIBLE);
	if (!READ_ONCE(s->is_woken))
		schedule_hrtimeout(ns == OS_FOREVER ? NULL : &time, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
	/*
	 * Our caller checks its conditions after this: pairs with the barrier in os_waitq_wake().
	 */
	smp_store_mb(s->is_woken, false);
}

int os_sleeper_sleep(struct os_sleeper *s, uint64_t ns)
{
	if (!signal_pending(current)) {
		if (ns)
			sleeper_wait(s, ns);
		else
			cond_resched();
	}
	return signal_pending(current) ? -EINTR : 0;
}

struct os_event *os_event_get(struct os_caller *caller, int32_t fd, struct nm_reason *reason)
{
	struct os_event *e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);

	if (!e) {
		nm_refuse_nomem(reason, "it");
		return NULL;
	}
	e->file = eventfd_fget(fd);
	if (IS_ERR(e->file)) {
		nm_refuse(reason, PTR_ERR(e->file), "%s", PTR_ERR(e->file) == -EBADF ?
			  "there is no such descriptor" : "it is not an eventfd");
		kfree(e);
		return NULL;
	}
	e->ctx = eventfd_ctx_fileget(e->file);
	return e;
}

void os_event_put(struct os_event *e)
{
	eventfd_ctx_put(e->ctx);
	fput(e->file);
	kfree(e);
}

void os_event_signal(struct os_event *e)
{
	nm_eventfd_signal(e->ctx);
}
