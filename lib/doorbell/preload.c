/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnetmap-doorbell.so: preloaded into a program that uses netmap, or linked into it, the library
 * makes the program's syncs, and its polls of one file, through doorbells where netmapd offers
 * them. Other calls of ioctl() and poll() go to the system. With NETMAP_DOORBELL=eager in the
 * environment, tx syncs do not wait: see client.h; NETMAP_DOORBELL=off disables the library.
 *
 * A thread that gets the lock of a file's bell without waiting uses the bell; other threads make
 * the system call. close() detaches the bell from its file, so that later calls do not find it. A
 * thread that uses it at that moment, such as one that sleeps in a poll, frees it when it is done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <net/netmap.h>
#include <net/netmap_legacy.h>

#include "client.h"

#define FILES	4096	/* descriptors below this may have a bell */

static struct file {
	pthread_mutex_t lock;
	struct bell *bell;	/* atomic; used with lock held */
	struct bell *orphan;	/* atomic; to be freed: its file was closed */
} files[FILES];

static bool is_child;		/* the bells are the parent's; const after fork() */

/* Other names in C: libc's headers give ioctl, poll and close attributes that do not hold here. */
int our_ioctl(int fd, unsigned long cmd, ...) __asm__("ioctl");
int our_poll(struct pollfd *fds, nfds_t n, int timeout) __asm__("poll");
int our_close(int fd) __asm__("close");

static long raw_ioctl(int fd, unsigned long cmd, void *arg)
{
	return syscall(SYS_ioctl, fd, cmd, arg);
}

static void orphan_free(struct file *f)
{
	struct bell *b = __atomic_exchange_n(&f->orphan, NULL, __ATOMIC_ACQ_REL);

	if (b)
		bell_close(b);
}

static void file_put(struct file *f)
{
	pthread_mutex_unlock(&f->lock);
	orphan_free(f);
}

/*
 * Get the file's bell. It is the caller's alone until file_put(), even if the file is closed
 * meanwhile. Returns NULL if the caller must use the system call.
 */
static struct file *file_get(int fd, struct bell **bell)
{
	struct file *f;

	if (fd < 0 || fd >= FILES || is_child ||
	    !__atomic_load_n(&files[fd].bell, __ATOMIC_RELAXED))
		return NULL;
	f = &files[fd];
	if (pthread_mutex_trylock(&f->lock))
		return NULL;
	*bell = __atomic_load_n(&f->bell, __ATOMIC_ACQUIRE);
	if (*bell)
		return f;
	file_put(f);
	return NULL;
}

static void after_fork(void)
{
	is_child = true;
}

static void bells_begin(void)
{
	pthread_atfork(NULL, NULL, after_fork);
}

/* Open a bell for a file that was bound; nif_offset and memsize are from the answer. */
static void file_bound(int fd, uint64_t nif_offset, uint64_t memsize)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct bell *b;
	const char *mode = getenv("NETMAP_DOORBELL");
	int saved = errno;

	if (fd >= FILES || files[fd].bell || is_child || (mode && !strcmp(mode, "off")))
		return;
	b = bell_open(fd, nif_offset, memsize, mode && !strcmp(mode, "eager"));
	if (b) {
		pthread_once(&once, bells_begin);
		__atomic_store_n(&files[fd].bell, b, __ATOMIC_RELEASE);
	}
	errno = saved;
}

static void check_bound(int fd, unsigned long cmd, const void *arg)
{
	const struct nmreq_header *hdr = arg;
	const struct nmreq *old = arg;

	if (cmd == NIOCCTRL && hdr->nr_reqtype == NETMAP_REQ_REGISTER) {
		const struct nmreq_register *reg = (const void *)(uintptr_t)hdr->nr_body;

		file_bound(fd, reg->nr_offset, reg->nr_memsize);
	} else if (cmd == NIOCREGIF && !old->nr_cmd) {
		file_bound(fd, old->nr_offset, old->nr_memsize);
	}
}

static int errno_return(int err)
{
	if (err >= 0)
		return err;
	errno = -err;
	return -1;
}

int our_ioctl(int fd, unsigned long cmd, ...)
{
	struct bell *bell = NULL;
	struct file *f = cmd == NIOCTXSYNC || cmd == NIOCRXSYNC ? file_get(fd, &bell) : NULL;
	va_list ap;
	void *arg;
	long ret;
	int err;

	if (f) {
		err = bell_sync(bell, cmd == NIOCTXSYNC);
		file_put(f);
		return errno_return(err);
	}
	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	ret = raw_ioctl(fd, cmd, arg);
	if (ret == 0 && (cmd == NIOCCTRL || cmd == NIOCREGIF))
		check_bound(fd, cmd, arg);
	return (int)ret;
}

int our_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct bell *bell = NULL;
	struct file *f = n == 1 ? file_get(fds->fd, &bell) : NULL;
	int ready;

	if (!f)
		return (int)syscall(SYS_poll, fds, n, timeout);
	ready = bell_poll(bell, fds->events, timeout);
	file_put(f);
	if (ready < 0)
		return errno_return(ready);
	fds->revents = (short)ready;
	return ready != 0;
}

int our_close(int fd)
{
	struct file *f = fd < 0 || fd >= FILES || is_child ? NULL : &files[fd];
	struct bell *b = f ? __atomic_exchange_n(&f->bell, NULL, __ATOMIC_ACQ_REL) : NULL;

	if (b) {
		__atomic_store_n(&f->orphan, b, __ATOMIC_RELEASE);
		/*
		 * A thread that holds the lock frees the orphan in file_put(). It may have
		 * unlocked before it could see the orphan, so try here too.
		 */
		if (!pthread_mutex_trylock(&f->lock))
			file_put(f);
	}
	return (int)syscall(SYS_close, fd);
}
