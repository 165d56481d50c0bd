/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounting and unmounting. See mountpoint.h. */
#define OS_PLATFORM
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../os_user.h"
#include "mountpoint.h"

static bool has_made_file;

static bool is_fuse(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == FUSE_SUPER_MAGIC;
}

/*
 * statfs() fails on a mount whose process has died; stat() may still succeed from the kernel's
 * cache.
 */
static bool mountpoint_is_dead(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) && (errno == ENOTCONN || errno == ECONNABORTED);
}

static bool mountpoint_clear_dead(const char *path)
{
	int tries;

	for (tries = 0; tries < 16 && mountpoint_is_dead(path); tries++) {
		os_log(OS_WARN, "%s was left behind by a netmapd that died: unmounting it", path);
		if (umount2(path, MNT_DETACH)) {
			os_log(OS_ERR, "cannot unmount %s: %s", path, strerror(errno));
			return false;
		}
	}
	return true;
}

static bool mountpoint_make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);

	if (fd < 0) {
		os_log(OS_ERR, "cannot make %s: %s", path, strerror(errno));
		return false;
	}
	close(fd);
	has_made_file = true;
	return true;
}

static bool mountpoint_check(const char *path)
{
	struct stat st;

	if (!mountpoint_clear_dead(path))
		return false;
	if (lstat(path, &st))
		return mountpoint_make_file(path);
	if (S_ISCHR(st.st_mode)) {
		os_log(OS_ERR, "%s is served by the kernel: the module is loaded "
		       "(use it, or unload it: rmmod netmap)", path);
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		os_log(OS_ERR, "%s exists and is not a regular file: cannot mount on it", path);
		return false;
	}
	if (is_fuse(path)) {
		os_log(OS_ERR, "%s is served by another netmapd already", path);
		return false;
	}
	/* A file as mountpoint_make_file() makes it was left by a netmapd that died. */
	has_made_file = st.st_size == 0 && (st.st_mode & ALLPERMS) == 0 && st.st_uid == 0;
	return true;
}

int mountpoint_open(const char *path, mode_t mode)
{
	char opts[160];
	int fd;

	if (!mountpoint_check(path))
		return -1;
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		os_log(OS_ERR, "cannot open /dev/fuse: %s%s", strerror(errno),
		       errno == ENOENT || errno == ENODEV ? " (modprobe fuse)" : "");
		goto no_dev;
	}
	snprintf(opts, sizeof(opts),
		 "fd=%d,rootmode=%o,user_id=0,group_id=0,allow_other,default_permissions", fd,
		 S_IFREG | mode);
	if (mount("netmap", path, "fuse.netmap", MS_NOSUID | MS_NODEV | MS_NOEXEC, opts) == 0)
		return fd;
	os_log(OS_ERR, "cannot mount on %s: %s", path, strerror(errno));
	close(fd);
no_dev:
	if (has_made_file)
		unlink(path);
	return -1;
}

void mountpoint_close(const char *path)
{
	if (umount2(path, MNT_DETACH) && errno != EINVAL && errno != ENOENT)
		os_log(OS_WARN, "cannot unmount %s: %s", path, strerror(errno));
	if (has_made_file && unlink(path))
		os_log(OS_WARN, "cannot remove %s: %s", path, strerror(errno));
}

static void sysfs_write(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		os_log(OS_WARN, "cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/*
 * The kernel limits the dirty pages of a FUSE file system, because a dead process could pin them.
 * Here the dirty pages are the regions.
 */
void mountpoint_cache_all(const char *path)
{
	char name[96];
	struct stat st;

	if (stat(path, &st))
		return;
	snprintf(name, sizeof(name), "/sys/class/bdi/%u:%u/max_ratio", major(st.st_dev),
		 minor(st.st_dev));
	sysfs_write(name, "100");
	snprintf(name, sizeof(name), "/sys/class/bdi/%u:%u/strict_limit", major(st.st_dev),
		 minor(st.st_dev));
	if (access(name, F_OK) == 0)
		sysfs_write(name, "0");
}
