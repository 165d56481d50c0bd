/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of domains: a file in a tmpfs of its own that is mounted nowhere. The tmpfs limits the
 * memory that clients can use by touching parts of the file outside any region, and sets the NUMA
 * node and huge pages. A thread of the broker with a socket of its own makes them, and registers
 * them with the kernel's FUSE, for the server, which may do neither.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../netmapd/fuse_abi.h"
#include "../netmapd/settings.h"
#include "broker.h"

static bool tmpfs_set(int fs, const char *name, const char *fmt, ...)
	__attribute__((format(__printf__, 3, 4)));

static bool tmpfs_set(int fs, const char *name, const char *fmt, ...)
{
	char value[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	if (fsconfig(fs, FSCONFIG_SET_STRING, name, value, 0) == 0)
		return true;
	os_log(OS_ERR, "this kernel's tmpfs refuses %s=%s: %s", name, value, strerror(errno));
	return false;
}

/*
 * Make the tmpfs that the settings describe. Returns a descriptor, or -1 if one of them cannot be
 * met.
 */
static int tmpfs_open(uint32_t mib)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), mnt = -1;
	bool ok = fs >= 0;

	if (!ok)
		os_log(OS_ERR, "cannot make a tmpfs: %s", strerror(errno));
	if (ok)
		ok = tmpfs_set(fs, "size", "%um", mib);
	if (ok && settings.has_huge_pages)
		ok = tmpfs_set(fs, "huge", "always");
	if (ok && settings.numa_node >= 0)
		ok = tmpfs_set(fs, "mpol", "bind:%d", settings.numa_node);
	if (ok) {
		if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
			mnt = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
		if (mnt < 0)
			os_log(OS_ERR, "cannot make a tmpfs: %s", strerror(errno));
	}
	if (fs >= 0)
		close(fs);
	return mnt;
}

int memory_file_make(uint32_t mib)
{
	int mnt = tmpfs_open(mib), fd;

	if (mnt < 0)
		return -ENOMEM;
	fd = openat(mnt, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	close(mnt);
	if (fd >= 0 && ftruncate(fd, (off_t)OS_PAGES_WINDOW) == 0)
		return fd;
	os_log(OS_ERR, "cannot make the file for regions: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -ENOMEM;
}

/* ---- the thread ---------------------------------------------------------------------- */

struct memory_files {
	int sock, fuse;		/* fuse: -1: not needed any more */
	const char *dir;
};

/*
 * The name of a file in the server's directory, which the server is not trusted to have chosen: it
 * must not lead out of that directory.
 */
static bool name_is_plain(const char *name, size_t size)
{
	return memchr(name, 0, size) && name[0] && name[0] != '.' && !strchr(name, '/');
}

/*
 * Open the file that the kernel caches. It must know the file's size now: later it would ask the
 * server for it while the server fills pages.
 */
static int cached_open(const struct memory_files *m, const struct memory_request *rq)
{
	char path[512];
	struct stat st;
	int fd;

	if (!name_is_plain(rq->name, sizeof(rq->name)))
		return -EINVAL;
	snprintf(path, sizeof(path), "%s/%s", m->dir, rq->name);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && fstat(fd, &st) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -EIO;
}

/* Returns a descriptor or -errno. */
static int memory_open(const struct memory_files *m, const struct memory_request *rq,
		       struct memory_reply *to)
{
	struct nmd_backing_map map = { .fd = -1 };

	if (rq->op == MEMORY_CACHED)
		return cached_open(m, rq);
	/* To tmpfs, 0 is no limit. */
	if (!rq->mib)
		return -EINVAL;
	map.fd = memory_file_make(rq->mib);
	if (map.fd < 0)
		return map.fd;
	to->id = ioctl(m->fuse, NMD_BACKING_OPEN, &map);
	if (to->id > 0)
		return map.fd;
	os_log(OS_ERR, "cannot register memory with FUSE: %s", strerror(errno));
	close(map.fd);
	return -ENOMEM;
}

static void fuse_close(struct memory_files *m)
{
	if (m->fuse >= 0)
		close(m->fuse);
	m->fuse = -1;
}

static void memory_serve(struct memory_files *m, const struct memory_request *rq)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct memory_reply to = { .tid = gettid() };
	struct iovec iov = { &to, sizeof(to) };
	struct msghdr r = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	int fd = -1;

	switch (rq->op) {
	case MEMORY_HELLO: break;
	case MEMORY_CACHED:
		/* If the server dies now, this request must not keep the connection. */
		fuse_close(m);
		/* fall through */
	case MEMORY_PASSED: fd = memory_open(m, rq, &to); to.err = fd < 0 ? fd : 0; break;
	case MEMORY_CLOSE: to.err = ioctl(m->fuse, NMD_BACKING_CLOSE, &rq->id) ? -errno : 0; break;
	case MEMORY_END: fuse_close(m); break;
	default: to.err = -EINVAL;
	}
	if (fd >= 0) {
		r.msg_control = control;
		r.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&r);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	if (sendmsg(m->sock, &r, MSG_NOSIGNAL) < 0)
		os_log(OS_WARN, "cannot answer the server: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void *memory_run(void *arg)
{
	struct memory_files *m = arg;
	struct memory_request rq;
	ssize_t n;

	do {
		n = recv(m->sock, &rq, sizeof(rq), 0);
		if (n == (ssize_t)sizeof(rq))
			memory_serve(m, &rq);
	} while (n > 0 || (n < 0 && errno == EINTR));
	/* The server has ended: its clients' requests fail when the last descriptor closes. */
	fuse_close(m);
	return NULL;
}

int memory_files_start(int sock, int fuse, const char *dir)
{
	static struct memory_files m;
	pthread_t thread;
	int err;

	m = (struct memory_files){ .sock = sock, .fuse = fuse, .dir = dir };
	err = -pthread_create(&thread, NULL, memory_run, &m);
	if (!err)
		pthread_detach(thread);
	return err;
}
