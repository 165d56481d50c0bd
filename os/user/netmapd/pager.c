/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pager. See pager.h. The queue is a ring of message buffers, allocated and touched at the
 * start. lock guards head and tail; it is held while a message is copied, and no page fault can
 * happen then.
 */
#define OS_PLATFORM
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../os_user.h"
#include "pager.h"
#include "serve.h"

#define SLOTS		1024u	/* messages that wait for a worker */
#define SLOT_SIZE	4096u	/* all messages but writes are far shorter */

struct slot {
	size_t size;
	char bytes[SLOT_SIZE - sizeof(size_t)];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot *queue;
static char *buf;
static uint32_t head, tail;	/* counts; guarded by lock */
static int ready_fd = -1;
static uint32_t end;		/* error that ended the connection; atomic */

bool pager_is_running(void)
{
	return ready_fd >= 0;
}

int pager_fd(void)
{
	return ready_fd;
}

static bool queue_push(const struct request *rq)
{
	size_t size = sizeof(*rq->in) + rq->body_size;
	bool has_room;

	pthread_mutex_lock(&lock);
	has_room = tail - head < SLOTS;
	if (has_room) {
		struct slot *s = &queue[tail++ % SLOTS];

		s->size = size < sizeof(s->bytes) ? size : sizeof(s->bytes);
		memcpy(s->bytes, rq->in, s->size);
	}
	pthread_mutex_unlock(&lock);
	return has_room;
}

static void pager_queue(const struct request *rq)
{
	const struct timespec pause = { 0, 1000000 };
	const uint64_t one = 1;

	/* The queue is full because workers are busy: leave further messages to the kernel. */
	while (!queue_push(rq))
		nanosleep(&pause, NULL);
	while (write(ready_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *pager_run(void *arg)
{
	const uint64_t many = SLOTS;
	volatile char deeper[32768];
	struct request rq;
	size_t i;
	int err;

	/* Touch the stack that calls from here will use. */
	for (i = 0; i < sizeof(deeper); i += OS_PAGE_SIZE)
		deeper[i] = 0;

	pthread_setname_np(pthread_self(), "nm-pager");
	for (;;) {
		struct pollfd p = { .fd = conn_fd(), .events = POLLIN };

		err = conn_read(buf, &rq);
		if (err == -EAGAIN)
			poll(&p, 1, -1);
		else if (err)
			break;
		else if (serve_is_paging(&rq))
			serve(&rq);
		else
			pager_queue(&rq);
	}
	__atomic_store_n(&end, (uint32_t)-err, __ATOMIC_RELEASE);
	/* Wake all workers at the end. */
	if (write(ready_fd, &many, sizeof(many)) < 0)
		return NULL;
	return arg;
}

static bool queue_is_empty(void)
{
	bool empty;

	pthread_mutex_lock(&lock);
	empty = head == tail;
	pthread_mutex_unlock(&lock);
	return empty;
}

static size_t queue_pop(void *to)
{
	size_t size = 0;

	pthread_mutex_lock(&lock);
	if (head != tail) {
		const struct slot *s = &queue[head++ % SLOTS];

		size = s->size;
		memcpy(to, s->bytes, size);
	}
	pthread_mutex_unlock(&lock);
	return size;
}

/*
 * The queue has at least one message for each count of the eventfd, because a message is queued
 * before it is counted, and removed after its count. So no worker wakes repeatedly to find nothing.
 */
int pager_take(void *to, struct request *rq)
{
	uint64_t count;
	size_t size;

	if (queue_is_empty() && !__atomic_load_n(&end, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	if (read(ready_fd, &count, sizeof(count)) < 0)
		return errno == EAGAIN || errno == EINTR ? -EAGAIN : -ENODEV;
	size = queue_pop(to);
	/* Counts without messages exist only at the end. */
	if (!size)
		return -ENODEV;
	rq->in = to;
	rq->body = rq->in + 1;
	rq->body_size = size - sizeof(*rq->in);
	return 0;
}

int pager_start(void)
{
	pthread_t thread;
	int err;

	queue = mmap(NULL, SLOTS * sizeof(*queue), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	buf = mmap(NULL, CONN_BUFFER, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (queue == MAP_FAILED || buf == MAP_FAILED)
		return -ENOMEM;
	serve_touch();
	ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	if (ready_fd < 0)
		return -errno;
	err = -pthread_create(&thread, NULL, pager_run, NULL);
	if (!err)
		pthread_detach(thread);
	return err;
}
