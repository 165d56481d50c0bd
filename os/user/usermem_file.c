/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the file behind an address of a process. /proc/PID/maps names the file, and a descriptor of
 * it is copied from the process. The process may change its maps meanwhile, so the last step checks
 * that the descriptor is of the file that was named.
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

#define FDS_MAX	65536	/* descriptors of the process that are tried */

/* A mapping of the process: a line of /proc/PID/maps. */
struct vma {
	uint64_t start, end, off, dev, ino;
	char perm[5];
};

static bool vma_parse(const char *line, struct vma *v)
{
	unsigned long long start, end, off, ino;
	unsigned int maj, min;

	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu", &start, &end, v->perm, &off, &maj, &min,
		   &ino) != 7)
		return false;
	v->start = start;
	v->end = end;
	v->off = off;
	v->dev = makedev(maj, min);
	v->ino = ino;
	return true;
}

/* True if a mapping continues the same file where the last one ended. */
static bool vma_continues(const struct vma *first, const struct vma *next, uint64_t reached)
{
	return next->start == reached && next->dev == first->dev && next->ino == first->ino &&
	       next->off - first->off == next->start - first->start;
}

static int vma_check(const struct vma *v, struct nm_reason *reason)
{
	if (v->perm[3] != 's')
		return nm_refuse(reason, -EINVAL,
				 "it is private, not shared (use a memfd, or a file in /dev/shm)");
	if (v->perm[0] != 'r' || v->perm[1] != 'w')
		return nm_refuse(reason, -EFAULT, "part of it is read-only");
	return 0;
}

/* Find the mapping at an address. It and the ones that follow must map one file, up to size. */
static int vma_find(FILE *maps, uint64_t at, uint64_t size, struct vma *first,
		    struct nm_reason *reason)
{
	uint64_t reached = at;
	struct vma v;
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	while (!err && reached < at + size && getline(&line, &room, maps) > 0) {
		if (!vma_parse(line, &v) || v.end <= at)
			continue;
		if (reached == at)
			*first = v;
		if (v.start > at && !vma_continues(first, &v, reached))
			break;
		err = vma_check(&v, reason);
		reached = v.end;
	}
	free(line);
	if (!err && reached < at + size)
		err = nm_refuse(reason, -EFAULT, "part of it is unmapped");
	return err;
}

static bool vma_is_of_fd(int fd, const struct vma *v)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == v->dev && st.st_ino == v->ino;
}

/*
 * Copy a descriptor of the process. Returns -EBADF if there is none, it is not of the file, or not
 * for reading and writing; -EMFILE if this process cannot open another.
 */
static int vma_copy_fd(int pidfd, int number, const struct vma *v)
{
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

	if (fd < 0)
		return errno == EMFILE ? -EMFILE : -EBADF;
	if (vma_is_of_fd(fd, v) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR)
		return fd;
	close(fd);
	return -EBADF;
}

/* Returns the size of the process's descriptor table, at most FDS_MAX. */
static int caller_fds(pid_t pid)
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

/* Try all descriptors: the list in /proc is only for their owner, but copying each is allowed. */
static int vma_find_fd(struct os_caller *caller, const struct vma *v)
{
	const int room = caller_fds(caller->pid);
	const int pidfd = (int)syscall(SYS_pidfd_open, os_caller_pid(caller), 0);
	int number, fd = pidfd < 0 && errno == EMFILE ? -EMFILE : -EBADF;

	for (number = 0; pidfd >= 0 && fd == -EBADF && number < room; number++)
		fd = vma_copy_fd(pidfd, number, v);
	if (pidfd >= 0)
		close(pidfd);
	return fd;
}

/* Check that the file can be mapped here, and set its unit. */
static int file_check(struct usermem_file *m, struct nm_reason *reason)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(m->fd, &fs) || fstat(m->fd, &st) ||
	    (fs.f_type != TMPFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC))
		return nm_refuse(reason, -EINVAL,
				 "it is a file on disk, not memory (use a memfd, or /dev/shm)");
	m->unit = fs.f_type == HUGETLBFS_MAGIC ? (uint64_t)st.st_blksize : OS_PAGE_SIZE;
	if (m->unit > UINT64_C(2) << 20)
		return nm_refuse(reason, -EINVAL, "its huge pages are larger than 2 MiB");
	if ((uint64_t)st.st_size < m->off + m->size)
		return nm_refuse(reason, -EFAULT, "it extends beyond the end of its file");
	return 0;
}

int usermem_file_find(struct os_caller *caller, uint64_t at, uint64_t size, struct usermem_file *m,
		      struct nm_reason *reason)
{
	struct vma v = { 0 };
	char path[32];
	FILE *maps;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)caller->pid);
	maps = fopen(path, "re");
	if (!maps && errno == EMFILE)
		return os_refuse_descriptor(reason, -EMFILE, "the memory map of the process");
	if (!maps)
		return nm_refuse(reason, -EFAULT, "the memory map of the process cannot be read");
	err = vma_find(maps, at, size, &v, reason);
	fclose(maps);
	if (err)
		return err;
	*m = (struct usermem_file){
		.dev = v.dev, .ino = v.ino, .off = v.off + (at - v.start), .size = size,
	};
	m->fd = vma_find_fd(caller, &v);
	if (m->fd == -EMFILE)
		return os_refuse_descriptor(reason, -EMFILE, "its file");
	if (m->fd < 0)
		return nm_refuse(reason, -EINVAL,
				 "its file must be open for reading and writing in the process");
	err = file_check(m, reason);
	if (err)
		close(m->fd);
	return err;
}
