/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an address in a process to the file behind it. /proc/PID/maps names the file; the way to have
 * it is a descriptor that the process has of it, which is copied. What the process changes
 * meanwhile is found out in the end: the file must be the one that was named.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "usermem_file.h"

#define FDS_MAX	65536	/* descriptors that are looked through */

/* One map of the process, as a line of /proc/PID/maps tells. */
struct vma {
	uint64_t start, end, off, dev, ino;
	char perm[5];
};

static bool line_parse(const char *line, struct vma *v)
{
	unsigned long long start, end, off, ino;
	unsigned int maj, min;

	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu", &start, &end, v->perm, &off, &maj, &min, &ino) != 7)
		return false;
	v->start = start;
	v->end = end;
	v->off = off;
	v->dev = makedev(maj, min);
	v->ino = ino;
	return true;
}

/* Is there a next piece of the same file, where it belongs? */
static bool joins(const struct vma *first, const struct vma *next, uint64_t reached)
{
	return next->start == reached && next->dev == first->dev && next->ino == first->ino &&
	       next->off - first->off == next->start - first->start;
}

static int vma_check(const struct vma *v, const char **reason)
{
	if (v->perm[3] != 's') {
		*reason = "it is private, and a process serves this device: lend memory of a memfd, or /dev/shm";
		return -EINVAL;
	}
	if (v->perm[0] != 'r' || v->perm[1] != 'w') {
		*reason = "it is not to be written";
		return -EFAULT;
	}
	return 0;
}

/* The map that has at, if it and those behind it are of one file, as far as size. */
static int vma_find(FILE *maps, uint64_t at, uint64_t size, struct vma *first, const char **reason)
{
	uint64_t reached = at;
	struct vma v;
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	*reason = "it is not all there";
	while (!err && reached < at + size && getline(&line, &room, maps) > 0) {
		if (!line_parse(line, &v) || v.end <= at)
			continue;
		if (reached == at)
			*first = v;
		if (v.start > at && !joins(first, &v, reached))
			break;
		err = vma_check(&v, reason);
		reached = v.end;
	}
	free(line);
	return err ? err : reached < at + size ? -EFAULT : 0;
}

static bool is_file(int fd, const struct vma *v)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == v->dev && st.st_ino == v->ino;
}

/* A copy of that descriptor, if it is of the file and can write. */
static int copy_fd(int pidfd, int number, const struct vma *v)
{
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

	if (fd < 0)
		return -1;
	if (is_file(fd, v) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR)
		return fd;
	close(fd);
	return -1;
}

/* Descriptors that the process has room for. */
static int fd_room(pid_t pid)
{
	char path[32], line[64];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "FDSize: %d", &n) != 1)
		;
	if (f)
		fclose(f);
	return n < FDS_MAX ? n : FDS_MAX;
}

/* Each is tried: a list of them is for their owner's eyes, but not to copy them one by one. */
static int find_fd(struct os_caller *caller, const struct vma *v)
{
	const int room = fd_room(caller->pid), pidfd = (int)syscall(SYS_pidfd_open, os_caller_pid(caller), 0);
	int number, fd = -1;

	for (number = 0; pidfd >= 0 && fd < 0 && number < room; number++)
		fd = copy_fd(pidfd, number, v);
	if (pidfd >= 0)
		close(pidfd);
	return fd;
}

/* What can be mapped here, and how. */
static int file_check(struct usermem_file *m, const char **reason)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(m->fd, &fs) || fstat(m->fd, &st) ||
	    (fs.f_type != TMPFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC)) {
		*reason = "it is mapped from a file on disk: only memory can be lent";
		return -EINVAL;
	}
	m->unit = fs.f_type == HUGETLBFS_MAGIC ? (uint64_t)st.st_blksize : OS_PAGE_SIZE;
	if (m->unit > UINT64_C(2) << 20) {
		*reason = "its huge pages have more than 2 MiB";
		return -EINVAL;
	}
	if ((uint64_t)st.st_size < m->off + m->size) {
		*reason = "it reaches beyond the end of its file";
		return -EFAULT;
	}
	return 0;
}

int usermem_file_find(struct os_caller *caller, uint64_t at, uint64_t size, struct usermem_file *m, const char **reason)
{
	struct vma v = { 0 };
	char path[32];
	FILE *maps;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)caller->pid);
	maps = fopen(path, "re");
	if (!maps) {
		*reason = "the process cannot be looked at";
		return -EFAULT;
	}
	err = vma_find(maps, at, size, &v, reason);
	fclose(maps);
	if (err)
		return err;
	*m = (struct usermem_file){ .dev = v.dev, .ino = v.ino, .off = v.off + (at - v.start), .size = size };
	m->fd = find_fd(caller, &v);
	if (m->fd < 0) {
		*reason = "its file, a memfd or one of /dev/shm, must be open to read and write when it is lent";
		return -EINVAL;
	}
	err = file_check(m, reason);
	if (err)
		close(m->fd);
	return err;
}
