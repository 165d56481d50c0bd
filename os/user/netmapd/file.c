/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files. See file.h. A watcher is told at most once for each look that asked to be: it is
 * armed before it joins the queues, so a wakeup that finds it disarmed came before a look that
 * is still to see what the wakeup was for.
 */
#define OS_PLATFORM
#include <stdlib.h>

#include "conn.h"
#include "doorbell.h"
#include "file.h"
#include "netns.h"

struct file {
	struct nm_client *c;
	pthread_mutex_t looking;	/* one look at a time joins queues */
	struct os_poller watcher;
	pid_t pid;			/* of the process that opened it; const */
	uint64_t kh;			/* atomic; the kernel's name for who polls */
	uint32_t is_armed;		/* atomic */
	struct doorbell *doorbell;	/* guarded by looking */
	struct file *next, **link;	/* guarded by lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct file *files;
static const struct file *watched;	/* files_sync_moved() is at it; guarded by lock */

static void watcher_fire(struct os_poller *p)
{
	struct file *f = (struct file *)(void *)((char *)p - offsetof(struct file, watcher));

	if (__atomic_exchange_n(&f->is_armed, 0, __ATOMIC_SEQ_CST))
		conn_notify_poll(__atomic_load_n(&f->kh, __ATOMIC_RELAXED));
}

int file_open(pid_t pid, struct file **out)
{
	struct os_caller caller = { .pid = pid };
	struct os_ns *ns = netns_of(pid);
	struct file *f;
	int err;

	if (!ns)
		return -ESRCH;
	f = calloc(1, sizeof(*f));
	err = f ? nm_client_open(ns, &caller, &f->c) : -ENOMEM;
	os_ns_put(ns);	/* the client has a hold of its own */
	if (err) {
		free(f);
		return err;
	}
	pthread_mutex_init(&f->looking, NULL);
	os_poller_begin(&f->watcher);
	f->watcher.fire = watcher_fire;
	f->pid = (pid_t)os_caller_pid(&caller);
	pthread_mutex_lock(&lock);
	f->next = files;
	f->link = &files;
	if (f->next)
		f->next->link = &f->next;
	files = f;
	pthread_mutex_unlock(&lock);
	*out = f;
	return 0;
}

static void unlist(struct file *f)
{
	pthread_mutex_lock(&lock);
	while (watched == f)
		pthread_cond_wait(&changed, &lock);
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	pthread_mutex_unlock(&lock);
}

/*
 * Off the list first, so that nobody is at it, nor will be. Then the watchers: the queues they are in
 * go with the client.
 */
void file_close(struct file *f)
{
	unlist(f);
	doorbell_close(f->doorbell);
	os_poller_end(&f->watcher);
	nm_client_close(f->c);
	netns_sweep();
	pthread_mutex_destroy(&f->looking);
	free(f);
}

void file_close_all(void)
{
	while (files)
		file_close(files);
}

struct nm_client *file_client(struct file *f)
{
	return f->c;
}

int file_doorbell(struct file *f, pid_t pid, struct nmreq_header *hdr)
{
	struct os_caller caller = { .pid = pid };
	const char *reason = "this file has a doorbell already";
	struct nmreq_doorbell body;
	int err = -EBUSY;

	/* Its memory is asked for in NS_INDIRECT slots later, when this thread may be gone: the process's, then. */
	pthread_mutex_lock(&f->looking);
	if (!f->doorbell)
		f->doorbell = doorbell_open(f->c, (pid_t)os_caller_pid(&caller), &body, &err, &reason);
	if (!err && os_copyout(&caller, hdr->nr_body, &body, sizeof(body))) {
		doorbell_close(f->doorbell);
		f->doorbell = NULL;
		err = -EFAULT;
		reason = "the answer cannot be written where nr_body points";
	}
	pthread_mutex_unlock(&f->looking);
	return err ? nm_client_refuse(f->c, &caller, hdr->nr_reqtype, err, reason) : 0;
}

int file_sync(struct file *f, pid_t pid, bool tx)
{
	struct os_fetched fetched = { .n = 0 };
	struct os_caller caller = { .pid = pid, .fetched = &fetched };
	int err = nm_client_sync(f->c, &caller, tx);

	os_fetched_end(&fetched);
	return err;
}

static bool sync_moved(struct file *f, bool tx)
{
	if (!nm_client_has_moved(f->c, tx))
		return false;
	file_sync(f, f->pid, tx);
	return true;
}

/*
 * A sync may wait for its client's memory: then the lock is not held, and it is that file's
 * close alone which waits too. Nobody else takes files off behind the one we are at.
 */
uint32_t files_sync_moved(void)
{
	struct file *f;
	uint32_t n = 0;
	bool tx, rx;

	pthread_mutex_lock(&lock);
	for (f = files; f; f = f->next) {
		if (!nm_client_has_moved(f->c, true) && !nm_client_has_moved(f->c, false))
			continue;
		watched = f;
		pthread_mutex_unlock(&lock);
		tx = sync_moved(f, true);
		rx = sync_moved(f, false);
		n += tx || rx;
		pthread_mutex_lock(&lock);
		watched = NULL;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return n;
}

uint32_t file_poll(struct file *f, pid_t pid, uint32_t events, uint64_t kh, bool watch)
{
	struct os_fetched fetched = { .n = 0 };
	struct os_caller caller = { .pid = pid, .fetched = &fetched };
	uint32_t ready;

	if (watch) {
		pthread_mutex_lock(&f->looking);
		__atomic_store_n(&f->kh, kh, __ATOMIC_RELAXED);
		__atomic_store_n(&f->is_armed, 1, __ATOMIC_SEQ_CST);
		ready = nm_client_poll(f->c, &caller, events, &f->watcher);
		pthread_mutex_unlock(&f->looking);
	} else {
		ready = nm_client_poll(f->c, &caller, events, NULL);
	}
	os_fetched_end(&fetched);
	return ready;
}
