// SPDX-License-Identifier: BSD-2-Clause
/*
 * The dynamic linker ignores LD_PRELOAD for a program with more privileges than its caller, and a
 * static program has no dynamic linker. Neither case is reported, so check first.
 */
#include "program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static bool is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	if (S_ISREG(st.st_mode) && access(path, X_OK) == 0)
		return true;
	errno = EACCES;
	return false;
}

int program_find(char path[PATH_MAX], const char *name)
{
	const char *folders = getenv("PATH"), *end;
	int err = ENOENT;

	if (strchr(name, '/') != NULL) {
		snprintf(path, PATH_MAX, "%s", name);
		return is_program(path) ? 0 : -1;
	}
	if (!folders)
		folders = "/usr/local/bin:/usr/bin:/bin";
	for (;; folders = end + 1) {
		end = strchrnul(folders, ':');
		snprintf(path, PATH_MAX, "%.*s/%s", end > folders ? (int)(end - folders) : 1,
			 end > folders ? folders : ".", name);
		if (is_program(path))
			return 0;
		if (errno != ENOENT && errno != ENOTDIR)
			err = errno;
		if (*end == '\0')
			break;
	}
	errno = err;
	return -1;
}

/* Check that the program gains no privileges. Root has them all. */
static int check_rights(const char *path, int fd, struct errmsg *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errmsg_set(err, "%s: %s", path, strerror(errno));
	if (((st.st_mode & S_ISUID) && st.st_uid != getuid()) ||
	    ((st.st_mode & S_ISGID) && st.st_gid != getgid()))
		return errmsg_set(err, "%s is set-user-ID or set-group-ID: the system preloads no "
				  "library for another user; run nm-pcap as root, or a copy of "
				  "the program without these bits", path);
	if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return errmsg_set(err, "%s has file capabilities: the system preloads no library "
				  "for an ordinary user; run nm-pcap as root, or a copy of the "
				  "program without them (cp drops them)", path);
	return 0;
}

static bool has_linker(int fd, const unsigned char *ident, bool *is_other)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;
	unsigned int i;

	*is_other = ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
	if (*is_other || sizeof(void *) != 8)
		return true;
	if (pread(fd, &e, sizeof(e), 0) != sizeof(e))
		return true;
	for (i = 0; i < e.e_phnum; i++) {
		if (pread(fd, &p, sizeof(p), (off_t)(e.e_phoff + i * sizeof(p))) != sizeof(p))
			break;
		if (p.p_type == PT_INTERP)
			return true;
	}
	return false;
}

/* Scripts pass: all interpreters in use are linked dynamically. */
static int check_linking(const char *path, int fd, struct errmsg *err)
{
	unsigned char ident[EI_NIDENT];
	bool is_other;

	if (pread(fd, ident, sizeof(ident), 0) != sizeof(ident) ||
	    memcmp(ident, ELFMAG, SELFMAG) != 0)
		return 0;
	if (!has_linker(fd, ident, &is_other))
		return errmsg_set(err, "%s is linked statically: no library can be preloaded",
				  path);
	if (is_other)
		return errmsg_set(err, "%s is a program of %s bits, and the library is not",
				  path, ident[EI_CLASS] == ELFCLASS64 ? "64" : "32");
	return 0;
}

int program_check(const char *path, struct errmsg *err)
{
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)	/* executable but not readable: nothing can be checked */
		return 0;
	ret = check_rights(path, fd, err);
	if (ret == 0)
		ret = check_linking(path, fd, err);
	close(fd);
	return ret;
}

int program_check_helper(const char *path, struct errmsg *err)
{
	char folder[PATH_MAX], name[PATH_MAX], helper[PATH_MAX + sizeof("/dumpcap")];

	snprintf(folder, sizeof(folder), "%s", path);
	snprintf(name, sizeof(name), "%s", path);
	if (strcmp(basename(name), "tshark") != 0 && strcmp(basename(name), "wireshark") != 0)
		return 0;
	snprintf(helper, sizeof(helper), "%s/dumpcap", dirname(folder));
	return program_check(helper, err);
}
