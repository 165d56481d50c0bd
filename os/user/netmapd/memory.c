/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for regions: one file in a tmpfs that is mounted nowhere. The tmpfs limits the memory that
 * clients can use by touching parts of the file outside any region, and sets the NUMA node and huge
 * pages.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../os_user.h"
#include "conn.h"
#include "memory.h"
#include "mountpoint.h"
#include "serve.h"
#include "settings.h"

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
static int tmpfs_open(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), mnt = -1;
	bool ok = fs >= 0;

	if (!ok)
		os_log(OS_ERR, "cannot make a tmpfs: %s", strerror(errno));
	if (ok && settings.memory)
		ok = tmpfs_set(fs, "size", "%um", settings.memory);
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

int memory_open(void)
{
	int mnt = tmpfs_open(), fd;

	if (mnt < 0)
		return -1;
	fd = openat(mnt, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	close(mnt);
	if (fd >= 0 && ftruncate(fd, (off_t)OS_PAGES_WINDOW) == 0)
		return fd;
	os_log(OS_ERR, "cannot make the file for regions: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

struct opening {
	const char *device;
	int fd;			/* atomic; OPENING until it is done */
};
#define OPENING	(-2)

static void *opening_run(void *arg)
{
	struct opening *o = arg;
	struct stat st;
	int fd = open(o->device, O_RDWR | O_CLOEXEC);

	/*
	 * Make the kernel read the file's size now: later it would do so for a worker that fills
	 * pages.
	 */
	if (fd >= 0 && fstat(fd, &st)) {
		close(fd);
		fd = -1;
	}
	__atomic_store_n(&o->fd, fd, __ATOMIC_RELEASE);
	return NULL;
}

/*
 * Open the device that this process serves: a thread opens it while this one answers the messages.
 */
static int device_open(const char *device)
{
	static char buf[CONN_BUFFER];
	struct pollfd ready = { .fd = conn_fd(), .events = POLLIN };
	struct opening o = { .device = device, .fd = OPENING };
	pthread_t thread;
	struct request rq = { .interrupt = NULL };

	if (pthread_create(&thread, NULL, opening_run, &o))
		return -1;
	while (__atomic_load_n(&o.fd, __ATOMIC_ACQUIRE) == OPENING) {
		poll(&ready, 1, 10);
		if (conn_read(buf, &rq) == 0)
			serve(&rq);
	}
	pthread_join(thread, NULL);
	return o.fd;
}

/*
 * The kernel limits a cache only by the machine's memory: use a tmpfs's default limit, half of it.
 */
static uint64_t cache_limit(void)
{
	if (settings.memory)
		return (uint64_t)settings.memory << 20;
	return (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 * OS_PAGE_SIZE;
}

int memory_use(int fd, const char *device)
{
	struct os_pages_backing b = {
		.fd = fd,
		.is_mapped_whole = true,
		.is_huge = settings.has_huge_pages,
		.is_locked = settings.has_locked_memory,
	};

	if (fd < 0) {
		/*
		 * The kernel may drop unlocked pages from its cache, and would read them back as
		 * zeros.
		 */
		b.is_locked = true;
		b.is_huge = false;
		b.forget = conn_notify_forget;
		b.zero = conn_notify_zero;
		b.limit = cache_limit();
		b.fd = device_open(device);
		mountpoint_cache_all(device);
		if (b.fd < 0) {
			os_log(OS_ERR, "cannot open %s: %s", device, strerror(errno));
			return -1;
		}
	}
	return os_pages_setup(&b);
}
