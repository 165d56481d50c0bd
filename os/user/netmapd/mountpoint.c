/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounting and unmounting. See mountpoint.h. */
#define OS_PLATFORM
#include <fcntl.h>
#include <linux/magic.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../os_user.h"
#include "mountpoint.h"
#include "settings.h"

/* A directory that netmapd makes has this mode: one without it belongs to the administrator. */
#define DIR_MODE	0555

static bool has_made_dir;

const char *mountpoint_dir(void)
{
	static char dir[sizeof(settings.device) + 2];

	if (*settings.directory)
		return settings.directory;
	if (strcmp(settings.device, "/dev/netmap") == 0)
		return "/run/netmap";
	snprintf(dir, sizeof(dir), "%s.d", settings.device);
	return dir;
}

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

static bool dir_make(const char *dir)
{
	struct stat st;

	if (!mountpoint_clear_dead(dir))
		return false;
	if (is_fuse(dir)) {
		os_log(OS_ERR, "%s is served by another netmapd already", dir);
		return false;
	}
	if (mkdir(dir, DIR_MODE) == 0)
		has_made_dir = chmod(dir, DIR_MODE) == 0;
	else if (errno != EEXIST || lstat(dir, &st) || !S_ISDIR(st.st_mode)) {
		os_log(OS_ERR, "cannot make the directory %s: %s", dir, strerror(errno));
		return false;
	} else {
		has_made_dir = (st.st_mode & ALLPERMS) == DIR_MODE && st.st_uid == 0;
	}
	return true;
}

static void dir_remove(const char *dir)
{
	if (has_made_dir && rmdir(dir))
		os_log(OS_WARN, "cannot remove %s: %s", dir, strerror(errno));
}

/* Put what the link contains into target, an absolute path. */
static bool link_target(char target[PATH_MAX])
{
	size_t n;

	if (!realpath(mountpoint_dir(), target))
		return false;
	n = strlen(target);
	return (size_t)snprintf(target + n, PATH_MAX - n, "/netmap") < PATH_MAX - n;
}

/* True if a link at path is ours, or one was left by a netmapd that died. */
static bool link_is_ours(const char *path)
{
	char target[PATH_MAX], now[PATH_MAX];
	ssize_t n = readlink(path, now, sizeof(now) - 1);

	if (n < 0 || !link_target(target))
		return false;
	now[n] = '\0';
	return strcmp(now, target) == 0;
}

/* Check that a link can be made, and remove what a netmapd that died has left there. */
static bool link_check(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return true;
	if (S_ISCHR(st.st_mode)) {
		os_log(OS_ERR, "%s is served by the kernel: the module is loaded "
		       "(use it, or unload it: rmmod netmap)", path);
		return false;
	}
	if (link_is_ours(path))
		return unlink(path) == 0;
	if (is_fuse(path))
		os_log(OS_ERR, "%s is served by another netmapd already", path);
	else
		os_log(OS_ERR, "%s exists and is not a link to %s: cannot serve it", path,
		       mountpoint_dir());
	return false;
}

static bool link_make(const char *path)
{
	char target[PATH_MAX];

	if (link_target(target) && symlink(target, path) == 0)
		return true;
	os_log(OS_ERR, "cannot make %s: %s", path, strerror(errno));
	return false;
}

/* Returns the connection, or -1 with the reason logged. */
static int mountpoint_mount(const char *dir)
{
	char opts[160];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		os_log(OS_ERR, "cannot open /dev/fuse: %s%s", strerror(errno),
		       errno == ENOENT || errno == ENODEV ? " (modprobe fuse)" : "");
		return -1;
	}
	snprintf(opts, sizeof(opts),
		 "fd=%d,rootmode=%o,user_id=0,group_id=0,allow_other,default_permissions", fd,
		 S_IFDIR | 0700);
	if (mount("netmap", dir, "fuse.netmap", MS_NOSUID | MS_NODEV | MS_NOEXEC, opts) == 0)
		return fd;
	os_log(OS_ERR, "cannot mount on %s: %s", dir, strerror(errno));
	close(fd);
	return -1;
}

int mountpoint_open(const char *path)
{
	const char *dir = mountpoint_dir();
	int fd;

	if (!dir_make(dir))
		return -1;
	fd = link_check(path) && link_make(path) ? mountpoint_mount(dir) : -1;
	if (fd >= 0)
		return fd;
	if (link_is_ours(path))
		unlink(path);
	dir_remove(dir);
	return -1;
}

void mountpoint_close(const char *path)
{
	const char *dir = mountpoint_dir();

	if (umount2(dir, MNT_DETACH) && errno != EINVAL && errno != ENOENT)
		os_log(OS_WARN, "cannot unmount %s: %s", dir, strerror(errno));
	if (link_is_ours(path) && unlink(path))
		os_log(OS_WARN, "cannot remove %s: %s", path, strerror(errno));
	dir_remove(dir);
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
void mountpoint_cache_all(void)
{
	char name[96];
	struct statx st;

	/* Without a message to this process, which does not serve yet. */
	if (statx(AT_FDCWD, mountpoint_dir(), AT_STATX_DONT_SYNC, STATX_INO, &st))
		return;
	snprintf(name, sizeof(name), "/sys/class/bdi/%u:%u/max_ratio", st.stx_dev_major,
		 st.stx_dev_minor);
	sysfs_write(name, "100");
	snprintf(name, sizeof(name), "/sys/class/bdi/%u:%u/strict_limit", st.stx_dev_major,
		 st.stx_dev_minor);
	if (access(name, F_OK) == 0)
		sysfs_write(name, "0");
}
