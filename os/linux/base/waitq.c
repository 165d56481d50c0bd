// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Queues of pollers: the kernel's wait queues, each with its own lock.
 *
 * A queue has no sleeper when it is destroyed. It belongs to rings, and the rings that a poller
 * registers with stay bound until the release of the open file that it polls. A poller keeps that
 * file open: poll and select for the duration of the call, io_uring and others by a reference.
 * Epoll has no reference, but the kernel removes a file from all epoll sets before it calls
 * release. So at release, and when the rings are freed after it, the queue is empty, and detaching
 * pollers (POLLFREE and its RCU grace period) is not needed.
 */
#include "compat.h"
#include "platform.h"

void os_waitq_init(struct os_waitq *q, const char *name)
{
	/* All queues of the engine share one lock class: a waker locks one at a time. */
	init_waitqueue_head(&q->head);
}

void os_waitq_destroy(struct os_waitq *q)
{
	os_assert(!waitqueue_active(&q->head));
}

/*
 * Wake without a key, which would filter waiters by event: a ring's queue does not know which
 * events its pollers asked for. Each poller checks its own condition again.
 */
void nm_waitq_wake_sleepers(struct os_waitq *q)
{
	wake_up_all(&q->head);
}

void os_poll_register(struct os_poller *p, struct os_waitq *q)
{
	nm_poll_wait(p->file, &q->head, p->table);
}

bool os_poller_may_skip(const struct os_poller *p)
{
	return p->may_skip;
}
