/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files. See file.h. The kernel is notified at most once for each poll that requested it. A
 * poll arms the watcher before it joins the wait queues, so a wakeup that finds the watcher
 * disarmed precedes a poll that will still see the wakeup's cause.
 */
#define OS_PLATFORM
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "conn.h"
#include "domains.h"
#include "doorbell.h"
#include "file.h"
#include "netns.h"
#include "workers.h"

/* How long to wait until a thread that has sent a request sleeps. */
#define CALL_TRIES	50u
#define CALL_NAP_NS	100000

struct file {
	struct nm_client *c;
	struct domain *domain;		/* with a reference; const */
	pthread_mutex_t poll_lock;	/* one poll at a time joins wait queues */
	struct os_poller watcher;
	pid_t pid;			/* of the process that opened it; const */
	uid_t uid;			/* its user; const */
	uint64_t kh;			/* atomic; the kernel's number for its callers of poll() */
	uint32_t is_armed;		/* atomic */
	struct doorbell *doorbell;	/* guarded by poll_lock, as the next two */
	pid_t doorbell_pid;		/* process that has opened it */
	bool is_doorbell_known;		/* the reply has been written */
	uint32_t refs;			/* of the kernel and of abandoned requests; atomic */
	struct file *next, **link;	/* guarded by lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct file *files;
static const struct file *syncing;	/* files_sync_moved() uses it; guarded by lock */
static uint32_t left;		/* closed, but not free yet; guarded by lock */

static void watcher_fire(struct os_poller *p)
{
	struct file *f = (struct file *)(void *)((char *)p - offsetof(struct file, watcher));

	if (__atomic_exchange_n(&f->is_armed, 0, __ATOMIC_SEQ_CST))
		conn_notify_poll(__atomic_load_n(&f->kh, __ATOMIC_RELAXED));
}

static int file_make(struct domain *d, pid_t pid, uid_t uid, struct file **out)
{
	struct os_caller caller = { .pid = pid };
	struct os_ns *ns;
	struct file *f;
	int err = netns_of(pid, &ns);

	if (err)
		return err;
	f = calloc(1, sizeof(*f));
	err = f ? nm_client_open(ns, &d->os, &caller, &f->c) : -ENOMEM;
	os_ns_put(ns);	/* the client has its own reference */
	if (err) {
		free(f);
		return err;
	}
	f->refs = 1;
	pthread_mutex_init(&f->poll_lock, NULL);
	os_poller_begin(&f->watcher);
	f->watcher.fire = watcher_fire;
	f->domain = d;
	f->pid = (pid_t)os_caller_pid(&caller);
	f->uid = uid;
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

int file_open(struct domain *d, pid_t pid, uid_t uid, struct file **out)
{
	int err = file_make(d, pid, uid, out);

	if (err)
		domain_close(d);
	return err;
}

static void file_unlist(struct file *f)
{
	pthread_mutex_lock(&lock);
	while (syncing == f)
		pthread_cond_wait(&changed, &lock);
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	pthread_mutex_unlock(&lock);
}

/* No thread uses it any more. End its watchers first: their wait queues go with the client. */
static void file_free(struct file *f)
{
	os_poller_end(&f->watcher);
	nm_client_detach(f->c);
	workers_detached(f->uid);
	nm_client_close(f->c);
	domain_close(f->domain);
	netns_sweep();
	pthread_mutex_destroy(&f->poll_lock);
	free(f);
}

/* Called by the thread of a doorbell that file_put() did not wait for, too. */
static void file_free_left(void *arg)
{
	file_free(arg);
	pthread_mutex_lock(&lock);
	left--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void file_get(struct file *f)
{
	__atomic_fetch_add(&f->refs, 1, __ATOMIC_RELAXED);
}

/* A doorbell is closed last, as an abandoned request may have opened it meanwhile. */
void file_put(struct file *f)
{
	if (__atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (doorbell_close(f->doorbell, file_free_left, f))
		file_free_left(f);
}

/*
 * First remove it from the list, so that files_sync_moved() does not use it. A doorbell's thread
 * that waits for its client's memory, or an abandoned request, closes it later: no worker, and no
 * other client's request, waits for that.
 */
void file_close(struct file *f)
{
	file_unlist(f);
	pthread_mutex_lock(&lock);
	left++;
	pthread_mutex_unlock(&lock);
	file_put(f);
}

void file_close_all(void)
{
	while (files)
		file_close(files);
	pthread_mutex_lock(&lock);
	while (left)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

struct nm_client *file_client(struct file *f)
{
	os_arena_mend(f->domain->os.arena);
	return f->c;
}

void file_descriptor_closed(struct file *f, pid_t pid)
{
	struct os_caller caller = { .pid = pid };

	if (nm_client_has_loop(f->c))
		nm_client_stop_loop(f->c, os_caller_files(&caller));
}

/* Return the descriptor of the system call that a thread waits in, or -1 if that is unknown. */
static int descriptor_of_call(pid_t pid)
{
	const struct timespec nap = { 0, CALL_NAP_NS };
	unsigned int tries, number;
	unsigned long fd = 0;
	char path[40];
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	/* It has sent its request, but may not be asleep yet: its call is unknown until then. */
	for (tries = 0; found != 2 && tries < CALL_TRIES; tries++) {
		if (tries)
			nanosleep(&nap, NULL);
		f = fopen(path, "re");
		if (!f)
			return -1;
		found = fscanf(f, "%u %lx", &number, &fd);
		fclose(f);
	}
	return found == 2 ? (int)fd : -1;
}

bool file_is_closed_by(const struct os_caller *caller)
{
	char path[48], to[8];
	int fd = descriptor_of_call(caller->pid);

	if (fd < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)caller->pid, fd);
	return readlink(path, to, sizeof(to)) < 0 && errno == ENOENT;
}

/*
 * Caller holds poll_lock. Returns 0, or -errno with a reason. A doorbell whose reply could not be
 * written is kept for the next request of the process, because its thread may already serve a
 * client that has guessed where the page is.
 */
static int file_open_doorbell_locked(struct file *f, struct os_caller *caller, uint64_t body_at,
				     struct nm_reason *reason)
{
	const pid_t pid = (pid_t)os_caller_pid(caller);
	struct nmreq_doorbell body;

	if (f->doorbell && (f->is_doorbell_known || f->doorbell_pid != pid))
		return nm_refuse(reason, -EBUSY, "this file has a doorbell already");
	/* Its thread syncs later, when the calling thread may be gone: use its process's id. */
	if (!f->doorbell)
		f->doorbell = doorbell_open(f->domain, f->c, pid, reason);
	if (!f->doorbell)
		return reason->err;
	f->doorbell_pid = pid;
	doorbell_describe(f->doorbell, &body);
	if (os_copyout(caller, body_at, &body, sizeof(body)))
		return nm_refuse(reason, -EFAULT, "nr_body does not point to writable memory");
	f->is_doorbell_known = true;
	return 0;
}

int file_doorbell(struct file *f, struct os_caller *caller, struct nmreq_header *hdr)
{
	struct nm_reason reason = { .err = 0 };
	int err;

	pthread_mutex_lock(&f->poll_lock);
	err = file_open_doorbell_locked(f, caller, hdr->nr_body, &reason);
	pthread_mutex_unlock(&f->poll_lock);
	return err ? nm_client_refuse(f->c, caller, hdr->nr_reqtype, err, reason.text) : 0;
}

int file_sync(struct file *f, pid_t pid, bool tx)
{
	struct os_caller caller = { .pid = pid };

	os_arena_mend(f->domain->os.arena);
	return nm_client_sync(f->c, &caller, tx);
}

/* A slot that needs the client's memory waits for a sync that the client requests. */
static bool file_sync_moved(struct file *f, bool tx)
{
	struct os_caller caller = { .pid = f->pid, .is_server = true };

	if (!nm_client_has_moved(f->c, tx))
		return false;
	nm_client_sync(f->c, &caller, tx);
	return true;
}

/*
 * A sync may wait for a ring's lock, so it runs without the lock; only a close of the same
 * file waits for it. The file being synced is not removed from the list meanwhile, so its next
 * pointer stays valid.
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
		syncing = f;
		pthread_mutex_unlock(&lock);
		tx = file_sync_moved(f, true);
		rx = file_sync_moved(f, false);
		n += tx || rx;
		pthread_mutex_lock(&lock);
		syncing = NULL;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return n;
}

uint32_t file_poll(struct file *f, pid_t pid, uint32_t events, uint64_t kh, bool watch)
{
	struct os_caller caller = { .pid = pid };
	uint32_t ready;

	os_arena_mend(f->domain->os.arena);
	if (watch) {
		pthread_mutex_lock(&f->poll_lock);
		__atomic_store_n(&f->kh, kh, __ATOMIC_RELAXED);
		__atomic_store_n(&f->is_armed, 1, __ATOMIC_SEQ_CST);
		ready = nm_client_poll(f->c, &caller, events, &f->watcher);
		pthread_mutex_unlock(&f->poll_lock);
	} else {
		ready = nm_client_poll(f->c, &caller, events, NULL);
	}
	return ready;
}
