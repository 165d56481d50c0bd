// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Queues of pollers: kernel wait queues, with the kernel's own lock in each.
 *
 * When a queue ends nobody sleeps on it. A queue belongs to rings, and the rings that a
 * poller registers with are bound by the open file it polls, until that file's release.
 * Whatever polls holds the file open: poll and select for the length of the call, io_uring
 * and the like by a reference of their own. Epoll holds none, but the kernel takes a file
 * out of all epoll sets before it calls release. So release, and the end of the rings after
 * it, find the queue empty, and no detaching (POLLFREE and its RCU grace period) is needed.
 */
#include "compat.h"
#include "platform.h"

void os_waitq_init(struct os_waitq *q, const char *name)
{
	/* All queues of the engine are of one class: a waker holds one at a time. */
	init_waitqueue_head(&q->head);
}

void os_waitq_destroy(struct os_waitq *q)
{
	os_assert(!waitqueue_active(&q->head));
}

/*
 * Without a key, so that no waiter is filtered out: a ring's queue does not know which
 * events its pollers asked for. They look again by themselves.
 */
void nm_waitq_wake_sleepers(struct os_waitq *q)
{
	wake_up_all(&q->head);
}

void os_poll_register(struct os_poller *p, struct os_waitq *q)
{
	nm_poll_wait(p->file, &q->head, p->table);
}
